"""What the figures of the money are counted from: one row an order, one row a refund, and which of them are meant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from lumira_db.periods import Period


class Buyers(StrEnum):
    """Whose orders: a client's first paid one, or the ones after it."""

    NEW = "new"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class RevenueFilter:
    """Which money. Days are business days, both ends included; ``until`` cuts the last one (``Period``).

    ``sources`` are the clients' (``""``: none is known). Without a ``currency`` every row says its own.
    """

    first: date
    last: date
    until: time | None = None
    levels: tuple[int, ...] = ()
    currency: str | None = None
    sources: tuple[str, ...] = ()
    buyers: Buyers | None = None

    @property
    def period(self) -> Period:
        return Period(self.first, self.last, self.until)


# An order is its client's first if no other of theirs was paid before it; a checkout that was not paid is a new
# client's if nothing of theirs had been paid when it was begun. A free reading is neither paid nor a checkout.
ORDERS = """
    SELECT o.id, o."userId" AS client_id, o.level, lower(o.currency) AS currency, o.amount, o."createdAt" AS created_at,
        o."paidAt" AS paid_at, COALESCE(left(u.source, 200), '') AS source,
        CASE WHEN o."paidAt" IS NOT NULL THEN 'PAID'
             WHEN o.status IN ('PENDING', 'FAILED') THEN o.status::text ELSE 'FREE' END AS kind,
        CASE WHEN o."paidAt" IS NOT NULL THEN o.id = c.first_id
             ELSE COALESCE(c.first_paid_at > o."createdAt", true) END AS is_first,
        c.first_paid_at, c.first_level, c.first_currency, c.first_id, o.status, o."updatedAt" AS updated_at
    FROM "Order" o
    LEFT JOIN "User" u ON u.id = o."userId"
    LEFT JOIN (
        SELECT DISTINCT ON ("userId") "userId" AS client_id, id AS first_id, "paidAt" AS first_paid_at,
            level AS first_level, lower(currency) AS first_currency
        FROM "Order" WHERE "paidAt" IS NOT NULL ORDER BY "userId", "paidAt", id
    ) c ON c.client_id = o."userId" """
REFUNDS = """
    SELECT r.order_id, r.succeeded_at AT TIME ZONE 'UTC' AS at, r.amount, lower(r.currency) AS currency,
        false AS estimated, o.level, o.source, o.is_first, o.first_id
    FROM desk.refund r LEFT JOIN orders o ON o.id = r.order_id WHERE r.succeeded_at IS NOT NULL
    UNION ALL
    SELECT o.id, o.updated_at, o.amount, o.currency, true, o.level, o.source, o.is_first, o.first_id
    FROM orders o
    WHERE o.status = 'REFUNDED' AND o.kind = 'PAID' AND NOT EXISTS (
        SELECT FROM desk.refund r WHERE r.order_id = o.id AND r.succeeded_at IS NOT NULL)"""
FACTS = f"WITH orders AS ({ORDERS}), refunds AS ({REFUNDS})"
CHOSEN = """(CAST(:levels AS int[]) IS NULL OR level = ANY (CAST(:levels AS int[])))
    AND (CAST(:currency AS text) IS NULL OR currency = :currency)
    AND (CAST(:sources AS text[]) IS NULL OR source = ANY (CAST(:sources AS text[])))
    AND (CAST(:is_first AS boolean) IS NULL OR is_first = :is_first)"""
"""What a filter means for a row of either; its values are those of ``values``."""


def local(column: str) -> str:
    """SQL: the time on the clock of the business days' zone."""
    return f"({column} AT TIME ZONE 'UTC' AT TIME ZONE :zone)"


def bucket(column: str) -> str:
    """SQL: the first day of the bucket (``:grain``) that a moment falls into."""
    return f"date_trunc(:grain, {local(column)})::date"


def values(chosen: RevenueFilter, zone: ZoneInfo, **more: Any) -> dict[str, Any]:
    """The values that the SQL of this module takes."""
    return {
        **window(chosen.period, zone),
        "levels": list(chosen.levels) or None,
        "currency": chosen.currency.lower() if chosen.currency else None,
        "sources": list(chosen.sources) or None,
        "is_first": None if chosen.buyers is None else chosen.buyers is Buyers.NEW,
        **more,
    }


def window(period: Period, zone: ZoneInfo) -> dict[str, Any]:
    """The period as moments (UTC, half-open), and the zone of its days."""
    return {"start": naive(period.start(zone)), "end": naive(period.end(zone)), "zone": zone.key}


def naive(moment: datetime) -> datetime:
    """The moment as the contract's columns keep it: without zone, in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)
