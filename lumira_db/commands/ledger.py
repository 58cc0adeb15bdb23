"""What Stripe's events say, written into rows that only ever gain knowledge (docs/adr/0015-money-ledger.md)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db.clock import utcnow
from lumira_db.models import Dispute, Order, Payment, PaymentAttempt, Refund
from lumira_db.payment_facts import RefundFacts
from lumira_db.payments import Event

Told = TypeVar("Told", Refund, Dispute)

# Of two words of one second the one with the higher rank is the later one.
_REFUND_RANK = {"pending": 0, "requires_action": 0, "succeeded": 1, "canceled": 2, "failed": 3}
_DISPUTE_RANK = {"won": 1, "lost": 1, "warning_closed": 1, "prevented": 1}


def note(session: Session, event: Event, order: Order | None) -> Payment | None:
    """Write what the event says into the ledger; its payment, if it is about one, locked."""
    payment = _payment(session, event)
    if payment is not None:
        _learn(payment, event)
    if event.type.startswith("refund."):
        _note_refund(session, event)
    elif event.type.startswith("charge.dispute."):
        _note_dispute(session, event)
    elif payment is not None:
        _note_payment(session, event, payment)
    if order is not None and event.type == "checkout.session.completed":
        order.stripe_session_id = order.stripe_session_id or event.object_id
        order.payment_intent_id = order.payment_intent_id or event.intent_id
    session.flush()
    return payment


def refund_event(told: RefundFacts) -> Event:
    """What Stripe answered about a refund, as an event of it would say it."""
    return Event(
        id="",
        type="refund.updated",
        said_at=told.created_at,
        live=True,
        object_id=told.id,
        object_kind="refund",
        intent_id=told.intent_id,
        order_id=None,
        facts={
            "amount": told.amount,
            "currency": told.currency,
            "charge": told.charge_id,
            "status": told.status,
            "reason": told.reason,
            "failure_reason": told.failure_reason,
            "created_at": int(told.created_at.timestamp()),
        },
    )


def _note_payment(session: Session, event: Event, payment: Payment) -> None:
    facts = event.facts
    match event.type:
        case "payment_intent.succeeded":
            payment.succeeded_at = earlier(payment.succeeded_at, event.said_at)
        case "checkout.session.completed" if facts["paid"]:
            payment.succeeded_at = earlier(payment.succeeded_at, event.said_at)
        case "payment_intent.canceled":
            payment.cancelled_at = earlier(payment.cancelled_at, event.said_at)
        case "payment_intent.payment_failed":
            _note_attempt(session, event)
        case "charge.refunded":
            payment.charged_at = earlier(payment.charged_at, _moment(facts["charged_at"]))
            if facts["fully_refunded"]:
                payment.fully_refunded_at = earlier(payment.fully_refunded_at, event.said_at)


def _payment(session: Session, event: Event) -> Payment | None:
    if not event.intent_id:
        return None
    values = {"intent_id": event.intent_id, "updated_at": utcnow()}
    session.execute(insert(Payment).values(values).on_conflict_do_nothing())
    return session.get_one(Payment, event.intent_id, with_for_update=True, populate_existing=True)


def _learn(payment: Payment, event: Event) -> None:
    facts = event.facts
    if event.type != "payment_intent.payment_failed":
        # A declined card has a charge too, which is not the payment's.
        payment.charge_id = payment.charge_id or facts.get("charge")
    if "refunded" in facts or "error" in facts or "paid" in facts:
        # A refund's and a dispute's own amount is not the payment's.
        payment.amount = payment.amount if payment.amount is not None else facts.get("amount")
    payment.currency = payment.currency or facts.get("currency")


def _note_attempt(session: Session, event: Event) -> None:
    error = event.facts["error"]
    values = {
        "id": error["charge"] or event.id,
        "intent_id": event.intent_id,
        "at": event.said_at,
        "code": error["code"],
        "decline_code": error["decline_code"],
        "message": error["message"],
    }
    session.execute(insert(PaymentAttempt).values(values).on_conflict_do_nothing())


def _note_refund(session: Session, event: Event) -> None:
    facts = event.facts
    refund, is_newer = _told_of(session, Refund, event, _REFUND_RANK, failure_reason=facts["failure_reason"])
    if is_newer:
        refund.failure_reason = facts["failure_reason"]
    if facts["status"] == "succeeded":
        refund.succeeded_at = earlier(refund.succeeded_at, event.said_at)


def _note_dispute(session: Session, event: Event) -> None:
    _told_of(session, Dispute, event, _DISPUTE_RANK, due_at=_moment(event.facts["due_at"]))


def _told_of(
    session: Session, kind: type[Told], event: Event, ranks: Mapping[str, int], **own: Any
) -> tuple[Told, bool]:
    """The row that the event is about, locked, with the latest word about it; whether that is this event's."""
    facts = event.facts
    known = session.get(kind, event.object_id, with_for_update=True, populate_existing=True)
    if known is None:
        known = kind(
            id=event.object_id,
            intent_id=event.intent_id,
            charge_id=facts["charge"],
            amount=facts["amount"],
            currency=facts["currency"],
            reason=facts["reason"],
            status=facts["status"],
            created_at=_moment(facts["created_at"]) or event.said_at,
            said_at=event.said_at,
            **own,
        )
        session.add(known)
    is_newer = (event.said_at, ranks.get(facts["status"], 0)) > (known.said_at, ranks.get(known.status, 0))
    if is_newer:
        known.status, known.said_at = facts["status"], event.said_at
    return known, is_newer


def earlier(known: datetime | None, said: datetime | None) -> datetime | None:
    return min(moment for moment in (known, said) if moment is not None) if known or said else None


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
