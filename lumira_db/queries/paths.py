"""The seven-day path in figures, insights and chats. What is meant is chosen by the day on which a path was started,
an insight made or a chat begun."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.enums import InsightCategory, PathActionType
from lumira_db.metrics.paths import CHATS, INSIGHTS_READ, OUTCOME
from lumira_db.periods import Period
from lumira_db.queries.facts import local, naive, window

SILENT_DAYS = 7
"""A day of the path that is open for so long without being done: the client has stopped."""


class Outcome(StrEnum):
    """Where a path stands: LOCKED is the system's doing, ABANDONED the client's."""

    DONE = "DONE"
    IN_PROGRESS = "IN_PROGRESS"
    ABANDONED = "ABANDONED"
    LOCKED = "LOCKED"


class PathBy(StrEnum):
    """What paths are told apart by. LEVEL is that of the reading that the steps came from."""

    ARCHETYPE = "archetype"
    LEVEL = "level"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class PathFilter:
    """Which paths: those started in the period, both days included. ``levels`` are those of the reading that the
    steps came from; a client is silent after ``silent_days``."""

    first: date
    last: date
    until: time | None = None
    levels: tuple[int, ...] = ()
    archetypes: tuple[str, ...] = ()
    silent_days: int = SILENT_DAYS

    @property
    def period(self) -> Period:
        return Period(self.first, self.last, self.until)


@dataclass(frozen=True, slots=True)
class FunnelDay:
    """How many paths have this day and all before it done; day 0 is the start. The hours are those since the day
    before (day 1: since the start), measured where both moments are known."""

    day: int
    paths: int
    median_hours: float | None
    p90_hours: float | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Where the paths stand now; together they are those that were started."""

    done: int = 0
    in_progress: int = 0
    abandoned: int = 0
    locked: int = 0

    @property
    def started(self) -> int:
        return self.done + self.in_progress + self.abandoned + self.locked


@dataclass(frozen=True, slots=True)
class SurvivalPoint:
    """So many whole days after the start: who was still in sight, who stopped then, and the share still walking."""

    day: int
    at_risk: int
    stopped: int
    share: float


@dataclass(frozen=True, slots=True)
class PathGroup:
    """Paths that share a value: an archetype, a level (None: the reading is not known) or a month's first day.
    ``reached`` counts those with days 1 … 7 done."""

    value: str | int | date | None
    outcomes: Outcomes
    reached: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """Steps by what they ask for: how many were unlocked, how many done, the median hours between the two."""

    action: PathActionType
    opened: int
    done: int
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class InsightRow:
    """Insights of one category: how many were made, how many opened, and after how many hours."""

    category: InsightCategory
    made: int
    read: int
    median_hours: float | None
    p90_hours: float | None


@dataclass(frozen=True, slots=True)
class Chats:
    """Conversations begun in the period; ``buyers`` are all clients who had paid before its end."""

    sessions: int
    clients: int
    messages: int
    buyers: int

    @property
    def share(self) -> float | None:
        return self.clients / self.buyers if self.buyers else None


_MEANT = """started_at >= :start AND started_at < :end
    AND (CAST(:levels AS int[]) IS NULL OR level = ANY (CAST(:levels AS int[])))
    AND (CAST(:archetypes AS text[]) IS NULL OR archetype = ANY (CAST(:archetypes AS text[])))"""
CHOSEN_WALKS = f"WITH walks AS (SELECT *, {OUTCOME} AS outcome FROM desk.path_fact WHERE {_MEANT})"
"""The paths that a filter means, as ``walks``; the values are those of ``values``."""

_FUNNEL = f"""{CHOSEN_WALKS},
    gaps AS (
        SELECT day, percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) AS median,
            percentile_cont(0.9) WITHIN GROUP (ORDER BY hours) AS p90
        FROM walks, unnest(gap_hours) WITH ORDINALITY AS g (hours, day) GROUP BY day
    )
    SELECT n.day, (SELECT count(*) FROM walks WHERE days_done >= n.day), g.median, g.p90
    FROM generate_series(0, 7) AS n (day) LEFT JOIN gaps g USING (day) ORDER BY n.day"""
_COUNTED = ", ".join(f"count(*) FILTER (WHERE outcome = '{outcome}')" for outcome in Outcome)
_OUTCOMES = f"{CHOSEN_WALKS} SELECT {_COUNTED} FROM walks"
_REACHED = ", ".join(f"count(*) FILTER (WHERE days_done >= {day})" for day in range(1, 8))
_SURVIVAL = f"""{CHOSEN_WALKS}
    SELECT GREATEST(0, floor(extract(epoch FROM
            CASE outcome WHEN 'ABANDONED' THEN since WHEN 'IN_PROGRESS' THEN :now
                ELSE COALESCE(last_done_at, started_at) END - started_at) / 86400))::int AS day,
        count(*) FILTER (WHERE outcome = 'ABANDONED'), count(*)
    FROM walks GROUP BY 1 ORDER BY 1"""
_GROUPS = {
    PathBy.ARCHETYPE: "archetype",
    PathBy.LEVEL: "level",
    PathBy.MONTH: f"date_trunc('month', {local('started_at')})::date",
}
_ACTIONS = f"""{CHOSEN_WALKS}
    SELECT action, count(*) FILTER (WHERE opened), count(*) FILTER (WHERE done),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY hours)
    FROM (
        SELECT unnest(actions) AS action, unnest(opened) AS opened, unnest(done) AS done, unnest(wait_hours) AS hours
        FROM walks
    ) step GROUP BY 1 ORDER BY 1"""
_ARCHETYPES = "SELECT archetype FROM desk.path_fact GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 50"


def funnel(session: Session, chosen: PathFilter, *, zone: ZoneInfo, now: datetime) -> tuple[FunnelDay, ...]:
    """Day 0 (the start) to day 7."""
    return tuple(FunnelDay(*row) for row in _rows(session, _FUNNEL, values(chosen, zone, now)))


def outcomes(session: Session, chosen: PathFilter, *, zone: ZoneInfo, now: datetime) -> Outcomes:
    """Where the paths stand at ``now``."""
    return Outcomes(*_rows(session, _OUTCOMES, values(chosen, zone, now))[0])


def survival(session: Session, chosen: PathFilter, *, zone: ZoneInfo, now: datetime) -> tuple[SurvivalPoint, ...]:
    """The share of clients that has not stopped, by whole days since the start (Kaplan and Meier)."""
    rows = _rows(session, _SURVIVAL, values(chosen, zone, now))
    at_risk, share, found = sum(row[2] for row in rows), 1.0, []
    for day, stopped, left_sight in rows:
        share *= 1 - stopped / at_risk
        found.append(SurvivalPoint(day, at_risk, stopped, share))
        at_risk -= left_sight
    return tuple(found)


def by(
    session: Session, chosen: PathFilter, dimension: PathBy, *, zone: ZoneInfo, now: datetime
) -> tuple[PathGroup, ...]:
    """Paths by what they share; archetypes by how many, levels and months in their order."""
    order = "2 DESC, 1" if dimension is PathBy.ARCHETYPE else "1"
    columns = f"{_GROUPS[dimension]}, count(*), {_COUNTED}, {_REACHED}"
    sql = f"{CHOSEN_WALKS} SELECT {columns} FROM walks GROUP BY 1 ORDER BY {order}"
    rows = _rows(session, sql, values(chosen, zone, now))
    return tuple(PathGroup(row[0], Outcomes(*row[2:6]), tuple(row[6:])) for row in rows)


def by_action(session: Session, chosen: PathFilter, *, zone: ZoneInfo, now: datetime) -> tuple[ActionRow, ...]:
    """The steps of the paths by their kind of action."""
    rows = _rows(session, _ACTIONS, values(chosen, zone, now))
    return tuple(ActionRow(PathActionType(row[0]), *row[1:]) for row in rows)


def insights(session: Session, period: Period, *, zone: ZoneInfo) -> tuple[InsightRow, ...]:
    """Read rate and time to read by category, of the insights made in the period."""
    rows = _rows(session, INSIGHTS_READ.sql, window(period, zone))
    return tuple(InsightRow(InsightCategory(row[0]), row[1], row[2], *(row[3] or (None, None))) for row in rows)


def chats(session: Session, period: Period, *, zone: ZoneInfo) -> Chats:
    """Conversations begun in the period."""
    row = _rows(session, CHATS.sql, window(period, zone))[0]
    return Chats(row.sessions, row.clients, int(row.messages or 0), row.buyers)


def list_archetypes(session: Session) -> tuple[str, ...]:
    """The archetypes that paths have, the most frequent first, at most 50."""
    return tuple(row[0] for row in _rows(session, _ARCHETYPES, {}))


def values(chosen: PathFilter, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The values that ``CHOSEN_WALKS`` takes."""
    return {
        **window(chosen.period, zone),
        "zone": zone.key,
        "levels": list(chosen.levels) or None,
        "archetypes": list(chosen.archetypes) or None,
        "now": naive(now),
        "silence": timedelta(days=chosen.silent_days),
    }


def _rows(session: Session, sql: str, bound: dict[str, Any]) -> list[Any]:
    return list(session.execute(text(sql), bound))
