"""Deliveries: what was sent, what waits, what failed, and another try."""

import streamlit as st

from dashboard import filters, gate, reads, workbench
from dashboard.locale import _
from dashboard.views import deliveries, shell
from dashboard.views.exporting import export_links
from dashboard.views.pager import place
from lumira_db.permissions import Permission, allows

person = gate.enter(Permission.SEE_DELIVERIES)
shell.title(_("Deliveries"))
deliveries.filters(reads.delivery_counts())
if allows(person, Permission.EXPORT_ORDERS):
    export_links("deliveries")
chosen = filters.delivery_filter(filters.of(st.query_params))
deliveries.listing(
    reads.deliveries_page(chosen, place()),
    may_send=allows(person, Permission.SEND_DELIVERIES),
    retry=workbench.retry_deliveries,
)
