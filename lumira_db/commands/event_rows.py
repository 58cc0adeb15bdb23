"""The rows of Stripe's events: what became of each, when it is tried again, and what the platform learns of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db.clock import utcnow
from lumira_db.models import ProcessedEvent, StripeEvent
from lumira_db.payments import Event, EventState, for_the_platform

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""When an event that failed, or that belonged to no known order, is tried again by itself."""


def event_row(event: Event, state: EventState) -> dict[str, Any]:
    """The columns of an event that has just come."""
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


def settle_event(row: StripeEvent, state: EventState, order_id: str | None) -> None:
    """Its effect is there, or its order is not known yet and it is tried again."""
    row.state, row.order_id, row.error = state, order_id, None
    row.due_at = next_try(row.attempts) if state is EventState.UNMATCHED else None


def next_try(attempts: int) -> datetime | None:
    """When it is tried again after so many attempts; None: never by itself."""
    return utcnow() + BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None


def tell_the_platform(session: Session, event: Event) -> None:
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
