"""The narrow row of each client: true whoever wrote, and never in the way of who writes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from dashboard.embedded.postgres import temporary_cluster
from dashboard.migrate import upgrade
from lumira_db.commands.client_summaries import drain, rebuild_all, refresh_clients
from lumira_db.engine import Database, make_engine
from lumira_db.enums import OrderStatus, UserStatus
from lumira_db.models import Change, Client, ClientSummary
from lumira_db.queries.client_summaries import compare_clients, compare_tags, count_waiting
from lumira_db.queries.client_tags import Tag, list_tags
from lumira_db.queries.duplicates import Likeness, list_pairs
from tests.databases import address
from tests.factories import NOON, make_client, make_order, make_path, make_profile


def summary(session: Session, client: Client) -> ClientSummary:
    """What is kept of the client, once what was noted is worked out."""
    drain(session)
    found = session.get(ClientSummary, client.id, populate_existing=True)
    assert found is not None
    return found


def differences(session: Session) -> list[object]:
    return [found for _, some in compare_clients(session) for found in some] + list(compare_tags(session))


def test_a_summary_says_what_the_rows_say(session: Session) -> None:
    """Counted by hand: two paid in euros, one in dollars, one refunded, one abandoned."""
    client = make_client(session, last_name="Zola", first_name="Émile", tags=["vip", "Lyon", "vip"], source="instagram")
    make_profile(session, client)
    for amount, level in ((900, 1), (2900, 2)):
        make_order(session, client, status=OrderStatus.COMPLETED, amount=amount, level=level, paid_at=NOON)
    make_order(session, client, status=OrderStatus.PAID, amount=5000, level=3, currency="usd", paid_at=NOON)
    make_order(session, client, status=OrderStatus.REFUNDED, amount=9900, level=4, paid_at=NOON + timedelta(days=9))
    make_order(session, client, status=OrderStatus.PENDING, created_at=NOON + timedelta(days=30))
    row = summary(session, client)
    assert (row.paid_count, row.paid, row.levels) == (3, {"eur": 3800, "usd": 5000}, [1, 2, 3])
    assert (row.tags, row.source, row.has_ref_id, row.profile_completed) == (["Lyon", "vip"], "instagram", False, True)
    assert (row.first_paid_at, row.last_paid_at) == (NOON, NOON)
    assert row.last_order_at == NOON + timedelta(days=9) - timedelta(minutes=5)
    assert (row.path, row.status) == ("NONE", UserStatus.ACTIVE)


@pytest.mark.parametrize(
    ("completed", "unlocked", "expected"),
    [(0, 1, ("OPEN", 1)), (2, 3, ("OPEN", 3)), (2, 2, ("STALLED", 3)), (7, 7, ("DONE", None))],
)
def test_a_stall_of_the_system_is_told_from_a_client_who_stopped(
    session: Session, completed: int, unlocked: int, expected: tuple[str, int | None]
) -> None:
    """A day that was done and whose next was never opened is not the client's doing."""
    client = make_client(session)
    make_path(session, client, completed=completed, unlocked=unlocked)
    row = summary(session, client)
    assert (row.path, row.path_day) == expected
    assert row.path_since == NOON + timedelta(days=2 if (completed, unlocked) in ((2, 3), (2, 2)) else completed)


def _rename(session: Session, client: Client) -> None:
    session.execute(text('UPDATE "User" SET "lastName" = \'Abel\' WHERE id = :id'), {"id": client.id})


def _step(session: Session, client: Client) -> None:
    session.execute(
        text(
            'UPDATE "PathStep" SET "isCompleted" = true FROM "SpiritualPath" p'
            ' WHERE p.id = "spiritualPathId" AND p."userId" = :id AND "dayNumber" = 1'
        ),
        {"id": client.id},
    )


def _forget(session: Session, client: Client) -> None:
    session.execute(text('DELETE FROM "UserProfile" WHERE "userId" = :id'), {"id": client.id})


def _pay(session: Session, client: Client) -> None:
    make_order(session, client, status=OrderStatus.PAID)


def _move(session: Session, client: Client) -> None:
    other = make_client(session)
    session.execute(text('UPDATE "Order" SET "userId" = :to WHERE "userId" = :id'), {"id": client.id, "to": other.id})


def _leave(session: Session, client: Client) -> None:
    for table in ("Order", "UserProfile", "SpiritualPath"):
        session.execute(text(f'DELETE FROM "{table}" WHERE "userId" = :id'), {"id": client.id})
    session.execute(text('DELETE FROM "User" WHERE id = :id'), {"id": client.id})


def _change_id(session: Session, client: Client) -> None:
    session.execute(text("UPDATE \"User\" SET id = id || 'x' WHERE id = :id"), {"id": client.id})


@pytest.mark.parametrize("write", [_rename, _step, _forget, _pay, _move, _leave, _change_id])
def test_whatever_the_platform_writes_is_worked_out(session: Session, write: Callable[[Session, Client], None]) -> None:
    """With no more than its own SQL; afterwards a recount finds nothing to correct."""
    client = make_client(session, tags=["vip"])
    make_profile(session, client)
    make_order(session, client, status=OrderStatus.COMPLETED)
    make_path(session, client)
    drain(session)
    write(session, client)
    assert differences(session) != []
    assert drain(session) > 0
    assert differences(session) == []
    assert count_waiting(session) == 0


def test_what_the_list_does_not_know_leaves_no_trace(session: Session) -> None:
    """Sessions of readings rewrite orders all day: nothing of that is the list's business."""
    client = make_client(session)
    order = make_order(session, client)
    drain(session)
    order.generated_content = {"a": 1}
    client.notes = "Rappeler"
    session.flush()
    assert count_waiting(session) == 0


INSERT = text("""INSERT INTO "User" (id, email, "firstName", "lastName", "updatedAt")
                 VALUES (:id, :id || '@example.org', 'Ana', 'Silva', now())""")


def test_a_write_of_the_platform_succeeds_without_our_queue(database: Database) -> None:
    """The client is kept, the list does not know them, a rebuild mends it."""
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE desk.change RENAME TO away"))
        connection.execute(INSERT, {"id": "c1"})
        connection.execute(text("ALTER TABLE desk.away RENAME TO change"))
    with database.writing() as session:
        drain(session)
        assert [found.client_id for _, some in compare_clients(session) for found in some] == ["c1"]
        assert rebuild_all(session) == 1
        assert differences(session) == []


def test_a_platform_without_any_right_in_our_schema_is_noted_all_the_same() -> None:
    """Its account is another one than ours, in a cluster where roles can be made."""
    with temporary_cluster() as cluster:
        upgrade(cluster.url)
        engine = make_engine(address(cluster.admin_url, make_url(cluster.url).database or ""))
        with engine.begin() as connection:
            connection.execute(text("CREATE ROLE platform"))
            connection.execute(text('GRANT SELECT, INSERT, UPDATE ON "User" TO platform'))
            connection.execute(text("SET LOCAL ROLE platform"))
            connection.execute(INSERT, {"id": "c1"})
            connection.execute(text("UPDATE \"User\" SET tags = '{vip}'"))
        engine.dispose()
        ours = Database(cluster.url)
        with ours.writing() as session:
            assert drain(session) == 2
            assert list_tags(session) == (Tag("vip", 1),)
        ours.dispose()


def test_a_write_of_the_platform_waits_for_nobody(database: Database) -> None:
    """Somebody holds the queue: the write goes on after a moment, without a note."""
    with database.engine.begin() as holder:
        holder.execute(text("LOCK TABLE desk.change IN ACCESS EXCLUSIVE MODE"))
        with database.writing() as session:
            session.execute(text("SET LOCAL statement_timeout = '5s'"))
            make_client(session)


def test_work_that_was_killed_is_done_by_the_next(database: Database) -> None:
    """A drain that does not commit has taken nothing; two at once do not wait for each other."""
    with database.writing() as session:
        client_id = make_client(session, tags=["vip"]).id
    with database.engine.connect() as killed, Session(killed) as session:
        assert drain(session) == 1
        with database.writing() as other:
            assert drain(other) == 0
    with database.writing() as session:
        assert drain(session) == 1
        assert session.get(ClientSummary, client_id) is not None
        assert differences(session) == []


def test_a_rebuild_goes_on_in_pieces_beside_the_platform(session: Session) -> None:
    """It is itself a change that is noted: each piece leaves the next one behind."""
    for _ in range(5):
        make_client(session)
    session.execute(text("DELETE FROM desk.change"))
    session.add(ClientSummary(**(_empty() | {"id": "zzz"})))
    session.add(Change(kind="clients_after", row_id=""))
    session.flush()
    rounds = 0
    while drain(session):
        rounds += 1
    assert rounds == 1
    assert differences(session) == []


def test_a_planted_difference_is_found_by_name(session: Session) -> None:
    """What is kept and what is true, column by column; tags too."""
    client = make_client(session, tags=["vip"])
    drain(session)
    session.execute(text("UPDATE desk.client_summary SET paid_count = 7 WHERE id = :id"), {"id": client.id})
    session.execute(text("UPDATE desk.tag_usage SET clients = 5"))
    [found] = [found for _, some in compare_clients(session) for found in some]
    assert (found.client_id, found.columns) == (client.id, {"paid_count": (7, 0)})
    assert compare_tags(session) == [("vip", 5, 1)]


def test_one_absurd_client_does_not_stop_the_others(session: Session) -> None:
    """Megabytes where a name should be."""
    absurd = make_client(session, last_name="x" * 1_000_000, tags=["é" * 5_000], source="s" * 9_000)
    client = make_client(session)
    assert summary(session, client).id == client.id
    assert summary(session, absurd).name == "x" * 100 + " camille"


def test_tags_are_counted_by_those_who_have_them(session: Session) -> None:
    """Through additions, removals and clients that go; suggestions begin like what was typed."""
    first, second = make_client(session, tags=["VIP", "rappel"]), make_client(session, tags=["VIP"])
    drain(session)
    assert list_tags(session) == (Tag("VIP", 2), Tag("rappel", 1))
    assert list_tags(session, " vi") == (Tag("VIP", 2),)
    second.tags, first.tags = ["Lyon"], None
    session.flush()
    refresh_clients(session, [first.id, second.id])
    assert list_tags(session) == (Tag("Lyon", 1),)
    assert differences(session) == []


def _empty() -> dict[str, object]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        "created_at": now,
        "name": "",
        "status": "ACTIVE",
        "tags": [],
        "has_ref_id": False,
        "profile_completed": False,
        "levels": [],
        "paid_count": 0,
        "paid": {},
        "path": "NONE",
    }


def test_what_clients_share_follows_the_platform_and_what_was_planted_is_found(session: Session) -> None:
    """A number given away leaves the other alone with it; a crowd is no pair until it is small again."""
    numbers = ["06 12 34 56 78", "+33612345678", *["0600000000"] * 10]
    clients = [make_client(session, phone=number) for number in numbers]
    drain(session)
    assert [pair.why[0][1] for pair in list_pairs(session, Likeness.PHONE).pairs] == ["612345678"]
    session.execute(text("""UPDATE "User" SET phone = '0700000001' WHERE id = :id"""), {"id": clients[0].id})
    for client in clients[-8:]:
        session.execute(text('DELETE FROM "User" WHERE id = :id'), {"id": client.id})
    drain(session)
    [pair] = list_pairs(session, Likeness.PHONE).pairs
    assert {pair.first.id, pair.second.id} == {client.id for client in clients[2:4]}
    assert differences(session) == []
    session.execute(text("DELETE FROM desk.client_likeness WHERE client_id = :id"), {"id": clients[2].id})
    [found] = [found for _, some in compare_clients(session) for found in some]
    assert (found.client_id, found.columns) == (clients[2].id, {"same phone": (None, "600000000")})
    rebuild_all(session)
    assert differences(session) == []
