"""A long task on screen: how far it is, or how it ended."""

from collections.abc import Callable
from uuid import UUID

import streamlit as st

from dashboard.locale import _, number
from dashboard.views import cells
from lumira_db.queries.tasks import TaskRow
from lumira_db.states import TaskState

_MOMENTS = {
    TaskState.DONE: (":material/check_circle:", st.success),
    TaskState.STOPPED: (":material/pause_circle:", st.info),
    TaskState.FAILED: (":material/error:", st.error),
}


def moving(task: TaskRow, *, stop: Callable[[UUID], None]) -> None:
    """The bar, and the way to stop."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(_share(task), text=_said(task))
        st.button(
            _("Stop"),
            key=f"task.stop.{task.id}",
            icon=":material/stop_circle:",
            disabled=task.state == TaskState.STOPPING,
            on_click=stop,
            args=(task.id,),
        )


def ended(task: TaskRow, outcome: str, *, resume: Callable[[UUID], None]) -> None:
    """What came of it; what was stopped or failed can go on."""
    icon, box = _MOMENTS[task.state]
    when = cells.ago_text(task.ended_at) if task.ended_at else ""
    box(_outcome(task, outcome).removesuffix(".") + (f" · {when}" if when else "."), icon=icon)
    if task.state != TaskState.DONE:
        st.button(_("Resume"), key=f"task.resume.{task.id}", icon=":material/resume:", on_click=resume, args=(task.id,))


def _outcome(task: TaskRow, outcome: str) -> str:
    if task.state == TaskState.FAILED:
        return _("It could not go on: {problem}").format(problem=task.error or "?")
    if task.state == TaskState.STOPPED:
        return _("Stopped after {done}. {outcome}").format(done=number(task.done), outcome=outcome)
    return outcome


def _share(task: TaskRow) -> float:
    return min(1.0, task.done / task.total) if task.total else 0.0


def _said(task: TaskRow) -> str:
    if task.state == TaskState.WAITING:
        return _("It is about to begin…")
    if task.state == TaskState.STOPPING:
        return _("It stops after the step it is at…")
    if task.total is None:
        return _("{done} done").format(done=number(task.done))
    return _("{done} of {total}").format(done=number(task.done), total=number(task.total))
