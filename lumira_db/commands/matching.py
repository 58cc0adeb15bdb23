"""Whose a payment is, and that what is told of one payment is taken one after the other."""

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from lumira_db.commands.event_rows import settle_event, tell_the_platform
from lumira_db.commands.refund_following import find_request
from lumira_db.models import Dispute, Order, Payment, Refund, StripeEvent
from lumira_db.payments import Event, EventState, revived

_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def queue_up(session: Session, intent_id: str | None) -> None:
    """Events of one payment wait for each other before they look at anything: then none misses what the one before
    has made known, and no two hold what the other needs."""
    if intent_id:
        session.execute(_QUEUE, {"key": f"stripe:{intent_id}"})


def order_of(session: Session, event: Event) -> Order | None:
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


def adopt(session: Session, payment: Payment, order: Order) -> None:
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
        settle_event(row, EventState.APPLIED, payment.order_id)
        tell_the_platform(session, revived(row.facts))
