"""Which money is meant, and what it is counted from: the facts and their sums by day (docs/adr/0019-rollups.md)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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


_LEVELS = "(CAST(:levels AS int[]) IS NULL OR level = ANY (CAST(:levels AS int[])))"
_CURRENCY = "(CAST(:currency AS text) IS NULL OR currency = :currency)"
_SOURCES = "(CAST(:sources AS text[]) IS NULL OR source = ANY (CAST(:sources AS text[])))"
_FIRST = "(CAST(:is_first AS boolean) IS NULL OR is_first = :is_first)"
CHOSEN = f"{_LEVELS} AND {_CURRENCY} AND {_SOURCES} AND {_FIRST}"
"""What a filter means for a row that has all four; ``CHOSEN_FIRST`` for one about a client's first order."""
CHOSEN_FIRST = f"{_LEVELS} AND {_CURRENCY} AND {_SOURCES}"
CHOSEN_LEVEL = f"{_LEVELS} AND {_CURRENCY}"
CHOSEN_SOURCE = f"{_CURRENCY} AND {_SOURCES}"

# The sums of whole days, and of a last one that is cut its orders one by one.
PAID = f"""paid AS (
        SELECT day, currency, level, source, is_first, amount, orders, refunded, refund_cents,
            orders * amount::bigint AS cents
        FROM desk.revenue_day WHERE day >= :first AND day <= :whole AND orders <> 0 AND {CHOSEN}
        UNION ALL
        SELECT paid_day, currency, level, source, is_first, amount, 1, refunded::int, refund_cents, amount
        FROM desk.order_fact WHERE kind = 'PAID' AND paid_day = :cut AND paid_at < :end AND {CHOSEN}
    )"""
BEGUN = f"""begun AS (
        SELECT day, currency, kind, orders, cents
        FROM desk.checkout_day WHERE day >= :first AND day <= :whole AND orders <> 0 AND {CHOSEN}
        UNION ALL
        SELECT created_day, currency, kind, 1, amount
        FROM desk.order_fact WHERE kind <> 'FREE' AND created_day = :cut AND created_at < :end AND {CHOSEN}
    )"""
GIVEN_BACK = f"""given_back AS (
        SELECT day, currency, amount, estimated, order_id
        FROM desk.refund_fact
        WHERE day >= :first AND day <= :last AND (CAST(:cut AS date) IS NULL OR at < :end) AND {CHOSEN}
    )"""


def local(column: str) -> str:
    """SQL: the time on the clock of the business days' zone (``:zone``)."""
    return f"({column} AT TIME ZONE 'UTC' AT TIME ZONE :zone)"


def bucket(column: str) -> str:
    """SQL: the first day of the bucket (``:grain``) that a day falls into."""
    return f"date_trunc(:grain, {column}::timestamp)::date"


def values(chosen: RevenueFilter, zone: ZoneInfo, **more: Any) -> dict[str, Any]:
    """The values that the SQL of this module takes."""
    cut = chosen.until is not None
    return {
        "first": chosen.first,
        "last": chosen.last,
        "whole": chosen.last - timedelta(days=1) if cut else chosen.last,
        "cut": chosen.last if cut else None,
        "end": naive(chosen.period.end(zone)),
        **narrowing(chosen),
        **more,
    }


def narrowing(chosen: RevenueFilter) -> dict[str, Any]:
    """The values of ``CHOSEN``."""
    return {
        "levels": list(chosen.levels) or None,
        "currency": chosen.currency.lower() if chosen.currency else None,
        "sources": list(chosen.sources) or None,
        "is_first": None if chosen.buyers is None else chosen.buyers is Buyers.NEW,
    }


def window(period: Period, zone: ZoneInfo) -> dict[str, Any]:
    """The period as moments (UTC, half-open)."""
    return {"start": naive(period.start(zone)), "end": naive(period.end(zone))}


def naive(moment: datetime) -> datetime:
    """The moment as the contract's columns keep it: without zone, in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)
