"""Revenue: its cards, its course over time, and what it is made of. Money is cents and one currency a row."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lumira_db.periods import Grain
from lumira_db.queries.buyers import count_buyers, count_buyers_by_bucket, count_buyers_of
from lumira_db.queries.facts import (
    CHOSEN,
    CHOSEN_LEVEL,
    RevenueFilter,
    begun,
    bucket,
    given_back,
    is_of_all,
    paid,
    statement,
    values,
)


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


def _figures(start: str, grain: Grain, *, of_all: bool) -> str:
    """SQL of the figures of each bucket but for its clients; ``start`` is SQL of a day's bucket."""
    return f"""WITH {paid(grain, of_all=of_all)}, {begun(grain, of_all=of_all)}, {given_back(grain, of_all=of_all)}
    SELECT start, currency, {_COLUMNS}
    FROM (
        SELECT {start} AS start, currency, sum(cents)::bigint AS paid_cents, sum(orders)::bigint AS orders,
            sum(first_orders)::bigint AS new_clients
        FROM paid GROUP BY 1, 2
    ) p
    FULL JOIN (
        SELECT g.start, g.currency, refund_cents, refunds, estimated_cents,
            orders - COALESCE(again, 0) AS refunded_orders
        FROM (
            SELECT {start} AS start, currency, sum(cents)::bigint AS refund_cents, sum(refunds)::bigint AS refunds,
                sum(estimated_cents)::bigint AS estimated_cents, sum(orders)::bigint AS orders
            FROM given_back GROUP BY 1, 2
        ) g
        LEFT JOIN (
            SELECT {start} AS start, currency, count(*) - count(DISTINCT order_id) AS again
            FROM refunded_again GROUP BY 1, 2
        ) a USING (start, currency)
    ) g USING (start, currency)
    FULL JOIN (
        SELECT {start} AS start, currency, sum(orders)::bigint AS checkouts, sum(converted)::bigint AS converted,
            sum(abandoned)::bigint AS abandoned, sum(abandoned_cents)::bigint AS abandoned_cents,
            sum(failed)::bigint AS failed
        FROM begun GROUP BY 1, 2
    ) b USING (start, currency)
    ORDER BY start, paid_cents DESC NULLS LAST, currency"""


_NAMES = (
    *("paid_cents", "orders", "new_clients", "refund_cents", "estimated_cents", "refunds", "refunded_orders"),
    *("checkouts", "converted", "abandoned", "abandoned_cents", "failed"),
)
_COLUMNS = ", ".join(f"COALESCE({name}, 0) AS {name}" for name in _NAMES)
# By whether they are of all (``is_of_all``).
_CARDS = {of_all: _figures("DATE '1970-01-01'", Grain.MONTH, of_all=of_all) for of_all in (False, True)}
_TREND = {(grain, of_all): _figures(bucket("day"), grain, of_all=of_all) for grain in Grain for of_all in (False, True)}
_SUMS = "sum(orders)::bigint, sum(cents)::bigint"


def _over_time(column: str, order: str, grain: Grain, *, of_all: bool = False) -> str:
    return f"""WITH {paid(grain, of_all=of_all)} SELECT {bucket("day")}, {column}, currency, {_SUMS}
    FROM paid GROUP BY 1, 2, 3 ORDER BY {order}"""


_BY_LEVEL = {
    (grain, of_all): _over_time("level", "1, 2, 3", grain, of_all=of_all) for grain in Grain for of_all in (False, True)
}
_BY_BUYERS = {grain: _over_time("is_first", "1, 2 DESC, 3", grain) for grain in Grain}
_BY_SOURCE = f"""WITH {paid(Grain.MONTH)}
    SELECT source, currency, {_SUMS}, sum(first_orders)::bigint
    FROM paid GROUP BY 1, 2 ORDER BY 4 DESC, 1"""
_HOURS = f"FROM desk.hour_day WHERE {CHOSEN_LEVEL} AND orders <> 0 AND"
_BY_HOUR = f"""SELECT weekday, hour, currency, {_SUMS} FROM (
        SELECT extract(isodow FROM day)::int AS weekday, hour, currency, orders, cents
        {_HOURS} day >= :first AND day < :whole_from
        UNION ALL
        SELECT weekday, hour, currency, orders, cents FROM desk.hour_month
        WHERE month >= :whole_from AND month < :year_from AND {CHOSEN_LEVEL}
        UNION ALL
        SELECT weekday, hour, currency, orders, cents FROM desk.hour_year
        WHERE year >= :year_from AND year < :year_to AND {CHOSEN_LEVEL}
        UNION ALL
        SELECT weekday, hour, currency, orders, cents FROM desk.hour_month
        WHERE month >= :year_to AND month < :whole_to AND {CHOSEN_LEVEL}
        UNION ALL
        SELECT extract(isodow FROM day)::int, hour, currency, orders, cents
        {_HOURS} day >= :whole_to AND day <= :whole
    ) summed GROUP BY 1, 2, 3 HAVING sum(orders) > 0 ORDER BY 1, 2, 3"""
_BY_HOUR_EACH = f"""SELECT extract(isodow FROM paid_day)::int, paid_hour, currency, count(*), sum(amount)::bigint
    FROM desk.order_fact WHERE kind = 'PAID' AND paid_day >= :first AND paid_day <= :last
      AND (CAST(:cut AS date) IS NULL OR paid_day < :cut OR paid_at < :end) AND {CHOSEN}
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


def cards(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[Figures, ...]:
    """The figures of the period, one row a currency, the largest revenue first."""
    rows = _rows(session, _CARDS[is_of_all(chosen)], values(chosen, zone))
    orders = {row[1]: row[2 + _NAMES.index("orders")] for row in rows}
    clients = count_buyers_of(session, chosen, orders, zone=zone)
    return tuple(_made(row, clients.get(row[1], 0)) for row in rows)


def trend(session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[Bucket, ...]:
    """The same figures bucket by bucket, those without anything left out (``Period.buckets`` names them all)."""
    clients = count_buyers_by_bucket(session, chosen, grain, zone=zone)
    rows = _rows(session, _TREND[grain, is_of_all(chosen)], values(chosen, zone, grain))
    return tuple(Bucket(row[0], _made(row, clients.get((row[1], row[0]), 0))) for row in rows)


def _made(row: Any, clients: int) -> Figures:
    return Figures(row[1], clients=clients, **dict(zip(_NAMES, row[2:], strict=True)))


def by_level(session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[LevelPoint, ...]:
    """Revenue by level over time; the table beside the chart adds these up."""
    sql = _BY_LEVEL[grain, is_of_all(chosen)]
    return tuple(LevelPoint(*row) for row in _rows(session, sql, values(chosen, zone, grain)))


def by_buyers(session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[BuyersPoint, ...]:
    """Revenue of new and of returning clients over time."""
    return tuple(BuyersPoint(*row) for row in _rows(session, _BY_BUYERS[grain], values(chosen, zone, grain)))


def by_hour(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[HourCell, ...]:
    """The heat map of weekday and hour; hours without an order are left out."""
    is_summed = chosen.until is None and chosen.buyers is None and not chosen.sources
    sql = _BY_HOUR if is_summed else _BY_HOUR_EACH
    bound = values(chosen, zone)
    bound["year_from"], bound["year_to"] = _years(bound["whole_from"], bound["whole_to"])
    return tuple(HourCell(*row) for row in _rows(session, sql, bound))


def _years(start: date, end: date) -> tuple[date, date]:
    """The whole years of whole months, half-open; both the end if there is none."""
    first = start if (start.month, start.day) == (1, 1) else date(start.year + 1, 1, 1)
    last = date(end.year, 1, 1)
    return (first, last) if first < last else (end, end)


def by_source(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[SourceRow, ...]:
    """Revenue by where the clients come from."""
    clients = count_buyers(session, chosen, zone=zone)
    rows = _rows(session, _BY_SOURCE, values(chosen, zone))
    return tuple(SourceRow(row[0], row[1], row[2], row[3], clients.get((row[1], row[0]), 0), row[4]) for row in rows)


def _rows(session: Session, sql: str, bound: dict[str, Any]) -> list[Any]:
    return list(session.execute(statement(sql), bound))
