"""The figures that have a limit, measured as the screens measure them, and the limits that are passed now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.models import Alert
from lumira_db.periods import Grain, Period
from lumira_db.queries import operations, revenue
from lumira_db.queries.facts import RevenueFilter
from lumira_db.queries.operations import WorkFilter
from lumira_db.states import AlertKind

_BEFORE = 4
"""What a stretch of days is held against: the average of so many before it. One of them may be as odd as itself."""


_NEVER = 10**9
"""A number of orders that is no limit."""
_RARE = 0.01
"""Refunds that are rarer are no rarer than this: the first one after a month without any is no alarm."""


@dataclass(frozen=True, slots=True)
class _Counts:
    """Checkouts begun and of these paid since; orders paid; orders of which something was given back meanwhile."""

    checkouts: int
    converted: int
    orders: int
    refunded: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much. ``late_orders``: so many that waited longer than promised; 0 never warns. ``conversion``: so
    small a part of what was usual; 0 never warns. ``refunds``: so many times what was usual of orders given back beside
    orders paid in the same days. Shares are taken of the ``days`` business days that are over, and only of at least
    ``least``."""

    late_orders: int
    conversion: float
    refunds: float
    days: int
    least: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure beside its limit; ``bound`` is None where nothing can be said: too little happened."""

    kind: AlertKind
    value: float
    bound: float | None
    first: date
    last: date

    @property
    def is_passed(self) -> bool:
        if self.bound is None:
            return False
        return self.value <= self.bound if self.kind is AlertKind.CONVERSION else self.value >= self.bound


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A limit that is passed: the figure as measured last, its limit, the days that were measured (moments in UTC)."""

    id: int
    kind: AlertKind
    value: float
    bound: float
    first: date
    last: date
    raised_at: datetime


def measure(
    session: Session, limits: Limits, *, zone: ZoneInfo, now: datetime, promise: Mapping[int, timedelta]
) -> tuple[Measured, ...]:
    """Every figure that has a limit, as it is now."""
    today = now.astimezone(zone).date()
    one = timedelta(days=1)
    recent = Period(today - limits.days * one, today - one)
    usual = Period(recent.first - _BEFORE * limits.days * one, recent.first - one)
    counts = (_counted(session, recent, zone), _counted(session, usual, zone))
    return (
        _late(session, limits, today, zone=zone, now=now, promise=promise),
        _conversion(limits, recent, *counts),
        _refunds(limits, recent, *counts),
    )


def list_open_alerts(session: Session) -> tuple[AlertRow, ...]:
    """The limits that are passed now, the newest last."""
    rows = session.scalars(select(Alert).where(Alert.recovered_at.is_(None)).order_by(Alert.raised_at, Alert.id))
    return tuple(_row(alert) for alert in rows)


def find_alert(session: Session, alert_id: int) -> AlertRow | None:
    """One alert, open or over."""
    alert = session.get(Alert, alert_id)
    return None if alert is None else _row(alert)


def _late(
    session: Session,
    limits: Limits,
    today: date,
    *,
    zone: ZoneInfo,
    now: datetime,
    promise: Mapping[int, timedelta],
) -> Measured:
    chosen = WorkFilter(today, today)
    points = operations.backlog(session, chosen, Grain.DAY, zone=zone, now=now, promise=promise)
    late = sum(point.late for point in points)
    return Measured(AlertKind.LATE_BACKLOG, late, limits.late_orders or _NEVER, today, today)


def _counted(session: Session, period: Period, zone: ZoneInfo) -> _Counts:
    # Checkouts and orders are counted, not added up as money: they may come from every currency.
    figures = revenue.cards(session, RevenueFilter(period.first, period.last), zone=zone)
    return _Counts(
        checkouts=sum(one.checkouts for one in figures),
        converted=sum(one.converted for one in figures),
        orders=sum(one.orders for one in figures),
        refunded=sum(one.refunded_orders for one in figures),
    )


def _conversion(limits: Limits, recent: Period, now: _Counts, usual: _Counts) -> Measured:
    known = min(now.checkouts, usual.checkouts) >= limits.least
    bound = _share(usual.converted, usual.checkouts) * limits.conversion if known else None
    if not limits.conversion:
        bound = -1
    return Measured(AlertKind.CONVERSION, _share(now.converted, now.checkouts), bound, recent.first, recent.last)


def _refunds(limits: Limits, recent: Period, now: _Counts, usual: _Counts) -> Measured:
    known = min(now.orders, usual.orders) >= limits.least
    bound = max(_share(usual.refunded, usual.orders), _RARE) * limits.refunds if known else None
    return Measured(AlertKind.REFUNDS, _share(now.refunded, now.orders), bound, recent.first, recent.last)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _row(alert: Alert) -> AlertRow:
    return AlertRow(alert.id, AlertKind(alert.kind), alert.value, alert.bound, alert.first, alert.last, alert.raised_at)
