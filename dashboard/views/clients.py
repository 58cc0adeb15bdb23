"""The clients on screen: a search, a list, and one client's page."""

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Mono, Row, Text, table
from dashboard.locale import _, money, ngettext, number
from dashboard.locale.labels import label
from dashboard.navigation import address, go
from dashboard.views import addressed, badges, cells
from dashboard.views.pager import pager
from lumira_db.enums import UserStatus
from lumira_db.queries.clients import ClientDetail, ClientRow
from lumira_db.queries.orders import OrderRow
from lumira_db.queries.paging import Page


def filters() -> None:
    """Find by refId, e-mail or name; narrow by status."""
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        addressed.text("q", label=_("Search"), placeholder=_("refId, e-mail address or name"), key="clients.search")
    with right:
        addressed.one("status", list(UserStatus), names=label, label=_("Status"), parse=UserStatus)


def listing(page: Page[ClientRow], *, key: str = "clients") -> None:
    """The clients, newest first."""
    columns = [
        Column("name", _("Client"), "text"),
        Column("ref", _("refId"), "mono", width=10),
        Column("email", _("E-mail"), "text", width=17, priority=2),
        Column("status", _("Status"), "badge", width=8),
        Column("created", _("Client since"), "time", width=9, priority=3),
    ]
    table(
        [_row(row) for row in page.rows],
        columns,
        key=f"{key}.list",
        label=_("Clients"),
        empty=EmptyState(
            _("No client found"), _("Try the refId, the e-mail address, or a part of the name."), icon="search"
        ),
        on_open=lambda client_id: go("client", id=client_id),
    )
    pager(page, key=key)


def identity(client: ClientDetail) -> None:
    """Who the client is: one line of facts under the name."""
    row = client.row
    with st.container(horizontal=True, vertical_alignment="center"):
        badges.status(row.status)
        st.markdown(f"`{row.ref_id}`" if row.ref_id else _("No refId yet"))
        st.text(row.email)
        if row.phone:
            st.text(row.phone)
        st.caption(_("Client since {day}").format(day=cells.long_day(row.created_at)))
    if row.status is not UserStatus.ACTIVE:
        st.warning(
            _("{status}: nothing is sent to this client.").format(status=label(row.status)), icon=":material/block:"
        )


def spent(client: ClientDetail) -> None:
    """What the client has paid, by currency; computed from orders, refunds left out."""
    if not client.spent:
        st.caption(_("Nothing paid yet."))
    for entry in client.spent:
        orders = ngettext("{count} paid order", "{count} paid orders", entry.orders)
        st.metric(orders.format(count=number(entry.orders)), money(entry.cents, entry.currency))


def orders(rows: tuple[OrderRow, ...], *, key: str = "client.orders") -> None:
    """The client's orders, newest first."""
    columns = [
        Column("number", _("Order"), "mono", width=11),
        Column("level", _("Level"), "badge"),
        Column("status", _("Status"), "badge", width=9.5),
        Column("amount", _("Amount"), "money", width=7),
        Column("created", _("Ordered"), "time", width=10, priority=2),
    ]
    table(
        [_order(row) for row in rows],
        columns,
        key=key,
        label=_("The client's orders"),
        empty=EmptyState(_("No order yet"), icon="file"),
        on_open=lambda order_id: go("order", id=order_id),
        keyboard=False,
    )


def _row(row: ClientRow) -> Row:
    return Row(
        row.id,
        [
            Link(row.name or "–", sub=", ".join(row.tags)),
            Mono(row.ref_id) if row.ref_id else Text("–"),
            Text(row.email),
            cells.badge(row.status),
            cells.moment(row.created_at),
        ],
        href=address("client", id=row.id),
        muted=row.status is not UserStatus.ACTIVE,
    )


def _order(row: OrderRow) -> Row:
    return Row(
        row.id,
        [
            Link(row.number, mono=True),
            cells.level(row.level),
            cells.badge(row.status),
            cells.amount(row.amount, row.currency),
            cells.moment(row.created_at),
        ],
        href=address("order", id=row.id),
    )
