"""Stripe's events from outside to their effect: taken when they come, tried again when that failed."""

import logging
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError

from dashboard.gateways.stripe import Span, Stripe
from lumira_db.clock import utcnow
from lumira_db.commands.payments import Received, keep_failed_event, receive_event, retry_due_event
from lumira_db.engine import Database
from lumira_db.models import StripeEvent
from lumira_db.payments import Event, EventState, revived
from lumira_db.queries.outbox import list_due_events

logger = logging.getLogger(__name__)


def take(database: Database, event: Event) -> Received:
    """The event's effect; where that fails, the event itself with its error, to be tried again.

    Raises ``DBAPIError`` when not even that can be written.
    """
    try:
        with database.writing() as session:
            return receive_event(session, event)
    except Exception as problem:
        _keep(database, event, problem)
        return Received(EventState.FAILED, repeated=False)


def replay(database: Database, stripe: Stripe, span: Span) -> Iterator[tuple[Event, Received]]:
    """Fetch what Stripe told, or would have told, our webhook within the span, the newest first, and take what had
    not come. Raises ``StripeUnavailable``."""
    for event in stripe.events(span):
        yield event, take(database, event)


def retry_due(database: Database) -> int:
    """Try again what is due; how many events that were."""
    with database.reading() as session:
        due = list_due_events(session, utcnow())
    for event_id in due:
        try:
            with database.writing() as session:
                retry_due_event(session, event_id)
        except Exception as problem:
            with database.reading() as session:
                event = revived(session.get_one(StripeEvent, event_id).facts)
            _keep(database, event, problem)
    return len(due)


def _keep(database: Database, event: Event, problem: Exception) -> None:
    if isinstance(problem, DBAPIError) and problem.connection_invalidated:
        raise problem
    logger.error("stripe event failed", extra={"event": event.id, "type": event.type}, exc_info=problem)
    with database.writing() as session:
        keep_failed_event(session, event, type(problem).__name__)
