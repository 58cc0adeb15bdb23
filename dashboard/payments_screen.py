"""Payments: what the screen reads and does, part by part."""

from datetime import date, timedelta
from enum import StrEnum
from functools import partial

import streamlit as st

from dashboard import filters, payment_screen, reads, task_panel
from dashboard.acts import attempt, done
from dashboard.context import database, stripe, zone
from dashboard.flash import Flash, say
from dashboard.gateways.stripe import StripeRefused, dashboard_url
from dashboard.here import actor
from dashboard.locale import _, ngettext, number, refusal_text
from dashboard.reads import ROWS
from dashboard.views import addressed, findings, open_refunds, payment_events, payment_refunds, reconciled
from dashboard.views.pager import place
from dashboard.workflows.reconcile import fetch
from lumira_db.commands.payments import retry_event
from lumira_db.commands.reconciliation import explain_finding, reopen_finding, start_reconciliation
from lumira_db.errors import Refusal
from lumira_db.i18n_marker import N_
from lumira_db.payment_facts import Mode
from lumira_db.periods import day_start
from lumira_db.queries import payment_lists, reconciliation, refund_requests
from lumira_db.queries.payment_lists import EventDetail
from lumira_db.queries.reconciliation import FindingRow
from lumira_db.states import TaskKind

_MINUTE = timedelta(minutes=1)


class Part(StrEnum):
    """What of the payments is shown; the address carries it."""

    FINDINGS = "findings"
    EVENTS = "events"
    REFUNDS = "refunds"


_NAMES = {Part.FINDINGS: N_("Reconciliation"), Part.EVENTS: N_("Events"), Part.REFUNDS: N_("Refunds")}


def screen() -> None:
    """The part that the address names; the others are not read."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        chosen = addressed.tabs(
            "part", list(Part), default=Part.FINDINGS, names=lambda one: _(_NAMES[Part(one)]), label=_("Part")
        )
        reconciled.mode(stripe().mode)
    {Part.FINDINGS: _findings, Part.EVENTS: _events, Part.REFUNDS: _refunds}[Part(chosen)]()


@st.cache_data(ttl=_MINUTE, max_entries=1, show_spinner=False)
def _types() -> tuple[str, ...]:
    with database().reading() as session:
        return payment_lists.list_event_types(session)


def _findings() -> None:
    with database().reading() as session:
        # Not the one that other screens remember for a while: here a look ends before the person's eyes.
        known = reconciliation.get_reconciled(session)
    reconciled.badge(known, href=False)
    task = task_panel.latest(TaskKind.RECONCILE, outcome=findings.outcome)
    findings.start(_look, disabled=stripe().mode is Mode.NONE or (task is not None and task.is_open))
    findings.filters()
    chosen = filters.finding_filter(filters.of(st.query_params))
    with database().reading() as session:
        page = reconciliation.list_findings(session, chosen, zone=zone(), cursor=place(), limit=ROWS)
    opened = findings.listing(page, compared=known.until is not None)
    if opened is not None:
        findings.detail(
            opened,
            fetch=_fetch,
            explain=_explain,
            reopen=_reopen,
            refund=_refund,
            at_stripe=partial(_at_stripe, opened),
        )


def _events() -> None:
    event = _event(st.query_params.get(payment_events.CHOSEN, ""))
    if event is not None:
        payment_events.detail(event, _retry)
    with database().reading() as session:
        counts = payment_lists.count_events_to_do(session)
    payment_events.filters(counts, _types())
    chosen = filters.event_filter(filters.of(st.query_params))
    with database().reading() as session:
        page = payment_lists.list_events(session, chosen, zone=zone(), cursor=place(), limit=ROWS)
    payment_events.listing(page, _retry)


def _refunds() -> None:
    with database().reading() as session:
        open_refunds.listing(refund_requests.list_open_refunds(session))
    payment_refunds.filters()
    chosen = filters.refund_filter(filters.of(st.query_params))
    with database().reading() as session:
        page = payment_lists.list_refunds(session, chosen, zone=zone(), cursor=place(), limit=ROWS)
    payment_refunds.listing(page)


def _event(event_id: str) -> EventDetail | None:
    if not event_id:
        return None
    with database().reading() as session:
        return payment_lists.find_event(session, event_id)


def _retry(event_ids: list[str]) -> None:
    """Try events again by hand, each in its own transaction."""
    counted = sum(done(partial(retry_event, event_id=event_id)) for event_id in event_ids)
    if counted:
        text = ngettext("{count} event was tried again.", "{count} events were tried again.", counted)
        say(Flash(text.format(count=number(counted)), "note"))


def _look(first: date, last: date) -> None:
    """Compare these business days, both included."""
    since, until = day_start(first, zone()), day_start(last + timedelta(days=1), zone())
    if attempt(lambda s, a: start_reconciliation(s, a, since=since, until=until)) is not None:
        reads.reconciled.clear()


def _fetch(row: FindingRow) -> None:
    """Let the ledger learn what Stripe says of the payment."""
    try:
        found = fetch(database(), stripe(), actor(), row)
    except Refusal as refusal:
        say(Flash(refusal_text(refusal), "refused"))
        return
    except StripeRefused:
        say(Flash(_("Stripe knows no such payment any more."), "refused"))
        return
    reads.reconciled.clear()
    if found is None:
        say(Flash(_("Stripe was asked, and it is still not known whose payment this is."), "note"))
    else:
        say(Flash(_("What Stripe says of this payment is in the Desk now.")))


def _explain(row: FindingRow, note: str) -> Refusal | None:
    try:
        who = actor()
        with database().writing() as session:
            explain_finding(session, who, row.id, note)
    except Refusal as refusal:
        return refusal
    reads.reconciled.clear()
    say(Flash(_("Noted. It stays explained as long as nothing about it changes.")))
    return None


def _refund(row: FindingRow) -> None:
    if row.order_id and row.intent_id:
        payment_screen.go_refund(row.order_id, row.intent_id)


def _reopen(row: FindingRow) -> None:
    if done(lambda s, a: reopen_finding(s, a, row.id)):
        reads.reconciled.clear()


def _at_stripe(row: FindingRow) -> str:
    """Stripe's own page about it."""
    kind, object_id = ("payments", row.intent_id) if row.intent_id else ("balance", row.object_id)
    return dashboard_url(stripe().mode, kind, object_id or "")
