"""Long tasks: carried forward step by step, stopped, resumed, and never done twice."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from dashboard.gateways.stripe import make_stripe
from dashboard.settings import Settings
from dashboard.workflows import tasks as workflow
from dashboard.workflows.tasks import run_task
from dashboard.workflows.work import Tools, Work
from lumira_db.actor import Actor, Role
from lumira_db.commands.tasks import Progress, TaskFacts, resume_task, start_task, stop_task
from lumira_db.engine import Database
from lumira_db.errors import EmailTaken, NotPermitted, TaskOver, TaskUnderWay
from lumira_db.models import SystemSetting, TaskKind, TaskState
from lumira_db.queries.tasks import TaskRow, find_task, list_tasks
from tests.factories import actor

KIND = TaskKind.TAG_CLIENTS
STEPS = 5


class Killed(BaseException):
    """The worker's end, in the middle of its work."""


def count_up(session: Session, task: TaskFacts, brought: Any) -> Progress:
    """Write one row per step; the key would clash if a step were ever repeated."""
    number = task.place.get("next", 1)
    session.add(SystemSetting(key=f"step-{number}", value=task.actor.name))
    return Progress(1, {"next": number + 1}, {"last": number}, total=STEPS, finished=number == STEPS)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "STEPS", {KIND: Work(count_up)})


@pytest.fixture
def tools(database: Database) -> Tools:
    storage: Any = None
    return Tools(database, storage, Settings(), make_stripe(Settings()))


def start(database: Database, who: Actor, **values: Any) -> UUID:
    with database.writing() as session:
        return start_task(session, who, KIND, **values)


def look(database: Database, task_id: UUID) -> TaskRow:
    with database.reading() as session:
        task = find_task(session, task_id)
    assert task is not None
    return task


def written(database: Database) -> set[str]:
    with database.reading() as session:
        return {row.key for row in session.query(SystemSetting)}


@pytest.mark.usefixtures("counting")
def test_a_task_runs_to_its_end_in_the_name_of_who_started_it(database: Database, tools: Tools) -> None:
    """Every step is done once, the count and the outcome are kept."""
    who = actor(Role.SUPPORT, name="Inès")
    task_id = start(database, who)
    assert look(database, task_id).state == TaskState.WAITING
    run_task(task_id, tools)
    task = look(database, task_id)
    assert (task.state, task.done, task.total, task.result) == (TaskState.DONE, STEPS, STEPS, {"last": STEPS})
    with database.reading() as session:
        assert {row.value for row in session.query(SystemSetting)} == {"Inès"}


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize("after", [1, 3])
def test_a_killed_task_goes_on_where_it_was(database: Database, tools: Tools, after: int) -> None:
    """What a step wrote and the place it left the task at were committed together."""
    task_id = start(database, actor(Role.SUPPORT))
    left = iter(range(after))

    def kill(_name: str) -> None:
        if next(left, None) is None:
            raise Killed

    with pytest.raises(Killed):
        run_task(task_id, tools, checkpoint=kill)
    assert look(database, task_id).state == TaskState.RUNNING
    assert len(written(database)) == after + 1
    run_task(task_id, tools)
    assert look(database, task_id).state == TaskState.DONE
    assert len(written(database)) == STEPS


@pytest.mark.usefixtures("counting")
def test_a_task_stops_between_two_steps_and_can_be_resumed(database: Database, tools: Tools) -> None:
    """Stopping leaves the work done so far; resuming does the rest."""
    who = actor(Role.SUPPORT)
    task_id = start(database, who)

    def stop(_name: str) -> None:
        with database.writing() as session:
            stop_task(session, who, task_id)

    run_task(task_id, tools, checkpoint=stop)
    task = look(database, task_id)
    assert (task.state, task.done, task.is_open) == (TaskState.STOPPED, 1, False)
    with database.writing() as session, pytest.raises(TaskOver):
        stop_task(session, who, task_id)
    with database.writing() as session:
        resume_task(session, who, task_id)
    run_task(task_id, tools)
    assert look(database, task_id).done == STEPS
    with database.writing() as session, pytest.raises(TaskOver):
        resume_task(session, who, task_id)


def test_one_at_a_time_for_one_subject(database: Database) -> None:
    """A second press is refused while the first task is not over; another subject is another task."""
    who = actor(Role.SUPPORT)
    start(database, who, subject="a")
    with database.writing() as session, pytest.raises(TaskUnderWay):
        start_task(session, who, KIND, subject="a")
    start(database, who, subject="b")
    with database.reading() as session:
        assert [task.subject for task in list_tasks(session, KIND)] == ["b", "a"]


def test_a_task_that_cannot_go_on_says_why(database: Database, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is shown in its words, a crash by its kind alone; the failed step left nothing behind."""

    def refuse(session: Session, task: TaskFacts, brought: Any) -> Progress:
        session.add(SystemSetting(key="half", value="done"))
        session.flush()
        raise EmailTaken(email="zoe@example.org")

    monkeypatch.setattr(workflow, "STEPS", {KIND: Work(refuse)})
    task_id = start(database, actor(Role.SUPPORT))
    run_task(task_id, tools)
    task = look(database, task_id)
    assert (task.state, task.error) == (TaskState.FAILED, "The address zoe@example.org is already in use.")
    assert written(database) == set()


def test_what_a_step_needs_from_outside_is_fetched_in_no_transaction(
    database: Database, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``outside`` runs before the step, and what it returns is given to it."""
    brought = []

    def outside(_tools: Tools, task: TaskFacts) -> str:
        # Nothing holds the task's row: somebody can stop it while another service is slow.
        if task.done:
            with database.writing() as session:
                stop_task(session, task.actor, task.id)
        return "parcel"

    def step(session: Session, task: TaskFacts, parcel: Any) -> Progress:
        brought.append(parcel)
        return Progress(1)

    monkeypatch.setattr(workflow, "STEPS", {KIND: Work(step, outside)})
    task_id = start(database, actor(Role.SUPPORT))
    run_task(task_id, tools)
    assert (look(database, task_id).state, brought) == (TaskState.STOPPED, ["parcel"])


def test_stopping_and_resuming_take_the_permission_of_the_task(database: Database) -> None:
    """An expert cannot interfere with what support started."""
    task_id = start(database, actor(Role.SUPPORT))
    for command in (stop_task, resume_task):
        with database.writing() as session, pytest.raises(NotPermitted):
            command(session, actor(Role.EXPERT), task_id)
