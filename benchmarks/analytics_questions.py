"""What the analytics screens ask of a period, and the plain statements that would answer the same without our sums."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashboard.analytics import operations, paths, revenue_cards
from dashboard.analytics.look import look
from dashboard.analytics.screens import sections_of
from dashboard.analytics.section import At, Section
from lumira_db.metrics import METRICS
from lumira_db.metrics.paths import OUTCOME, WALKS
from lumira_db.periods import Period

ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PERIODS = {
    "30 days": Period(date(2026, 10, 24), date(2026, 11, 22)),
    "12 months": Period(date(2025, 11, 23), date(2026, 11, 22)),
    "all 4 years": Period(date(2022, 11, 1), date(2026, 11, 22)),
}


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen: what its cards read, its sections, of which one is shown at a time, and the plain SQL that a BI tool
    would send for it (``:start``, ``:end``, ``:now``, ``:silence``)."""

    name: str
    cards: Callable[[At], object]
    plain: tuple[str, ...]

    @property
    def sections(self) -> tuple[Section[Any], ...]:
        return sections_of(self.name, None)


def at(session: Session, period: Period) -> At:
    """What the screens look at when somebody opens them at this period, and nothing else is chosen."""
    query = {"period": [f"{period.first}..{period.last}"]}
    return At(session, look(query, now=NOW, zone=ZONE), ZONE, NOW)


BY_LEVEL = """
    SELECT date_trunc('day', "paidAt" AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris') AS day, level, lower(currency),
        count(*), sum(amount), count(DISTINCT "userId")
    FROM "Order" WHERE "paidAt" >= :start AND "paidAt" < :end GROUP BY 1, 2, 3
"""
_WALKS = f"SELECT *, {OUTCOME} AS outcome FROM ({WALKS}) walk WHERE started_at >= :start AND started_at < :end"
SCREENS = (
    Screen(
        "revenue",
        revenue_cards.read,
        (BY_LEVEL, *(METRICS[code].sql for code in ("paid", "refunds", "clients", "conversion", "refund_rate"))),
    ),
    Screen("paths", paths.read_outcomes, (f"SELECT archetype, outcome, count(*) FROM ({_WALKS}) w GROUP BY 1, 2",)),
    Screen("operations", operations.read_summary, (METRICS["backlog"].sql, METRICS["hours_to_deliver"].sql)),
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
    "revenue": (
        """SELECT date_trunc('day', paid_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris'), level, currency,
            count(*), sum(amount), count(DISTINCT client)
            FROM orders WHERE paid_at >= $start AND paid_at < $end GROUP BY ALL""",
        """SELECT currency, count(*), sum(amount), count(DISTINCT client) FROM orders
            WHERE paid_at >= $start AND paid_at < $end GROUP BY ALL""",
        """SELECT currency, count(*), count(paid_at) FROM orders WHERE created_at >= $start AND created_at < $end
            AND (paid_at IS NOT NULL OR status IN ('PENDING', 'FAILED')) GROUP BY ALL""",
    ),
    "paths": (
        """SELECT days, count(*) FROM (
            SELECT path, min(unlocked_at) AS began, COALESCE(min(day) FILTER (NOT done) - 1, max(day)) AS days
            FROM steps GROUP BY path) WHERE began >= $start AND began < $end GROUP BY ALL""",
    ),
    "operations": (
        """SELECT level, quantile_cont(epoch(delivered_at - paid_at) / 3600, [0.5, 0.9]) FROM orders
            WHERE delivered_at >= $start AND delivered_at < $end GROUP BY ALL""",
    ),
}
