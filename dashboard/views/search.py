"""What a search found: an order, clients, or what was tried."""

from collections.abc import Sequence

from dashboard.locale import _
from dashboard.navigation import link
from dashboard.views.clients import listing
from lumira_db.queries.clients import ClientRow
from lumira_db.queries.paging import Page


def hits(asked: str, order_id: str | None, found: Sequence[ClientRow]) -> None:
    """The order that the text names, and the clients that it matches."""
    if order_id is not None:
        link("order", _("Open order {number}").format(number=asked.upper()), icon=":material/article:", id=order_id)
    if order_id is None or found:
        listing(Page(tuple(found), None, None), key="search")
