"""Deliveries on screen: what was sent, what waits, what failed, and how to help it on."""

from collections.abc import Callable, Mapping
from uuid import UUID

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Row, Text, table
from dashboard.locale import _, number
from dashboard.locale.labels import label
from dashboard.navigation import address, go
from dashboard.views import addressed, cells
from dashboard.views.pager import pager
from lumira_db.enums import DeliveryFormat
from lumira_db.queries.deliveries import DeliveryRow
from lumira_db.queries.paging import Page
from lumira_db.states import DeliveryState

_RETRIABLE = (DeliveryState.FAILED, DeliveryState.BLOCKED)


def filters(counts: Mapping[DeliveryState, int]) -> None:
    """Narrow by client, state, channel and days; the states that need somebody show their count."""

    def named(state: DeliveryState) -> str:
        count = counts.get(state, 0)
        return f"{label(state)} ({number(count)})" if count else label(state)

    about, left, right, days = addressed.row([3, 3, 2, 3])
    with about:
        addressed.text("about", label=_("Client or number"), placeholder=_("Name, e-mail, refId, order number"))
    with left:
        addressed.several("state", list(DeliveryState), names=named, label=_("State"), parse=DeliveryState)
    with right:
        addressed.one("channel", list(DeliveryFormat), names=label, label=_("Channel"), parse=DeliveryFormat)
    with days:
        addressed.days("days", label=_("Days"))


def listing(
    page: Page[DeliveryRow],
    *,
    may_send: bool,
    retry: Callable[[list[UUID]], None],
) -> None:
    """The deliveries, newest first; those that failed can be chosen and tried again."""
    columns = [
        Column("order", _("Order"), "mono", width=10.5),
        Column("client", _("Client"), "text", width=13),
        Column("channel", _("Channel"), "badge", width=8, priority=2),
        Column("state", _("State"), "badge", width=8.5),
        Column("moment", _("Sent or due"), "time", width=9.5),
        Column("trouble", _("What happened"), "text", priority=3),
    ]
    result = table(
        [_row(row) for row in page.rows],
        columns,
        key="deliveries.list",
        label=_("Deliveries, newest first"),
        empty=EmptyState(_("No delivery here"), _("Approved readings appear here on their way."), icon="send"),
        selectable=may_send,
        on_open=lambda row_id: go("order", id=next(r.order_id for r in page.rows if str(r.id) == row_id)),
    )
    chosen = [row for row in page.rows if str(row.id) in result.selected and row.state in _RETRIABLE]
    if may_send and result.selected:
        st.button(
            _("Try {count} again").format(count=number(len(chosen))),
            key="deliveries.retry",
            icon=":material/refresh:",
            disabled=not chosen,
            help=_("Only failed and blocked deliveries can be tried again."),
            on_click=retry,
            args=([row.id for row in chosen],),
        )
    pager(page, key="deliveries")


def _row(row: DeliveryRow) -> Row:
    return Row(
        str(row.id),
        [
            Link(row.order_number, mono=True, copy=True),
            Text(row.client_name or "–", sub=row.recipient),
            cells.badge(row.channel),
            cells.badge(row.state),
            cells.since(row.sent_at or row.due_at),
            Text(cells.reasons(row.last_error), title=cells.reasons(row.last_error)),
        ],
        href=address("order", id=row.order_id),
    )
