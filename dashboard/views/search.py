"""What a search found: an order, clients, or what was tried."""

from collections.abc import Sequence

import streamlit as st

from dashboard.locale import _
from dashboard.views.clients import listing
from lumira_db.queries.clients import ClientRow
from lumira_db.queries.paging import Page


def hits(asked: str, order_id: str | None, found: Sequence[ClientRow]) -> None:
    """The order that the text names, and the clients that it matches."""
    if order_id is not None:
        st.page_link(
            "pages/order.py",
            label=_("Open order {number}").format(number=asked.upper()),
            query_params={"id": order_id},
            icon=":material/article:",
        )
    if order_id is None or found:
        listing(Page(tuple(found), None, None), key="search")
