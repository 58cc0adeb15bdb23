"""The timeline of a client: everything that happened, by day, the newest first."""

from collections.abc import Mapping
from itertools import groupby

import streamlit as st

from dashboard.context import zone
from dashboard.locale import _, day, exact, money
from dashboard.locale.actions import action_name
from dashboard.locale.labels import level_name
from dashboard.navigation import address
from dashboard.views import addressed, cells
from dashboard.views.pager import pager
from lumira_db.i18n_marker import N_
from lumira_db.queries.paging import Page
from lumira_db.queries.timeline import Event, TimelineKind

KINDS: Mapping[TimelineKind, tuple[str, str]] = {
    TimelineKind.ORDER: (N_("Orders"), "№"),
    TimelineKind.PAYMENT: (N_("Payments"), "€"),
    TimelineKind.STATUS: (N_("Status"), "↻"),
    TimelineKind.DECISION: (N_("Decisions"), "✓"),
    TimelineKind.DELIVERY: (N_("Deliveries"), "✉"),
    TimelineKind.NOTE: (N_("Notes"), "✎"),
    TimelineKind.PATH: (N_("Path"), "☽"),
    TimelineKind.CHAT: (N_("Conversations"), "❝"),
    TimelineKind.ACTION: (N_("Staff actions"), "•"),
}
_TEXTS: Mapping[str, str] = {
    "order.placed": N_("Order placed: {level}, {amount}"),
    "order.paid": N_("{amount} paid"),
    "production.asked": N_("Reading asked of the generator"),
    "production.done": N_("Reading generated"),
    "production.failed": N_("The generator failed"),
    "client.set_status.active": N_("Client readmitted"),
    "client.set_status.suspended": N_("Client suspended"),
    "client.set_status.banned": N_("Client banned"),
    "order.approve": N_("Reading approved"),
    "order.request_revision": N_("Revision asked for"),
    "order.reject": N_("Reading rejected"),
    "order.reopen": N_("Reading reopened"),
    "studio.approve": N_("Reading approved in the earlier studio"),
    "studio.finalize": N_("Reading approved in the earlier studio"),
    "studio.reject": N_("Reading rejected in the earlier studio"),
    "delivery.waiting": N_("Delivery waits"),
    "delivery.sending": N_("Delivery is being sent"),
    "delivery.confirming": N_("Delivery waits to be confirmed"),
    "delivery.sent": N_("Reading sent"),
    "delivery.failed": N_("Delivery failed"),
    "delivery.blocked": N_("Delivery blocked"),
    "delivery.cancelled": N_("Delivery cancelled"),
    "delivery.by_platform": N_("Reading delivered by the platform"),
    "note.found": N_("Notes found as the platform left them (version {number})"),
    "note.written": N_("Notes written (version {number})"),
    "note.restored": N_("Notes brought back (version {number})"),
    "path.begun": N_("Path begun"),
    "step.unlocked": N_("Day {number} opened"),
    "step.done": N_("Day {number} done"),
    "chat.begun": N_("Conversation begun"),
    "chat.last": N_("Last message of a conversation"),
    "client.create": N_("Client created"),
    "client.edit": N_("Identity changed"),
    "client.tags": N_("Tags changed"),
    "client.assign_ref_id": N_("refId given"),
    "client.reveal": N_("Something covered was shown"),
    "order.take": N_("Order taken"),
    "order.take_over": N_("Order taken over"),
    "order.retry_production": N_("Production started again"),
    "reading.save": N_("Reading edited"),
    "delivery.cancel": N_("Delivery called back"),
    "delivery.retry": N_("Delivery tried again"),
    "delivery.stop": N_("Delivery stopped"),
}
_STYLE = """
<style>
.line { display: grid; grid-template-columns: 3.5rem 1.5rem 1fr; gap: .15rem .5rem; line-height: 1.5; margin: 0 }
.line time { opacity: .7; font-size: .875rem; font-variant-numeric: tabular-nums }
.line .sign { opacity: .7; text-align: center }
.line .what { overflow-wrap: anywhere }
.line small { opacity: .75; font-size: .875rem }
.line a { color: inherit; text-underline-offset: .2em }
.line h4 { grid-column: 1 / -1; margin: 1.1rem 0 .2rem; padding: 0; font-size: .95rem; font-weight: 600 }
.line h4:first-child { margin-top: 0 }
</style>
"""


def filters() -> tuple[TimelineKind, ...]:
    """Which kinds of events; none chosen means all."""
    return addressed.several(
        "kind", list(TimelineKind), names=lambda kind: _(KINDS[kind][0]), label=_("Show"), parse=TimelineKind
    )


def listing(page: Page[Event]) -> None:
    """The events, by the business days on which they happened."""
    if not page.rows:
        st.caption(_("Nothing has happened here."))
    parts = []
    for when, events in groupby(page.rows, key=lambda event: event.at.astimezone(zone()).date()):
        parts.append(f"<h4>{cells.escaped(day(when))}</h4>" + "".join(_line(event) for event in events))
    if parts:
        st.html(f'{_STYLE}<div class="line">{"".join(parts)}</div>')
    pager(page, key="timeline")


def _line(event: Event) -> str:
    local = event.at.astimezone(zone())
    name, sign = KINDS[event.kind]
    # Why we ourselves held or stopped something is kept as a sentence of the catalogue.
    detail = cells.reasons(event.detail) if event.kind is TimelineKind.ACTION else event.detail or ""
    more = " · ".join(cells.escaped(part) for part in (event.who or "", detail) if part)
    order = ""
    if event.order_id and event.order_number:
        href = cells.escaped(address("order", id=event.order_id))
        order = f' <a href="{href}" target="_self">{cells.escaped(event.order_number)}</a>'
    small = f"<br><small>{more}</small>" if more else ""
    return (
        f'<time title="{cells.escaped(exact(event.at, zone()))}">{local:%H:%M}</time>'
        f'<span class="sign" title="{cells.escaped(_(name))}" aria-hidden="true">{sign}</span>'
        f'<span class="what" dir="auto">{cells.escaped(_text(event))}{order}{small}</span>'
    )


def _text(event: Event) -> str:
    template = _TEXTS.get(event.what)
    if template is None:
        return action_name(event.what)
    amount = money(event.amount, event.currency) if event.amount is not None and event.currency else ""
    level = level_name(event.number) if event.what == "order.placed" and event.number is not None else ""
    return _(template).format(amount=amount, level=level, number=event.number)
