"""What is intimate is read only by those who may, or who said why they must; and every look is written down."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.actor import Role
from lumira_db.clock import utcnow
from lumira_db.commands.client_access import SAME_LOOK, cover, record_access, reveal
from lumira_db.discretion import EVERYTHING, MASK, PROFILE, REVEALED_FOR
from lumira_db.enums import InsightCategory
from lumira_db.errors import ReasonRequired, RecordNotFound
from lumira_db.models import AkashicRecord, AuditEntry, ChatSession, Client, ClientAccess, Insight
from lumira_db.queries.client_access import list_access, list_recent, list_reveals, shown_to
from lumira_db.queries.client_journey import find_memory, find_path, list_chats, list_insights, search_chats
from lumira_db.queries.client_page import get_account, get_told, list_client_files
from lumira_db.queries.timeline import list_timeline
from lumira_db.states import Intimate
from tests.db.statements import listening
from tests.factories import actor, make_client, make_file, make_order, make_path, make_profile, make_staff

NOW = utcnow()
SECRET = "secret de la cliente"


@pytest.fixture
def client(session: Session) -> Client:
    """A client whose every confidence holds the same words."""
    client = make_client(session)
    told: dict[str, Any] = {"birth_date": SECRET, "birth_time": SECRET, "birth_place": SECRET}
    photos = {"face_photo_url": f"uploads/{SECRET}.jpg", "palm_photo_url": f"uploads/{SECRET}.jpg"}
    make_profile(session, client, fears=SECRET, ailments=SECRET, lows=SECRET, highs="la mer", **told, **photos)
    make_path(session, client, completed=2, unlocked=2, synthesis=SECRET, key_blockage=SECRET)
    order = make_order(session, client)
    make_file(session, order, name=SECRET)
    said = [{"role": "user", "content": SECRET, "timestamp": "2026-02-05T18:00:00.000Z"}]
    session.add(ChatSession(client_id=client.id, title=SECRET, messages=said, last_message_at=NOW))
    memory = {"travail": {"summary": SECRET}}
    session.add(AkashicRecord(client_id=client.id, domains=memory, history=[{"insights": SECRET, "topic": "travail"}]))
    insight = {"category": InsightCategory.TRAVAIL, "short": SECRET, "full": SECRET}
    session.add(Insight(client_id=client.id, order_id=order.id, **insight))
    session.flush()
    return client


def everything(session: Session, client: Client, shown: frozenset[Intimate]) -> str:
    """All that the page reads of a client, as one text."""
    found: list[Any] = [get_told(session, client.id, shown), list_client_files(session, client.id, shown)]
    found += [find_path(session, client.id, shown), find_memory(session, client.id, shown)]
    found += [list_chats(session, client.id, shown), list_insights(session, client.id, shown)]
    found.append(get_account(session, client.id, shown))
    found.append(list_timeline(session, client.id, shown=shown, reasons=False))
    return "\n".join(map(repr, found))


def test_support_sees_nothing_intimate_in_any_part(session: Session, client: Client) -> None:
    shown = shown_to(session, actor(Role.SUPPORT), client.id, now=NOW)
    assert shown == frozenset()
    assert SECRET in everything(session, client, EVERYTHING)
    assert SECRET not in everything(session, client, shown)
    assert "la mer" in everything(session, client, shown)


def test_what_is_covered_is_not_even_read(session: Session, client: Client) -> None:
    with listening(session) as heard:
        list_chats(session, client.id, frozenset())
        list_client_files(session, client.id, frozenset())
    assert not any('"ChatSession".messages AS messages' in statement for statement in heard.statements)
    assert len(heard.statements) == 1


@pytest.mark.parametrize("field", sorted(PROFILE))
@pytest.mark.parametrize("kind", Intimate)
def test_each_part_of_a_profile_is_masked_by_its_own_kind_alone(
    session: Session, client: Client, field: str, kind: Intimate
) -> None:
    """Cell by cell: revealing one kind uncovers what belongs to it, and nothing else."""
    told = get_told(session, client.id, frozenset({kind}))
    assert told is not None
    assert (getattr(told, field) == MASK) is (PROFILE[field] is not kind)


def test_the_day_of_birth_that_checkout_asked_for_is_masked_too(session: Session) -> None:
    client = make_client(session, date_of_birth=datetime(1988, 11, 2, tzinfo=UTC), stripe_customer_id="cus_1")
    assert get_account(session, client.id, frozenset()).born == MASK
    assert get_account(session, client.id, frozenset({Intimate.BIRTH})).born == "1988-11-02"


def test_nothing_is_masked_where_there_is_nothing_to_hide(session: Session) -> None:
    client = make_client(session)
    make_profile(session, client, fears="  ", lows=None)
    told = get_told(session, client.id, frozenset())
    assert told is not None
    assert (told.fears, told.lows) == ("  ", None)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.EXPERT])
def test_those_who_may_see_it_need_not_ask(session: Session, client: Client, role: Role) -> None:
    assert shown_to(session, actor(role), client.id, now=NOW) == EVERYTHING


def test_a_reveal_holds_for_one_person_one_client_one_kind_and_a_while(session: Session, client: Client) -> None:
    me, colleague, other = actor(Role.SUPPORT), actor(Role.SUPPORT), make_client(session)
    until = reveal(session, me, client.id, Intimate.BIRTH, reason="Elle appelle", now=NOW)
    session.flush()
    assert until == NOW + REVEALED_FOR
    assert shown_to(session, me, client.id, now=NOW) == {Intimate.BIRTH}
    assert shown_to(session, colleague, client.id, now=NOW) == frozenset()
    assert shown_to(session, me, other.id, now=NOW) == frozenset()
    assert shown_to(session, me, client.id, now=until) == frozenset()


def test_what_was_uncovered_can_be_covered_again(session: Session, client: Client) -> None:
    me = actor(Role.SUPPORT)
    reveal(session, me, client.id, Intimate.CHATS, reason="Elle appelle", now=NOW)
    cover(session, me, client.id, now=NOW + timedelta(minutes=1))
    assert shown_to(session, me, client.id, now=NOW + timedelta(minutes=1)) == frozenset()
    assert [row.reason for row in list_reveals(session, client.id)] == ["Elle appelle"]


def test_a_reveal_says_why_and_leaves_a_trace(session: Session, client: Client) -> None:
    me = actor(Role.SUPPORT)
    for reason in ("", "   ", "ok", " a  b "[:2]):
        with pytest.raises(ReasonRequired):
            reveal(session, me, client.id, Intimate.FEARS, reason=reason, now=NOW)
    with pytest.raises(RecordNotFound):
        reveal(session, me, "nobody", Intimate.FEARS, reason="Elle appelle", now=NOW)
    assert list_reveals(session, client.id) == ()


def test_the_audit_names_the_kind_and_the_reason_not_the_content(database: Any) -> None:
    me = actor(Role.SUPPORT)
    with database.writing() as session:
        client = make_client(session)
    with database.writing() as session:
        reveal(session, me, client.id, Intimate.FEARS, reason="Elle appelle", now=NOW)
    with database.reading() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "client.reveal"))
        assert (entry.after, entry.reason, entry.actor_id) == ({"field": "FEARS"}, "Elle appelle", me.id)
        [event] = list_timeline(session, client.id, shown=frozenset(), reasons=False).rows[:1]
        assert (event.what, event.detail) == ("client.reveal", None)


def test_looks_that_follow_one_another_are_one_row_and_later_ones_another(session: Session, client: Client) -> None:
    who, other = make_staff(session, Role.SUPPORT), make_staff(session)
    for person, minutes in ((who, 0), (who, 4), (other, 5), (who, 13), (who, 40)):
        record_access(session, person, client.id, now=NOW + timedelta(minutes=minutes))
        session.flush()
    assert timedelta(minutes=13) - timedelta(minutes=4) < SAME_LOOK
    rows = [(row.staff_name, row.looks) for row in list_access(session, client.id)]
    assert rows == [(who.name, 1), (who.name, 3), (other.name, 1)]


def test_conversations_are_searched_without_accents_by_every_word(session: Session, client: Client) -> None:
    chats = list_chats(session, client.id, EVERYTHING)
    assert search_chats(chats, "SECRÉT cliente") == chats
    assert search_chats(chats, "secret absent") == ()


def test_the_clients_looked_at_last_come_once_each_the_last_first(session: Session) -> None:
    """A call often comes twice: support finds whom they had on the phone without searching again."""
    me, other = make_staff(session, Role.SUPPORT), make_staff(session, Role.SUPPORT)
    zoe, jean, nobody = (make_client(session, first_name=name) for name in ("Zoé", "Jean", "Nobody"))
    for minutes, who, client in ((9, me, zoe), (8, me, jean), (7, me, zoe), (1, other, nobody)):
        at = utcnow() - timedelta(minutes=minutes)
        session.add(ClientAccess(client_id=client.id, staff_id=who.id, staff_name="-", first_at=at, last_at=at))
    session.flush()
    assert [row.id for row in list_recent(session, me.id)] == [zoe.id, jean.id]
    assert [row.id for row in list_recent(session, me.id, limit=1)] == [zoe.id]
