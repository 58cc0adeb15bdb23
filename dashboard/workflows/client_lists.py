"""Acts on many clients, as the worker does them."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashboard import filters
from dashboard.workflows.work import Tools, Work
from lumira_db.commands.bulk import bulk_step, rename_step, undo_step
from lumira_db.commands.tasks import Progress, TaskFacts
from lumira_db.queries.bulk import Whom


def _zone(tools: Tools, _task: TaskFacts) -> ZoneInfo:
    return ZoneInfo(tools.settings.timezone)


def _step(session: Session, task: TaskFacts, zone: Any) -> Progress:
    # Whom the task is about is read from the address that the person had before them.
    ids = task.arguments["ids"]
    chosen = filters.client_filter(filters.read(task.arguments["query"]))
    return bulk_step(session, task, Whom(chosen, None if ids is None else tuple(ids)), zone)


BULK = Work(_step, _zone)
RENAME = Work(rename_step)
UNDO = Work(undo_step)
