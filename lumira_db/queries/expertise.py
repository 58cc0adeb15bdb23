"""Who decides what, how long a reading takes them and how much of it they change; what fails around them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lumira_db.enums import DeliveryFormat
from lumira_db.metrics.operations import DELIVERIES, GENERATOR_FAILURES
from lumira_db.periods import Grain
from lumira_db.queries.facts import local, statement, window
from lumira_db.queries.operations import MEANT, WorkFilter, values
from lumira_db.states import DeliveryState


class Decision(StrEnum):
    """A decision on a reading, as the audit names it."""

    APPROVE = "order.approve"
    REVISE = "order.request_revision"
    REJECT = "order.reject"


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """How many readings of one level one expert decided on; each counts once for every kind of decision."""

    staff_id: str
    staff_name: str
    level: int
    approved: int
    revised: int
    rejected: int

    @property
    def decisions(self) -> int:
        return self.approved + self.revised + self.rejected


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Why readings were sent back or refused, in the expert's words, and how many in these words. ``key`` stands for
    the words where they are too long to be passed on."""

    decision: Decision
    reason: str
    count: int
    key: str


@dataclass(frozen=True, slots=True)
class ApprovalPoint:
    """Readings that one expert approved in one bucket, or (``start`` is None) in the whole period."""

    start: date | None
    staff_id: str
    staff_name: str
    approved: int


@dataclass(frozen=True, slots=True)
class PaceRow:
    """How long a reading takes an expert: median minutes from taking it to approving it, over ``readings``."""

    staff_id: str
    staff_name: str
    readings: int
    median_minutes: float


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """How much of the generated words an expert replaced: ``changed`` of ``words`` in ``readings``."""

    staff_id: str
    readings: int
    changed: int
    words: int

    @property
    def share(self) -> float | None:
        return self.changed / self.words if self.words else None


@dataclass(frozen=True, slots=True)
class FailureRow:
    """Requests to the generator that failed with the same words (digits as ``#``), and the orders they were for."""

    error: str
    requests: int
    orders: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """Deliveries by channel, what became of them, and the last error (digits as ``#``, ``""``: none)."""

    channel: DeliveryFormat
    state: DeliveryState
    error: str
    deliveries: int


_MOST_REASONS = 30
_DECIDED = f"""
    WITH decided AS (
        SELECT a.id, a.at AT TIME ZONE 'UTC' AS at, a.actor_id, a.actor_name, a.action, a.reason, a.subject_id, o.level
        FROM desk.audit a JOIN "Order" o ON o.id = a.subject_id
        WHERE a.action IN ('order.approve', 'order.request_revision', 'order.reject')
          AND a.at >= CAST(:start AS timestamp) AT TIME ZONE 'UTC' AND a.at < CAST(:end AS timestamp) AT TIME ZONE 'UTC'
          AND {MEANT} AND (CAST(:staff_id AS text) IS NULL OR a.actor_id = :staff_id)
    )"""
_READINGS = ", ".join(
    f"count(DISTINCT subject_id) FILTER (WHERE action = '{decision.value}')"
    for decision in (Decision.APPROVE, Decision.REVISE, Decision.REJECT)
)
_DECISIONS = f"""{_DECIDED}
    SELECT actor_id, max(actor_name), level, {_READINGS} FROM decided GROUP BY actor_id, level ORDER BY 2, 1, 3"""
_DECIDED_ON = f"{_DECIDED} SELECT {_READINGS} FROM decided"
_REASONS = f"""{_DECIDED}
    SELECT action, min(btrim(reason)), count(DISTINCT subject_id), md5(lower(btrim(reason))) FROM decided
    WHERE action <> 'order.approve' AND btrim(reason) <> ''
    GROUP BY action, lower(btrim(reason)) ORDER BY 3 DESC, 1, 2 LIMIT {_MOST_REASONS}"""
_APPROVALS = f"""{_DECIDED}
    SELECT start, actor_id, max(actor_name), count(DISTINCT subject_id)
    FROM (SELECT date_trunc(:grain, {local("at")})::date AS start, * FROM decided WHERE action = 'order.approve') d
    GROUP BY GROUPING SETS ((start, actor_id), (actor_id)) ORDER BY 1, 3, 2"""
_PACE = f"""{_DECIDED}
    SELECT d.actor_id, max(d.actor_name), count(*),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.at - t.at)::float8 / 60)
    FROM decided d
    JOIN LATERAL (
        SELECT max(t.at AT TIME ZONE 'UTC') AS at FROM desk.audit t
        WHERE t.subject_id = d.subject_id AND t.actor_id = d.actor_id AND t.id < d.id
          AND t.action IN ('order.take', 'order.take_over')
    ) t ON t.at > d.at - interval '8 hours'
    WHERE d.action = 'order.approve' GROUP BY d.actor_id ORDER BY 2, 1"""
# The order is asked for where its level is of matter.
_CHANGED = f"""
    SELECT author_id, count(*), sum(changed_words), sum(words) FROM desk.reading_version
    WHERE origin = 'APPROVED' AND changed_words IS NOT NULL
      AND created_at >= CAST(:start AS timestamp) AT TIME ZONE 'UTC'
      AND created_at < CAST(:end AS timestamp) AT TIME ZONE 'UTC'
      AND (CAST(:staff_id AS text) IS NULL OR author_id = :staff_id)
      AND (CAST(:levels AS int[]) IS NULL OR order_id IN (SELECT id FROM "Order" WHERE {MEANT}))
    GROUP BY author_id"""


def decisions(session: Session, chosen: WorkFilter, *, zone: ZoneInfo) -> tuple[DecisionRow, ...]:
    """Decisions taken in the period by expert and level: their rates of revision and rejection."""
    return tuple(DecisionRow(*row) for row in _rows(session, _DECISIONS, values(chosen, zone)))


def decided_on(session: Session, chosen: WorkFilter, *, zone: ZoneInfo) -> tuple[int, int, int]:
    """The readings approved, sent back and rejected in the period by anybody, each counted once for each of these."""
    [(approved, revised, rejected)] = _rows(session, _DECIDED_ON, values(chosen, zone))
    return approved, revised, rejected


def reasons(session: Session, chosen: WorkFilter, *, zone: ZoneInfo) -> tuple[ReasonRow, ...]:
    """The most frequent reasons of revisions and rejections."""
    return tuple(ReasonRow(Decision(row[0]), *row[1:]) for row in _rows(session, _REASONS, values(chosen, zone)))


def approvals(session: Session, chosen: WorkFilter, grain: Grain, *, zone: ZoneInfo) -> tuple[ApprovalPoint, ...]:
    """Readings approved by expert, over time and in all."""
    return tuple(
        ApprovalPoint(*row)
        for row in _rows(session, _APPROVALS, values(chosen, zone) | {"grain": grain.value, "zone": zone.key})
    )


def pace(session: Session, chosen: WorkFilter, *, zone: ZoneInfo) -> tuple[PaceRow, ...]:
    """Median minutes per reading, by expert."""
    return tuple(PaceRow(*row) for row in _rows(session, _PACE, values(chosen, zone)))


def text_changed(session: Session, chosen: WorkFilter, *, zone: ZoneInfo) -> tuple[ChangeRow, ...]:
    """How much of the generated text experts replaced before they approved it."""
    return tuple(ChangeRow(*row) for row in _rows(session, _CHANGED, values(chosen, zone)))


def generator_failures(session: Session, chosen: WorkFilter, *, zone: ZoneInfo) -> tuple[FailureRow, ...]:
    """Failed requests to the generator, the most frequent error first."""
    rows = _rows(session, GENERATOR_FAILURES.sql, window(chosen.period, zone))
    return tuple(FailureRow(*row) for row in rows)


def deliveries(session: Session, chosen: WorkFilter, *, zone: ZoneInfo) -> tuple[DeliveryRow, ...]:
    """Deliveries planned in the period, by channel and outcome."""
    rows = _rows(session, DELIVERIES.sql, window(chosen.period, zone))
    return tuple(DeliveryRow(DeliveryFormat(row[0]), DeliveryState(row[1]), *row[2:]) for row in rows)


def _rows(session: Session, sql: str, bound: dict[str, Any]) -> list[Any]:
    return list(session.execute(statement(sql), bound))
