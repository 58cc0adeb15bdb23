"""What becomes of clients and their orders: repeat purchase, lifetime value, refunds, amounts off the catalogue."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.queries.facts import CHOSEN, FACTS, RevenueFilter, local, values

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


# ``is_first`` says the first order of the client, whose level, currency and source the filter means.
_COHORTS = f"""{FACTS},
    firsts AS (
        SELECT client_id, date_trunc('month', {local("paid_at")})::date AS cohort
        FROM orders WHERE kind = 'PAID' AND is_first AND paid_at >= :start AND paid_at < :end AND {CHOSEN}
    ),
    bought AS (
        SELECT f.cohort, f.client_id, date_trunc('month', {local("o.paid_at")})::date AS month,
            row_number() OVER (PARTITION BY f.client_id ORDER BY o.paid_at, o.id) = 2 AS second
        FROM firsts f JOIN orders o USING (client_id) WHERE o.kind = 'PAID'
    )
    SELECT cohort, (extract(year FROM month) * 12 + extract(month FROM month)
            - extract(year FROM cohort) * 12 - extract(month FROM cohort))::int AS months,
        (SELECT count(*) FROM firsts f WHERE f.cohort = bought.cohort), count(DISTINCT client_id),
        count(*) FILTER (WHERE second)
    FROM bought GROUP BY cohort, month ORDER BY 1, 2"""
_VALUES = f"""{FACTS},
    firsts AS (
        SELECT id, client_id, level, currency
        FROM orders WHERE kind = 'PAID' AND is_first AND paid_at >= :start AND paid_at < :end AND {CHOSEN}
    ),
    bought AS (
        SELECT f.id, count(*) AS orders, sum(o.amount) AS cents
        FROM firsts f JOIN orders o ON o.client_id = f.client_id AND o.currency = f.currency AND o.kind = 'PAID'
        GROUP BY 1
    ),
    given_back AS (
        SELECT f.id, sum(r.amount) AS cents
        FROM firsts f JOIN refunds r ON r.first_id = f.id AND r.currency = f.currency GROUP BY 1
    )
    SELECT level, currency, count(*), sum(b.orders)::bigint, sum(b.cents)::bigint, COALESCE(sum(g.cents), 0)::bigint
    FROM firsts JOIN bought b USING (id) LEFT JOIN given_back g USING (id) GROUP BY 1, 2 ORDER BY 1, 2"""
_REFUND_RATES = f"""{FACTS},
    given_back AS (SELECT order_id, currency, sum(amount) AS cents FROM refunds GROUP BY 1, 2)
    SELECT level, o.currency, count(*), count(g.order_id), sum(amount)::bigint, COALESCE(sum(g.cents), 0)::bigint
    FROM (SELECT * FROM orders WHERE kind = 'PAID' AND paid_at >= :start AND paid_at < :end AND {CHOSEN}) o
    LEFT JOIN given_back g ON g.order_id = o.id AND g.currency = o.currency
    GROUP BY 1, 2 ORDER BY 1, 2"""
_OFF_CATALOGUE = f"""{FACTS}
    SELECT o.level, o.currency, o.amount, o.orders, COALESCE(p.prices, '{{}}')
    FROM (
        SELECT level, currency, amount, count(*) AS orders FROM orders
        WHERE kind = 'PAID' AND paid_at >= :start AND paid_at < :end AND {CHOSEN} GROUP BY 1, 2, 3
    ) o
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT p."amountCents" ORDER BY p."amountCents") AS prices FROM "Product" p
        WHERE p.level::text = ({_LEVELS})[o.level] AND lower(p.currency) = o.currency
    ) p ON true
    WHERE p.prices IS NULL OR o.amount <> ALL (p.prices)
    ORDER BY 1, 2, 4 DESC, 3"""


def cohorts(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[CohortCell, ...]:
    """Repeat purchase of the clients whose first paid order lies in the period; what they paid later, until today.

    The filter's level, currency and source are those of the first order. Cells without anybody are left out.
    """
    return tuple(CohortCell(*row) for row in _rows(session, _COHORTS, values(chosen, zone)))


def lifetime_values(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[ValueRow, ...]:
    """Lifetime value by the level of the first paid order, of the clients whose first lies in the period."""
    return tuple(ValueRow(*row) for row in _rows(session, _VALUES, values(chosen, zone)))


def refund_rates(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[RefundRow, ...]:
    """Refund rate by level."""
    return tuple(RefundRow(*row) for row in _rows(session, _REFUND_RATES, values(chosen, zone)))


def off_catalogue(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> tuple[OffCatalogueRow, ...]:
    """Amounts that no product of the order's level and currency costs today."""
    found = _rows(session, _OFF_CATALOGUE, values(chosen, zone))
    return tuple(OffCatalogueRow(row[0], row[1], row[2], row[3], tuple(row[4])) for row in found)


def _rows(session: Session, sql: str, bound: dict[str, Any]) -> list[Any]:
    return list(session.execute(text(sql), bound))
