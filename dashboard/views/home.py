"""The first screen of each role: what waits, what presses, what is theirs, and the way there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components.table import Cell, Column, EmptyState, Link, Row, Text, table
from dashboard.context import zone
from dashboard.locale import _, duration, money, ngettext, number
from dashboard.navigation import address, go
from dashboard.views import cells
from dashboard.views.queue import capped, take_next_button
from lumira_db.clock import utcnow
from lumira_db.enums import OrderStatus
from lumira_db.queries.home import AdminHome, ExpertHome, MineRow
from lumira_db.queries.paid import Paid
from lumira_db.queries.queue import QueueRow


def expert(home: ExpertHome, take_next: Callable[[OrderStatus], None]) -> None:
    """What waits, the oldest, what is at risk, and the orders that the person holds."""
    columns = _cards()
    with columns[0]:
        _card(_("To validate"), _count(home.counts, OrderStatus.AWAITING_VALIDATION), tab=None)
    with columns[1]:
        _card(_("Waiting longest"), _age(home.oldest), tab=None)
    with columns[2]:
        _card(_("At risk or late"), capped(home.at_risk), tab=None)
    with columns[3]:
        _card(_("To start"), _count(home.counts, OrderStatus.PAID), tab=OrderStatus.PAID)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(_("My orders"), anchor=False)
        take_next_button(take_next)
    mine(home.mine)


def admin(home: AdminHome, promise: Mapping[int, timedelta]) -> None:
    """Today's payments, what waits, what failed, the oldest; below, the orders to ask about by name."""
    columns = _cards()
    with columns[0]:
        _paid(home.paid_today)
    with columns[1]:
        _card(_("To validate"), _count(home.counts, OrderStatus.AWAITING_VALIDATION), tab=None)
    with columns[2]:
        _card(_("Failed"), _count(home.counts, OrderStatus.FAILED), tab=OrderStatus.FAILED)
    with columns[3]:
        _card(_("Waiting longest"), _age(home.waiting[0].since if home.waiting else None), tab=None)
    waiting, failed = st.columns([3, 2], gap="large")
    with waiting:
        _waiting(home.waiting, promise)
    with failed:
        _failed(home.failed)


def _cards() -> Sequence[DeltaGenerator]:
    """Places for the four figures that a day begins with."""
    with st.container(key="home.cards"):
        return st.columns(4)


def _waiting(rows: Sequence[QueueRow], promise: Mapping[int, timedelta]) -> None:
    st.subheader(_("Longest in the queue"), anchor=False)
    columns = [
        Column("due", _("Due"), "time", width=9),
        Column("holder", _("Held by"), "person", width=9, priority=2),
    ]
    _orders(
        [(row, [cells.due(cells.due_of(row.since, row.level, promise)), _holder(row)]) for row in rows],
        columns,
        key="home.waiting",
        label=_("Orders that have waited longest for an expert"),
        empty=EmptyState(_("Nothing to validate"), _("Every reading has been looked at.")),
    )


def _failed(rows: Sequence[QueueRow]) -> None:
    st.subheader(_("Failed productions"), anchor=False)
    _orders(
        [(row, [cells.waited(row.since)]) for row in rows],
        [Column("waited", _("Waited"), "time", width=8)],
        key="home.failed",
        label=_("Orders whose production failed"),
        empty=EmptyState(_("Nothing failed"), _("Productions that fail appear here.")),
    )


def _holder(row: QueueRow) -> Cell:
    return cells.holder(row.holder_name, row.held_until, me=False)


def _orders(
    rows: Sequence[tuple[QueueRow, list[Cell]]], columns: list[Column], *, key: str, label: str, empty: EmptyState
) -> None:
    """Orders by name, each with what makes it worth asking about."""
    table(
        [
            Row(
                row.id,
                [Link(row.number, mono=True), Text(row.client_name or "–"), *more],
                href=address("order", id=row.id),
            )
            for row, more in rows
        ],
        [Column("number", _("Order"), "mono", width=10.5), Column("client", _("Client"), "text"), *columns],
        key=key,
        label=label,
        empty=empty,
        keyboard=key == "home.waiting",
        on_open=lambda order_id: go("order", id=order_id),
    )


def mine(rows: tuple[MineRow, ...]) -> None:
    """The orders that the person holds now."""
    columns = [
        Column("number", _("Order"), "mono", width=10.5),
        Column("client", _("Client"), "text"),
        Column("level", _("Level"), "badge", width=8.5),
        Column("status", _("Status"), "badge", width=9.5),
        Column("waited", _("Waited"), "time", width=8),
    ]
    table(
        [
            Row(
                row.id,
                [
                    Link(row.number, mono=True),
                    Text(row.client_name),
                    cells.level(row.level),
                    cells.badge(row.status),
                    cells.waited(row.since),
                ],
                href=address("order", id=row.id),
            )
            for row in rows
        ],
        columns,
        key="home.mine",
        label=_("Orders that I hold"),
        empty=EmptyState(_("You hold no order"), _("Take the next one from the queue.")),
        on_open=lambda order_id: go("order", id=order_id),
    )


def search_box() -> str:
    """Support's one box."""
    return st.text_input(
        _("Find a client or an order"),
        key="search.box",
        placeholder=_("Name, e-mail, phone, refId, order number, payment, or a whole message"),
        type="search",
        live=True,
    ).strip()


def _card(name: str, value: str, *, tab: OrderStatus | None) -> None:
    """A figure that leads to its rows."""
    with st.container(border=True):
        st.metric(name, value)
        query = {"tab": tab.value} if tab else {}
        st.button(
            _("Show"),
            key=f"home.{name}",
            type="tertiary",
            icon=":material/arrow_forward:",
            icon_position="right",
            on_click=lambda: go("queue", **query),
        )


def _paid(today: tuple[Paid, ...]) -> None:
    with st.container(border=True):
        if not today:
            st.metric(_("Paid today"), "–")
        for entry in today:
            orders = ngettext("{count} order", "{count} orders", entry.orders).format(count=number(entry.orders))
            st.metric(_("Paid today"), money(entry.cents, entry.currency), help=orders)
        st.button(
            _("Show"),
            key="home.paid",
            type="tertiary",
            icon=":material/arrow_forward:",
            icon_position="right",
            on_click=lambda: go("orders", paid=utcnow().astimezone(zone()).date().isoformat(), sort="paid"),
        )


def _count(counts: Mapping[OrderStatus, int], status: OrderStatus) -> str:
    return capped(counts.get(status, 0))


def _age(moment: datetime | None) -> str:
    return "–" if moment is None else duration(utcnow() - moment)
