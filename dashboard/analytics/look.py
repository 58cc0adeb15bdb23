"""What a screen of figures looks at, read from its address. What is not understood there falls back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from dashboard.address_query import Query, day_of, level_of, one, parsed, several, text, word
from dashboard.behind_filters import silence_of, sources
from lumira_db.periods import Comparison, Grain, Period, compared
from lumira_db.queries.facts import Buyers, RevenueFilter
from lumira_db.queries.operations import WorkFilter
from lumira_db.queries.paths import SILENT_DAYS, PathFilter

Value = TypeVar("Value")

MAIN_CURRENCY = "eur"
ALL_CURRENCIES = "all"
"""In the address: every currency, side by side."""
_FIRST_YEAR, _LAST_YEAR = 1990, 2990
_DAILY_UP_TO, _WEEKLY_UP_TO = 62, 731
_MOST = 50


class Preset(StrEnum):
    """Periods that have a name; all but YESTERDAY and the LAST ones are still running."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    DAYS_7 = "7d"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last-month"
    YEAR = "year"
    LAST_YEAR = "last-year"
    MONTHS_12 = "12m"


class Measure(StrEnum):
    """What a chart of orders is drawn of."""

    AMOUNT = "amount"
    COUNT = "count"


class Shape(StrEnum):
    """Whether parts are shown as they are, or as shares of the whole."""

    STACK = "stack"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at. ``preset`` is None for days of one's own; ``other`` is what the period is compared with,
    ``running`` whether it goes on. ``currency`` is None for all of them, side by side."""

    today: date
    period: Period
    preset: Preset | None
    comparison: Comparison
    other: Period | None
    running: bool
    grain: Grain
    currency: str | None = MAIN_CURRENCY
    levels: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    buyers: Buyers | None = None
    measure: Measure = Measure.AMOUNT
    shape: Shape = Shape.STACK
    archetypes: tuple[str, ...] = ()
    silent_days: int = SILENT_DAYS
    staff_id: str | None = None

    @property
    def usual_grain(self) -> Grain:
        """The grain that suits the period, unless another is chosen."""
        return usual_grain(self.period)

    def revenue(self, period: Period | None = None, *, currency: str | None = None) -> RevenueFilter:
        """The orders that are meant, of the period or of another one."""
        days = period or self.period
        return RevenueFilter(
            *(days.first, days.last, days.until, self.levels, currency or self.currency, self.sources, self.buyers)
        )

    def paths(self) -> PathFilter:
        """The paths that are meant."""
        days = self.period
        return PathFilter(days.first, days.last, days.until, self.levels, self.archetypes, self.silent_days)

    def work(self, period: Period | None = None) -> WorkFilter:
        """The work that is meant, of the period or of another one."""
        days = period or self.period
        return WorkFilter(days.first, days.last, days.until, self.levels, self.staff_id)

    def buckets(self) -> tuple[tuple[date, date], ...]:
        """The first and last day of each bucket, as far as they lie in the period."""
        return tuple(
            (max(start, self.period.first), min(self.grain.next(start) - timedelta(days=1), self.period.last))
            for start in self.period.buckets(self.grain)
        )


def look(query: Query, *, now: datetime, zone: ZoneInfo, staff_id: str | None = None) -> Look:
    """``period`` (a preset or ``first..last``), ``vs``, ``grain``, ``currency``, ``level``, ``source``, ``buyers``,
    ``measure``, ``as``, ``archetype``, ``silence``."""
    today = now.astimezone(zone).date()
    preset, period = _period(text(query, "period") or "", today)
    comparison = one(query, "vs", Comparison) or Comparison.BEFORE
    grain = one(query, "grain", Grain)
    currency = (text(query, "currency") or MAIN_CURRENCY).lower()
    return Look(
        today=today,
        period=period,
        preset=preset,
        comparison=comparison,
        other=_compared(period, comparison, now, zone),
        running=period.is_running(now, zone),
        grain=grain or usual_grain(period),
        currency=None if currency == ALL_CURRENCIES else currency,
        levels=_few(several(query, "level", level_of)),
        sources=_few(sources(query, "source")),
        buyers=one(query, "buyers", Buyers),
        measure=one(query, "measure", Measure) or Measure.AMOUNT,
        shape=one(query, "as", Shape) or Shape.STACK,
        archetypes=_few(several(query, "archetype", word)),
        silent_days=one(query, "silence", silence_of) or SILENT_DAYS,
        staff_id=staff_id,
    )


def days_of(preset: Preset, today: date) -> Period:
    """The business days that a preset means today."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    day = timedelta(days=1)
    spans = {
        Preset.TODAY: (today, today),
        Preset.YESTERDAY: (today - day, today - day),
        Preset.DAYS_7: (today - 6 * day, today),
        Preset.DAYS_30: (today - 29 * day, today),
        Preset.DAYS_90: (today - 89 * day, today),
        Preset.WEEK: (today - today.weekday() * day, today + (6 - today.weekday()) * day),
        Preset.MONTH: (month, Grain.MONTH.next(month) - day),
        Preset.LAST_MONTH: ((month - day).replace(day=1), month - day),
        Preset.YEAR: (year, year.replace(month=12, day=31)),
        Preset.LAST_YEAR: (year.replace(year=year.year - 1), year - day),
        Preset.MONTHS_12: (month.replace(year=month.year - 1), today),
    }
    return Period(*spans[preset])


def usual_grain(period: Period) -> Grain:
    """Days for two months, weeks for two years, months beyond."""
    if period.days <= _DAILY_UP_TO:
        return Grain.DAY
    return Grain.WEEK if period.days <= _WEEKLY_UP_TO else Grain.MONTH


def written(first: date, last: date) -> str:
    """A span of days as the address says it."""
    return first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"


def own_days(raw: str) -> Period | None:
    """``2026-01-01..2026-01-31`` or a single day; None when it is neither."""
    found = sorted(parsed(raw.split("..")[:2], day_of))
    # The period before needs its room too.
    within = found and found[0].year >= _FIRST_YEAR and found[-1].year <= _LAST_YEAR
    return Period(found[0], found[-1]) if within else None


def _period(raw: str, today: date) -> tuple[Preset | None, Period]:
    own = own_days(raw)
    if own is not None:
        return None, own
    preset = next(iter(parsed([raw], Preset)), Preset.DAYS_30)
    return preset, days_of(preset, today)


def _compared(period: Period, comparison: Comparison, now: datetime, zone: ZoneInfo) -> Period | None:
    other = compared(period, comparison, now=now, zone=zone)
    # At midnight nothing of the day has gone: there is nothing beside it yet.
    return None if other is not None and other.until == time() and other.days == 1 else other


def _few(values: Iterable[Value]) -> tuple[Value, ...]:
    """Each once, and no more than anybody chooses."""
    return tuple(dict.fromkeys(values))[:_MOST]
