"""Every order on screen: filters, the list, and the export of exactly what is filtered."""

from urllib.parse import urlencode

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Row, Sort, Text, table
from dashboard.locale import _, number
from dashboard.locale.labels import LEVELS, label, level_name
from dashboard.navigation import address, go
from dashboard.views import addressed, cells
from dashboard.views.folded import folded
from dashboard.views.pager import pager
from lumira_db.enums import OrderStatus
from lumira_db.queries.orders import OrderFilter, OrderRow, OrderSort
from lumira_db.queries.paging import Page

_UNKNOWN_LEVELS = [0, 5, 6, 7, 8, 9]


def filters(*, may_export: bool) -> None:
    """What narrows the list; each choice is in the address. The export has the same choices."""
    first = addressed.row([3, 3, 2, 2.4])
    with first[0]:
        addressed.text("client", label=_("Client or number"), placeholder=_("Name, e-mail, refId, order number"))
    with first[1]:
        addressed.several("status", list(OrderStatus), names=label, label=_("Status"), parse=OrderStatus)
    with first[2]:
        addressed.several("level", [*LEVELS, *_UNKNOWN_LEVELS], names=level_name, label=_("Level"), parse=int)
    with first[3]:
        addressed.days("created", label=_("Ordered"))
    with st.container(horizontal=True, gap="small"):
        with folded(_("More filters"), key="orders.more", icon=":material/tune:") as more:
            if more.open:
                _more()
        if may_export:
            _export()


def _more() -> None:
    """The filters that are not needed every day."""
    addressed.days("paid", label=_("Paid"))
    addressed.text("currency", label=_("Currency"), placeholder="EUR", search=False)
    low, high = st.columns(2)
    with low:
        addressed.amount("min", label=_("Minimum amount"))
    with high:
        addressed.amount("max", label=_("Maximum amount"))
    addressed.switch("odd", label=_("Only amounts that never were a price"))


def _export() -> None:
    """Links that download what is filtered, as CSV or as a workbook; streamed, so size does not matter."""
    query = urlencode([(k, v) for k in st.query_params for v in st.query_params.get_all(k) if k != "from"])
    with st.popover(_("Export"), icon=":material/download:"):
        st.caption(_("Exactly the orders that the filters show, all pages. The export is recorded in the audit."))
        for kind, name in (("csv", "CSV"), ("xlsx", "Excel")):
            st.html(f'<a href="/export/orders.{kind}?{query}" download target="_self">{name}</a>')


def listing(page: Page[OrderRow], chosen: OrderFilter, *, about: int) -> None:
    """The orders; a click on a column's name sorts by it."""
    columns = [
        Column("number", _("Order"), "mono", width=10.5),
        Column("client", _("Client"), "text"),
        Column("level", _("Level"), "badge", width=8.5),
        Column("status", _("Status"), "badge", width=9.5),
        Column("amount", _("Amount"), "money", width=7, sortable=True, first="desc"),
        Column("created", _("Ordered"), "time", width=10, sortable=True, first="desc", priority=2),
        Column("paid", _("Paid"), "time", width=10, sortable=True, first="desc", priority=3),
    ]
    table(
        [_row(row) for row in page.rows],
        columns,
        key="orders.list",
        label=_("Orders"),
        empty=EmptyState(_("No order matches"), _("Remove a filter, or search for another name."), icon="search"),
        sort=Sort(chosen.sort.value, "desc" if chosen.descending else "asc"),
        on_sort=_sort,
        on_open=lambda order_id: go("order", id=order_id),
    )
    pager(page, key="orders", total=_("About {count} orders in all").format(count=number(about)) if about else "")


def _row(row: OrderRow) -> Row:
    return Row(
        row.id,
        [
            Link(row.number, mono=True, copy=True),
            Text(row.client_name or "–", sub=row.client_email),
            cells.level(row.level),
            cells.badge(row.status),
            cells.amount(row.amount, row.currency),
            cells.moment(row.created_at),
            cells.moment(row.paid_at),
        ],
        href=address("order", id=row.id),
    )


def _sort(chosen: Sort) -> None:
    st.query_params["sort"] = OrderSort(chosen.column).value
    if chosen.direction == "asc":
        st.query_params["asc"] = "1"
    else:
        st.query_params.pop("asc", None)
    st.query_params.pop("from", None)
