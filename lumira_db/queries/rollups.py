"""Whether what the figures are counted from is true, and how fresh it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.queries.wording import count_miscounted

_FRESHNESS = text("""
    SELECT built_at IS NOT NULL, zone, (SELECT count(*) FROM (SELECT FROM desk.change LIMIT 1000) waiting),
        COALESCE((SELECT at FROM desk.change ORDER BY id LIMIT 1), now()),
        (SELECT count(*) FROM desk.stripe_event WHERE state IN ('UNMATCHED', 'FAILED'))
    FROM desk.rollup
""")
_DIFFERENCES = text("""
    SELECT name, differences FROM desk.rollup_differences() WHERE differences <> 0
    UNION ALL SELECT name, differences FROM desk.work_differences() WHERE differences <> 0
    UNION ALL SELECT name, differences FROM desk.sum_differences() WHERE differences <> 0
""")


@dataclass(frozen=True, slots=True)
class Freshness:
    """The time of the last data: everything written before ``as_of`` is in the figures (UTC).

    Not ``built``: they are being counted for the first time. ``waiting`` changes are not in them yet (at most 1,000
    are counted), ``unsettled`` events of Stripe have had no effect on any order.
    """

    built: bool
    zone: str
    waiting: int
    as_of: datetime
    unsettled: int


def freshness(session: Session) -> Freshness:
    """How fresh the figures are."""
    return Freshness(*session.execute(_FRESHNESS).one())


def differences(session: Session) -> dict[str, int]:
    """How many rows of which table are not what a recount gives; none is how it should be."""
    found = {row.name: row.differences for row in session.execute(_DIFFERENCES)}
    miscounted = count_miscounted(session)
    return found | {"reading_version": miscounted} if miscounted else found
