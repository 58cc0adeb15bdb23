"""Revenue: its cards, its course over time, and what it is made of. Money is cents and one currency a row."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.periods import Grain
from lumira_db.queries.buyers import count_buyers, count_buyers_by_bucket
from lumira_db.queries.facts import BEGUN, CHOSEN, CHOSEN_LEVEL, GIVEN_BACK, PAID, RevenueFilter, bucket, values


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


def _figures(start: str) -> str:
    """SQL of the figures of each bucket but for its clients; ``start`` is SQL of a day's bucket."""
    return f"""WITH {PAID}, {BEGUN}, {GIVEN_BACK}
    SELECT start, currency, {_COLUMNS}
    FROM (
        SELECT {start} AS start, currency, sum(cents)::bigint AS paid_cents, sum(orders)::bigint AS orders,
            COALESCE(sum(orders) FILTER (WHERE is_first), 0)::bigint AS new_clients
        FROM paid GROUP BY 1, 2
    ) p
    FULL JOIN (
        SELECT {start} AS start, currency, sum(amount)::bigint AS refund_cents, count(*) AS refunds,
            COALESCE(sum(amount) FILTER (WHERE estimated), 0)::bigint AS estimated_cents,
            count(DISTINCT order_id) AS refunded_orders
        FROM given_back GROUP BY 1, 2
    ) g USING (start, currency)
    FULL JOIN (
        SELECT {start} AS start, currency, sum(orders)::bigint AS checkouts,
            COALESCE(sum(orders) FILTER (WHERE kind = 'PAID'), 0)::bigint AS converted,
            COALESCE(sum(orders) FILTER (WHERE kind = 'PENDING'), 0)::bigint AS abandoned,
            COALESCE(sum(cents) FILTER (WHERE kind = 'PENDING'), 0)::bigint AS abandoned_cents,
            COALESCE(sum(orders) FILTER (WHERE kind = 'FAILED'), 0)::bigint AS failed
        FROM begun GROUP BY 1, 2
    ) b USING (start, currency)
    ORDER BY start, paid_cents DESC NULLS LAST, currency"""


_NAMES = (
    *("paid_cents", "orders", "new_clients", "refund_cents", "estimated_cents", "refunds", "refunded_orders"),
    *("checkouts", "converted", "abandoned", "abandoned_cents", "failed"),
)
_COLUMNS = ", ".join(f"COALESCE({name}, 0) AS {name}" for name in _NAMES)
_CARDS = _figures("DATE '1970-01-01'")
_TREND = _figures(bucket("day"))
_SUMS = "sum(orders)::bigint, sum(cents)::bigint"
_BY_LEVEL = f"WITH {PAID} SELECT {bucket('day')}, level, currency, {_SUMS} FROM paid GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
_BY_BUYERS = (
    f"WITH {PAID} SELECT {bucket('day')}, is_first, currency, {_SUMS} FROM paid GROUP BY 1, 2, 3 ORDER BY 1, 2 DESC, 3"
)
_BY_SOURCE = f"""WITH {PAID} SELECT source, currency, {_SUMS}, COALESCE(sum(orders) FILTER (WHERE is_first), 0)::bigint
    FROM paid GROUP BY 1, 2 ORDER BY 4 DESC, 1"""
_BY_HOUR = f"""SELECT extract(isodow FROM day)::int, hour, currency, sum(orders)::bigint, sum(cents)::bigint
    FROM desk.hour_day WHERE day >= :first AND day <= :whole AND {CHOSEN_LEVEL}
    GROUP BY 1, 2, 3 HAVING sum(orders) > 0 ORDER BY 1, 2, 3"""
_BY_HOUR_EACH = f"""SELECT extract(isodow FROM paid_day)::int, paid_hour, currency, count(*), sum(amount)::bigint
    FROM desk.order_fact WHERE kind = 'PAID' AND paid_day >= :first AND paid_day <= :last
      AND (CAST(:cut AS date) IS NULL OR paid_day < :cut OR paid_at < :end) AND {CHOSEN}
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


def cards(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[Figures, ...]:
    """The figures of the period, one row a currency, the largest revenue first."""
    clients: Counter[str] = Counter()
    for (currency, _), count in count_buyers(session, chosen, zone=zone).items():
        clients[currency] += count
    rows = _rows(session, _CARDS, values(chosen, zone))
    return tuple(_made(row, clients[row[1]]) for row in rows)


def trend(session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[Bucket, ...]:
    """The same figures bucket by bucket, those without anything left out (``Period.buckets`` names them all)."""
    clients = count_buyers_by_bucket(session, chosen, grain, zone=zone)
    rows = _rows(session, _TREND, values(chosen, zone, grain=grain.value))
    return tuple(Bucket(row[0], _made(row, clients.get((row[1], row[0]), 0))) for row in rows)


def _made(row: Any, clients: int) -> Figures:
    return Figures(row[1], clients=clients, **dict(zip(_NAMES, row[2:], strict=True)))


def by_level(session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[LevelPoint, ...]:
    """Revenue by level over time; the table beside the chart adds these up."""
    return tuple(LevelPoint(*row) for row in _rows(session, _BY_LEVEL, values(chosen, zone, grain=grain.value)))


def by_buyers(session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[BuyersPoint, ...]:
    """Revenue of new and of returning clients over time."""
    return tuple(BuyersPoint(*row) for row in _rows(session, _BY_BUYERS, values(chosen, zone, grain=grain.value)))


def by_hour(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[HourCell, ...]:
    """The heat map of weekday and hour; hours without an order are left out."""
    is_summed = chosen.until is None and chosen.buyers is None and not chosen.sources
    sql = _BY_HOUR if is_summed else _BY_HOUR_EACH
    return tuple(HourCell(*row) for row in _rows(session, sql, values(chosen, zone)))


def by_source(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[SourceRow, ...]:
    """Revenue by where the clients come from."""
    clients = count_buyers(session, chosen, zone=zone)
    rows = _rows(session, _BY_SOURCE, values(chosen, zone))
    return tuple(SourceRow(row[0], row[1], row[2], row[3], clients.get((row[1], row[0]), 0), row[4]) for row in rows)


def _rows(session: Session, sql: str, bound: dict[str, Any]) -> list[Any]:
    return list(session.execute(text(sql), bound))
