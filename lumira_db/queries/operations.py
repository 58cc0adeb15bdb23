"""What waits and how long readings take, in figures; whose work it is and what fails is in ``expertise``."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lumira_db.periods import Grain, Period, day_start
from lumira_db.queries.facts import naive, statement, window
from lumira_db.queries.spans import count_within, spans

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
_PROMISED = "unnest(CAST(:promised AS int[]), CAST(:hours AS float8[])) AS p (level, hours)"
# What came and left between the ends of two buckets.
_FLOW = f"""
    SELECT width_bucket(day, CAST(:beyond AS date[])) AS bucket, level, sum(came - gone)::bigint FROM desk.work_flow
    WHERE {MEANT} GROUP BY 1, 2"""
_YOUNG = f"""
    SELECT e.bucket - 1, w.level, e.day - w.entered_day, sum(w.orders)::bigint
    FROM unnest(CAST(:days AS date[])) WITH ORDINALITY AS e (day, bucket)
    JOIN desk.work_day w ON w.entered_day > e.day - :oldest AND w.entered_day <= e.day AND w.left_day > e.day
    WHERE w.orders <> 0 AND {MEANT} GROUP BY 1, 2, 3"""


def _spans(ended_at: str) -> str:
    return f"""
    SELECT level, orders, quantiles[1] / 60, quantiles[2] / 60, kept FROM (
        SELECT level, count(*) AS orders, count(*) FILTER (WHERE minutes <= promised) AS kept,
            percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY minutes) AS quantiles
        FROM (
            SELECT w.level, p.hours * 60 AS promised, ceil(extract(epoch FROM {ended_at} - w.entered_at) / 60)::float8
                AS minutes
            FROM desk.work_fact w LEFT JOIN {_PROMISED} ON p.level = w.level
            WHERE {ended_at} >= :start AND {ended_at} < :end AND {ended_at} >= w.entered_at
              AND (CAST(:levels AS int[]) IS NULL OR w.level = ANY (CAST(:levels AS int[])))
              AND (CAST(:staff_id AS text) IS NULL OR w.approved_by = :staff_id)
        ) took
        GROUP BY level
    ) counted ORDER BY level"""


_ENDED = {"validate": "approved_at", "deliver": "delivered_at"}
_SPANS = {kind: _spans(ended_at) for kind, ended_at in _ENDED.items()}
_OF_CUT_DAY = {
    kind: f"""
    SELECT level::text, ceil(extract(epoch FROM {ended_at} - entered_at) / 60)::int FROM desk.work_fact
    WHERE {ended_at} >= :cut AND {ended_at} < :end AND {ended_at} >= entered_at"""
    for kind, ended_at in _ENDED.items()
}


def backlog(
    session: Session,
    chosen: WorkFilter,
    grain: Grain,
    *,
    zone: ZoneInfo,
    now: datetime,
    promise: Mapping[int, timedelta],
) -> tuple[BacklogPoint, ...]:
    """What waited at the end of each bucket of the period, nobody's in particular; levels without any left out.

    All that waits is what had come by then less what had left; what has waited since long is that less the rest.
    """
    today = now.astimezone(zone).date()
    starts = [start for start in chosen.period.buckets(grain) if max(start, chosen.first) <= today]
    days = [min(grain.next(start) - timedelta(days=1), chosen.last, today) for start in starts]
    late_from = {level: ceil(span / timedelta(days=1)) for level, span in promise.items()}
    oldest = max(AGES[-1], *late_from.values(), 0)
    levels = list(chosen.levels) or None
    flow = session.execute(statement(_FLOW), {"beyond": [day + timedelta(days=1) for day in days], "levels": levels})
    moved: dict[int, Counter[int]] = defaultdict(Counter)
    for bucket, level, orders in flow:
        moved[bucket][level] += orders
    young: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    for bucket, level, age, orders in session.execute(
        statement(_YOUNG), {"days": days, "oldest": oldest, "levels": levels}
    ):
        young[bucket, level][age] += orders
    waiting: Counter[int] = Counter()
    found = []
    for bucket, start in enumerate(starts):
        waiting.update(moved[bucket])
        for level in sorted(level for level, orders in waiting.items() if orders):
            ages = young[bucket, level]
            ages[oldest] = waiting[level] - ages.total()
            found.append(_point(start, level, ages, late_from.get(level)))
    return tuple(found)


def _point(start: date, level: int, ages: Counter[int], late_from: int | None) -> BacklogPoint:
    classes = zip((0, *AGES), (*AGES, None), strict=True)
    late = 0 if late_from is None else sum(orders for age, orders in ages.items() if age >= late_from)
    return BacklogPoint(
        start,
        level,
        tuple(sum(n for age, n in ages.items() if age >= low and (up is None or age < up)) for low, up in classes),
        late,
    )


def hours_to_validate(
    session: Session, chosen: WorkFilter, *, zone: ZoneInfo, promise: Mapping[int, timedelta]
) -> tuple[SpanRow, ...]:
    """From payment to the first approval, of readings first approved in the period (by ``staff_id``)."""
    return _span_rows(session, "validate", chosen, zone, promise)


def hours_to_deliver(
    session: Session, chosen: WorkFilter, *, zone: ZoneInfo, promise: Mapping[int, timedelta]
) -> tuple[SpanRow, ...]:
    """From payment to delivery, of orders delivered in the period (first approved by ``staff_id``)."""
    return _span_rows(session, "deliver", chosen, zone, promise)


def count_delivered(
    session: Session, chosen: WorkFilter, *, zone: ZoneInfo, promise: Mapping[int, timedelta]
) -> tuple[int, int]:
    """How many orders ``hours_to_deliver`` is about, and how many of them kept their promise."""
    if chosen.staff_id is not None:
        rows = hours_to_deliver(session, chosen, zone=zone, promise=promise)
        return sum(row.orders for row in rows), sum(row.kept for row in rows)
    limits = {str(level): span for level, span in promise.items()}
    counted = count_within(session, "deliver", chosen.period, limits, _of_cut_day(session, "deliver", chosen, zone))
    meant = [counts for level, counts in counted.items() if not chosen.levels or int(level) in chosen.levels]
    return sum(every for every, _kept in meant), sum(kept for _every, kept in meant)


def _span_rows(
    session: Session, kind: str, chosen: WorkFilter, zone: ZoneInfo, promise: Mapping[int, timedelta]
) -> tuple[SpanRow, ...]:
    # Added up by level and day; whose work it was only the facts know.
    if chosen.staff_id is not None:
        rows = session.execute(statement(_SPANS[kind]), {**values(chosen, zone), **_promised(promise)})
        return tuple(SpanRow(*row) for row in rows)
    limits = {str(level): span for level, span in promise.items()}
    rest = _of_cut_day(session, kind, chosen, zone)
    took = {int(part): one for part, one in spans(session, kind, chosen.period, limits, rest).items()}
    return tuple(
        SpanRow(level, one.count, *one.hours, one.within)
        for level, one in sorted(took.items())
        if not chosen.levels or level in chosen.levels
    )


def _of_cut_day(session: Session, kind: str, chosen: WorkFilter, zone: ZoneInfo) -> list[tuple[str, int]]:
    """The spans of a last day that is cut, by level and minutes; none where no day is."""
    if chosen.until is None:
        return []
    cut = {"cut": naive(day_start(chosen.last, zone)), "end": naive(chosen.period.end(zone))}
    return [(level, minutes) for level, minutes in session.execute(statement(_OF_CUT_DAY[kind]), cut)]


def _promised(promise: Mapping[int, timedelta]) -> dict[str, Any]:
    return {"promised": list(promise), "hours": [span.total_seconds() / 3600 for span in promise.values()]}


def values(chosen: WorkFilter, zone: ZoneInfo) -> dict[str, Any]:
    """The values of a filter of work."""
    return {
        **window(chosen.period, zone),
        "levels": list(chosen.levels) or None,
        "staff_id": chosen.staff_id,
    }
