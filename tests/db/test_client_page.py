"""The client's page: figures computed from orders, days told from their steps, one timeline, few statements."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Role
from lumira_db.commands.client_identity import set_client_status
from lumira_db.commands.client_notes import Typed, save_notes
from lumira_db.discretion import EVERYTHING
from lumira_db.enums import OrderStatus, UserStatus
from lumira_db.models import AkashicRecord, ChatSession, Client, PathStep
from lumira_db.queries.client_journey import DayState, find_memory, find_path, list_chats, list_insights
from lumira_db.queries.client_page import (
    Value,
    find_effect,
    find_head,
    get_account,
    get_told,
    list_client_files,
    list_payments,
    list_sendings,
)
from lumira_db.queries.timeline import Event, TimelineKind, list_timeline
from tests.db.statements import listening
from tests.factories import NOON, actor, make_client, make_order, make_path, make_profile

S = OrderStatus


def timeline(session: Session, client: Client, *kinds: TimelineKind, **values: Any) -> list[Event]:
    page = list_timeline(session, client.id, kinds=kinds, shown=EVERYTHING, reasons=True, **values)
    return list(page.rows)


def test_what_a_client_is_worth_is_counted_from_orders_and_never_across_currencies(session: Session) -> None:
    client = make_client(session, total_orders=99)
    make_order(session, client, amount=900)
    make_order(session, client, amount=2900, status=S.COMPLETED, currency="EUR")
    make_order(session, client, amount=5000, currency="usd")
    make_order(session, client, amount=700, status=S.REFUNDED)
    make_order(session, client, amount=9999, status=S.PENDING)
    make_order(session, client, amount=9999, status=S.FAILED, paid_at=None)
    make_order(session, amount=9999)
    head = find_head(session, client.id)
    assert head is not None
    assert head.values == (Value("usd", 1, 5000, 0, 0), Value("eur", 2, 3800, 1, 700))
    assert head.orders == 6
    assert (head.is_vip(5000), head.is_vip(5001), head.is_vip(0)) == (True, False, False)


def test_a_cart_that_was_left_is_no_payment(session: Session) -> None:
    client = make_client(session)
    paid, failed = make_order(session, client), make_order(session, client, status=S.FAILED, paid_at=None)
    make_order(session, client, status=S.PENDING)
    assert {row.order_id for row in list_payments(session, client.id)} == {paid.id, failed.id}


def test_a_part_of_the_page_takes_one_statement_or_two(session: Session) -> None:
    client = make_client(session)
    make_profile(session, client)
    make_path(session, client)
    reads: list[tuple[Any, int]] = [
        (lambda: find_head(session, client.id), 2),
        (lambda: list_payments(session, client.id), 1),
        (lambda: list_sendings(session, client.id), 1),
        (lambda: get_told(session, client.id, EVERYTHING), 1),
        (lambda: get_account(session, client.id, EVERYTHING), 1),
        (lambda: list_client_files(session, client.id, EVERYTHING), 1),
        (lambda: list_insights(session, client.id, EVERYTHING), 1),
        (lambda: find_path(session, client.id, EVERYTHING), 2),
        (lambda: find_memory(session, client.id, EVERYTHING), 1),
        (lambda: list_chats(session, client.id, EVERYTHING), 1),
        (lambda: timeline(session, client), 1),
    ]
    for read, statements in reads:
        with listening(session) as heard:
            read()
        assert len(heard.statements) == statements


def test_a_day_that_the_system_never_opened_is_told_from_one_that_the_client_left(session: Session) -> None:
    stalled, left = make_client(session), make_client(session)
    make_path(session, stalled, completed=2, unlocked=2)
    make_path(session, left, completed=2, unlocked=3)
    path = find_path(session, stalled.id, EVERYTHING)
    assert path is not None
    states = [day.state for day in path.days]
    assert states == [DayState.DONE] * 2 + [DayState.STALLED] + [DayState.LOCKED] * 4
    assert path.stalled_since == NOON + timedelta(days=2)
    other = find_path(session, left.id, EVERYTHING)
    assert other is not None
    assert [day.state for day in other.days][:4] == [DayState.DONE, DayState.DONE, DayState.OPEN, DayState.LOCKED]
    assert (other.stalled_since, other.done) == (None, 2)


def test_a_path_counts_as_done_by_its_steps(session: Session) -> None:
    """The platform never set ``completedAt``."""
    client = make_client(session)
    make_path(session, client, completed=7, unlocked=7)
    path = find_path(session, client.id, EVERYTHING)
    assert path is not None
    assert (path.done, path.completed_at) == (7, None)


@pytest.mark.parametrize("shape", [None, [], {}, "texte", 7, [None, "a", {"role": 1}], {"x": {"summary": 3}}], ids=repr)
def test_a_memory_or_chat_of_any_shape_is_read(session: Session, shape: Any) -> None:
    client = make_client(session)
    session.add(ChatSession(client_id=client.id, messages=[] if shape is None else shape))
    given = {} if shape is None else shape
    session.add(AkashicRecord(client_id=client.id, domains=given, history=given))
    session.flush()
    assert len(list_chats(session, client.id, EVERYTHING)) == 1
    assert find_memory(session, client.id, EVERYTHING) is not None


def test_the_timeline_merges_all_kinds_by_time(session: Session) -> None:
    who, client = actor(Role.ADMIN), make_client(session)
    order = make_order(session, client, status=S.COMPLETED, delivered_at=NOON + timedelta(days=1))
    make_path(session, client, completed=1, unlocked=2)
    session.add(ChatSession(client_id=client.id, title="Un rêve", messages=[]))
    save_notes(session, who, client.id, Typed("Rappeler", ""))
    head = find_head(session, client.id)
    assert head is not None
    set_client_status(session, who, client.id, UserStatus.BANNED, seen=head.version, reason="Fraude")
    audit.record(session, who, "order.approve", "order", order.id, reason="Relu")
    audit.record(session, who, "order.take", "order", order.id)
    audit.flush(session)
    events = timeline(session, client)
    assert {event.kind for event in events} == set(TimelineKind)
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
    [status] = timeline(session, client, TimelineKind.STATUS)
    assert (status.what, status.detail, status.who) == ("client.set_status.banned", "Fraude", who.name)
    [decision] = timeline(session, client, TimelineKind.DECISION)
    assert (decision.what, decision.order_number) == ("order.approve", order.order_number)
    hidden = list_timeline(session, client.id, kinds=[TimelineKind.DECISION], shown=frozenset(), reasons=False)
    assert [event.detail for event in hidden.rows] == [None]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-02-01T10:21:00.000Z", datetime(2026, 2, 1, 10, 21, tzinfo=UTC)),
        ("2026-02-30T10:21:00.000Z", None),
        ("2028-02-29T10:21:00.000Z", None),
        ("hier", None),
        (None, None),
    ],
)
def test_a_decision_of_the_earlier_studio_is_told_by_what_it_wrote(
    session: Session, moment: str | None, expected: datetime | None
) -> None:
    client = make_client(session)
    said = {"action": "reject", "rejectedBy": "cexp1", "rejectedAt": moment, "reason": "Hors sujet"}
    order = make_order(session, client, expert_validation=said)
    make_order(session, client, expert_validation=["?"])
    [event] = timeline(session, client, TimelineKind.DECISION)
    assert (event.what, event.who, event.detail) == ("studio.reject", "cexp1", "Hors sujet")
    assert event.at == (expected or order.updated_at)


def test_pages_of_the_timeline_meet_without_gap_or_repetition(session: Session) -> None:
    client = make_client(session)
    for _ in range(6):
        make_order(session, client, status=S.COMPLETED, created_at=NOON, paid_at=NOON, delivered_at=NOON)
    whole = [event.key for event in timeline(session, client)]
    walked: list[str] = []
    cursor = None
    while True:
        page = list_timeline(session, client.id, shown=EVERYTHING, reasons=True, cursor=cursor, limit=4)
        walked += [event.key for event in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert walked == whole
    assert len(set(whole)) == len(whole) == 18


def test_the_timeline_holds_nothing_of_other_clients(session: Session) -> None:
    other = make_client(session)
    make_order(session, other)
    make_path(session, other, completed=2, unlocked=2)
    assert session.query(PathStep).count()
    assert timeline(session, make_client(session)) == []


def test_what_a_status_stops_is_counted(session: Session) -> None:
    client = make_client(session)
    for status in (S.PAID, S.PROCESSING, S.AWAITING_VALIDATION, S.COMPLETED, S.PENDING):
        make_order(session, client, status=status)
    effect = find_effect(session, client.id)
    assert (effect.orders, effect.leaving, effect.blocked) == (3, 0, 0)
