"""Asking Stripe what it knows of a payment, and keeping what it says."""

import logging

from dashboard.gateways.stripe import Stripe, StripeRefused, StripeUnavailable
from lumira_db.clock import utcnow
from lumira_db.commands.payment_words import keep_silence, keep_word
from lumira_db.engine import Database

logger = logging.getLogger(__name__)


def ask_stripe(intent_id: str, order_id: str | None, *, database: Database, stripe: Stripe) -> None:
    """Keep Stripe's word about a payment; where it has none, why."""
    try:
        told = stripe.payment(intent_id)
    except (StripeUnavailable, StripeRefused) as problem:
        code = problem.trouble if isinstance(problem, StripeUnavailable) else problem.code
        logger.warning("stripe did not tell", extra={"payment": intent_id, "problem": str(code)})
        with database.writing() as session:
            keep_silence(session, intent_id, order_id, code, utcnow())
        return
    with database.writing() as session:
        keep_word(session, intent_id, order_id, told, utcnow())
