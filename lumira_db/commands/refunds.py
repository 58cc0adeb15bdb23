"""Refunds as people decide on them: asked for, approved or declined by a second person, withdrawn, tried again.

What the worker does with them is in ``lumira_db.commands.refunding``. Every function locks the order first, then the
refund (docs/adr/0020-refunds.md).
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit, jobs
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.deliveries import REFUND_ASKED, hold_deliveries, release_deliveries
from lumira_db.commands.locking import MINIMUM_REASON, lock_order
from lumira_db.currencies import of_cents
from lumira_db.errors import (
    Amount,
    InvalidInput,
    PaymentDisputed,
    PaymentUnknown,
    ReasonRequired,
    RecordNotFound,
    RefundOver,
    RefundTooLarge,
    RefundUnderWay,
    SecondPersonNeeded,
    StaleRecord,
)
from lumira_db.i18n_marker import N_
from lumira_db.models import Order, RefundRequest
from lumira_db.permissions import Permission, require
from lumira_db.queries.order_payments import list_payments
from lumira_db.queries.payment_rows import PaymentRow
from lumira_db.states import REFUND_ASKED as DECIDED
from lumira_db.states import RefundReason, RefundState

TASK = "lumira.refund"
PAYMENT = N_("This payment")
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person typed. ``id`` was made when the form opened: sent twice, it is one refund. ``stamp`` is what they
    saw of the payment's refunds; ``confirmed`` the amount typed again; amounts in cents."""

    id: UUID
    intent_id: str
    stamp: str
    amount: int
    confirmed: int | None
    reason: RefundReason
    note: str


def request_refund(session: Session, actor: Actor, order_id: str, wanted: Wanted, *, limit: int) -> RefundState:
    """Ask for money to be given back; above ``limit`` cents (of any currency) a second person has to approve it first.

    Raises ``NotPermitted``, ``StaleRecord``, ``PaymentUnknown``, ``PaymentDisputed``, ``RefundUnderWay``,
    ``RefundTooLarge``, ``ReasonRequired``, ``InvalidInput``.
    """
    require(actor, Permission.REFUND)
    lock_order(session, order_id, None)
    known = session.get(RefundRequest, wanted.id, populate_existing=True)
    if known is not None:
        return RefundState(known.state)  # the same form, sent once more
    note = _checked(wanted)
    payments = list_payments(session, [order_id])
    payment = next((row for row in payments if row.intent_id == wanted.intent_id), None)
    found = _refundable(payment, wanted)
    others = sum(row.left for row in payments if row.intent_id != wanted.intent_id)
    made = _write_down(
        session, actor, found, wanted, note, whole=wanted.amount == found.left and not others, limit=limit
    )
    _trace(session, actor, "refund.request", made, None, wanted.reason, note)
    if made.whole:
        hold_deliveries(session, actor, order_id, REFUND_ASKED)
    if made.due_at is not None:
        schedule(session, made)
    return RefundState(made.state)


def approve_refund(session: Session, actor: Actor, request_id: UUID) -> None:
    """Let a refund go to Stripe that somebody else asked for.

    Raises ``NotPermitted``, ``RecordNotFound``, ``RefundOver``, ``SecondPersonNeeded``, ``PaymentUnknown``
    when the payment is another order's by now, and what else stands in the way.
    """
    require(actor, Permission.REFUND)
    order, request = lock_request(session, request_id)
    _require_waiting(request)
    if request.asked_by == actor.id:
        raise SecondPersonNeeded
    payments = list_payments(session, [order.id])
    payment = next((row for row in payments if row.intent_id == request.intent_id), None)
    if payment is None:
        raise PaymentUnknown
    if payment.disputed:
        raise PaymentDisputed
    if request.amount > payment.left:
        raise RefundTooLarge(left=Amount(payment.left, payment.currency))
    _decide(session, actor, request, RefundState.COMMITTED, "refund.approve", None)
    request.due_at = utcnow()
    schedule(session, request)


def decline_refund(session: Session, actor: Actor, request_id: UUID, *, reason: str) -> None:
    """Say no to a refund that somebody else asked for. Raises as ``approve_refund``, and ``ReasonRequired``."""
    require(actor, Permission.REFUND)
    order, request = lock_request(session, request_id)
    _require_waiting(request)
    if request.asked_by == actor.id:
        raise SecondPersonNeeded
    _decide(session, actor, request, RefundState.DECLINED, "refund.decline", _said(reason))
    release_deliveries(session, actor, order)


def withdraw_refund(session: Session, actor: Actor, request_id: UUID) -> None:
    """Take back a refund that has not gone to Stripe. Raises ``NotPermitted``, ``RecordNotFound``, ``RefundOver``."""
    require(actor, Permission.REFUND)
    order, request = lock_request(session, request_id)
    if request.state not in {RefundState.WAITING_APPROVAL, RefundState.COMMITTED}:
        raise RefundOver(state=RefundState(request.state))
    request.due_at = None
    _decide(session, actor, request, RefundState.WITHDRAWN, "refund.withdraw", None)
    release_deliveries(session, actor, order)


def retry_refund(session: Session, actor: Actor, request_id: UUID) -> None:
    """Have the worker ask Stripe again now. Raises ``NotPermitted``, ``RecordNotFound``, ``RefundOver``."""
    require(actor, Permission.REFUND)
    _, request = lock_request(session, request_id)
    if request.state not in DECIDED:
        raise RefundOver(state=RefundState(request.state))
    request.due_at = utcnow()
    _trace(session, actor, "refund.retry", request, RefundState(request.state), None, None)
    schedule(session, request)


def lock_request(session: Session, request_id: UUID) -> tuple[Order, RefundRequest]:
    """The refund and its order, both locked, the order first. Raises ``RecordNotFound``."""
    order_id = session.scalar(select(RefundRequest.order_id).where(RefundRequest.id == request_id))
    if order_id is None:
        raise RecordNotFound(id=request_id)
    order = lock_order(session, order_id, None)
    return order, session.get_one(RefundRequest, request_id, with_for_update=True, populate_existing=True)


def schedule(session: Session, request: RefundRequest) -> None:
    """Hand the refund to the worker for when it is due."""
    session.flush()
    jobs.defer(session, TASK, {"request_id": str(request.id)}, at=request.due_at, lock=f"refund:{request.id}")


def _checked(wanted: Wanted) -> str:
    if wanted.amount <= 0:
        raise InvalidInput(problem=N_("Type the amount to give back."))
    if wanted.confirmed != wanted.amount:
        raise InvalidInput(problem=N_("Both amounts have to be the same: nothing was given back."))
    return _said(wanted.note)


def _said(text: str) -> str:
    stripped = text.strip()[:LONGEST_NOTE]
    if len(stripped) < MINIMUM_REASON:
        raise ReasonRequired(minimum=MINIMUM_REASON)
    return stripped


def _write_down(
    session: Session, actor: Actor, payment: PaymentRow, wanted: Wanted, note: str, *, whole: bool, limit: int
) -> RefundRequest:
    waits, now = wanted.amount > of_cents(limit, payment.currency), utcnow()
    made: RefundRequest | None = session.scalar(
        insert(RefundRequest)
        .values(
            id=wanted.id,
            order_id=payment.order_id,
            intent_id=wanted.intent_id,
            amount=wanted.amount,
            currency=payment.currency,
            whole=whole,
            reason=wanted.reason,
            note=note,
            state=RefundState.WAITING_APPROVAL if waits else RefundState.COMMITTED,
            idempotency_key=f"lumira-refund-{wanted.id}",
            asked_by=actor.id,
            asked_by_name=actor.name,
            asked_at=now,
            attempts=0,
            due_at=None if waits else now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
        .returning(RefundRequest)
    )
    if made is None:  # under way for another order, which the same payment is written in
        raise StaleRecord(what=PAYMENT)
    return made


def _refundable(payment: PaymentRow | None, wanted: Wanted) -> PaymentRow:
    if payment is None or not payment.paid:
        raise PaymentUnknown
    under_way = payment.open_request
    if under_way is not None:
        raise RefundUnderWay(amount=Amount(under_way.amount, under_way.currency), name=under_way.asked_by_name)
    if payment.stamp != wanted.stamp:
        raise StaleRecord(what=PAYMENT)
    if payment.disputed:
        raise PaymentDisputed
    if wanted.amount > payment.left:
        raise RefundTooLarge(left=Amount(payment.left, payment.currency))
    return payment


def _require_waiting(request: RefundRequest) -> None:
    if request.state != RefundState.WAITING_APPROVAL:
        raise RefundOver(state=RefundState(request.state))


def _decide(
    session: Session, actor: Actor, request: RefundRequest, state: RefundState, action: str, note: str | None
) -> None:
    before = RefundState(request.state)
    request.state = state
    request.decided_by, request.decided_by_name, request.decided_at = actor.id, actor.name, utcnow()
    request.decision_note = note
    if state is not RefundState.COMMITTED:
        request.settled_at = request.decided_at
    _trace(session, actor, action, request, before, None, note)


def _trace(
    session: Session,
    actor: Actor,
    action: str,
    request: RefundRequest,
    before: RefundState | None,
    why: RefundReason | None,
    note: str | None,
) -> None:
    after = {"state": request.state, "refund": str(request.id), "amount": request.amount, "currency": request.currency}
    if why is not None:
        after |= {"why": why, "payment": request.intent_id}
    known = None if before is None else {"state": before}
    audit.record(session, actor, action, "order", request.order_id, before=known, after=after, reason=note)
