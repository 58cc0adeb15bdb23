"""Every order, with filters and an export of what they show."""

import streamlit as st

from dashboard import filters, gate, reads
from dashboard.behind_filters import ORDER_PARAMS
from dashboard.locale import _
from dashboard.views import behind, orders, shell
from dashboard.views.pager import place
from lumira_db.permissions import Permission, allows

person = gate.enter(Permission.SEE_ORDERS)
shell.title(_("Orders"))
orders.filters(may_export=allows(person, Permission.EXPORT_ORDERS))
chosen = filters.order_filter(filters.of(st.query_params))
if chosen.behind is not None:
    behind.orders(chosen.behind, reads.orders_count(chosen), ORDER_PARAMS)
orders.listing(reads.orders_page(chosen, place()), chosen, about=reads.orders_estimate())
