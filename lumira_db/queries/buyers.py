"""How many different clients paid in a period: nobody is counted twice, and not every order is looked at.

An order and the one that the same client paid before it are a pair. Of the orders of a period, each that makes a pair
with another one of the period brings no new client: clients are orders less pairs. Pairs are kept added up by the
months and days of both.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lumira_db.periods import Grain, Period
from lumira_db.queries.facts import CHOSEN, CHOSEN_LEVEL, Buyers, RevenueFilter, is_of_all, paid, statement, values

_DAY = timedelta(days=1)
_WITHIN = "kind = 'PAID' AND paid_day >= :first AND paid_day <= :last"
_UNCUT = "(CAST(:cut AS date) IS NULL OR paid_day < :cut OR paid_at < :end)"
_EACH = f"""
    SELECT currency, source, count(DISTINCT client_id) FROM desk.order_fact
    WHERE {_WITHIN} AND {_UNCUT} AND {CHOSEN} GROUP BY 1, 2"""
_EACH_BUCKET = f"""
    SELECT currency, date_trunc(:grain, paid_day::timestamp)::date, count(DISTINCT client_id) FROM desk.order_fact
    WHERE {_WITHIN} AND {_UNCUT} AND {CHOSEN} GROUP BY 1, 2"""
_ORDERS = f"WITH {paid(Grain.MONTH)} SELECT currency, source, sum(orders)::bigint FROM paid GROUP BY 1, 2"
_NEWEST = "SELECT max(day) FROM desk.revenue_level_day"
_MEANT = """(CAST(:currency AS text) IS NULL OR currency = :currency)
          AND (CAST(:sources AS text[]) IS NULL OR source = ANY (CAST(:sources AS text[])))"""
_MONTHS_OF_PAIR = "date_trunc('month', paid_day::timestamp) = :to_month AND date_trunc('month', prev_day::timestamp)"


def count_buyers(session: Session, chosen: RevenueFilter, *, zone: ZoneInfo) -> Mapping[tuple[str, str], int]:
    """The clients who paid in the period, by currency and source; a client has one source."""
    bound = values(chosen, zone)
    if not _is_followed(chosen):
        return {(row[0], row[1]): row[2] for row in session.execute(statement(_EACH), bound)}
    found: Counter[tuple[str, str]] = Counter()
    found.update({(row[0], row[1]): int(row[2]) for row in session.execute(statement(_ORDERS), bound)})
    if found:
        found.subtract(_repeated(session, chosen, bound))
    return +found


def count_buyers_of(
    session: Session, chosen: RevenueFilter, orders: Mapping[str, int], *, zone: ZoneInfo
) -> Mapping[str, int]:
    """The same by currency alone, for whoever has counted the period's ``orders`` by currency."""
    found: Counter[str] = Counter()
    if not _is_followed(chosen):
        for (currency, _source), count in count_buyers(session, chosen, zone=zone).items():
            found[currency] += count
        return found
    found.update(orders)
    if any(orders.values()):
        for (currency, _source), count in _repeated(session, chosen, values(chosen, zone)).items():
            found[currency] -= count
    return +found


def _repeated(session: Session, chosen: RevenueFilter, bound: dict[str, Any]) -> Mapping[tuple[str, str], int]:
    """How many orders of the period bring no new client, by currency and source."""
    if chosen.buyers is Buyers.NEW:
        # Each client has one first order: whoever has it in the period is counted with it.
        return {}
    goes_on = chosen.until is None and chosen.last >= session.scalar(statement(_NEWEST))
    pairs = _followed(chosen) if goes_on else _pairs(chosen)
    return {(row[0], row[1]): int(row[2]) for row in session.execute(statement(pairs), {**bound, **_ends(chosen)})}


def count_until(session: Session, period: Period, *, zone: ZoneInfo) -> int:
    """The clients who had paid an order, in any currency, before the end of the period: each has one first order."""
    ever = RevenueFilter(date.min, period.last, period.until, buyers=Buyers.NEW)
    return sum(int(row[2]) for row in session.execute(statement(_ORDERS), values(ever, zone)))


def count_buyers_by_bucket(
    session: Session, chosen: RevenueFilter, grain: Grain, *, zone: ZoneInfo
) -> Mapping[tuple[str, date], int]:
    """The clients who paid in each bucket, by currency and the bucket's first day."""
    bound = values(chosen, zone, grain)
    if not _is_followed(chosen):
        return {(row[0], row[1]): row[2] for row in session.execute(statement(_EACH_BUCKET), bound)}
    found = {(row[0], row[1]): int(row[2]) for row in session.execute(statement(_by_bucket(chosen, grain)), bound)}
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
    """Whether pairs are kept of the orders that are chosen."""
    return len(chosen.levels) <= 1 and chosen.buyers is not Buyers.RETURNING


def _before(chosen: RevenueFilter) -> str:
    return "prev_level_day" if chosen.levels else "prev_day"


def _summed(table: str, chosen: RevenueFilter, when: str) -> str:
    of, level = ("level_", "level = ANY (:levels) AND") if chosen.levels else ("", "")
    return f"SELECT currency, source, pairs FROM desk.{of}{table} WHERE {level} {_MEANT} AND {when}"


def _added(parts: Iterator[str]) -> str:
    return f"SELECT currency, source, sum(pairs)::bigint FROM ({' UNION ALL '.join(parts)}) pair GROUP BY 1, 2"


def _followed(chosen: RevenueFilter) -> str:
    """Of a period beyond which nothing was paid: every order in it that another one followed."""
    days = _summed("followed_day", chosen, "prev_day >= :first AND prev_day < :from_month")
    return _added(iter((days, _summed("followed_month", chosen, "prev_month >= :from_month"))))


def _pairs(chosen: RevenueFilter) -> str:
    """Whose earlier order is not before the period and whose later one is not after it."""
    before = _before(chosen)
    months = "prev_month >= :from_month"
    days = "prev_day >= :first AND prev_day < :from_month"

    def parts() -> Iterator[str]:
        yield _summed("pair_month", chosen, f"{months} AND month < :to_month")
        yield _summed("pair_from_day", chosen, f"{days} AND month < :to_month")
        yield _summed("pair_to_day", chosen, f"{months} AND day >= :to_month AND day <= :whole")
        if chosen.first < _ends(chosen)["from_month"]:
            # Days of two months; who bought at a level before has bought before.
            within = "=" if not chosen.levels else ">="
            yield f"""
        SELECT currency, source, 1 FROM desk.order_fact
        WHERE kind = 'PAID' AND {_MONTHS_OF_PAIR} {within} :first_month AND paid_day <= :whole AND prev_day IS NOT NULL
          AND {before} >= :first AND {before} < :from_month
          AND (CAST(:levels AS int[]) IS NULL OR level = ANY (CAST(:levels AS int[]))) AND {_MEANT}"""
        if chosen.until is not None:
            # On a day that is cut, orders of those who had paid in the period.
            yield f"""
        SELECT currency, source, 1 FROM desk.order_fact
        WHERE kind = 'PAID' AND paid_day = :cut AND paid_at < :end AND {before} >= :first AND {CHOSEN}"""

    return _added(parts())


def _ends(chosen: RevenueFilter) -> dict[str, Any]:
    """The month in which the period begins, the first one that begins in it, and the one that it ends within.

    A period that ends with a month ends within the next one, of which it has no day.
    """
    last = chosen.last if chosen.until is None else chosen.last - _DAY
    first_month = Grain.MONTH.start_of(chosen.first)
    from_month = first_month if first_month == chosen.first else Grain.MONTH.next(first_month)
    to_month = Grain.MONTH.start_of(last + _DAY)
    return {"first_month": first_month, "from_month": from_month, "to_month": to_month}


def _by_bucket(chosen: RevenueFilter, grain: Grain) -> str:
    if chosen.buyers is Buyers.NEW:
        whole, part, single = "orders", "orders", "1"
    else:
        of, before = ("level_", "prev_level_day") if chosen.levels else ("", "prev_day")
        whole, part = f"{of}clients", f"{of}clients_{grain}"
        single = f"({before} IS NULL OR {before} < date_trunc(:grain, paid_day::timestamp)::date)::int"
    table, meant = ("revenue_level", CHOSEN_LEVEL) if is_of_all(chosen) else ("revenue", CHOSEN)
    buckets = (
        ""
        if grain is Grain.DAY
        else f"""
            UNION ALL
            SELECT currency, {grain}, {whole} FROM desk.{table}_{grain}
            WHERE {grain} >= :whole_from AND {grain} < :whole_to AND {meant}"""
    )
    return f"""
        SELECT currency, date_trunc(:grain, day::timestamp)::date, sum(clients) FROM (
            SELECT currency, day, {part} AS clients FROM desk.{table}_day
            WHERE day >= :first AND day < :whole_from AND {meant}{buckets}
            UNION ALL
            SELECT currency, day, {part} FROM desk.{table}_day
            WHERE day >= :whole_to AND day <= :whole AND {meant}
            UNION ALL
            SELECT currency, paid_day, {single} FROM desk.order_fact
            WHERE kind = 'PAID' AND paid_day = :cut AND paid_at < :end AND {CHOSEN}
        ) counted GROUP BY 1, 2"""
