"""The seven-day path in figures, insights and chats. What is meant is chosen by the day on which a path was started,
an insight made or a chat begun."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lumira_db.enums import InsightCategory, PathActionType
from lumira_db.metrics.paths import CHATS, INSIGHTS_READ, OUTCOME
from lumira_db.periods import Grain, Period
from lumira_db.queries.buyers import count_until
from lumira_db.queries.facts import local, naive, statement, whole, window
from lumira_db.queries.spans import spans

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

_ARE = ("done", "in_progress", "abandoned", "locked")
_REACHED = tuple(f"reached_{day}" for day in range(1, 8))
_STANDING = ", ".join(("day", "level", "archetype", "paths", *_ARE, *_REACHED))
_LEVELS_OF = "(CAST(:levels AS int[]) IS NULL OR level = ANY (CAST(CAST(:levels AS int[]) AS text[])))"
_ARCHETYPES_OF = "(CAST(:archetypes AS text[]) IS NULL OR archetype = ANY (CAST(:archetypes AS text[])))"
# Paths that are open and not for too long. The sums do not know what time it is: there they count as abandoned.
_RECENT = f"""recent AS (
        SELECT started_at, since, level, archetype FROM desk.path_fact
        WHERE open_day IS NOT NULL AND since >= :now - :silence AND {_MEANT}
    )"""


def _by_days(name: str, columns: str, where: str = "true") -> str:
    """SQL of the sums of a period: its whole months, and the days around them."""
    return f"""
        SELECT day, {columns} FROM desk.{name}_day WHERE day >= :first AND day < :whole_from AND {where}
        UNION ALL
        SELECT month, {columns} FROM desk.{name}_month WHERE month >= :whole_from AND month < :whole_to AND {where}
        UNION ALL
        SELECT day, {columns} FROM desk.{name}_day WHERE day >= :whole_to AND day <= :last AND {where}"""


_SUMMED = f"""
        SELECT day, NULLIF(level, '')::int AS level, archetype, paths, done, 0 AS in_progress,
            paths - done - locked AS abandoned, locked, {", ".join(_REACHED)}
        FROM ({
    _by_days(
        "path",
        f"level, archetype, paths, done, locked, {', '.join(_REACHED)}",
        f"{_LEVELS_OF} AND {_ARCHETYPES_OF}",
    )
}) summed"""
_STANDS = f"""WITH {_RECENT}, stands AS ({_SUMMED}
        UNION ALL
        SELECT {local("started_at")}::date, level, archetype, 0, 0, 1, -1, 0, {", ".join("0" for _ in _REACHED)}
        FROM recent
    )"""
"""The paths that a filter of whole days means, as ``stands``."""
_EACH = f"""{CHOSEN_WALKS}, stands AS (
        SELECT {local("started_at")}::date AS day, level, archetype, 1 AS paths,
            {", ".join(f"(outcome = '{outcome}')::int AS {outcome.lower()}" for outcome in Outcome)},
            {", ".join(f"(days_done >= {day})::int AS reached_{day}" for day in range(1, 8))}
        FROM walks
    )"""
_ADDED = ", ".join(f"COALESCE(sum({name}), 0)::bigint" for name in (*_ARE, *_REACHED))
# Spans are to the minute, one that was begun counting whole (``queries.spans``).
_MINUTES = "ceil(hours * 60 - 0.000001)"
_GAPS = f"""{CHOSEN_WALKS}
    SELECT day, percentile_cont(0.5) WITHIN GROUP (ORDER BY {_MINUTES}) / 60,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY {_MINUTES}) / 60
    FROM walks, unnest(gap_hours) WITH ORDINALITY AS g (hours, day) GROUP BY day"""
DAYS_SEEN = "GREATEST(0, floor(extract(epoch FROM {} - started_at) / 86400))::int"
"""SQL: the whole days from the start of a path until a moment."""
_SIGHT = f"""WITH {_RECENT}
    SELECT days, COALESCE(sum(paths) FILTER (WHERE is_open), 0)::bigint, sum(paths)::bigint FROM (
        {_by_days("sight", "days, is_open, paths")}
        UNION ALL SELECT NULL, {DAYS_SEEN.format("since")}, true, -1 FROM recent
        UNION ALL SELECT NULL, {DAYS_SEEN.format(":now")}, false, 1 FROM recent
    ) seen GROUP BY 1 HAVING sum(paths) > 0 ORDER BY 1"""
_UNTIL = """CASE outcome WHEN 'ABANDONED' THEN since WHEN 'IN_PROGRESS' THEN :now
                ELSE COALESCE(last_done_at, started_at) END"""
_SIGHT_EACH = f"""{CHOSEN_WALKS}
    SELECT {DAYS_SEEN.format(_UNTIL)}, count(*) FILTER (WHERE outcome = 'ABANDONED'), count(*)
    FROM walks GROUP BY 1 ORDER BY 1"""
_GROUPS = {
    PathBy.ARCHETYPE: "archetype",
    PathBy.LEVEL: "level",
    PathBy.MONTH: "date_trunc('month', day::timestamp)::date",
}
_ACTIONS = f"""
    SELECT action, sum(opened)::bigint, sum(done)::bigint
    FROM ({_by_days("step", "action, steps, opened, done")}) summed
    GROUP BY 1 HAVING sum(steps) > 0 ORDER BY 1"""
_ACTIONS_EACH = f"""{CHOSEN_WALKS}
    SELECT action, count(*) FILTER (WHERE opened), count(*) FILTER (WHERE done),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY {_MINUTES}) / 60
    FROM (
        SELECT unnest(actions) AS action, unnest(opened) AS opened, unnest(done) AS done, unnest(wait_hours) AS hours
        FROM walks
    ) step GROUP BY 1 ORDER BY 1"""
_ARCHETYPES = "SELECT archetype FROM desk.path_fact GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 50"


def funnel(session: Session, chosen: PathFilter, *, zone: ZoneInfo, now: datetime) -> tuple[FunnelDay, ...]:
    """Day 0 (the start) to day 7."""
    bound = _bound(chosen, zone, now)
    row = _rows(session, f"{_stands(chosen)} SELECT COALESCE(sum(paths), 0)::bigint, {_ADDED} FROM stands", bound)[0]
    if _is_summed(chosen):
        gaps = {int(part): took.hours for part, took in spans(session, "gap", chosen.period).items()}
    else:
        gaps = {day: (median, p90) for day, median, p90 in _rows(session, _GAPS, bound)}
    reached = (row[0], *row[1 + len(_ARE) :])
    return tuple(FunnelDay(day, count, *gaps.get(day, (None, None))) for day, count in enumerate(reached))


def outcomes(session: Session, chosen: PathFilter, *, zone: ZoneInfo, now: datetime) -> Outcomes:
    """Where the paths stand at ``now``."""
    row = _rows(session, f"{_stands(chosen)} SELECT {_ADDED} FROM stands", _bound(chosen, zone, now))[0]
    return Outcomes(*row[: len(_ARE)])


def survival(session: Session, chosen: PathFilter, *, zone: ZoneInfo, now: datetime) -> tuple[SurvivalPoint, ...]:
    """The share of clients that has not stopped, by whole days since the start (Kaplan and Meier)."""
    rows = _rows(session, _SIGHT if _is_summed(chosen) else _SIGHT_EACH, _bound(chosen, zone, now))
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
    columns = f"{_GROUPS[dimension]}, sum(paths), {_ADDED}"
    sql = f"{_stands(chosen)} SELECT {columns} FROM stands GROUP BY 1 HAVING sum(paths) > 0 ORDER BY {order}"
    rows = _rows(session, sql, _bound(chosen, zone, now))
    return tuple(PathGroup(row[0], Outcomes(*row[2:6]), tuple(row[6:])) for row in rows)


def by_action(session: Session, chosen: PathFilter, *, zone: ZoneInfo, now: datetime) -> tuple[ActionRow, ...]:
    """The steps of the paths by their kind of action."""
    bound = _bound(chosen, zone, now)
    if not _is_summed(chosen):
        return tuple(ActionRow(PathActionType(row[0]), *row[1:]) for row in _rows(session, _ACTIONS_EACH, bound))
    waits = {part: took.hours[0] for part, took in spans(session, "wait", chosen.period).items()}
    rows = _rows(session, _ACTIONS, bound)
    return tuple(ActionRow(PathActionType(row[0]), row[1], row[2], waits.get(row[0])) for row in rows)


def _bound(chosen: PathFilter, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The values that the sums take too."""
    whole_from, whole_to = whole(chosen.period, Grain.MONTH)
    days = {"first": chosen.first, "last": chosen.last, "whole_from": whole_from, "whole_to": whole_to}
    return values(chosen, zone, now) | days


def _stands(chosen: PathFilter) -> str:
    return _STANDS if chosen.until is None else _EACH


def _is_summed(chosen: PathFilter) -> bool:
    """Whether all paths are meant, which is what times are added up of."""
    return chosen.until is None and not chosen.levels and not chosen.archetypes


def insights(session: Session, period: Period, *, zone: ZoneInfo) -> tuple[InsightRow, ...]:
    """Read rate and time to read by category, of the insights made in the period."""
    rows = _rows(session, INSIGHTS_READ.sql, window(period, zone))
    return tuple(InsightRow(InsightCategory(row[0]), row[1], row[2], *(row[3] or (None, None))) for row in rows)


def chats(session: Session, period: Period, *, zone: ZoneInfo) -> Chats:
    """Conversations begun in the period."""
    row = _rows(session, CHATS.sql, window(period, zone))[0]
    return Chats(row.sessions, row.clients, int(row.messages or 0), count_until(session, period, zone=zone))


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
    return list(session.execute(statement(sql), bound))
