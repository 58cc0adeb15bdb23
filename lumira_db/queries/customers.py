"""What becomes of clients and their orders: repeat purchase, lifetime value, refunds, amounts off the catalogue."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lumira_db.periods import Grain
from lumira_db.queries.facts import CHOSEN_FIRST, RevenueFilter, paid, priced, statement, values

# DOMAIN §2: the level of an order says the same as the level of a product.
_LEVELS = "ARRAY['INITIE', 'MYSTIQUE', 'PROFOND', 'INTEGRALE']"


@dataclass(frozen=True, slots=True)
class CohortCell:
    """Of the ``clients`` whose first paid order lies in the month ``cohort`` (its first day): how many paid an order
    ``months`` later (0: in the same month; for 0 that is everybody), and how many paid their *second* one then."""

    cohort: date
    months: int
    clients: int
    active: int
    second: int


@dataclass(frozen=True, slots=True)
class ValueRow:
    """Clients by the level of their first paid order: everything that they paid until today, and got back."""

    level: int
    currency: str
    clients: int
    orders: int
    cents: int
    refund_cents: int

    @property
    def per_client(self) -> float:
        """Cents net of refunds."""
        return (self.cents - self.refund_cents) / self.clients


@dataclass(frozen=True, slots=True)
class RefundRow:
    """Of the orders of one level paid in the period, what has been given back since, in part or whole."""

    level: int
    currency: str
    orders: int
    refunded: int
    cents: int
    refund_cents: int

    @property
    def rate(self) -> float:
        return self.refunded / self.orders


@dataclass(frozen=True, slots=True)
class OffCatalogueRow:
    """Orders of one level paid in the period at an amount that no product of it costs today; ``prices`` are those
    that products of the level and currency do cost."""

    level: int
    currency: str
    amount: int
    orders: int
    prices: tuple[int, ...]


_COHORTS = f"""
    SELECT cohort, (extract(year FROM month) * 12 + extract(month FROM month)
            - extract(year FROM cohort) * 12 - extract(month FROM cohort))::int AS months,
        sum(sum(clients)) OVER (PARTITION BY cohort)::bigint, sum(active)::bigint, sum(second)::bigint
    FROM desk.cohort_month
    WHERE cohort >= date_trunc('month', CAST(:first AS timestamp))::date AND cohort <= :last AND {CHOSEN_FIRST}
    GROUP BY cohort, month HAVING sum(active) > 0 ORDER BY 1, 2"""
_VALUES = f"""
    SELECT level, currency, sum(clients)::bigint, sum(orders)::bigint, sum(cents)::bigint, sum(refund_cents)::bigint
    FROM (
        SELECT level, currency, clients, orders, cents, refund_cents FROM desk.value_day
        WHERE day >= :first AND day < :whole_from AND {CHOSEN_FIRST}
        UNION ALL
        SELECT level, currency, clients, orders, cents, refund_cents FROM desk.value_month
        WHERE month >= :whole_from AND month < :whole_to AND {CHOSEN_FIRST}
        UNION ALL
        SELECT level, currency, clients, orders, cents, refund_cents FROM desk.value_day
        WHERE day >= :whole_to AND day <= :last AND {CHOSEN_FIRST}
    ) summed
    GROUP BY 1, 2 HAVING sum(clients) > 0 ORDER BY 1, 2"""
_REFUND_RATES = f"""WITH {paid(Grain.MONTH)}
    SELECT level, currency, sum(orders)::bigint, sum(refunded)::bigint, sum(cents)::bigint, sum(refund_cents)::bigint
    FROM paid GROUP BY 1, 2 ORDER BY 1, 2"""
_OFF_CATALOGUE = f"""WITH {priced(Grain.MONTH)}
    SELECT o.level, o.currency, o.amount, o.orders, COALESCE(p.prices, '{{}}')
    FROM (SELECT level, currency, amount, sum(orders)::bigint AS orders FROM priced GROUP BY 1, 2, 3) o
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT p."amountCents" ORDER BY p."amountCents") AS prices FROM "Product" p
        WHERE p.level::text = ({_LEVELS})[o.level] AND lower(p.currency) = o.currency
    ) p ON true
    WHERE p.prices IS NULL OR o.amount <> ALL (p.prices)
    ORDER BY 1, 2, 4 DESC, 3"""


def cohorts(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[CohortCell, ...]:
    """Repeat purchase of the clients whose first paid order lies in a month of the period; later ones until today.

    Months are whole, whatever the period cuts off. Level, currency and source are those of the first order; whose
    orders (``buyers``) says nothing here. Cells without anybody are left out.
    """
    return tuple(CohortCell(*row) for row in _rows(session, _COHORTS, values(chosen, zone)))


def lifetime_values(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[ValueRow, ...]:
    """Lifetime value by the level of the first paid order, of clients whose first lies on a day of the period."""
    return tuple(ValueRow(*row) for row in _rows(session, _VALUES, values(chosen, zone)))


def refund_rates(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[RefundRow, ...]:
    """Refund rate by level."""
    return tuple(RefundRow(*row) for row in _rows(session, _REFUND_RATES, values(chosen, zone)))


def off_catalogue(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[OffCatalogueRow, ...]:
    """Amounts that no product of the order's level and currency costs today."""
    found = _rows(session, _OFF_CATALOGUE, values(chosen, zone))
    return tuple(OffCatalogueRow(row[0], row[1], row[2], row[3], tuple(row[4])) for row in found)


def _rows(session: Session, sql: str, bound: dict[str, Any]) -> list[Any]:
    return list(session.execute(statement(sql), bound))
