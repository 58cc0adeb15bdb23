"""Two clients side by side, to become one."""

import streamlit as st

from dashboard import duplicates, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

gate.enter(Permission.MANAGE_CLIENTS)
shell.title(_("Merge two clients"))
if not duplicates.merge(st.query_params.get("keep", ""), st.query_params.get("drop", "")):
    st.info(_("One of the two clients is not there any more."), icon=":material/search_off:")
