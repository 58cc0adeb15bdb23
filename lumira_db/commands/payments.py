"""Events of Stripe: each counts once, whenever and however often it comes.

An event writes what it says into a ledger whose rows only ever gain knowledge; what follows for the order is
then worked out from the ledger alone. So late, doubled and shuffled events end in the same rows
(docs/adr/0015-money-ledger.md).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import STRIPE, Actor
from lumira_db.clock import utcnow
from lumira_db.commands.deliveries import REFUNDED, cancel_waiting_deliveries
from lumira_db.commands.ledger import earlier, note, refund_event
from lumira_db.commands.refund_following import find_request, follow_dispute, follow_refund
from lumira_db.enums import OrderStatus
from lumira_db.errors import EventSettled, RecordNotFound
from lumira_db.models import Dispute, Order, Payment, PaymentWord, ProcessedEvent, Refund, StripeEvent
from lumira_db.payment_events import events_of
from lumira_db.payment_facts import PaymentFacts, RefundFacts, known_facts
from lumira_db.payments import KNOWN, Event, EventState, for_the_platform, revived
from lumira_db.permissions import Permission, require
from lumira_db.transitions import Move, can, target_of

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""When an event that failed, or that belonged to no known order, is tried again by itself."""


_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an event; ``repeated`` when it had come before."""

    state: EventState
    repeated: bool
    order_id: str | None = None


def receive_event(session: Session, event: Event) -> Received:
    """Take an event and do what it says, in one transaction with the row that says it was done."""
    _queue_up(session, event.intent_id)
    row = session.scalar(
        insert(StripeEvent).values(_row(event, EventState.IGNORED)).on_conflict_do_nothing().returning(StripeEvent)
    )
    if row is not None:
        return _take_effect(session, row, event)
    known = session.get_one(StripeEvent, event.id, with_for_update=True, populate_existing=True)
    if known.state in (EventState.FAILED, EventState.UNMATCHED):
        # Stripe sends it again because we said no, or because somebody asked: another chance.
        return _take_effect(session, known, event)
    return Received(EventState(known.state), repeated=True, order_id=known.order_id)


def keep_failed_event(session: Session, event: Event, problem: str) -> None:
    """Keep an event whose effect failed, and try it again later. ``problem`` holds nothing personal."""
    said = {"state": EventState.FAILED, "error": problem[:500]}
    statement = insert(StripeEvent).values(_row(event, EventState.FAILED) | said | {"due_at": utcnow() + BACK_OFF[0]})
    again = said | {"attempts": StripeEvent.attempts + 1}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[StripeEvent.id],
            set_=again,
            where=StripeEvent.state.in_((EventState.FAILED, EventState.UNMATCHED)),
        )
    )
    row = session.get_one(StripeEvent, event.id, with_for_update=True, populate_existing=True)
    if row.state == EventState.FAILED:
        row.due_at = _next_try(row.attempts)


def _row(event: Event, state: EventState) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "created_at": event.said_at,
        "received_at": utcnow(),
        "live": event.live,
        "facts": event.kept(),
        "state": state,
        "payment_intent_id": event.intent_id,
        "attempts": 1,
    }


def retry_event(session: Session, actor: Actor, event_id: str) -> Received:
    """Try an event again by hand. Raises ``NotPermitted``, ``RecordNotFound``, ``EventSettled``."""
    require(actor, Permission.MANAGE_PAYMENTS)
    row = _lock_event(session, event_id)
    if row.state not in (EventState.FAILED, EventState.UNMATCHED):
        raise EventSettled
    before = {"state": row.state}
    received = _retry(session, row)
    after = {"state": row.state, "type": row.type}
    audit.record(session, actor, "payment.retry_event", "event", event_id, before=before, after=after)
    return received


def take_facts(session: Session, actor: Actor, told: PaymentFacts) -> str | None:
    """Write what Stripe answered about a payment into the ledger, as its events would have, and do what follows for
    its order; the order's id, None when no order is known. Raises ``NotPermitted``."""
    require(actor, Permission.MANAGE_PAYMENTS)
    _queue_up(session, told.intent.id)
    events = events_of(told, utcnow())
    order_id = None
    for event in events:
        order = _order_of(session, event)
        payment = note(session, event, order)
        if order is None:
            continue
        if payment is not None:
            _adopt(session, payment, order)
        _settle_order(session, order)
        _follow(session, event, order)
        session.flush()
        order_id = order.id
    after = {"order": order_id, "status": told.intent.status, "told": len(events)}
    audit.record(session, actor, "payment.fetch", "payment", told.intent.id, after=after)
    return order_id


def retry_due_event(session: Session, event_id: str) -> Received | None:
    """Try an event again because its time has come; None when somebody was faster."""
    row = _lock_event(session, event_id)
    return None if row.due_at is None or row.due_at > utcnow() else _retry(session, row)


def _retry(session: Session, row: StripeEvent) -> Received:
    row.attempts += 1
    return _take_effect(session, row, revived(row.facts))


def _take_effect(session: Session, row: StripeEvent, event: Event) -> Received:
    if event.type not in KNOWN:
        _settle_event(row, EventState.IGNORED, None)
    else:
        order = _order_of(session, event)
        payment = note(session, event, order)
        if order is None:
            _settle_event(row, EventState.UNMATCHED, None)
            return Received(EventState.UNMATCHED, repeated=False)
        if payment is not None:
            _adopt(session, payment, order)
        _settle_order(session, order)
        _follow(session, event, order)
        _settle_event(row, EventState.APPLIED, order.id)
    session.flush()
    _tell_the_platform(session, event)
    return Received(EventState(row.state), repeated=False, order_id=row.order_id)


def take_refund(session: Session, order: Order, told: RefundFacts) -> None:
    """Write what Stripe answered about a refund into the ledger, as its event will; the order is locked.

    Of a payment older than the Desk the ledger learns what Stripe last said of it: without its amount nobody could
    tell whether everything has been given back.
    """
    word = session.get(PaymentWord, told.intent_id)
    facts = known_facts(word.facts) if word is not None else None
    for refund in (*(facts.refunds if facts else ()), told):
        payment = note(session, refund_event(refund), order)
    if payment is None:
        return
    if facts is not None and facts.intent.charge is not None and payment.amount is None:
        payment.amount, payment.currency = facts.intent.received, facts.intent.currency
        payment.charged_at = payment.charged_at or facts.intent.charge.created_at
    _adopt(session, payment, order)
    _settle_order(session, order)
    session.flush()


def _follow(session: Session, event: Event, order: Order) -> None:
    """What the event means for a refund that staff asked for, and for what waits to be delivered."""
    if event.type.startswith("charge.dispute."):
        session.flush()
        follow_dispute(session, order)
    request = find_request(session, event.facts.get("request"))
    if request is not None and request.order_id == order.id:
        session.flush()
        follow_refund(session, order, request, event.object_id)


def _settle_event(row: StripeEvent, state: EventState, order_id: str | None) -> None:
    row.state, row.order_id, row.error = state, order_id, None
    row.due_at = _next_try(row.attempts) if state is EventState.UNMATCHED else None


def _next_try(attempts: int) -> datetime | None:
    return utcnow() + BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None


def _tell_the_platform(session: Session, event: Event) -> None:
    """The contract's own row; the platform may have made it already."""
    now = utcnow()
    session.execute(
        insert(ProcessedEvent)
        .values(
            event_id=event.id,
            event_type=event.type,
            processed_at=now,
            data=for_the_platform(event),
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
    )


def _order_of(session: Session, event: Event) -> Order | None:
    """The order that the event is about, locked: named by its metadata, or found by its payment."""
    found = None
    if event.order_id:
        found = session.scalar(select(Order.id).where(Order.id == event.order_id))
    if found is None and event.intent_id:
        found = session.scalar(select(Payment.order_id).where(Payment.intent_id == event.intent_id))
    if found is None and event.intent_id:
        named = select(Order.id).where(Order.payment_intent_id == event.intent_id)
        found = session.scalar(named.order_by(Order.created_at, Order.id).limit(1))
    if found is None and event.object_kind == "checkout.session":
        found = session.scalar(select(Order.id).where(Order.stripe_session_id == event.object_id).limit(1))
    if found is None:
        request = find_request(session, event.facts.get("request"))
        found = request.order_id if request is not None else None
    if found is None:
        return None
    return session.scalars(
        select(Order).where(Order.id == found).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def _adopt(session: Session, payment: Payment, order: Order) -> None:
    """The payment, and what came about it before anybody knew whose it was, belong to the order."""
    if payment.order_id is None:
        payment.order_id = order.id
    for kind in (Refund, Dispute):
        belongs = kind.intent_id == payment.intent_id
        session.execute(update(kind).where(belongs, kind.order_id.is_(None)).values(order_id=payment.order_id))
    early = select(StripeEvent).where(
        StripeEvent.payment_intent_id == payment.intent_id, StripeEvent.state == EventState.UNMATCHED
    )
    for row in session.scalars(early.with_for_update()):
        _settle_event(row, EventState.APPLIED, payment.order_id)
        _tell_the_platform(session, revived(row.facts))


def _settle_order(session: Session, order: Order) -> None:
    """What the ledger means for the order (DOMAIN §4). The order is locked."""
    payments = session.scalars(
        select(Payment).where(Payment.order_id == order.id).execution_options(populate_existing=True)
    ).all()
    paid = [payment for payment in payments if _paid_at(payment) is not None]
    if paid:
        _settle_paid(session, order, paid)
        return
    given_up = order.paid_at is None and any(payment.cancelled_at for payment in payments)
    if given_up and can(Move.FAIL_PAYMENT, order.status, ever_paid=False):
        _move(session, order, target_of(Move.FAIL_PAYMENT, order.status, ever_paid=False), Move.FAIL_PAYMENT)


def _settle_paid(session: Session, order: Order, paid: list[Payment]) -> None:
    was_paid = order.paid_at is not None
    _settle_moment(order, paid)
    if can(Move.PAY, order.status, ever_paid=was_paid):
        _move(session, order, target_of(Move.PAY, order.status, ever_paid=was_paid), Move.PAY)
    first = min(paid, key=lambda payment: payment.intent_id)
    if _all_given_back(session, paid):
        if can(Move.REFUND, order.status, ever_paid=True):
            first.refunded_from = order.status
            _move(session, order, target_of(Move.REFUND, order.status, ever_paid=True), Move.REFUND)
            cancel_waiting_deliveries(session, STRIPE, order.id, REFUNDED, force=True)
        return
    known_before = next((payment for payment in paid if payment.refunded_from), None)
    if known_before is not None and order.status is OrderStatus.REFUNDED:
        # Another payment, older than that refund, was told of later: the order never was without money.
        _move(session, order, OrderStatus(str(known_before.refunded_from)), "correct_refund")
        known_before.refunded_from = None


def _settle_moment(order: Order, paid: list[Payment]) -> None:
    """``paidAt`` is when it was first paid. What the platform wrote stands."""
    moment = min(at for payment in paid if (at := _paid_at(payment)) is not None)
    ours = {payment.written_paid_at for payment in paid}
    if order.paid_at is None or order.paid_at in ours:
        order.paid_at = moment
        for payment in paid:
            payment.written_paid_at = moment


def _move(session: Session, order: Order, target: OrderStatus, verb: str) -> None:
    before, order.status = order.status, target
    audit.record(
        session, STRIPE, f"order.{verb}", "order", order.id, before={"status": before}, after={"status": target}
    )


def _all_given_back(session: Session, paid: list[Payment]) -> bool:
    """Whether there was a moment at which nothing was left of all that had been paid until then."""
    given_back = {payment.intent_id: _given_back_at(session, payment) for payment in paid}
    return any(
        all((back := given_back[payment.intent_id]) is not None and back <= moment for payment in _until(paid, moment))
        for moment in given_back.values()
        if moment is not None
    )


def _until(paid: list[Payment], moment: datetime) -> list[Payment]:
    return [payment for payment in paid if (at := _paid_at(payment)) is not None and at <= moment]


def _given_back_at(session: Session, payment: Payment) -> datetime | None:
    """When the last cent of the payment had been given back; None while something is left."""
    refunds = session.execute(
        select(Refund.succeeded_at, Refund.amount)
        .where(Refund.intent_id == payment.intent_id, Refund.succeeded_at.is_not(None))
        .order_by(Refund.succeeded_at)
    )
    left = payment.amount
    by_parts = None
    for at, amount in refunds:
        if left is not None and left > 0:
            left -= amount
            by_parts = at if left <= 0 else None
    return earlier(payment.fully_refunded_at, by_parts)


def _paid_at(payment: Payment) -> datetime | None:
    return payment.succeeded_at or payment.charged_at


def _queue_up(session: Session, intent_id: str | None) -> None:
    """Events of one payment wait for each other before they look at anything: then none misses what the one before
    has made known, and no two hold what the other needs."""
    if intent_id:
        session.execute(_QUEUE, {"key": f"stripe:{intent_id}"})


def _lock_event(session: Session, event_id: str) -> StripeEvent:
    _queue_up(session, session.scalar(select(StripeEvent.payment_intent_id).where(StripeEvent.id == event_id)))
    row = session.get(StripeEvent, event_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise RecordNotFound(id=event_id)
    return row
