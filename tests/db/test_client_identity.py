"""Who a client is: created with a refId, changed only as seen, suspended for a reason; tags that many hands move."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.gateways.stripe import make_stripe
from dashboard.settings import Settings
from dashboard.workflows.tasks import run_task
from dashboard.workflows.work import Tools
from lumira_db.actor import Role
from lumira_db.commands import ref_ids
from lumira_db.commands.client_identity import change_identity, change_tags, create_client, set_client_status
from lumira_db.commands.ref_ids import assign_ref_id, backfill_ref_ids
from lumira_db.commands.tasks import resume_task, stop_task
from lumira_db.contacts import Identity
from lumira_db.engine import Database
from lumira_db.enums import UserStatus
from lumira_db.errors import (
    ClientEmailTaken,
    InvalidInput,
    ReasonRequired,
    RecordNotFound,
    StaleRecord,
    TaskUnderWay,
)
from lumira_db.models import AuditEntry, Client, SequenceCounter, TaskState
from lumira_db.personal import ERASED_DOMAIN
from lumira_db.queries.client_page import count_without_ref_id, find_head, list_without_ref_id
from lumira_db.queries.tasks import find_task
from tests.factories import actor, make_client

ANNE = Identity("Anne", "Martin", "Anne@Example.org", "06 12 34 56 78", "salon")


def seen(session: Session, client: Client) -> str:
    head = find_head(session, client.id)
    assert head is not None
    return head.version


def test_a_new_client_has_a_ref_id_and_a_phone_in_one_form(session: Session) -> None:
    client = session.get_one(Client, create_client(session, actor(Role.SUPPORT), ANNE))
    assert (client.email, client.phone, client.source) == ("anne@example.org", "+33612345678", "salon")
    assert client.ref_id is not None
    assert client.ref_id.startswith("LUM-C-")


def test_an_address_in_any_case_belongs_to_one_client_who_is_named(session: Session) -> None:
    other = make_client(session, email="ANNE@example.org", first_name="Anne", last_name="Roux", ref_id="LUM-C-26-9001")
    with pytest.raises(ClientEmailTaken) as refused:
        create_client(session, actor(Role.SUPPORT), ANNE)
    assert refused.value.facts == {"email": "anne@example.org", "client": "Anne Roux · LUM-C-26-9001", "id": other.id}


def test_one_address_given_twice_at_once_makes_one_client(database: Database) -> None:
    together = threading.Barrier(4)

    def create(_: int) -> object:
        together.wait(timeout=30)
        try:
            with database.writing() as session:
                return create_client(session, actor(Role.ADMIN), ANNE)
        except ClientEmailTaken as taken:
            return taken

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(create, range(4)))
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    with database.reading() as session:
        assert len(session.scalars(select(Client)).all()) == 1


@pytest.mark.parametrize(
    "identity",
    [
        Identity("", " ", "a@b.org"),
        Identity("A" * 121, "B", "a@b.org"),
        Identity("Anne", "B", "not an address"),
        Identity("Anne", "B", "a@b.org", "12"),
    ],
)
def test_what_cannot_be_is_refused(session: Session, identity: Identity) -> None:
    with pytest.raises(InvalidInput):
        create_client(session, actor(Role.ADMIN), identity)


def test_an_identity_changes_only_where_it_changed_and_only_as_it_was_seen(database: Database) -> None:
    who = actor(Role.SUPPORT)
    with database.writing() as session:
        client = make_client(session, phone="06.12 (maison)", source=None)
    with database.reading() as session:
        version = seen(session, client)
    changed = Identity("Anne", client.last_name, client.email, "06.12 (maison)")
    with database.writing() as session:
        change_identity(session, who, client.id, changed, seen=version)
    with database.reading() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "client.edit"))
        assert (entry.before, entry.after) == ({"first_name": "Camille"}, {"first_name": "Anne"})
        assert session.get_one(Client, client.id).phone == "06.12 (maison)"
    with pytest.raises(StaleRecord), database.writing() as session:
        change_identity(session, who, client.id, changed, seen=version)
    with pytest.raises(RecordNotFound), database.writing() as session:
        change_identity(session, who, "nobody", changed, seen=version)


def test_a_status_changes_for_a_reason_and_only_to_another(session: Session) -> None:
    who, client = actor(Role.SUPPORT), make_client(session)
    now = seen(session, client)
    with pytest.raises(ReasonRequired):
        set_client_status(session, who, client.id, UserStatus.BANNED, seen=now, reason=" ")
    with pytest.raises(InvalidInput):
        set_client_status(session, who, client.id, UserStatus.ACTIVE, seen=now, reason="Pourquoi pas")
    set_client_status(session, who, client.id, UserStatus.SUSPENDED, seen=now, reason="Litige")
    assert session.get_one(Client, client.id).status is UserStatus.SUSPENDED
    with pytest.raises(StaleRecord):
        set_client_status(session, who, client.id, UserStatus.BANNED, seen="0", reason="Litige")


def test_tags_that_two_people_change_at_once_are_both_there(database: Database) -> None:
    with database.writing() as session:
        client = make_client(session, tags=["ancien", "vip"])
    together = threading.Barrier(2)

    def change(add: str, remove: str) -> None:
        together.wait(timeout=30)
        with database.writing() as session:
            change_tags(session, actor(Role.SUPPORT), client.id, add=[add], remove=[remove])

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(change, "a  b", "ancien"), pool.submit(change, "presse", "vip")]:
            future.result(timeout=60)
    with database.reading() as session:
        assert sorted(session.get_one(Client, client.id).tags or ()) == ["a b", "presse"]


@pytest.mark.parametrize("tag", ["", "   ", "x" * 61, "a\x07b"])
def test_what_is_no_tag_is_refused(session: Session, tag: str) -> None:
    with pytest.raises(InvalidInput):
        change_tags(session, actor(), make_client(session, tags=None).id, add=[tag])


def test_a_ref_id_is_of_the_year_in_which_the_client_came_and_stays(session: Session) -> None:
    # In Paris the year has begun already.
    came = datetime(2024, 12, 31, 23, 30, tzinfo=UTC)
    client = make_client(session, created_at=came)
    given = assign_ref_id(session, actor(Role.SUPPORT), client.id)
    assert given == "LUM-C-25-0001"
    assert assign_ref_id(session, actor(Role.ADMIN), client.id) == given


def test_a_counter_that_fell_behind_never_gives_what_somebody_has(session: Session) -> None:
    came = datetime(2023, 5, 1, tzinfo=UTC)
    session.add(SequenceCounter(name="client_23", value=41))
    for number in ("0042", "10007", "abc"):
        make_client(session, ref_id=f"LUM-C-23-{number}")
    first, second = make_client(session, created_at=came), make_client(session, created_at=came)
    assert assign_ref_id(session, actor(Role.ADMIN), first.id) == "LUM-C-23-10008"
    assert assign_ref_id(session, actor(Role.ADMIN), second.id) == "LUM-C-23-10009"


class Killed(BaseException):
    """The worker's end, between two steps."""


def test_everybody_gets_a_ref_id_in_the_order_in_which_they_came_whatever_happens(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two steps, stopped, resumed: nobody is left out, nobody gets two, and who was erased gets none."""
    monkeypatch.setattr(ref_ids, "STEP", 3)
    admin, tools = actor(Role.ADMIN), Tools(database, None, Settings(), make_stripe(Settings()))  # type: ignore[arg-type]
    with database.writing() as session:
        made = [make_client(session, created_at=datetime(2026, 3, 31 - number, tzinfo=UTC)).id for number in range(10)]
        make_client(session, ref_id="LUM-C-26-0004", created_at=datetime(2026, 1, 1, tzinfo=UTC))
        erased = make_client(session, email=f"efface-1{ERASED_DOMAIN}", created_at=datetime(2026, 2, 1, tzinfo=UTC)).id
    with database.reading() as session:
        assert count_without_ref_id(session, most=100) == 10
        assert [row.id for row in list_without_ref_id(session, limit=2)] == [made[-1], made[-2]]
    with database.writing() as session:
        task = backfill_ref_ids(session, admin, total=10)
    with pytest.raises(TaskUnderWay), database.writing() as session:
        backfill_ref_ids(session, admin)

    def die(_: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        run_task(task, tools, checkpoint=die)
    with database.writing() as session:
        stop_task(session, admin, task)
    run_task(task, tools)
    with database.writing() as session:
        found = find_task(session, task)
        assert found is not None
        assert (found.state, found.done) == (TaskState.STOPPED, 3)
        resume_task(session, admin, task)
    run_task(task, tools)
    with database.reading() as session:
        found = find_task(session, task)
        assert found is not None
        assert (found.state, found.done) == (TaskState.DONE, 10)
        given = [session.get_one(Client, client_id).ref_id or "" for client_id in reversed(made)]
        assert given == sorted(given, key=lambda ref_id: int(ref_id.rsplit("-", 1)[1]))
        assert len(set(given)) == 10
        assert "LUM-C-26-0004" not in given
        assert session.get_one(Client, erased).ref_id is None
        traced = session.scalars(select(AuditEntry).where(AuditEntry.action == "client.assign_ref_id")).all()
        assert {entry.subject_id for entry in traced} == set(made)
