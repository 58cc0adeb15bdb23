"""Keeping what Stripe last said of a payment, so that no screen ever waits for it."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db.models import PaymentWord
from lumira_db.payment_facts import PaymentFacts


def keep_word(session: Session, intent_id: str, order_id: str | None, told: PaymentFacts, now: datetime) -> None:
    """Stripe answered; an older answer that comes late changes nothing."""
    values = {
        "intent_id": intent_id,
        "order_id": order_id,
        "facts": told.kept(),
        "said_at": now,
        "problem": None,
        "tried_at": now,
    }
    made = insert(PaymentWord).values(values)
    session.execute(
        made.on_conflict_do_update(
            index_elements=[PaymentWord.intent_id], set_=values, where=PaymentWord.tried_at <= made.excluded.tried_at
        )
    )


def keep_silence(session: Session, intent_id: str, order_id: str | None, problem: str, now: datetime) -> None:
    """Stripe did not answer, or not usefully; what it said before stays."""
    values = {"intent_id": intent_id, "order_id": order_id, "problem": problem, "tried_at": now}
    said = {"problem": problem, "tried_at": now}
    made = insert(PaymentWord).values(values)
    session.execute(
        made.on_conflict_do_update(
            index_elements=[PaymentWord.intent_id], set_=said, where=PaymentWord.tried_at <= made.excluded.tried_at
        )
    )
