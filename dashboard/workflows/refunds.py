"""Giving money back: intention, Stripe, outcome. Safe to run again at any point (docs/adr/0020-refunds.md)."""

import logging
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dashboard.gateways.stripe import Stripe, StripeRefused, StripeUnavailable
from dashboard.workflows.checkpoints import Checkpoint, passed
from dashboard.workflows.guard import only_one
from dashboard.workflows.payment_words import ask_stripe
from lumira_db.clock import utcnow
from lumira_db.commands.refunding import Asking, begin_refund, record_no_answer, record_refund, record_refusal
from lumira_db.engine import Database
from lumira_db.errors import RecordNotFound
from lumira_db.payment_facts import RefundFacts

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How a run ended."""

    BUSY = "busy"
    NOTHING_TO_DO = "nothing_to_do"
    TAKEN = "taken"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"


def give_back(
    request_id: UUID,
    *,
    database: Database,
    stripe: Stripe,
    clock: Callable[[], datetime] = utcnow,
    checkpoint: Checkpoint = passed,
) -> Outcome:
    """Bring one refund as far as it will go now, as the only one who does."""
    with only_one(database, f"refund:{request_id}") as guard:
        if guard is None:
            return Outcome.BUSY
        try:
            with database.writing() as session:
                asking = begin_refund(session, request_id, clock())
        except RecordNotFound:
            return Outcome.NOTHING_TO_DO
        if asking is None:
            return Outcome.NOTHING_TO_DO
        checkpoint("begun")
        # The last look before what cannot be taken back: without the guard, somebody else may be asking.
        guard.check()
        outcome = _ask(asking, database, stripe, clock, checkpoint)
        checkpoint("recorded")
    logger.info("refund", extra={"refund": str(request_id), "outcome": outcome})
    return outcome


def _ask(
    asking: Asking, database: Database, stripe: Stripe, clock: Callable[[], datetime], checkpoint: Checkpoint
) -> Outcome:
    try:
        told = _refund(asking, stripe)
        checkpoint("called")
    except StripeUnavailable as problem:
        may_have_moved = problem.may_have_moved or asking.asked_before
        with database.writing() as session:
            record_no_answer(session, asking.request_id, clock(), problem.trouble, may_have_moved=may_have_moved)
        return Outcome.NO_ANSWER
    except StripeRefused as problem:
        checkpoint("refused")
        with database.writing() as session:
            record_refusal(session, asking.request_id, clock(), problem.code)
        # Somebody may have given it back at Stripe itself: the panel is to show what is, beside the refusal.
        ask_stripe(asking.intent_id, asking.order_id, database=database, stripe=stripe)
        return Outcome.REFUSED
    with database.writing() as session:
        record_refund(session, asking.request_id, told)
    return Outcome.TAKEN


def _refund(asking: Asking, stripe: Stripe) -> RefundFacts:
    """The refund, made or found: once Stripe may have forgotten the key, and before a no is believed that may only say
    that an earlier attempt had its effect, the refund that carries our id is looked for."""
    if asking.key_is_old:
        found = _find(asking, stripe)
        if found is not None:
            return found
    try:
        return stripe.refund(
            asking.intent_id, asking.amount, key=asking.key, request=str(asking.request_id), reason=asking.reason
        )
    except StripeRefused:
        found = _find(asking, stripe) if asking.asked_before else None
        if found is None:
            raise
        return found


def _find(asking: Asking, stripe: Stripe) -> RefundFacts | None:
    own = (refund for refund in stripe.refunds_of(asking.intent_id) if refund.request == str(asking.request_id))
    return next(own, None)
