"""Events of Stripe: each counts once, whenever and however often it comes.

An event writes what it says into a ledger whose rows only ever gain knowledge; what follows for the order is
then worked out from the ledger alone. So late, doubled and shuffled events end in the same rows
(docs/adr/0015-money-ledger.md).
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.event_rows import BACK_OFF, event_row, next_try, settle_event, tell_the_platform
from lumira_db.commands.ledger import note
from lumira_db.commands.matching import adopt, order_of, queue_up
from lumira_db.commands.paying import settle_order
from lumira_db.commands.refund_following import follow
from lumira_db.errors import EventSettled, RecordNotFound
from lumira_db.models import StripeEvent
from lumira_db.payments import KNOWN, Event, EventState, revived
from lumira_db.permissions import Permission, require


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an event; ``repeated`` when it had come before."""

    state: EventState
    repeated: bool
    order_id: str | None = None


def receive_event(session: Session, event: Event) -> Received:
    """Take an event and do what it says, in one transaction with the row that says it was done."""
    queue_up(session, event.intent_id)
    row = session.scalar(
        insert(StripeEvent).values(event_row(event, EventState.IGNORED)).on_conflict_do_nothing().returning(StripeEvent)
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
    statement = insert(StripeEvent).values(
        event_row(event, EventState.FAILED) | said | {"due_at": utcnow() + BACK_OFF[0]}
    )
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
        row.due_at = next_try(row.attempts)


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


def retry_due_event(session: Session, event_id: str) -> Received | None:
    """Try an event again because its time has come; None when somebody was faster."""
    row = _lock_event(session, event_id)
    return None if row.due_at is None or row.due_at > utcnow() else _retry(session, row)


def _retry(session: Session, row: StripeEvent) -> Received:
    row.attempts += 1
    return _take_effect(session, row, revived(row.facts))


def _take_effect(session: Session, row: StripeEvent, event: Event) -> Received:
    if event.type not in KNOWN:
        settle_event(row, EventState.IGNORED, None)
    else:
        order = order_of(session, event)
        payment = note(session, event, order)
        if order is None:
            settle_event(row, EventState.UNMATCHED, None)
            return Received(EventState.UNMATCHED, repeated=False)
        if payment is not None:
            adopt(session, payment, order)
        settle_order(session, order)
        follow(session, event, order)
        settle_event(row, EventState.APPLIED, order.id)
    session.flush()
    tell_the_platform(session, event)
    return Received(EventState(row.state), repeated=False, order_id=row.order_id)


def _lock_event(session: Session, event_id: str) -> StripeEvent:
    queue_up(session, session.scalar(select(StripeEvent.payment_intent_id).where(StripeEvent.id == event_id)))
    row = session.get(StripeEvent, event_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise RecordNotFound(id=event_id)
    return row
