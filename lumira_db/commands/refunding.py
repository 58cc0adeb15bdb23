"""The worker's steps of a refund. Each is one short transaction; between them nothing is locked.

Whatever step the worker dies at, running all of them again gives the money back once (docs/adr/0020-refunds.md).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import STRIPE, SYSTEM, Actor
from lumira_db.commands.answers import take_refund
from lumira_db.commands.deliveries import release_deliveries
from lumira_db.commands.refund_following import follow_refund
from lumira_db.commands.refunds import lock_request, schedule
from lumira_db.models import RefundRequest
from lumira_db.payment_facts import RefundFacts
from lumira_db.states import REFUND_ASKED, RefundReason, RefundState

KEY_LIFE = timedelta(hours=23)
"""Stripe forgets an idempotency key after a day: later, we look before we ask again."""
BACK_OFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
"""How long to wait after the first, second … attempt that brought no answer; from then on, the last of these."""

_STRIPES_REASON = {
    RefundReason.DUPLICATE: "duplicate",
    RefundReason.FRAUDULENT: "fraudulent",
    RefundReason.CLIENT_ASKED: "requested_by_customer",
    RefundReason.NOT_SATISFIED: "requested_by_customer",
}


@dataclass(frozen=True, slots=True)
class Asking:
    """What Stripe is to be asked. ``asked_before``: an earlier attempt may have had its effect already; ``key_is_old``:
    Stripe may have forgotten the key."""

    request_id: UUID
    order_id: str
    intent_id: str
    amount: int
    key: str
    reason: str | None
    asked_before: bool
    key_is_old: bool


def begin_refund(session: Session, request_id: UUID, now: datetime) -> Asking | None:
    """Begin an attempt; None when there is nothing to ask, or not yet."""
    _, request = lock_request(session, request_id)
    if request.state not in REFUND_ASKED or request.due_at is None or request.due_at > now:
        return None
    before = RefundState(request.state)
    asked_before = before is not RefundState.COMMITTED
    if not asked_before:
        # Surely nothing has moved yet: the key counts from now on.
        request.first_sent_at = now
    first = request.first_sent_at or now
    request.state, request.attempts = RefundState.SENT, request.attempts + 1
    # Should this attempt die, the sweep makes the next one then.
    request.due_at = now + _back_off(request)
    _trace(session, SYSTEM, "refund.send", request, before)
    return Asking(
        request_id,
        request.order_id,
        request.intent_id,
        request.amount,
        request.idempotency_key,
        _STRIPES_REASON.get(RefundReason(request.reason)),
        asked_before,
        asked_before and now - first > KEY_LIFE,
    )


def record_refund(session: Session, request_id: UUID, told: RefundFacts) -> None:
    """Stripe has taken the refund: what its webhook will say, or has said already."""
    order, request = lock_request(session, request_id)
    take_refund(session, order, told)
    follow_refund(session, order, request, told.id)


def record_no_answer(session: Session, request_id: UUID, now: datetime, problem: str, *, may_have_moved: bool) -> None:
    """Nobody knows, or Stripe was never reached: try again later, under the same key."""
    _, request = lock_request(session, request_id)
    if request.state != RefundState.SENT:
        return  # a webhook was faster
    request.state = RefundState.UNKNOWN if may_have_moved else RefundState.COMMITTED
    request.problem = problem
    request.due_at = now + _back_off(request)
    _trace(session, SYSTEM, "refund.no_answer", request, RefundState.SENT)
    schedule(session, request)


def record_refusal(session: Session, request_id: UUID, now: datetime, code: str) -> None:
    """Stripe said no: nothing has moved, and what was kept back may leave."""
    order, request = lock_request(session, request_id)
    if request.state != RefundState.SENT:
        return
    request.state, request.problem, request.due_at, request.settled_at = RefundState.REFUSED, code, None, now
    _trace(session, STRIPE, "refund.refuse", request, RefundState.SENT)
    session.flush()
    release_deliveries(session, STRIPE, order)


def _back_off(request: RefundRequest) -> timedelta:
    return BACK_OFF[min(request.attempts, len(BACK_OFF)) - 1]


def _trace(session: Session, actor: Actor, action: str, request: RefundRequest, before: RefundState) -> None:
    after: dict[str, Any] = {"state": request.state, "refund": str(request.id), "attempt": request.attempts}
    if request.problem is not None:
        after["problem"] = request.problem
    audit.record(session, actor, action, "order", request.order_id, before={"state": before}, after=after)
