"""Carrying long tasks forward: one step a transaction, until they end, are stopped, or cannot go on."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dashboard.workflows import client_lists
from dashboard.workflows.checkpoints import Checkpoint, passed
from dashboard.workflows.erase import ERASE
from dashboard.workflows.guard import only_one
from dashboard.workflows.reconcile import RECONCILE
from dashboard.workflows.work import Tools, Work
from lumira_db.commands.ref_ids import backfill_step
from lumira_db.commands.tasks import TaskFacts, begin_step, end_step, fail_task
from lumira_db.errors import Refusal
from lumira_db.models import TaskKind

logger = logging.getLogger(__name__)


STEPS: Mapping[TaskKind, Work] = {
    TaskKind.BACKFILL_REF_IDS: Work(backfill_step),
    TaskKind.TAG_CLIENTS: client_lists.BULK,
    TaskKind.ASSIGN_REF_IDS: client_lists.BULK,
    TaskKind.UNDO: client_lists.UNDO,
    TaskKind.RENAME_TAG: client_lists.RENAME,
    TaskKind.ERASE_CLIENT: ERASE,
    TaskKind.RECONCILE: RECONCILE,
}


def run_task(task_id: UUID, tools: Tools, *, checkpoint: Checkpoint = passed) -> None:
    """Carry the task forward until it is over; a no-op while another worker does.

    Raises ``DBAPIError`` when the database is away: the task stays open, the sweep comes back to it.
    """
    with only_one(tools.database, f"task:{task_id}") as guard:
        if guard is None:
            return
        try:
            while _step(task_id, tools):
                checkpoint("stepped")
                guard.check()
        except DBAPIError as problem:
            if problem.connection_invalidated or not _is_data_problem(problem):
                raise
            _fail(task_id, tools, problem)
        except Exception as problem:
            _fail(task_id, tools, problem)


def _step(task_id: UUID, tools: Tools) -> bool:
    with tools.database.writing() as session:
        task = begin_step(session, task_id)
        if task is None:
            return False
        work = STEPS[task.kind]
        if work.outside is None:
            return _advance(session, work, task, None)
    brought = work.outside(tools, task)
    with tools.database.writing() as session:
        task = begin_step(session, task_id)
        return task is not None and _advance(session, work, task, brought)


def _advance(session: Session, work: Work, task: TaskFacts, brought: Any) -> bool:
    progress = work.step(session, task, brought)
    end_step(session, task.id, progress)
    return not progress.finished


def _is_data_problem(problem: DBAPIError) -> bool:
    state = getattr(problem.orig, "sqlstate", None) or ""
    # Connection trouble (08), lack of resources (53), shutdown (57) and lost races (40) pass by themselves.
    return not state.startswith(("08", "53", "57", "40")) and state != ""


def _fail(task_id: UUID, tools: Tools, problem: Exception) -> None:
    if not isinstance(problem, Refusal):
        logger.error("task crashed", extra={"task": str(task_id)}, exc_info=problem)
    said = str(problem) if isinstance(problem, Refusal) else type(problem).__name__
    with tools.database.writing() as session:
        fail_task(session, task_id, said)
