"""Holding Stripe against the database, step by step: read its lists, compare, ask about what is missing, close.

A step is some pages of a list, one comparison, or some orders that Stripe is asked about by name; where the next one
begins is committed with it. Only the rows of a step are in memory (docs/adr/0021-reconciliation.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dashboard.gateways.stripe import TROUBLES, Listed, Span, Stripe, StripeMissing, StripeUnavailable
from dashboard.workflows.work import Tools, Work
from lumira_db.actor import SYSTEM, Actor
from lumira_db.clock import utcnow
from lumira_db.commands import comparing
from lumira_db.commands.answers import take_facts
from lumira_db.commands.comparing import Absent, Mirrored
from lumira_db.commands.reconciliation import GRACE, solve_finding, start_reconciliation
from lumira_db.commands.tasks import Progress, TaskFacts
from lumira_db.engine import Database
from lumira_db.errors import StripeSilent, TaskUnderWay
from lumira_db.payment_facts import BalanceFacts, ChargeFacts, DisputeFacts, RefundFacts
from lumira_db.queries.reconciliation import FindingRow, first_payment, get_reconciled
from lumira_db.states import FindingKind

PAGES_A_STEP = 5
ASKED_A_STEP = 20
MARGIN = timedelta(days=1)
"""How far beyond the window Stripe is read: what it dates a little before or after we do is no difference."""
AGAIN = timedelta(days=7)
"""How far the nightly look goes back behind what was compared already: refunds and disputes come late."""

_LISTS = tuple(Listed)
_COMPARE = tuple(kind.value for kind in comparing.COMPARED)
_ASK, _CLOSE = "ask", "close"
_PAID = "succeeded"


@dataclass(frozen=True, slots=True)
class Read:
    """Pages that were read; ``after`` is where the next begins, None at the end of the list."""

    rows: tuple[Mirrored, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Orders that Stripe was asked about: those it knows no payment of, and the last one asked about."""

    absent: tuple[Absent, ...]
    last: str | None


def start_nightly(database: Database) -> bool:
    """Start the look of the night: from the first payment on, afterwards from a week before the last one's end. False
    when there is nothing to look at, or somebody's look is under way."""
    with database.reading() as session:
        known, first = get_reconciled(session), first_payment(session)
    if first is None:
        return False
    since = first - MARGIN if known.until is None else max(known.until - AGAIN, first - MARGIN)
    try:
        with database.writing() as session:
            start_reconciliation(session, SYSTEM, since=since, until=utcnow() - GRACE)
    except TaskUnderWay:
        return False
    return True


def fetch(database: Database, stripe: Stripe, actor: Actor, finding: FindingRow) -> str | None:
    """Ask Stripe about the finding's payment and let the ledger learn the answer; the order's id, None when it is
    still unknown whose the payment is. Raises ``StripeSilent``, and what the commands raise."""
    try:
        told = stripe.payment(finding.intent_id or "")
    except StripeUnavailable as problem:
        raise StripeSilent(problem=TROUBLES[problem.trouble]) from problem
    with database.writing() as session:
        order_id = take_facts(session, actor, told)
        if order_id is not None:
            solve_finding(session, actor, finding.id)
    return order_id


def _outside(tools: Tools, task: TaskFacts) -> Read | Asked | None:
    phase = _phase(task)
    try:
        if phase in _LISTS:
            return _read(tools.stripe, Listed(phase), _widened(task), task.place.get("after"))
        return _ask(tools, task) if phase == _ASK else None
    except StripeUnavailable as problem:
        raise StripeSilent(problem=TROUBLES[problem.trouble]) from problem


def _step(session: Session, task: TaskFacts, brought: Read | Asked | None) -> Progress:
    phase, (since, until) = _phase(task), _window(task)
    if isinstance(brought, Read):
        return _keep(session, task, phase, brought)
    if isinstance(brought, Asked):
        comparing.write_absent(session, task.id, brought.absent)
        if brought.last is not None:
            return Progress(place=dict(task.place) | {"after": brought.last}, result=task.result)
        return Progress(place=_next(task), result=task.result)
    if phase == _CLOSE:
        solved = comparing.close_vanished(session, task.id, since, until)
        return Progress(result={**task.result, "solved": solved}, finished=True)
    if phase == _COMPARE[0]:
        if comparing.count_rows(session, task.id) != task.place.get("rows", 0):
            # Another look has taken this one's place while it stood still: everything is read again.
            return Progress(place={}, result={})
        comparing.prepare_comparing(session)
    comparing.compare(session, task.id, FindingKind(phase), since, until)
    return Progress(place=_next(task), result=task.result)


RECONCILE = Work(_step, outside=_outside)


def _keep(session: Session, task: TaskFacts, phase: str, read: Read) -> Progress:
    if not task.place:
        comparing.begin_anew(session, task.id)
    comparing.keep_rows(session, task.id, read.rows)
    place = {"rows": task.place.get("rows", 0) + len(read.rows)}
    place |= {"phase": phase, "after": read.after} if read.after is not None else {"phase": _following(phase)}
    return Progress(done=len(read.rows), place=place, result={**task.result, phase: _sum(task, phase, read)})


def _sum(task: TaskFacts, phase: str, read: Read) -> int:
    return int(task.result.get(phase, 0)) + len(read.rows)


def _read(stripe: Stripe, what: Listed, span: Span, after: str | None) -> Read:
    rows: list[Mirrored] = []
    for _number in range(PAGES_A_STEP):
        page = stripe.page(what, span, after)
        rows += _mirrored(page.items)
        after = page.after
        if after is None:
            break
    return Read(tuple(rows), after)


def _mirrored(items: tuple[Any, ...]) -> Iterator[Mirrored]:
    for item in items:
        match item:
            case ChargeFacts():
                amount = item.captured if item.status == "succeeded" else item.amount
                yield Mirrored(
                    "charge", item.id, item.intent_id, None, amount, item.refunded, item.currency, item.status,
                    item.created_at, item.order_id,
                )  # fmt: skip
            case RefundFacts() | DisputeFacts():
                kind = "refund" if isinstance(item, RefundFacts) else "dispute"
                yield Mirrored(
                    kind, item.id, item.intent_id, item.charge_id, item.amount, 0, item.currency, item.status,
                    item.created_at, None,
                )  # fmt: skip
            case BalanceFacts():
                yield Mirrored(
                    "balance", item.id, None, item.source, item.amount, 0, item.currency, item.kind,
                    item.created_at, None,
                )  # fmt: skip


def _ask(tools: Tools, task: TaskFacts) -> Asked:
    """Ask about orders that are paid here and whose payment was in no list: the window's edges are no difference."""
    since, until = _window(task)
    with tools.database.reading() as session:
        suspects = comparing.list_suspects(
            session, task.id, since, until, after=task.place.get("after", ""), limit=ASKED_A_STEP
        )
    absent = [
        Absent(order_id, status)
        for order_id, intents in suspects
        if (status := _status(tools.stripe, intents)) != _PAID
    ]
    return Asked(tuple(absent), suspects[-1][0] if len(suspects) == ASKED_A_STEP else None)


def _status(stripe: Stripe, intents: Sequence[str]) -> str | None:
    """Stripe's word for the payment that went furthest; None when it knows none of them."""
    found = None
    for intent_id in intents:
        try:
            found = stripe.payment(intent_id).intent.status
        except StripeMissing:
            continue
        if found == _PAID:
            break
    return found


def _window(task: TaskFacts) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(task.arguments["since"]), datetime.fromisoformat(task.arguments["until"])


def _widened(task: TaskFacts) -> Span:
    since, until = _window(task)
    return Span(since - MARGIN, until + MARGIN)


_PHASES = (*(what.value for what in _LISTS), *_COMPARE, _ASK, _CLOSE)


def _phase(task: TaskFacts) -> str:
    return str(task.place.get("phase", _PHASES[0]))


def _following(phase: str) -> str:
    return _PHASES[_PHASES.index(phase) + 1]


def _next(task: TaskFacts) -> Mapping[str, Any]:
    return {"rows": task.place.get("rows", 0), "phase": _following(_phase(task))}
