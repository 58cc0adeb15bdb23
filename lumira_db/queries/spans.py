"""Medians and percentiles of how long things took, to the minute, found in counts instead of by sorting.

Counts by the hour say in which hour a rank lies, those by the minute of that hour where in it. Between two ranks it is
halfway in proportion, as in ``percentile_cont``.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from lumira_db.periods import Grain, Period
from lumira_db.queries.facts import statement, whole

MEDIAN, P90 = 0.5, 0.9
# By part: each hour and its count. And of an hour of a part: each minute and its count.
ByHour = dict[str, list[tuple[int, int]]]
ByMinute = dict[tuple[str, int], list[tuple[int, int]]]
_HOURS = """
    SELECT part, hour, sum(spans)::bigint FROM (
        SELECT part, hour, spans FROM desk.span_hour_day WHERE kind = :kind AND day >= :first AND day < :whole_from
        UNION ALL
        SELECT part, hour, spans FROM desk.span_hour_month
        WHERE kind = :kind AND month >= :whole_from AND month < :whole_to
        UNION ALL
        SELECT part, hour, spans FROM desk.span_hour_day WHERE kind = :kind AND day >= :whole_to AND day <= :last
    ) counted GROUP BY 1, 2 HAVING sum(spans) > 0 ORDER BY 1, 2"""
_WANTED = "unnest(CAST(:parts AS text[]), CAST(:hours AS int[])) AS w (part, hour)"
_MINUTES = f"""
    SELECT part, hour, minutes, sum(spans)::bigint FROM (
        SELECT w.part, w.hour, s.minutes, s.spans FROM {_WANTED} JOIN desk.span_minute_day s
            ON s.kind = :kind AND s.part = w.part AND s.hour = w.hour AND day >= :first AND day < :whole_from
        UNION ALL
        SELECT w.part, w.hour, s.minutes, s.spans FROM {_WANTED} JOIN desk.span_minute_month s
            ON s.kind = :kind AND s.part = w.part AND s.hour = w.hour AND month >= :whole_from AND month < :whole_to
        UNION ALL
        SELECT w.part, w.hour, s.minutes, s.spans FROM {_WANTED} JOIN desk.span_minute_day s
            ON s.kind = :kind AND s.part = w.part AND s.hour = w.hour AND day >= :whole_to AND day <= :last
    ) counted GROUP BY 1, 2, 3 HAVING sum(spans) > 0 ORDER BY 1, 2, 3"""


@dataclass(frozen=True, slots=True)
class Spans:
    """How long the spans of one part took: ``hours`` are the median and the 90th percentile; of the ``count``, so many
    were ``within`` the limit."""

    count: int
    hours: tuple[float, float]
    within: int


def spans(
    session: Session,
    kind: str,
    period: Period,
    limits: dict[str, timedelta] | None = None,
    rest: Iterable[tuple[str, int]] = (),
) -> dict[str, Spans]:
    """The spans of whole days, by part; ``limits`` (whole minutes) are by part too. Of a last day that is cut, each
    span that ended before the cut is in ``rest``, as its part and its minutes."""
    of_rest = Counter(rest)
    by_hour = _by_hour(session, kind, period, of_rest)
    most = _whole_minutes(limits or {})
    ranked = {(part, _at(hours, rank)) for part, hours in by_hour.items() for rank in _ranks(hours)}
    by_minute = _by_minute(session, kind, period, of_rest, ranked | _last_hours(most, by_hour))
    return {
        part: Spans(
            sum(count for _, count in hours),
            (_quantile(hours, by_minute, part, MEDIAN), _quantile(hours, by_minute, part, P90)),
            _within(hours, by_minute, part, most[part]) if part in most else 0,
        )
        for part, hours in by_hour.items()
    }


def count_within(
    session: Session, kind: str, period: Period, limits: dict[str, timedelta], rest: Iterable[tuple[str, int]] = ()
) -> dict[str, tuple[int, int]]:
    """Of the same spans, how many there are of each part and how many within its limit: no rank is looked for."""
    of_rest = Counter(rest)
    by_hour = _by_hour(session, kind, period, of_rest)
    most = _whole_minutes(limits)
    by_minute = _by_minute(session, kind, period, of_rest, _last_hours(most, by_hour))
    return {
        part: (sum(count for _, count in hours), _within(hours, by_minute, part, most[part]) if part in most else 0)
        for part, hours in by_hour.items()
    }


def _whole_minutes(limits: dict[str, timedelta]) -> dict[str, int]:
    return {part: int(limit.total_seconds() // 60) for part, limit in limits.items()}


def _last_hours(most: dict[str, int], by_hour: ByHour) -> set[tuple[str, int]]:
    """The hours that a limit lies within."""
    return {(part, minutes // 60) for part, minutes in most.items() if part in by_hour}


def _bound(kind: str, period: Period) -> dict[str, Any]:
    whole_from, whole_to = whole(period, Grain.MONTH)
    return {
        "kind": kind,
        "first": period.first,
        "last": period.last if period.until is None else period.last - timedelta(days=1),
        "whole_from": whole_from,
        "whole_to": whole_to,
    }


def _by_hour(session: Session, kind: str, period: Period, rest: Counter[tuple[str, int]]) -> ByHour:
    counted: Counter[tuple[str, int]] = Counter()
    for (part, minutes), count in rest.items():
        counted[part, minutes // 60] += count
    for part, hour, count in session.execute(statement(_HOURS), _bound(kind, period)):
        counted[part, hour] += count
    found: ByHour = {}
    for (part, hour), count in sorted(counted.items()):
        found.setdefault(part, []).append((hour, count))
    return found


def _by_minute(
    session: Session, kind: str, period: Period, rest: Counter[tuple[str, int]], wanted: set[tuple[str, int]]
) -> ByMinute:
    """The counts of the ``wanted`` hours."""
    if not wanted:
        return {}
    parts, hours = zip(*sorted(wanted), strict=True)
    counted = Counter({(part, minutes // 60, minutes): count for (part, minutes), count in rest.items()})
    asked = {**_bound(kind, period), "parts": list(parts), "hours": list(hours)}
    for part, hour, minutes, count in session.execute(statement(_MINUTES), asked):
        counted[part, hour, minutes] += count
    found: ByMinute = {}
    for (part, hour, minutes), count in sorted(counted.items()):
        found.setdefault((part, hour), []).append((minutes, count))
    return found


def _ranks(hours: list[tuple[int, int]]) -> list[int]:
    """The ranks (from 0) that the quantiles lie at or between."""
    last = sum(count for _, count in hours) - 1
    return [rank for share in (MEDIAN, P90) for rank in (int(share * last), min(int(share * last) + 1, last))]


def _at(counts: list[tuple[int, int]], rank: int) -> int:
    """The value at a rank of what is counted by value."""
    for value, count in counts:
        if rank < count:
            return value
        rank -= count
    return counts[-1][0]


def _minute_at(hours: list[tuple[int, int]], minutes: ByMinute, part: str, rank: int) -> int:
    hour = _at(hours, rank)
    # Between the two statements the worker may have moved the last span out of this hour.
    counts = minutes.get((part, hour), [(hour * 60, 1)])
    return _at(counts, rank - sum(count for other, count in hours if other < hour))


def _quantile(hours: list[tuple[int, int]], minutes: ByMinute, part: str, share: float) -> float:
    last = sum(count for _, count in hours) - 1
    exact = share * last
    low = _minute_at(hours, minutes, part, int(exact))
    high = _minute_at(hours, minutes, part, min(int(exact) + 1, last))
    return (low + (exact - int(exact)) * (high - low)) / 60


def _within(hours: list[tuple[int, int]], minutes: ByMinute, part: str, limit: int) -> int:
    before = sum(count for hour, count in hours if hour < limit // 60)
    return before + sum(count for minute, count in minutes.get((part, limit // 60), []) if minute <= limit)
