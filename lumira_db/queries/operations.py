"""What waits and how long readings take, in figures; whose work it is and what fails is in ``expertise``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.metrics.operations import WORK
from lumira_db.periods import Grain, Period
from lumira_db.queries.facts import naive, window

AGES = (1, 2, 3, 7)
"""Days of waiting at which a class of age ends; the last class has no end."""


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which work: what happened in the period, both days included. ``staff_id`` is whose decisions, None: all."""

    first: date
    last: date
    until: time | None = None
    levels: tuple[int, ...] = ()
    staff_id: str | None = None

    @property
    def period(self) -> Period:
        return Period(self.first, self.last, self.until)


@dataclass(frozen=True, slots=True)
class BacklogPoint:
    """What of one level waited at the end of a bucket (``start`` is its first day; the last may end now): by age as
    in ``AGES``, and how many longer than was promised."""

    start: date
    level: int
    ages: tuple[int, ...]
    late: int

    @property
    def orders(self) -> int:
        return sum(self.ages)


@dataclass(frozen=True, slots=True)
class SpanRow:
    """How long orders of one level took since their payment, of those that came to the end in the period; ``kept``
    are those within the promise."""

    level: int
    orders: int
    median_hours: float
    p90_hours: float
    kept: int

    @property
    def kept_share(self) -> float:
        return self.kept / self.orders


MEANT = "(CAST(:levels AS int[]) IS NULL OR level = ANY (CAST(:levels AS int[])))"
_ENDS = (*(f"interval '{days} days'" for days in AGES), "NULL")
_STARTS = ("interval '0'", *(f"interval '{days} days'" for days in AGES))
_BY_AGE = ", ".join(
    f"count(*) FILTER (WHERE age >= {start}" + (f" AND age < {end})" if end != "NULL" else ")")
    for start, end in zip(_STARTS, _ENDS, strict=True)
)
_BACKLOG = f"""
    WITH work AS ({WORK})
    SELECT start, level, {_BY_AGE}, count(*) FILTER (WHERE age > promised)
    FROM (
        SELECT e.start, w.level, e.moment - w.entered_at AS age,
            (SELECT make_interval(hours => p.hours)
             FROM unnest(CAST(:promised AS int[]), CAST(:hours AS int[])) AS p (level, hours)
             WHERE p.level = w.level) AS promised
        FROM unnest(CAST(:starts AS date[]), CAST(:moments AS timestamp[])) AS e (start, moment)
        JOIN work w ON w.entered_at < e.moment AND (w.left_at IS NULL OR w.left_at >= e.moment)
        WHERE {MEANT}
    ) waiting
    GROUP BY 1, 2 ORDER BY 1, 2"""


def _spans(ended_at: str, whose: str) -> str:
    return f"""
    SELECT level, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY hours),
        percentile_cont(0.9) WITHIN GROUP (ORDER BY hours),
        count(*) FILTER (WHERE hours <= (
            SELECT p.hours FROM unnest(CAST(:promised AS int[]), CAST(:hours AS int[])) AS p (level, hours)
            WHERE p.level = took.level))
    FROM (
        SELECT level, extract(epoch FROM {ended_at} - entered_at)::float8 / 3600 AS hours
        FROM ({WORK}) work
        WHERE {ended_at} >= :start AND {ended_at} < :end AND {ended_at} >= entered_at AND {MEANT} {whose}
    ) took
    GROUP BY level ORDER BY level"""


_WHOSE = "AND (CAST(:staff_id AS text) IS NULL OR author_id = :staff_id)"
_TO_VALIDATE = _spans("approved_at", _WHOSE)
_TO_DELIVER = _spans("delivered_at", _WHOSE)


def backlog(
    session: Session,
    chosen: WorkFilter,
    grain: Grain,
    *,
    zone: ZoneInfo,
    now: datetime,
    promise: Mapping[int, timedelta],
) -> tuple[BacklogPoint, ...]:
    """What waited at the end of each bucket of the period, nobody's in particular; levels without any left out."""
    ends = list(_ends(chosen.period, grain, zone, now))
    bound = {
        "starts": [start for start, _ in ends],
        "moments": [naive(moment) for _, moment in ends],
        "levels": list(chosen.levels) or None,
        **_promised(promise),
    }
    rows = session.execute(text(_BACKLOG), bound)
    return tuple(BacklogPoint(row[0], row[1], tuple(row[2:-1]), row[-1]) for row in rows)


def hours_to_validate(
    session: Session, chosen: WorkFilter, *, zone: ZoneInfo, promise: Mapping[int, timedelta]
) -> tuple[SpanRow, ...]:
    """From payment to the first approval, of readings first approved in the period (by ``staff_id``)."""
    return _span_rows(session, _TO_VALIDATE, chosen, zone, promise)


def hours_to_deliver(
    session: Session, chosen: WorkFilter, *, zone: ZoneInfo, promise: Mapping[int, timedelta]
) -> tuple[SpanRow, ...]:
    """From payment to delivery, of orders delivered in the period (first approved by ``staff_id``)."""
    return _span_rows(session, _TO_DELIVER, chosen, zone, promise)


def _ends(period: Period, grain: Grain, zone: ZoneInfo, now: datetime) -> Iterator[tuple[date, datetime]]:
    """Each bucket's first day and the moment at which it ends: with the period, and not in the future."""
    for start in period.buckets(grain):
        if period.start(zone) > now:
            return
        last = min(grain.next(start) - timedelta(days=1), period.last)
        until = period.until if last == period.last else None
        yield start, min(Period(start, last, until).end(zone), now)
        if last >= now.astimezone(zone).date():
            return


def _span_rows(
    session: Session, sql: str, chosen: WorkFilter, zone: ZoneInfo, promise: Mapping[int, timedelta]
) -> tuple[SpanRow, ...]:
    rows = session.execute(text(sql), {**values(chosen, zone), **_promised(promise)})
    return tuple(SpanRow(*row) for row in rows)


def _promised(promise: Mapping[int, timedelta]) -> dict[str, Any]:
    return {"promised": list(promise), "hours": [round(span.total_seconds() / 3600) for span in promise.values()]}


def values(chosen: WorkFilter, zone: ZoneInfo) -> dict[str, Any]:
    """The values of a filter of work."""
    return {
        **window(chosen.period, zone),
        "levels": list(chosen.levels) or None,
        "staff_id": chosen.staff_id,
    }
