"""Periods of business days, how they are cut into buckets, and what they are compared with.

A business day is a day of the zone that the settings name, with its 23, 24 or 25 hours; a week starts on Monday.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


class Grain(StrEnum):
    """What days are put together to."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def start_of(self, day: date) -> date:
        """The first day of the bucket that ``day`` is in."""
        if self is Grain.WEEK:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self is Grain.MONTH else day

    def next(self, start: date) -> date:
        """The first day of the bucket after the one that starts on ``start``."""
        if self is Grain.MONTH:
            return months_later(start, 1)
        return start + timedelta(days=7 if self is Grain.WEEK else 1)


class Comparison(StrEnum):
    """What a period is compared with."""

    BEFORE = "before"
    YEAR = "year"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Period:
    """Business days, both ends included. ``until`` cuts the last one at this time of its clock: what a running
    period is compared with ends at the same part of its day."""

    first: date
    last: date
    until: time | None = None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def start(self, zone: ZoneInfo) -> datetime:
        """The instant at which the period begins."""
        return day_start(self.first, zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """The instant before which the period ends."""
        if self.until is not None:
            return datetime.combine(self.last, self.until, zone)
        return day_start(self.last + _DAY, zone)

    def is_running(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether some of it is still to come, so that its figures will grow."""
        return self.first <= now.astimezone(zone).date() <= self.last

    def buckets(self, grain: Grain) -> Iterator[date]:
        """The first day of each bucket that the period touches; the first may lie before the period."""
        start = grain.start_of(self.first)
        while start <= self.last:
            yield start
            start = grain.next(start)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a business day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def compared(period: Period, how: Comparison, *, now: datetime, zone: ZoneInfo) -> Period | None:
    """What ``period`` is compared with; of a running one the same part of the one before, to the minute of the day.

    Whole months are compared with whole months, however long; 29 February with 28.
    """
    if how is Comparison.NONE:
        return None
    other = _a_year_before(period) if how is Comparison.YEAR else _before(period)
    if not period.is_running(now, zone):
        return other
    local = now.astimezone(zone)
    gone = local.date() - period.first
    return replace(other, last=min(other.first + gone, other.last), until=local.time().replace(second=0, microsecond=0))


def _before(period: Period) -> Period:
    months = _whole_months(period)
    if months:
        return Period(months_later(period.first, -months), period.first - _DAY)
    return Period(period.first - period.days * _DAY, period.first - _DAY)


def _a_year_before(period: Period) -> Period:
    last = months_later(period.last + _DAY, -12) - _DAY if _whole_months(period) else months_later(period.last, -12)
    return Period(months_later(period.first, -12), last)


def _whole_months(period: Period) -> int:
    """How many whole months the period is, 0 if it begins or ends within one."""
    end = period.last + _DAY
    if period.first.day != 1 or end.day != 1:
        return 0
    return (end.year - period.first.year) * 12 + end.month - period.first.month


def months_later(day: date, months: int) -> date:
    """The same day of another month, or that month's last."""
    count = day.year * 12 + day.month - 1 + months
    first = date(count // 12, count % 12 + 1, 1)
    following = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
    return min(first.replace(day=1) + (day.day - 1) * _DAY, following - _DAY)
