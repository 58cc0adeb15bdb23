"""Long tasks: started, stopped and resumed by a person, carried forward step by step by the worker.

A step and the place it leaves the task at are one transaction: whatever the worker dies at, the next one
goes on exactly there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.errors import RecordNotFound, TaskOver, TaskUnderWay, UndoneAlready
from lumira_db.jobs import defer
from lumira_db.models import Task, TaskKind, TaskState
from lumira_db.permissions import Permission, require

TASK = "lumira.task"
PERMISSIONS: Mapping[TaskKind, Permission] = {
    TaskKind.TAG_CLIENTS: Permission.EDIT_CLIENTS,
    TaskKind.ASSIGN_REF_IDS: Permission.EDIT_CLIENTS,
    TaskKind.UNDO: Permission.EDIT_CLIENTS,
    TaskKind.RENAME_TAG: Permission.MANAGE_CLIENTS,
    TaskKind.ERASE_CLIENT: Permission.ERASE_CLIENTS,
    TaskKind.BACKFILL_REF_IDS: Permission.MANAGE_CLIENTS,
    TaskKind.RECONCILE: Permission.MANAGE_PAYMENTS,
}
"""What it takes to start, stop or resume a task of each kind. A narrower rule is the business of the command
that starts it."""
OPEN = (TaskState.WAITING, TaskState.RUNNING, TaskState.STOPPING)


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A task as its step sees it."""

    id: UUID
    kind: TaskKind
    subject: str
    actor: Actor
    arguments: Mapping[str, Any]
    place: Mapping[str, Any]
    result: Mapping[str, Any]
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """What one step achieved: ``done`` more units, where the next step begins, what is known so far.

    ``result`` replaces what was there; ``total`` is set when it has become known.
    """

    done: int = 0
    place: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    total: int | None = None
    finished: bool = False


def start_task(
    session: Session,
    actor: Actor,
    kind: TaskKind,
    *,
    subject: str = "",
    arguments: Mapping[str, Any] | None = None,
    total: int | None = None,
) -> UUID:
    """Write the task down and hand it to the worker, in the caller's transaction.

    Raises ``NotPermitted``, and ``TaskUnderWay`` while another one of this kind and subject is not over.
    """
    require(actor, PERMISSIONS[kind])
    started: UUID | None = session.scalar(
        insert(Task)
        .values(
            kind=kind,
            subject=subject,
            state=TaskState.WAITING,
            arguments=dict(arguments or {}),
            place={},
            result={},
            done=0,
            total=total,
            started_by=actor.id,
            started_by_name=actor.name,
            started_by_role=actor.role,
            started_at=utcnow(),
            updated_at=utcnow(),
        )
        .on_conflict_do_nothing()
        .returning(Task.id)
    )
    if started is None:
        raise TaskUnderWay
    after = {"kind": kind, "subject": subject, "total": total}
    audit.record(session, actor, "task.start", "task", str(started), after=after)
    schedule(session, started)
    return started


def stop_task(session: Session, actor: Actor, task_id: UUID) -> None:
    """Ask the task to stop after the step it is at. Raises ``TaskOver`` when there is nothing to stop."""
    task = _lock(session, task_id)
    require(actor, PERMISSIONS[TaskKind(task.kind)])
    if task.state not in OPEN:
        raise TaskOver
    task.state = TaskState.STOPPING
    task.updated_at = utcnow()
    audit.record(session, actor, "task.stop", "task", str(task.id), after={"kind": task.kind, "done": task.done})
    schedule(session, task.id)


def resume_task(session: Session, actor: Actor, task_id: UUID) -> None:
    """Go on with a task that was stopped or failed, where it was. Raises ``TaskOver``, ``TaskUnderWay``, and
    ``UndoneAlready`` when what it did was taken back: the rest alone is nobody's wish."""
    task = _lock(session, task_id)
    require(actor, PERMISSIONS[TaskKind(task.kind)])
    if task.state not in (TaskState.STOPPED, TaskState.FAILED):
        raise TaskOver
    undone = select(Task.id).where(Task.kind == TaskKind.UNDO, Task.subject == str(task_id))
    if session.scalar(undone.limit(1)) is not None:
        raise UndoneAlready
    other = select(Task.id).where(Task.kind == task.kind, Task.subject == task.subject, Task.state.in_(OPEN))
    if session.scalar(other.limit(1)) is not None:
        raise TaskUnderWay
    task.state, task.error, task.ended_at, task.updated_at = TaskState.WAITING, None, None, utcnow()
    audit.record(session, actor, "task.resume", "task", str(task.id), after={"kind": task.kind, "done": task.done})
    schedule(session, task.id)


def schedule(session: Session, task_id: UUID) -> None:
    """Give the worker a job for the task, unless one waits already."""
    defer(session, TASK, {"task_id": str(task_id)}, queueing_lock=f"task:{task_id}")


def begin_step(session: Session, task_id: UUID) -> TaskFacts | None:
    """The task, locked for its next step; None when it is over, or was asked to stop (which it then is)."""
    task = _lock(session, task_id)
    if task.state == TaskState.STOPPING:
        _end(task, TaskState.STOPPED)
    if task.state not in (TaskState.WAITING, TaskState.RUNNING):
        return None
    task.state = TaskState.RUNNING
    return facts(task)


def end_step(session: Session, task_id: UUID, progress: Progress) -> None:
    """Keep what a step achieved, in the transaction of the step."""
    task = _lock(session, task_id)
    task.done += progress.done
    task.place = dict(progress.place)
    task.updated_at = utcnow()
    if progress.result is not None:
        task.result = dict(progress.result)
    if progress.total is not None:
        task.total = progress.total
    if progress.finished:
        _end(task, TaskState.DONE)


def fail_task(session: Session, task_id: UUID, problem: str) -> None:
    """The task cannot go on; somebody has to look at it. ``problem`` is a text fit to show."""
    task = _lock(session, task_id)
    if task.state in OPEN:
        task.error = problem
        _end(task, TaskState.FAILED)


def facts(task: Task) -> TaskFacts:
    """The row as its step, or a screen, sees it."""
    role = Role(task.started_by_role) if task.started_by_role else None
    return TaskFacts(
        id=task.id,
        kind=TaskKind(task.kind),
        subject=task.subject,
        actor=Actor(id=task.started_by, name=task.started_by_name, email="", role=role),
        arguments=task.arguments,
        place=task.place,
        result=task.result,
        done=task.done,
        total=task.total,
    )


def _end(task: Task, state: TaskState) -> None:
    task.state = state
    task.ended_at = task.updated_at = utcnow()


def _lock(session: Session, task_id: UUID) -> Task:
    task = session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise RecordNotFound(id=task_id)
    return task
