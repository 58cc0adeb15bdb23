"""Which money is meant, and what it is counted from: the facts and their sums by day (docs/adr/0019-rollups.md)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, text

from lumira_db.periods import Grain, Period

_DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def statement(sql: str) -> TextClause:
    """``text``, taken to pieces once: these statements are long, and asked again and again."""
    return text(sql)


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


def is_of_all(chosen: RevenueFilter) -> bool:
    """Whether no source is chosen, nor new or returning clients: there are sums of a tenth of the rows for that."""
    return not chosen.sources and chosen.buyers is None


def _summed(name: str, grain: Grain, columns: str, *, of_all: bool, when: str = "orders <> 0") -> str:
    """SQL of the sums of a period: those of its whole weeks or months (``:whole_from``, ``:whole_to``), and of the
    days around them. The bucket is called ``day``, by its first one."""
    name, chosen = (f"{name}_level", f"{when} AND {CHOSEN_LEVEL}") if of_all else (name, f"{when} AND {CHOSEN}")
    days = f"""
        SELECT day, {columns} FROM desk.{name}_day WHERE day >= :first AND day < :whole_from AND {chosen}"""
    if grain is Grain.DAY:
        return days
    return f"""{days}
        UNION ALL
        SELECT {grain}, {columns} FROM desk.{name}_{grain}
        WHERE {grain} >= :whole_from AND {grain} < :whole_to AND {chosen}
        UNION ALL
        SELECT day, {columns} FROM desk.{name}_day WHERE day >= :whole_to AND day <= :whole AND {chosen}"""


# Of a last day that is cut, the orders are added one by one.
def paid(grain: Grain, *, of_all: bool = False) -> str:
    """SQL: what was paid, as ``paid``; summed as far as buckets of ``grain`` allow. ``of_all``: ``is_of_all``; else it
    has ``source`` and ``is_first`` too."""
    sums = "currency, level, orders, cents, refunded, refund_cents"
    single = "currency, level, 1, amount, refunded::int, refund_cents, is_first::int"
    if of_all:
        columns = f"{sums}, first_orders"
    else:
        columns = f"{sums}, CASE WHEN is_first THEN orders ELSE 0 END AS first_orders, source, is_first"
        single = f"{single}, source, is_first"
    return f"""paid AS ({_summed("revenue", grain, columns, of_all=of_all)}
        UNION ALL
        SELECT paid_day, {single}
        FROM desk.order_fact WHERE kind = 'PAID' AND paid_day = :cut AND paid_at < :end AND {CHOSEN}
    )"""


def priced(grain: Grain) -> str:
    """SQL: how many orders cost what, as ``priced``."""
    return f"""priced AS ({_summed("price", grain, "currency, level, amount, orders", of_all=False)}
        UNION ALL
        SELECT paid_day, currency, level, amount, 1
        FROM desk.order_fact WHERE kind = 'PAID' AND paid_day = :cut AND paid_at < :end AND {CHOSEN}
    )"""


def begun(grain: Grain, *, of_all: bool = False) -> str:
    """SQL: the checkouts, as ``begun``."""
    columns = "currency, orders, converted, abandoned, failed, abandoned_cents"
    return f"""begun AS ({_summed("checkout", grain, columns, of_all=of_all)}
        UNION ALL
        SELECT created_day, currency, 1, (kind = 'PAID')::int, (kind = 'PENDING')::int, (kind = 'FAILED')::int,
            CASE WHEN kind = 'PENDING' THEN amount ELSE 0 END
        FROM desk.order_fact WHERE kind <> 'FREE' AND created_day = :cut AND created_at < :end AND {CHOSEN}
    )"""


def given_back(grain: Grain, *, of_all: bool = False) -> str:
    """SQL: the refunds, as ``given_back``. ``orders`` counts them once more than there are for each refund of the same
    order in ``refunded_again``; refunds whose order is not known, or gone, are in no sum."""
    single = """SELECT day, currency, 1, amount, CASE WHEN estimated THEN amount ELSE 0 END,
            (level IS NOT NULL)::int FROM desk.refund_fact"""
    columns = "currency, refunds, cents, estimated_cents, refunds AS orders"
    return f"""given_back AS ({_summed("refund", grain, columns, of_all=of_all, when="refunds <> 0")}
        UNION ALL
        {single} WHERE level IS NOT NULL AND day = :cut AND at < :end AND {CHOSEN}
        UNION ALL
        {single} WHERE level IS NULL AND day >= :first AND day <= :last
            AND (CAST(:cut AS date) IS NULL OR at < :end) AND {CHOSEN}
    ), refunded_again AS (
        SELECT day, currency, order_id
        FROM desk.refund_order several JOIN desk.refund_fact USING (order_id)
        WHERE several.refunds > 1 AND level IS NOT NULL AND day >= :first AND day <= :last
          AND (CAST(:cut AS date) IS NULL OR at < :end) AND {CHOSEN}
    )"""


def local(column: str) -> str:
    """SQL: the time on the clock of the business days' zone (``:zone``)."""
    return f"({column} AT TIME ZONE 'UTC' AT TIME ZONE :zone)"


def bucket(column: str) -> str:
    """SQL: the first day of the bucket (``:grain``) that a day falls into."""
    return f"date_trunc(:grain, {column}::timestamp)::date"


def whole(period: Period, grain: Grain) -> tuple[date, date]:
    """The whole weeks or months of a period, half-open; both beyond its end if there is none (of days: always)."""
    last = period.last if period.until is None else period.last - _DAY
    start = grain.start_of(period.first)
    start = start if start == period.first else grain.next(start)
    end = grain.start_of(last + _DAY)
    beyond = last + _DAY
    return (start, end) if start < end and grain is not Grain.DAY else (beyond, beyond)


def values(chosen: RevenueFilter, zone: ZoneInfo, grain: Grain = Grain.MONTH, **more: Any) -> dict[str, Any]:
    """The values that the SQL of this module takes; ``grain`` is that of the sums."""
    cut = chosen.until is not None
    whole_from, whole_to = whole(chosen.period, grain)
    return {
        "whole_from": whole_from,
        "whole_to": whole_to,
        "grain": grain.value,
        "first": chosen.first,
        "last": chosen.last,
        "whole": chosen.last - _DAY if cut else chosen.last,
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
