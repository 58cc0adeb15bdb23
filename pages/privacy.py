"""Requests under the GDPR: hand out everything about a client, or erase it."""

import streamlit as st

from dashboard import gate, privacy
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

gate.enter(Permission.ERASE_CLIENTS)
shell.title(_("Personal data"), _("A person may ask for everything that is kept about them, or to be erased."))
client_id = st.query_params.get("id", "")
if not client_id or not privacy.guide(client_id):
    privacy.choose()
