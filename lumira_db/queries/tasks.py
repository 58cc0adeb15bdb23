"""Long tasks as screens show them, and those that no worker carries forward any more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.models import Task, TaskKind, TaskState

_OPEN = (TaskState.WAITING, TaskState.RUNNING, TaskState.STOPPING)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task on screen; moments in UTC. ``total`` is None while it is not known."""

    id: UUID
    kind: TaskKind
    subject: str
    state: TaskState
    done: int
    total: int | None
    result: dict[str, Any]
    arguments: dict[str, Any]
    error: str | None
    started_by_name: str
    started_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN


def find_task(session: Session, task_id: UUID) -> TaskRow | None:
    """The task, or None."""
    task = session.get(Task, task_id, populate_existing=True)
    return None if task is None else _row(task)


def list_tasks(session: Session, *kinds: TaskKind, subject: str | None = None, limit: int = 10) -> tuple[TaskRow, ...]:
    """The latest tasks of these kinds, the newest first."""
    query = select(Task).where(Task.kind.in_(kinds)).order_by(Task.started_at.desc(), Task.id).limit(limit)
    if subject is not None:
        query = query.where(Task.subject == subject)
    return tuple(_row(task) for task in session.scalars(query))


def list_lost_tasks(session: Session, before: datetime, *, limit: int = 20) -> tuple[UUID, ...]:
    """Open tasks without a sign of life since ``before`` (UTC): their worker may have died between two steps."""
    query = select(Task.id).where(Task.state.in_(_OPEN), Task.updated_at < before).order_by(Task.updated_at)
    return tuple(session.scalars(query.limit(limit)))


def _row(task: Task) -> TaskRow:
    return TaskRow(
        id=task.id,
        kind=TaskKind(task.kind),
        subject=task.subject,
        state=TaskState(task.state),
        done=task.done,
        total=task.total,
        result=task.result,
        arguments=task.arguments,
        error=task.error,
        started_by_name=task.started_by_name,
        started_at=task.started_at,
        ended_at=task.ended_at,
    )
