"""Stripe's events on screen: what came, what became of it, and another try where that failed."""

import json
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Row, Text, table
from dashboard.locale import _, number
from dashboard.locale.labels import label
from dashboard.navigation import address, link
from dashboard.views import addressed, badges, cells
from dashboard.views.exporting import export_links
from dashboard.views.facts import Group, facts
from dashboard.views.pager import pager
from lumira_db.payments import EventState
from lumira_db.queries.paging import Page
from lumira_db.queries.payment_lists import CAP, TO_DO, EventDetail, EventRow

CHOSEN = "event"


def filters(counts: Mapping[EventState, int], types: Sequence[str]) -> None:
    """Narrow by state, type, subject and days; the states that need somebody show their count."""

    def named(state: EventState) -> str:
        count = counts.get(state, 0)
        shown = number(count) if count < CAP else f"{number(CAP)}+"
        return f"{label(state)} ({shown})" if count else label(state)

    columns = addressed.row([3, 3, 3, 2.4])
    with columns[0]:
        addressed.several("state", list(EventState), names=named, label=_("State"), parse=EventState)
    with columns[1]:
        addressed.words("type", types, label=_("Type"))
    with columns[2]:
        addressed.text("about", label=_("About"), placeholder=_("Order number, payment or event"))
    with columns[3]:
        addressed.days("days", label=_("Received"))
    with st.container(horizontal=True, gap="small"):
        export_links("events")


def listing(page: Page[EventRow], retry: Callable[[list[str]], None]) -> None:
    """The events, those that came last first; what failed can be chosen and tried again."""
    result = table(
        [_row(row) for row in page.rows],
        [
            Column("type", _("Type"), "link", width=17),
            Column("state", _("State"), "badge", width=10.5),
            Column("order", _("Order"), "mono", width=10.5),
            Column("received", _("Received"), "time", width=10),
            Column("trouble", _("What happened"), "text", priority=2),
        ],
        key="payments.events",
        label=_("Events of Stripe, those that came last first"),
        empty=EmptyState(_("No event here"), _("What Stripe tells the Desk appears here."), icon="search"),
        selectable=True,
        on_open=_open,
    )
    chosen = [row.id for row in page.rows if row.id in result.selected and row.state in TO_DO]
    if result.selected:
        st.button(
            _("Try {count} again").format(count=number(len(chosen))),
            key="payments.retry",
            icon=":material/refresh:",
            disabled=not chosen,
            on_click=retry,
            args=(chosen,),
        )
        st.caption(_("Only events that failed, or that belong to no known order, can be tried again."))
    pager(page, key="payments.events")


def detail(event: EventDetail, retry: Callable[[list[str]], None]) -> None:
    """One event with all that was kept of it. What Stripe sent besides was never kept."""
    row = event.row
    with st.container(border=True, key="payments.event"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{cells.plain(row.type)}**", width="stretch")
            badges.status(row.state)
            if row.state in TO_DO:
                st.button(_("Try again"), key="payments.retry_one", on_click=retry, args=([row.id],))
            st.button(_("Close"), key="payments.close", type="tertiary", icon=":material/close:", on_click=_close)
        if row.order_id:
            link("order", row.order_number or row.order_id, icon=":material/article:", id=row.order_id, part="payment")
        facts([Group("", _said(row))])
        st.caption(_("What was kept of it; names, addresses and cards never are."))
        st.code(json.dumps(event.facts, ensure_ascii=False, indent=1), language="json", wrap_lines=True)


def _said(row: EventRow) -> list[tuple[str, str]]:
    return [
        (_("Event"), row.id),
        (_("Payment"), row.intent_id or ""),
        (_("Mode"), _("Live") if row.live else _("Test")),
        (_("Stripe's moment"), cells.exact_text(row.created_at)),
        (_("Received"), cells.exact_text(row.received_at)),
        (_("Tries"), number(row.attempts)),
        (_("What happened"), row.error or ""),
        (_("Tried again"), cells.exact_text(row.due_at) if row.due_at else ""),
    ]


def _row(row: EventRow) -> Row:
    return Row(
        row.id,
        [
            Link(row.type, sub=row.intent_id or row.id),
            cells.badge(row.state),
            Link(row.order_number, href=address("order", id=row.order_id or "", part="payment"), mono=True)
            if row.order_number
            else Text("–"),
            cells.since(row.received_at),
            Text(_trouble(row)),
        ],
        href=address("payments", part="events", **{CHOSEN: row.id}),
    )


def _trouble(row: EventRow) -> str:
    parts = [row.error or (_("No order is known for it") if row.state is EventState.UNMATCHED else "")]
    if row.due_at is not None:
        parts.append(_("again {when}").format(when=cells.ago_text(row.due_at)))
    return " · ".join(part for part in parts if part)


def _open(event_id: str) -> None:
    st.query_params[CHOSEN] = event_id


def _close() -> None:
    st.query_params.pop(CHOSEN, None)
