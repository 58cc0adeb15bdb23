"""The queue on screen: four tabs, narrowings, and the list that hands out work."""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Number, Row, Text, table
from dashboard.locale import _, ngettext, number
from dashboard.locale.labels import LEVELS, label, level_name
from dashboard.navigation import address, go
from dashboard.views import addressed, cells
from dashboard.views.pager import pager
from lumira_db.enums import OrderStatus
from lumira_db.queries.paging import Page
from lumira_db.queries.queue import COUNT_CAP, TABS, QueueFilter, QueueRow


def capped(count: int) -> str:
    """A count as a tab says it: exact up to a thousand."""
    return f"{number(COUNT_CAP)}+" if count >= COUNT_CAP else number(count)


def toolbar(
    counts: Mapping[OrderStatus, int],
    status: OrderStatus,
    take_next: Callable[[OrderStatus], None],
    *,
    may_take: bool,
) -> None:
    """Tabs with their counts, and the button that hands out the next order."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        addressed.tabs(
            "tab",
            TABS,
            default=OrderStatus.AWAITING_VALIDATION,
            names=lambda status: f"{label(status)}  {capped(counts.get(status, 0))}",
            label=_("Part of the queue"),
        )
        take_next_button(take_next, status, disabled=not may_take)


def take_next_button(
    take_next: Callable[[OrderStatus], None],
    status: OrderStatus = OrderStatus.AWAITING_VALIDATION,
    *,
    disabled: bool = False,
) -> None:
    """The next thing, one key away: takes the order of ``status`` that has waited longest and is free."""
    st.button(
        _("Take next"),
        key="queue.take_next",
        type="primary",
        icon=":material/play_arrow:",
        shortcut="N",
        on_click=take_next,
        args=(status,),
        disabled=disabled,
    )


def narrowings() -> None:
    """What narrows the list; each choice is in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(width=200):
            addressed.one("level", list(LEVELS), names=level_name, label=_("Level"), parse=int)
        addressed.switch("mine", label=_("Mine"), hint=_("Orders that I hold now"))
        addressed.switch("free", label=_("Free"), hint=_("Orders that nobody holds"))
        addressed.switch("flagged", label=_("Flagged"), hint=_("Orders with something to look at twice"))


def listing(page: Page[QueueRow], chosen: QueueFilter, *, staff_id: str, due: Callable[[QueueRow], cells.Due]) -> None:
    """The waiting orders, oldest first."""
    columns = [
        Column("number", _("Order"), "mono", width=10.5),
        Column("client", _("Client"), "text"),
        Column("level", _("Level"), "badge", width=8.5),
        Column("waited", _("Waited"), "time", width=7.5),
        Column("due", _("Due"), "time", width=9, priority=2),
        Column("holder", _("Held by"), "person", width=10, priority=2),
        Column("revisions", _("Revisions"), "number", width=6, priority=3),
        Column("flags", _("Flags"), "flags", width=6.5),
    ]
    table(
        [_row(row, staff_id, due(row)) for row in page.rows],
        columns,
        key="queue.list",
        label=_("Orders waiting, oldest first"),
        empty=_empty(chosen),
        on_open=lambda order_id: go("order", id=order_id),
    )
    shown = ngettext("{count} order shown", "{count} orders shown", len(page.rows))
    pager(page, key="queue", total=shown.format(count=number(len(page.rows))) if page.rows else "")


def _row(row: QueueRow, staff_id: str, due: cells.Due) -> Row:
    return Row(
        row.id,
        [
            Link(row.number, mono=True, copy=True),
            Text(row.client_name or "–"),
            cells.level(row.level),
            cells.waited(row.since),
            cells.due(due),
            cells.holder(row.holder_name, row.held_until, me=row.holder_id == staff_id),
            Number(number(row.revisions) if row.revisions else ""),
            cells.flags(row.flags),
        ],
        href=address("order", id=row.id),
        muted=row.holder_id is not None and row.holder_id != staff_id,
    )


def _empty(chosen: QueueFilter) -> EmptyState:
    if chosen.level is not None or chosen.holder or chosen.free or chosen.flagged:
        return EmptyState(
            _("Nothing matches these filters"), _("Remove one of them to see more orders."), icon="search"
        )
    return {
        OrderStatus.PAID: EmptyState(_("Nothing to start"), _("Paid orders appear here by themselves.")),
        OrderStatus.PROCESSING: EmptyState(_("Nothing in production"), _("Readings being written appear here.")),
        OrderStatus.AWAITING_VALIDATION: EmptyState(
            _("Nothing to validate"), _("Every reading has been looked at. New ones appear here by themselves.")
        ),
        OrderStatus.FAILED: EmptyState(_("Nothing failed"), _("Productions that fail appear here, with their error.")),
    }[chosen.status]
