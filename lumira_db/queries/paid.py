"""What was paid between two moments: the one figure that the first screen shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.metrics.revenue import PAID_REVENUE
from lumira_db.queries.facts import naive


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid in one currency: ``orders`` of them, ``cents`` in sum."""

    currency: str
    orders: int
    cents: int


def paid_between(session: Session, start: datetime, end: datetime) -> tuple[Paid, ...]:
    """``PAID_REVENUE`` from ``start`` until before ``end`` (aware moments)."""
    window = {"start": naive(start), "end": naive(end)}
    return tuple(Paid(*row) for row in session.execute(text(PAID_REVENUE.sql), window))
