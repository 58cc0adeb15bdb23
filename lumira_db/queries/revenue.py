"""Revenue: its cards, its course over time, and what it is made of. Money is cents and one currency a row."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.periods import Grain
from lumira_db.queries.facts import CHOSEN, FACTS, RevenueFilter, bucket, local, values


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the cards in one currency, for a period or (in ``trend``) one bucket of it.

    ``refund_cents`` were given back in it, of these ``estimated_cents`` without a refund in the ledger.
    ``checkouts`` were begun in it; of these ``converted`` were paid since, ``abandoned`` are pending, ``failed`` are
    neither.
    """

    currency: str
    paid_cents: int = 0
    orders: int = 0
    clients: int = 0
    new_clients: int = 0
    refund_cents: int = 0
    estimated_cents: int = 0
    refunds: int = 0
    refunded_orders: int = 0
    checkouts: int = 0
    converted: int = 0
    abandoned: int = 0
    abandoned_cents: int = 0
    failed: int = 0

    @property
    def net_cents(self) -> int:
        return self.paid_cents - self.refund_cents

    @property
    def average_cents(self) -> float | None:
        return self.paid_cents / self.orders if self.orders else None

    @property
    def new_share(self) -> float | None:
        return self.new_clients / self.clients if self.clients else None

    @property
    def conversion(self) -> float | None:
        return self.converted / self.checkouts if self.checkouts else None


@dataclass(frozen=True, slots=True)
class Bucket:
    """The figures of one bucket, by its first day."""

    start: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class LevelPoint:
    """What was paid for one level in one bucket."""

    start: date
    level: int
    currency: str
    orders: int
    cents: int


@dataclass(frozen=True, slots=True)
class BuyersPoint:
    """What new or returning clients paid in one bucket."""

    start: date
    is_new: bool
    currency: str
    orders: int
    cents: int


@dataclass(frozen=True, slots=True)
class HourCell:
    """What was paid on one weekday (1 is Monday) in one hour of the local clock."""

    weekday: int
    hour: int
    currency: str
    orders: int
    cents: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What clients from one source paid; ``""`` where none is known."""

    source: str
    currency: str
    orders: int
    cents: int
    clients: int
    new_clients: int


_FIGURES = ", ".join(
    f"COALESCE({name}, 0) AS {name}"
    for name in (
        *("paid_cents", "orders", "clients", "new_clients", "refund_cents", "estimated_cents", "refunds"),
        *("refunded_orders", "checkouts", "converted", "abandoned", "abandoned_cents", "failed"),
    )
)


def _figures(paid: str, given_back: str, begun: str) -> str:
    """SQL of the figures of each bucket; the buckets are given as SQL of the moment that each part goes by."""
    return f"""{FACTS}
    SELECT start, currency, {_FIGURES}
    FROM (
        SELECT {paid} AS start, currency, sum(amount)::bigint AS paid_cents, count(*) AS orders,
            count(DISTINCT client_id) AS clients, count(*) FILTER (WHERE is_first) AS new_clients
        FROM orders WHERE kind = 'PAID' AND paid_at >= :start AND paid_at < :end AND {CHOSEN} GROUP BY 1, 2
    ) paid
    FULL JOIN (
        SELECT {given_back} AS start, currency, sum(amount)::bigint AS refund_cents, count(*) AS refunds,
            COALESCE(sum(amount) FILTER (WHERE estimated), 0)::bigint AS estimated_cents,
            count(DISTINCT order_id) AS refunded_orders
        FROM refunds WHERE at >= :start AND at < :end AND {CHOSEN} GROUP BY 1, 2
    ) given_back USING (start, currency)
    FULL JOIN (
        SELECT {begun} AS start, currency, count(*) AS checkouts, count(*) FILTER (WHERE kind = 'PAID') AS converted,
            count(*) FILTER (WHERE kind = 'PENDING') AS abandoned, count(*) FILTER (WHERE kind = 'FAILED') AS failed,
            COALESCE(sum(amount) FILTER (WHERE kind = 'PENDING'), 0)::bigint AS abandoned_cents
        FROM orders WHERE kind <> 'FREE' AND created_at >= :start AND created_at < :end AND {CHOSEN} GROUP BY 1, 2
    ) begun USING (start, currency)
    ORDER BY start, paid_cents DESC NULLS LAST, currency"""


_CARDS = _figures("DATE '1970-01-01'", "DATE '1970-01-01'", "DATE '1970-01-01'")
_TREND = _figures(bucket("paid_at"), bucket("at"), bucket("created_at"))
_PAID_HERE = f"FROM orders WHERE kind = 'PAID' AND paid_at >= :start AND paid_at < :end AND {CHOSEN}"
_SUMS = "count(*) AS orders, sum(amount)::bigint AS cents"
_HOUR = f"extract(isodow FROM {local('paid_at')})::int, extract(hour FROM {local('paid_at')})::int"
_START = bucket("paid_at")
_BY_LEVEL = f"{FACTS} SELECT {_START}, level, currency, {_SUMS} {_PAID_HERE} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
_BY_BUYERS = f"{FACTS} SELECT {_START}, is_first, currency, {_SUMS} {_PAID_HERE} GROUP BY 1, 2, 3 ORDER BY 1, 2 DESC, 3"
_BY_HOUR = f"{FACTS} SELECT {_HOUR}, currency, {_SUMS} {_PAID_HERE} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
_BY_SOURCE = f"""{FACTS} SELECT source, currency, {_SUMS}, count(DISTINCT client_id), count(*) FILTER (WHERE is_first)
    {_PAID_HERE} GROUP BY 1, 2 ORDER BY 4 DESC, 1"""


def cards(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[Figures, ...]:
    """The figures of the period, one row a currency, the largest revenue first."""
    return tuple(Figures(*row[1:]) for row in _rows(session, _CARDS, values(chosen, zone)))


def trend(session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[Bucket, ...]:
    """The same figures bucket by bucket, those without anything left out (``Period.buckets`` names them all)."""
    found = _rows(session, _TREND, values(chosen, zone, grain=grain.value))
    return tuple(Bucket(row[0], Figures(*row[1:])) for row in found)


def by_level(session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[LevelPoint, ...]:
    """Revenue by level over time; the table beside the chart adds these up."""
    return tuple(LevelPoint(*row) for row in _rows(session, _BY_LEVEL, values(chosen, zone, grain=grain.value)))


def by_buyers(session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[BuyersPoint, ...]:
    """Revenue of new and of returning clients over time."""
    return tuple(BuyersPoint(*row) for row in _rows(session, _BY_BUYERS, values(chosen, zone, grain=grain.value)))


def by_hour(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[HourCell, ...]:
    """The heat map of weekday and hour; hours without an order are left out."""
    return tuple(HourCell(*row) for row in _rows(session, _BY_HOUR, values(chosen, zone)))


def by_source(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[SourceRow, ...]:
    """Revenue by where the clients come from."""
    return tuple(SourceRow(*row) for row in _rows(session, _BY_SOURCE, values(chosen, zone)))


def _rows(session: Session, sql: str, bound: dict[str, Any]) -> list[Any]:
    return list(session.execute(text(sql), bound))
