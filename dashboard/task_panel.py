"""A long task on a screen: it shows itself moving, can be stopped and resumed, and says how it ended."""

from collections.abc import Callable
from uuid import UUID

import streamlit as st

from dashboard import reads
from dashboard.acts import attempt
from dashboard.here import here
from dashboard.views import tasks as view
from lumira_db.commands import tasks
from lumira_db.queries.tasks import TaskRow
from lumira_db.states import TaskKind

_EVERY_SECONDS = 1


def latest(*kinds: TaskKind, subject: str | None = None, outcome: Callable[[TaskRow], str]) -> TaskRow | None:
    """The newest task of these kinds, about ``subject`` if given. ``outcome`` says in a sentence what a task
    that ended has done."""
    found = reads.latest_task(*kinds, subject=subject)
    return None if found is None else show(found.id, outcome=outcome)


def show(task_id: UUID, *, outcome: Callable[[TaskRow], str]) -> TaskRow | None:
    """One task, as it was when it was drawn. When it ends, the screen around it runs again: what it shows has
    changed."""
    task = reads.task(task_id)
    if task is None:
        return None
    if not task.is_open:
        view.ended(task, outcome(task), resume=_resume)
        return task

    @st.fragment(run_every=_EVERY_SECONDS)
    def moving() -> None:
        here()
        now = reads.task(task_id)
        if now is None or not now.is_open:
            st.rerun()
        else:
            view.moving(now, stop=_stop)

    moving()
    return task


def _stop(task_id: UUID) -> None:
    attempt(lambda s, a: tasks.stop_task(s, a, task_id))


def _resume(task_id: UUID) -> None:
    attempt(lambda s, a: tasks.resume_task(s, a, task_id))
