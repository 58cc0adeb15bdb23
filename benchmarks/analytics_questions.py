"""What the analytics screens ask of a period, and the plain statements that would answer the same without our sums."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lumira_db.metrics import METRICS
from lumira_db.metrics.paths import OUTCOME, WALKS
from lumira_db.periods import Comparison, Grain, Period, compared
from lumira_db.queries import customers, operations, paths, revenue
from lumira_db.queries.facts import RevenueFilter
from lumira_db.queries.operations import WorkFilter
from lumira_db.queries.paths import PathBy, PathFilter

ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROMISE = {level: timedelta(hours=24 * level) for level in range(1, 5)}
PERIODS = {
    "30 days": Period(date(2026, 10, 24), date(2026, 11, 22)),
    "12 months": Period(date(2025, 11, 23), date(2026, 11, 22)),
    "all 4 years": Period(date(2022, 11, 1), date(2026, 11, 22)),
}
Ask = Callable[[Session, Period], object]


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen: everything that it reads, and the plain SQL that a BI tool would send for it (``:start``, ``:end``,
    ``:now``, ``:silence``)."""

    name: str
    ask: Ask
    plain: tuple[str, ...]


def _revenue(session: Session, period: Period) -> None:
    chosen = RevenueFilter(period.first, period.last)
    grain = Grain.DAY if period.days <= 92 else Grain.MONTH
    before = compared(period, Comparison.BEFORE, now=NOW, zone=ZONE)
    revenue.cards(session, chosen, zone=ZONE)
    if before is not None:
        revenue.cards(session, RevenueFilter(before.first, before.last, before.until), zone=ZONE)
    revenue.trend(session, chosen, grain, zone=ZONE)
    revenue.by_level(session, chosen, grain, zone=ZONE)
    revenue.by_hour(session, chosen, zone=ZONE)
    revenue.by_source(session, chosen, zone=ZONE)
    revenue.by_buyers(session, chosen, grain, zone=ZONE)
    for read in (customers.cohorts, customers.lifetime_values, customers.refund_rates, customers.off_catalogue):
        read(session, chosen, zone=ZONE)


def _paths(session: Session, period: Period) -> None:
    chosen = PathFilter(period.first, period.last)
    for read in (paths.funnel, paths.outcomes, paths.survival, paths.by_action):
        read(session, chosen, zone=ZONE, now=NOW)
    for dimension in PathBy:
        paths.by(session, chosen, dimension, zone=ZONE, now=NOW)


def _operations(session: Session, period: Period) -> None:
    chosen = WorkFilter(period.first, period.last)
    grain = Grain.DAY if period.days <= 92 else Grain.MONTH
    operations.backlog(session, chosen, grain, zone=ZONE, now=NOW, promise=PROMISE)
    operations.hours_to_validate(session, chosen, zone=ZONE, promise=PROMISE)
    operations.hours_to_deliver(session, chosen, zone=ZONE, promise=PROMISE)


BY_LEVEL = """
    SELECT date_trunc('day', "paidAt" AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris') AS day, level, lower(currency),
        count(*), sum(amount), count(DISTINCT "userId")
    FROM "Order" WHERE "paidAt" >= :start AND "paidAt" < :end GROUP BY 1, 2, 3
"""
_WALKS = f"SELECT *, {OUTCOME} AS outcome FROM ({WALKS}) walk WHERE started_at >= :start AND started_at < :end"
SCREENS = (
    Screen(
        "/revenue",
        _revenue,
        (BY_LEVEL, *(METRICS[code].sql for code in ("paid", "refunds", "clients", "conversion", "refund_rate"))),
    ),
    Screen("/paths", _paths, (f"SELECT archetype, outcome, count(*) FROM ({_WALKS}) w GROUP BY 1, 2",)),
    Screen("/operations", _operations, (METRICS["backlog"].sql, METRICS["hours_to_deliver"].sql)),
)
# What DuckDB is asked, over a copy of the orders and steps: the same questions in its own words.
COPIED = {
    "orders": """SELECT id, "userId" AS client, level, amount, lower(currency) AS currency, status::text AS status,
        "paidAt" AS paid_at, "createdAt" AS created_at, "updatedAt" AS updated_at, "deliveredAt" AS delivered_at
        FROM "Order" """,
    "steps": """SELECT "spiritualPathId" AS path, "dayNumber" AS day, "isCompleted" AS done, "completedAt" AS done_at,
        "unlockedAt" AS unlocked_at FROM "PathStep" """,
}
IN_DUCKDB = {
    "/revenue": (
        """SELECT date_trunc('day', paid_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris'), level, currency,
            count(*), sum(amount), count(DISTINCT client)
            FROM orders WHERE paid_at >= $start AND paid_at < $end GROUP BY ALL""",
        """SELECT currency, count(*), sum(amount), count(DISTINCT client) FROM orders
            WHERE paid_at >= $start AND paid_at < $end GROUP BY ALL""",
        """SELECT currency, count(*), count(paid_at) FROM orders WHERE created_at >= $start AND created_at < $end
            AND (paid_at IS NOT NULL OR status IN ('PENDING', 'FAILED')) GROUP BY ALL""",
    ),
    "/paths": (
        """SELECT days, count(*) FROM (
            SELECT path, min(unlocked_at) AS began, COALESCE(min(day) FILTER (NOT done) - 1, max(day)) AS days
            FROM steps GROUP BY path) WHERE began >= $start AND began < $end GROUP BY ALL""",
    ),
    "/operations": (
        """SELECT level, quantile_cont(epoch(delivered_at - paid_at) / 3600, [0.5, 0.9]) FROM orders
            WHERE delivered_at >= $start AND delivered_at < $end GROUP BY ALL""",
    ),
}
