"""What Stripe answers when it is asked: the ledger learns it as it would have learnt it from events."""

from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.ledger import note, refund_event
from lumira_db.commands.matching import adopt, order_of, queue_up
from lumira_db.commands.paying import settle_order
from lumira_db.commands.refund_following import follow
from lumira_db.models import Order, PaymentWord
from lumira_db.payment_events import events_of
from lumira_db.payment_facts import PaymentFacts, RefundFacts, known_facts
from lumira_db.permissions import Permission, require


def take_facts(session: Session, actor: Actor, told: PaymentFacts) -> str | None:
    """Write what Stripe answered about a payment into the ledger, as its events would have, and do what follows for
    its order; the order's id, None when no order is known. Raises ``NotPermitted``."""
    require(actor, Permission.MANAGE_PAYMENTS)
    queue_up(session, told.intent.id)
    events = events_of(told, utcnow())
    order_id = None
    for event in events:
        order = order_of(session, event)
        payment = note(session, event, order)
        if order is None:
            continue
        if payment is not None:
            adopt(session, payment, order)
        settle_order(session, order)
        follow(session, event, order)
        session.flush()
        order_id = order.id
    after = {"order": order_id, "status": told.intent.status, "told": len(events)}
    audit.record(session, actor, "payment.fetch", "payment", told.intent.id, after=after)
    return order_id


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
    adopt(session, payment, order)
    settle_order(session, order)
    session.flush()
