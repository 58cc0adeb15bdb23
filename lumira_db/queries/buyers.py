"""How many different clients paid in a period: nobody is counted twice, and not every order is looked at.

The first order that a client pays in a period is the one whose predecessor lies before it. Each order knows the day of
its predecessor; of whole months, how many have theirs on which day is kept added up.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.periods import Grain
from lumira_db.queries.facts import CHOSEN, Buyers, RevenueFilter, values

_DAY = timedelta(days=1)
_WITHIN = "kind = 'PAID' AND paid_day >= :first AND paid_day <= :last"
_UNCUT = "(CAST(:cut AS date) IS NULL OR paid_day < :cut OR paid_at < :end)"
_EACH = f"""
    SELECT currency, source, count(DISTINCT client_id) FROM desk.order_fact
    WHERE {_WITHIN} AND {_UNCUT} AND {CHOSEN} GROUP BY 1, 2"""
_EACH_BUCKET = f"""
    SELECT currency, date_trunc(:grain, paid_day::timestamp)::date, count(DISTINCT client_id) FROM desk.order_fact
    WHERE {_WITHIN} AND {_UNCUT} AND {CHOSEN} GROUP BY 1, 2"""


def count_buyers(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> Mapping[tuple[str, str], int]:
    """The clients who paid in the period, by currency and source; a client has one source."""
    bound = values(chosen, zone)
    if not _is_followed(chosen):
        return {(row[0], row[1]): row[2] for row in session.execute(text(_EACH), bound)}
    bound["from_month"], bound["to_month"] = _months(chosen)
    rows = session.execute(text(_followed(chosen)), bound)
    return {(row[0], row[1]): int(row[2]) for row in rows}


def count_buyers_by_bucket(
    session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo
) -> Mapping[tuple[str, date], int]:
    """The clients who paid in each bucket, by currency and the bucket's first day."""
    bound = values(chosen, zone, grain=grain.value)
    if not _is_followed(chosen):
        return {(row[0], row[1]): row[2] for row in session.execute(text(_EACH_BUCKET), bound)}
    found = {(row[0], row[1]): int(row[2]) for row in session.execute(text(_by_bucket(chosen, grain)), bound)}
    start = grain.start_of(chosen.first)
    if start < chosen.first:
        # A bucket that the period begins within: who paid in it before the period counts again.
        end = min(chosen.last, grain.next(start) - _DAY)
        part = replace(chosen, last=end, until=chosen.until if end == chosen.last else None)
        found = {key: count for key, count in found.items() if key[1] != start}
        for (currency, _), count in count_buyers(session, part, zone=zone).items():
            found[currency, start] = found.get((currency, start), 0) + count
    return found


def _is_followed(chosen: RevenueFilter) -> bool:
    """Whether the orders know their predecessors among those that are chosen."""
    return len(chosen.levels) <= 1 and chosen.buyers is not Buyers.RETURNING


def _before(chosen: RevenueFilter) -> str:
    return "prev_level_day" if chosen.levels else "prev_day"


def _followed(chosen: RevenueFilter) -> str:
    table = "desk.level_repeat_month" if chosen.levels else "desk.repeat_month"
    level = "AND level = ANY (:levels)" if chosen.levels else ""
    sums = f"""
        SELECT currency, source, clients FROM {table}
        WHERE month >= :from_month AND month < :to_month AND prev_day < :first {level}
          AND (CAST(:currency AS text) IS NULL OR currency = :currency)
          AND (CAST(:sources AS text[]) IS NULL OR source = ANY (CAST(:sources AS text[])))"""
    if chosen.buyers is Buyers.NEW:
        # Each client has one first order: whoever has it in the period is counted with it.
        return f"""
        SELECT currency, source, sum(orders) FROM (
            SELECT currency, source, orders FROM desk.revenue_day
            WHERE day >= :first AND day <= :whole AND {CHOSEN}
            UNION ALL
            SELECT currency, source, 1 FROM desk.order_fact
            WHERE kind = 'PAID' AND paid_day = :cut AND paid_at < :end AND {CHOSEN}
        ) counted GROUP BY 1, 2 HAVING sum(orders) > 0"""
    before = _before(chosen)
    cut = "AND (paid_day < :cut OR paid_at < :end)" if chosen.until is not None else ""
    single = f"""
        SELECT currency, source, 1 FROM desk.order_fact
        WHERE kind = 'PAID' AND ({before} IS NULL OR {before} < :first) {cut} AND {CHOSEN}"""
    return f"""
        SELECT currency, source, sum(clients) FROM (
            {sums}
            UNION ALL {single} AND paid_day >= :first AND paid_day < :from_month
            UNION ALL {single} AND paid_day >= :to_month AND paid_day <= :last
        ) counted GROUP BY 1, 2 HAVING sum(clients) > 0"""


def _by_bucket(chosen: RevenueFilter, grain: Grain) -> str:
    if chosen.buyers is Buyers.NEW:
        whole, single = "orders", "1"
    else:
        whole = f"{'level_' if chosen.levels else ''}clients_{grain}"
        before = _before(chosen)
        single = f"({before} IS NULL OR {before} < date_trunc(:grain, paid_day::timestamp)::date)::int"
    return f"""
        SELECT currency, date_trunc(:grain, day::timestamp)::date, sum(clients) FROM (
            SELECT currency, day, {whole} AS clients FROM desk.revenue_day
            WHERE day >= :first AND day <= :whole AND {CHOSEN}
            UNION ALL
            SELECT currency, paid_day, {single} FROM desk.order_fact
            WHERE kind = 'PAID' AND paid_day = :cut AND paid_at < :end AND {CHOSEN}
        ) counted GROUP BY 1, 2"""


def _months(chosen: RevenueFilter) -> tuple[date, date]:
    """The whole months of the period, half-open; both the day after it if there is none."""
    whole = chosen.last if chosen.until is None else chosen.last - _DAY
    month = Grain.MONTH.start_of(chosen.first)
    start = month if month == chosen.first else Grain.MONTH.next(month)
    end = Grain.MONTH.start_of(whole + _DAY)
    beyond = chosen.last + _DAY
    return (start, end) if start < end else (beyond, beyond)
