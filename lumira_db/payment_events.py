"""A payment as Stripe answers about it, told as the events it must have sent: the ledger learns by events alone."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lumira_db.payment_facts import ChargeFacts, DisputeFacts, PaymentFacts, RefundFacts
from lumira_db.payments import Event


def events_of(told: PaymentFacts, now: datetime) -> tuple[Event, ...]:
    """What happened to the payment, the oldest first. Nothing of it has an id of Stripe's: these events never were.

    A success is told by its charge, whose moment is known; the moment of the event, were there one, comes later.
    """
    return tuple(_told(told, now))


def _told(told: PaymentFacts, now: datetime) -> Iterator[Event]:
    for charge in reversed(told.charges):
        if charge.status == "succeeded":
            yield _charged(told, charge)
    if told.intent.status == "canceled":
        facts = {"amount": told.intent.amount, "currency": told.intent.currency, "charge": told.intent.charge_id}
        yield _event(told, "payment_intent.canceled", "payment_intent", told.intent.id, now, facts)
    for refund in reversed(told.refunds):
        yield _refunded(told, refund, now)
    for dispute in reversed(told.disputes):
        yield _disputed(told, dispute, now)


def _charged(told: PaymentFacts, charge: ChargeFacts) -> Event:
    facts = {
        "amount": charge.captured or charge.amount,
        "currency": charge.currency,
        "charge": charge.id,
        "charged_at": int(charge.created_at.timestamp()),
        "refunded": charge.refunded,
        # When the last cent went back its refunds say.
        "fully_refunded": False,
    }
    return _event(told, "charge.refunded", "charge", charge.id, charge.created_at, facts)


def _refunded(told: PaymentFacts, refund: RefundFacts, now: datetime) -> Event:
    facts = {
        "amount": refund.amount,
        "currency": refund.currency,
        "charge": refund.charge_id,
        "status": refund.status,
        "reason": refund.reason,
        "failure_reason": refund.failure_reason,
        "created_at": int(refund.created_at.timestamp()),
        "request": refund.request,
    }
    # That it arrived is dated by when it was made; that it did not is Stripe's word of now.
    said_at = refund.created_at if refund.status == "succeeded" else now
    return _event(told, "refund.updated", "refund", refund.id, said_at, facts)


def _disputed(told: PaymentFacts, dispute: DisputeFacts, now: datetime) -> Event:
    facts = {
        "amount": dispute.amount,
        "currency": dispute.currency,
        "charge": dispute.charge_id,
        "status": dispute.status,
        "reason": dispute.reason,
        "due_at": int(dispute.due_at.timestamp()) if dispute.due_at else None,
        "created_at": int(dispute.created_at.timestamp()),
    }
    return _event(told, "charge.dispute.created", "dispute", dispute.id, now, facts)


def _event(
    told: PaymentFacts, kind: str, object_kind: str, object_id: str, said_at: datetime, facts: Mapping[str, Any]
) -> Event:
    return Event(
        id="",
        type=kind,
        said_at=said_at,
        live=told.intent.live,
        object_id=object_id,
        object_kind=object_kind,
        intent_id=told.intent.id,
        order_id=told.intent.order_id,
        facts=facts,
    )
