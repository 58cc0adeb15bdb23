"""Acts on many clients: what was foreseen happens, once, client by client, and can be taken back to the letter."""

from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from dashboard.gateways.storage import make_storage
from dashboard.gateways.stripe import make_stripe
from dashboard.settings import Settings
from dashboard.workflows.tasks import run_task
from dashboard.workflows.work import Tools
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands import bulk
from lumira_db.commands.client_summaries import rebuild_all
from lumira_db.commands.tasks import resume_task, stop_task
from lumira_db.engine import Database
from lumira_db.errors import InvalidInput, NothingToDo, NotPermitted, RecordNotFound, TaskUnderWay, UndoneAlready
from lumira_db.models import AuditEntry, Client
from lumira_db.queries.bulk import BulkAct, Whom, preview, preview_tag
from lumira_db.queries.client_list import ClientListFilter
from lumira_db.queries.client_summaries import compare_clients, compare_tags
from lumira_db.queries.client_tags import Tag, list_tags
from lumira_db.queries.tasks import TaskRow, find_task
from lumira_db.states import TaskState
from lumira_db.tagging import added, clean_tag, removed, renamed
from tests.factories import NOON, actor, make_client

PARIS = ZoneInfo("Europe/Paris")
TAGS = {"c1": ["vip", "lyon"], "c2": ["lyon"], "c3": None, "c4": ["presse"], "c5": ["vip"]}


@pytest.fixture
def desk(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Five clients, the latest first by id, and steps of two clients."""
    monkeypatch.setattr(bulk, "STEP", 2)
    with database.writing() as session:
        for number, (one, tags) in enumerate(TAGS.items()):
            moment = NOON.replace(year=2025 + number % 2, hour=20 - number)
            make_client(session, id=one, email=f"{one}@example.org", tags=tags, created_at=moment)
        rebuild_all(session)
    return database


def run(database: Database, task_id: UUID) -> TaskRow:
    """Let the worker carry the task to its end."""
    options = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "_env_file": None}
    settings = Settings(**options)  # type: ignore[arg-type]
    run_task(task_id, Tools(database, make_storage(settings), settings, make_stripe(settings)))
    with database.reading() as session:
        found = find_task(session, task_id)
        assert found is not None
        assert found.state is TaskState.DONE, found.error
        assert [one for _, some in compare_clients(session) for one in some] == []
        assert compare_tags(session) == []
        return found


def start(
    database: Database, who: Actor, act: BulkAct, *tags: str, query: str = "", ids: list[str] | None = None
) -> UUID:
    with database.writing() as session:
        return bulk.start_bulk(session, who, act, query=query, total=5, ids=ids, tags=tags)


def tags_now(database: Database) -> dict[str, list[str] | None]:
    with database.reading() as session:
        return {one: session.get_one(Client, one).tags for one in TAGS}


def traces(database: Database, action: str) -> list[str]:
    with database.reading() as session:
        return [row.subject_id for row in session.query(AuditEntry).filter_by(action=action).order_by(AuditEntry.id)]


def test_all_that_match_are_changed_and_given_back(desk: Database) -> None:
    """One entry of the audit for each client that changed; those who had the tag are left alone."""
    who = actor(Role.SUPPORT)
    task = run(desk, start(desk, who, BulkAct.ADD_TAGS, "lyon", "2026", query="tag=vip&tag=presse"))
    assert task.result == {"changed": 3, "seen": 3}
    changed = {"c1": ["vip", "lyon", "2026"], "c4": ["presse", "lyon", "2026"], "c5": ["vip", "lyon", "2026"]}
    assert tags_now(desk) == TAGS | changed
    assert sorted(traces(desk, "client.tags")) == ["c1", "c4", "c5"]
    with desk.writing() as session:
        session.get_one(Client, "c4").tags = ["presse", "lyon"]
        undo = bulk.start_undo(session, who, task.id)
    assert run(desk, undo).result == {"changed": 2, "seen": 3}
    assert tags_now(desk) == TAGS | {"c4": ["presse", "lyon"]}
    assert sorted(traces(desk, "client.undo")) == ["c1", "c5"]
    with desk.writing() as session, pytest.raises(UndoneAlready):
        bulk.start_undo(session, who, task.id)


def test_a_selection_is_changed_whatever_the_filter_says(desk: Database) -> None:
    task = run(desk, start(desk, actor(Role.ADMIN), BulkAct.REMOVE_TAGS, "lyon", ids=["c2", "c3"]))
    assert task.result == {"changed": 1, "seen": 2}
    assert tags_now(desk) == TAGS | {"c2": []}


def test_an_act_that_ends_its_own_filter_still_reaches_everybody(desk: Database) -> None:
    """Who gets the tag no longer lacks it: the walk goes on behind them, not from the beginning."""
    run(desk, start(desk, actor(Role.ADMIN), BulkAct.ADD_TAGS, "x", query="tag_none=x"))
    assert all("x" in (tags or ()) for tags in tags_now(desk).values())


def test_ref_ids_are_given_in_the_order_in_which_clients_came(desk: Database) -> None:
    """Each of its year; undone, they are gone and their numbers are not used again."""
    who = actor(Role.ADMIN)
    task = run(desk, start(desk, who, BulkAct.ASSIGN_REF_IDS, query="ref=0"))
    with desk.reading() as session:
        found = {one: session.get_one(Client, one).ref_id for one in TAGS}
    expected = {"c5": "LUM-C-25-0001", "c3": "LUM-C-25-0002", "c1": "LUM-C-25-0003", "c4": "LUM-C-26-0001"}
    assert found == expected | {"c2": "LUM-C-26-0002"}
    with desk.writing() as session:
        undo = bulk.start_undo(session, who, task.id)
    assert run(desk, undo).result == {"changed": 5, "seen": 5}
    with desk.reading() as session:
        assert {session.get_one(Client, one).ref_id for one in TAGS} == {None}


def test_a_tag_is_renamed_and_joins_one_that_exists(desk: Database) -> None:
    who = actor(Role.ADMIN)
    with desk.writing() as session:
        seen = preview_tag(session, ["vip", "presse"], "lyon")
        assert (seen.total, {one.id for one in seen.changed}) == (3, {"c1", "c4", "c5"})
        renaming = bulk.start_rename(session, who, ["vip", "presse"], " lyon ", total=seen.total)
    task = run(desk, renaming)
    assert tags_now(desk) == TAGS | {"c1": ["lyon"], "c4": ["lyon"], "c5": ["lyon"]}
    with desk.reading() as session:
        assert list_tags(session) == (Tag("lyon", 4),)
    with desk.writing() as session, pytest.raises(NotPermitted):
        bulk.start_undo(session, actor(Role.SUPPORT), task.id)
    with desk.writing() as session:
        undo = bulk.start_undo(session, who, task.id)
    run(desk, undo)
    assert tags_now(desk) == TAGS


@pytest.mark.parametrize(
    ("act", "tags", "changing", "unchanged"),
    [
        (BulkAct.ADD_TAGS, ["vip", "lyon"], {"c2", "c3", "c4", "c5"}, {"c1"}),
        (BulkAct.REMOVE_TAGS, ["vip", "presse"], {"c1", "c4", "c5"}, {"c2", "c3"}),
        (BulkAct.ASSIGN_REF_IDS, [], set(TAGS), set()),
    ],
)
def test_a_preview_counts_and_names_what_the_act_changes(
    desk: Database, act: BulkAct, tags: list[str], changing: set[str], unchanged: set[str]
) -> None:
    """To the client: what it foresees is what the task then does."""
    with desk.reading() as session:
        seen = preview(session, act, tags, Whom(ClientListFilter()), zone=PARIS, now=utcnow())
    assert {one.id for one in seen.changed} == changing
    assert {one.id for one in seen.unchanged} == unchanged
    assert (seen.total, seen.changing) == (5, len(changing))
    assert run(desk, start(desk, actor(Role.ADMIN), act, *tags)).result["changed"] == len(changing)


def test_what_cannot_be_begun_is_refused(desk: Database) -> None:
    who = actor(Role.ADMIN)
    first = start(desk, who, BulkAct.ADD_TAGS, "x")
    with pytest.raises(TaskUnderWay):
        start(desk, who, BulkAct.ADD_TAGS, "y")
    with desk.writing() as session:
        with pytest.raises(TaskUnderWay):
            bulk.start_undo(session, who, first)
        with pytest.raises(InvalidInput):
            bulk.start_bulk(session, who, BulkAct.REMOVE_TAGS, query="", total=1, tags=["  "])
        with pytest.raises(NothingToDo):
            bulk.start_bulk(session, who, BulkAct.ASSIGN_REF_IDS, query="", total=0)
        with pytest.raises(NothingToDo):
            bulk.start_rename(session, who, ["a"], "a", total=1)
        with pytest.raises(RecordNotFound):
            bulk.start_undo(session, who, UUID(int=7))


def test_a_task_that_was_stopped_can_be_undone_as_far_as_it_came(desk: Database) -> None:
    who = actor(Role.ADMIN)
    task_id = start(desk, who, BulkAct.ADD_TAGS, "x")
    settings = Settings(AWS_ACCESS_KEY_ID="k", AWS_SECRET_ACCESS_KEY="s", _env_file=None)

    def after_one_step(_: str) -> None:
        with desk.writing() as session:
            stop_task(session, who, task_id)

    run_task(task_id, Tools(desk, make_storage(settings), settings, make_stripe(settings)), checkpoint=after_one_step)
    with desk.writing() as session:
        undo = bulk.start_undo(session, who, task_id)
    assert run(desk, undo).result == {"changed": 2, "seen": 2}
    assert tags_now(desk) == TAGS
    with desk.writing() as session, pytest.raises(UndoneAlready):
        resume_task(session, who, task_id)


def test_tags_are_changed_as_lists() -> None:
    """In the order in which they stand, none twice."""
    assert added(["b", "a"], ["c", "a", "c"]) == ["b", "a", "c"]
    assert removed(["b", "a", "c"], ["a", "x"]) == ["b", "c"]
    assert renamed(["a", "b", "c"], ["a", "c"], "d") == ["d", "b"]
    assert renamed(["a", "b"], ["b"], "a") == ["a"]
    assert clean_tag("  à \x00 rappeler \n demain ") == "à rappeler demain"
