"""The order: the dossier beside the reading, and the decision at the foot."""

import streamlit as st

from dashboard import gate, order_screen, reads
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

person = gate.enter(Permission.SEE_ORDERS)
bench = reads.order(st.query_params.get("id", ""), person.id)
if bench is None:
    shell.not_found(_("No order has this address. Search for its number in the list of orders."))
    st.stop()
order_screen.head(bench, person)
left, right = st.columns([4, 7], gap="large")
with left:
    order_screen.dossier(bench, person)
with right:
    order_screen.reading(bench, person)
order_screen.decision_bar(bench, person)
