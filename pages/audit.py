"""The audit: who did what when, before and after."""

import streamlit as st

from dashboard import filters, gate, reads
from dashboard.locale import _
from dashboard.views import audit, shell
from dashboard.views.exporting import export_links
from dashboard.views.pager import place
from lumira_db.permissions import Permission

gate.enter(Permission.SEE_AUDIT)
shell.title(_("Audit"))
audit.filters(reads.audit_actions(), reads.staff_list())
export_links("audit")
audit.listing(reads.audit_page(filters.audit_filter(filters.of(st.query_params)), place()))
