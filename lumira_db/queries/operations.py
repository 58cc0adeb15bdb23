"""What waits and how long readings take, in figures; whose work it is and what fails is in ``expertise``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.periods import Grain, Period
from lumira_db.queries.facts import window

AGES = (1, 2, 3, 7)
"""Days at which a class of age ends: paid today (0) is younger than 1 day. The last class has no end."""


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
_STARTS, _ENDS = (0, *AGES), (*AGES, None)
_BY_AGE = ", ".join(
    f"COALESCE(sum(orders) FILTER (WHERE age >= {start}{'' if end is None else f' AND age < {end}'}), 0)::bigint"
    for start, end in zip(_STARTS, _ENDS, strict=True)
)
_PROMISED = "unnest(CAST(:promised AS int[]), CAST(:hours AS float8[])) AS p (level, hours)"
_BACKLOG = f"""
    SELECT start, level, {_BY_AGE}, COALESCE(sum(orders) FILTER (
        WHERE age >= (SELECT ceil(p.hours / 24) FROM {_PROMISED} WHERE p.level = waiting.level)), 0)::bigint
    FROM (
        SELECT e.start, w.level, w.orders, e.day - w.entered_day AS age
        FROM unnest(CAST(:starts AS date[]), CAST(:days AS date[])) AS e (start, day)
        JOIN desk.work_day w ON w.entered_day <= e.day AND w.left_day > e.day
        WHERE w.orders <> 0 AND {MEANT}
    ) waiting
    GROUP BY 1, 2 ORDER BY 1, 2"""


def _spans(ended_at: str) -> str:
    return f"""
    SELECT level, orders, quantiles[1], quantiles[2], kept FROM (
        SELECT level, count(*) AS orders, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY hours) AS quantiles,
            count(*) FILTER (WHERE hours <= promised) AS kept
        FROM (
            SELECT w.level, p.hours AS promised, extract(epoch FROM {ended_at} - w.entered_at)::float8 / 3600 AS hours
            FROM desk.work_fact w LEFT JOIN {_PROMISED} ON p.level = w.level
            WHERE {ended_at} >= :start AND {ended_at} < :end AND {ended_at} >= w.entered_at
              AND (CAST(:levels AS int[]) IS NULL OR w.level = ANY (CAST(:levels AS int[])))
              AND (CAST(:staff_id AS text) IS NULL OR w.approved_by = :staff_id)
        ) took
        GROUP BY level
    ) counted ORDER BY level"""


_TO_VALIDATE = _spans("approved_at")
_TO_DELIVER = _spans("delivered_at")


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
    today = now.astimezone(zone).date()
    starts = [start for start in chosen.period.buckets(grain) if max(start, chosen.first) <= today]
    bound = {
        "starts": starts,
        "days": [min(grain.next(start) - timedelta(days=1), chosen.last, today) for start in starts],
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


def _span_rows(
    session: Session, sql: str, chosen: WorkFilter, zone: ZoneInfo, promise: Mapping[int, timedelta]
) -> tuple[SpanRow, ...]:
    rows = session.execute(text(sql), {**values(chosen, zone), **_promised(promise)})
    return tuple(SpanRow(*row) for row in rows)


def _promised(promise: Mapping[int, timedelta]) -> dict[str, Any]:
    return {"promised": list(promise), "hours": [span.total_seconds() / 3600 for span in promise.values()]}


def values(chosen: WorkFilter, zone: ZoneInfo) -> dict[str, Any]:
    """The values of a filter of work."""
    return {
        **window(chosen.period, zone),
        "levels": list(chosen.levels) or None,
        "staff_id": chosen.staff_id,
    }
