"""Several hands at once: one of them wins, the others are told so, and nothing is lost or done twice."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, undefer

from lumira_db import audit
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands.claims import release_claim, take_next, take_order, take_over
from lumira_db.commands.decisions import approve_order, reject_order, reopen_order, request_revision
from lumira_db.commands.editing import journal_draft, save_reading
from lumira_db.commands.staff import add_staff, disable_staff, set_role
from lumira_db.engine import Database
from lumira_db.enums import DeliveryFormat, ExpertRole, OrderStatus
from lumira_db.errors import (
    ClaimHeld,
    EmailTaken,
    LastAdmin,
    NothingToTake,
    Refusal,
    StaleRecord,
)
from lumira_db.models import AuditEntry, Claim, Delivery, Draft, Generation, Order, ReadingVersion, Staff, row_version
from tests.factories import NOON, make_claim, make_client, make_order, make_staff

THREADS = 20
LEASE = timedelta(minutes=5)
INTRODUCTION = "pdf_content.introduction"

Act = Callable[[Session], Any]


def at_once(database: Database, acts: Sequence[Act]) -> list[Any]:
    """Run each act in a transaction of its own, all from the same moment on; a refusal is an outcome too."""
    together = threading.Barrier(len(acts))

    def run(act: Act) -> Any:
        with database.engine.connect():
            pass  # a connection is open before the start
        together.wait(timeout=30)
        try:
            with database.writing() as session:
                return act(session)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, act) for act in acts]]


def refusals(outcomes: Sequence[Any]) -> list[type[Refusal]]:
    return [type(outcome) for outcome in outcomes if isinstance(outcome, Refusal)]


def version_of(session: Session, order_id: str) -> str:
    return session.execute(select(row_version("Order")).select_from(Order).where(Order.id == order_id)).scalar_one()


@pytest.fixture
def queue(common_database: Database, request: pytest.FixtureRequest) -> list[str]:
    """So many orders to validate, the oldest first, and nothing else in that part of the queue."""
    with common_database.writing() as session:
        session.execute(text("""UPDATE "Order" SET status = 'REFUNDED'"""))
        session.execute(text("DELETE FROM desk.claim"))
        client = make_client(session)
        orders = [
            Order(
                order_number=f"R-{utcnow().timestamp()}-{number}",
                client_id=client.id,
                client_email=client.email,
                level=1 + number % 4,
                amount=900,
                status=OrderStatus.AWAITING_VALIDATION,
                paid_at=NOON + timedelta(seconds=number // 3),
                form_data={},
            )
            for number in range(getattr(request, "param", 40))
        ]
        session.add_all(orders)
        session.flush()
        return [order.id for order in sorted(orders, key=lambda order: (order.paid_at, order.id))]


def race(database: Database, people: Sequence[Actor]) -> list[list[str]]:
    """Everybody takes next until nothing is left; what each one got, in its order."""
    together = threading.Barrier(len(people))

    def hand(person: Actor) -> list[str]:
        taken: list[str] = []
        together.wait(timeout=30)
        while True:
            try:
                with database.writing() as session:
                    got = take_next(session, person, status=OrderStatus.AWAITING_VALIDATION, lease=LEASE)
            except NothingToTake:
                return taken
            taken.append(got.order_id)

    with ThreadPoolExecutor(len(people)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(hand, person) for person in people]]


@pytest.mark.parametrize(
    ("tabs", "queue"), [(1, 500), (THREADS, 100)], ids=["twenty people", "tabs of one person"], indirect=["queue"]
)
def test_20_threads_take_every_order_exactly_once(common_database: Database, queue: list[str], tabs: int) -> None:
    """None twice, none skipped, each hand the oldest first; every taking is in the audit's chain."""
    with common_database.writing() as session:
        people = [person for _ in range(THREADS // tabs) for person in [make_staff(session)] * tabs]
        before = session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "order.take"))
    hands = race(common_database, people)
    assert Counter(order for hand in hands for order in hand) == Counter(queue)
    place = {order: number for number, order in enumerate(queue)}
    for hand in hands:
        assert [place[order] for order in hand] == sorted(place[order] for order in hand)
    with common_database.reading() as session:
        holders = {claim.order_id: claim.staff_id for claim in session.scalars(select(Claim))}
        assert holders == {order: person.id for person, hand in zip(people, hands, strict=True) for order in hand}
        takings = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "order.take")
        assert session.scalar(takings) == (before or 0) + len(queue)
        assert list(audit.verify(session)) == []


def test_the_first_orders_to_be_taken_are_the_oldest(common_database: Database, queue: list[str]) -> None:
    """Twenty at once get the twenty oldest, nobody a younger one."""
    with common_database.writing() as session:
        people = [make_staff(session) for _ in range(THREADS)]

    def take(person: Actor) -> Act:
        return lambda s: take_next(s, person, status=OrderStatus.AWAITING_VALIDATION, lease=LEASE).order_id

    taken = at_once(common_database, [take(person) for person in people])
    assert sorted(taken) == sorted(queue[:THREADS])


def test_an_order_that_somebody_is_writing_is_passed_over_and_not_waited_for(
    common_database: Database, queue: list[str]
) -> None:
    """The platform's long transaction holds up nobody's next order."""
    with common_database.writing() as session:
        person = make_staff(session)
    with common_database.engine.begin() as platform:
        platform.execute(text("""UPDATE "Order" SET "updatedAt" = now() WHERE id = :id"""), {"id": queue[0]})
        with common_database.writing() as session:
            session.execute(text("SET LOCAL lock_timeout = '5s'"))
            taken = take_next(session, person, status=OrderStatus.AWAITING_VALIDATION, lease=LEASE)
    assert taken.order_id == queue[1]


@pytest.fixture
def anne(common_database: Database) -> Actor:
    with common_database.writing() as session:
        return make_staff(session, name="Anne")


@pytest.fixture
def order_id(common_database: Database, anne: Actor) -> str:
    """An order that Anne holds."""
    with common_database.writing() as session:
        order = make_order(session)
        make_claim(session, order, anne, expires_at=utcnow() + LEASE)
        return order.id


@pytest.fixture
def seen(common_database: Database, order_id: str) -> str:
    with common_database.reading() as session:
        return version_of(session, order_id)


def test_whoever_takes_an_order_at_once_with_others_holds_it_alone(common_database: Database) -> None:
    """The others are told who was faster."""
    with common_database.writing() as session:
        people = [make_staff(session) for _ in range(6)]
        order = make_order(session).id

    def take(person: Actor) -> Act:
        return lambda s: take_order(s, person, order, lease=LEASE)

    outcomes = at_once(common_database, [take(person) for person in people])
    assert refusals(outcomes) == [ClaimHeld] * 5
    winner = people[next(n for n, outcome in enumerate(outcomes) if not isinstance(outcome, Refusal))]
    assert {outcome.facts["holder"] for outcome in outcomes if isinstance(outcome, Refusal)} == {winner.name}


@pytest.mark.parametrize("held", [True, False])
def test_everybody_who_takes_over_at_once_is_named_by_the_next(
    common_database: Database, order_id: str, anne: Actor, held: bool
) -> None:
    """The audit tells one story: from Anne, or from nobody, to the first, from the first to the second …"""
    with common_database.writing() as session:
        people = [make_staff(session) for _ in range(5)]
        if not held:
            release_claim(session, anne, order_id)

    def over(person: Actor) -> Act:
        return lambda s: take_over(s, person, order_id, reason="Anne est malade", lease=LEASE)

    assert refusals(at_once(common_database, [over(person) for person in people])) == []
    with common_database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.subject_id == order_id).order_by(AuditEntry.id)
        story = [(entry.before, entry.after) for entry in session.scalars(query)]
        holders = [{"holder": anne.id} if held else None, *(after for _, after in story)]
        assert [before for before, _ in story] == holders[:-1]
        assert sorted(after["holder"] for _, after in story) == sorted(person.id for person in people)
        assert session.get_one(Claim, order_id).staff_id == story[-1][1]["holder"]


def test_two_tabs_that_save_at_once_keep_one_text_and_one_draft(
    common_database: Database, order_id: str, seen: str, anne: Actor
) -> None:
    """One is written, the other refused; what the refused one had typed is still there to be looked at."""
    texts = ["Premier onglet.", "Second onglet."]

    def save(typed: str) -> Act:
        return lambda s: save_reading(s, anne, order_id, seen=seen, edits={INTRODUCTION: typed})

    outcomes = at_once(common_database, [save(typed) for typed in texts])
    assert refusals(outcomes) == [StaleRecord]
    lost = next(number for number, outcome in enumerate(outcomes) if isinstance(outcome, Refusal))
    with common_database.writing() as session:
        journal_draft(session, anne, order_id, seen=seen, edits={INTRODUCTION: texts[lost]}, sequence=1)
    with common_database.reading() as session:
        order = session.get_one(Order, order_id, options=[undefer(Order.generated_content)])
        assert order.generated_content["pdf_content"]["introduction"] == texts[1 - lost]
        versions = select(ReadingVersion.origin).where(ReadingVersion.order_id == order_id)
        assert session.scalars(versions.order_by(ReadingVersion.number)).all() == ["FOUND", "EDITED"]
        assert session.get_one(Draft, (order_id, anne.id)).edits == {INTRODUCTION: texts[lost]}


def test_two_experts_who_save_at_once_do_not_overwrite_each_other(
    common_database: Database, order_id: str, seen: str, anne: Actor
) -> None:
    """Bruno takes the order over while Anne saves: whatever comes first, each text is somewhere whole."""
    with common_database.writing() as session:
        bruno = make_staff(session, name="Bruno")
        journal_draft(session, anne, order_id, seen=seen, edits={INTRODUCTION: "Anne."}, sequence=1)
        journal_draft(session, bruno, order_id, seen=seen, edits={INTRODUCTION: "Bruno."}, sequence=1)

    def bruno_saves(session: Session) -> Any:
        take_over(session, bruno, order_id, reason="Anne est malade", lease=LEASE)
        return save_reading(session, bruno, order_id, seen=seen, edits={INTRODUCTION: "Bruno."})

    def anne_saves(session: Session) -> Any:
        return save_reading(session, anne, order_id, seen=seen, edits={INTRODUCTION: "Anne."})

    outcomes = at_once(common_database, [anne_saves, bruno_saves])
    assert len(refusals(outcomes)) == 1
    winner, loser = ("Anne.", bruno) if isinstance(outcomes[1], Refusal) else ("Bruno.", anne)
    with common_database.reading() as session:
        order = session.get_one(Order, order_id, options=[undefer(Order.generated_content)])
        assert order.generated_content["pdf_content"]["introduction"] == winner
        assert session.get_one(Draft, (order_id, loser.id)).edits == {INTRODUCTION: f"{loser.name}."}


def approval(actor: Actor, order_id: str, seen: str) -> Act:
    return lambda s: approve_order(
        s,
        actor,
        order_id,
        seen=seen,
        channel=DeliveryFormat.EMAIL,
        undo_seconds=10,
        sender_domain="lumira.example",
    )


def test_an_order_approved_twice_at_once_is_delivered_once(
    common_database: Database, order_id: str, seen: str, anne: Actor
) -> None:
    """A double click: one approval, one delivery, one job, one version."""
    outcomes = at_once(common_database, [approval(anne, order_id, seen) for _ in range(4)])
    assert refusals(outcomes) == [StaleRecord] * 3
    with common_database.reading() as session:
        (delivery,) = session.scalars(select(Delivery).where(Delivery.order_id == order_id))
        jobs = text("SELECT count(*) FROM desk.procrastinate_jobs WHERE args->>'delivery_id' = :id")
        assert session.execute(jobs, {"id": str(delivery.id)}).scalar_one() == 1
        kept = select(func.count()).where(ReadingVersion.order_id == order_id, ReadingVersion.origin == "APPROVED")
        assert session.scalar(kept) == 1


def test_opposite_decisions_at_once_leave_one_of_them(
    common_database: Database, order_id: str, seen: str, anne: Actor
) -> None:
    """Approved, sent back or rejected: never two of these, and the status fits what was done."""
    revise: Act = lambda s: request_revision(s, anne, order_id, seen=seen, instructions="Plus court")  # noqa: E731
    reject: Act = lambda s: reject_order(s, anne, order_id, seen=seen, reason="Hors sujet")  # noqa: E731
    outcomes = at_once(common_database, [approval(anne, order_id, seen), revise, reject])
    assert len(refusals(outcomes)) == 2
    with common_database.reading() as session:
        order = session.get_one(Order, order_id)
        deliveries = session.scalars(select(Delivery.id).where(Delivery.order_id == order_id)).all()
        requests = session.scalars(select(Generation.id).where(Generation.order_id == order_id)).all()
        done = order.expert_validation["action"]
        assert (order.status, len(deliveries), len(requests), order.revision_count) == {
            "approve": (OrderStatus.COMPLETED, 1, 0, 0),
            "revision": (OrderStatus.PROCESSING, 0, 1, 1),
            "reject": (OrderStatus.PROCESSING, 0, 1, 1),
        }[done]


def test_an_approval_undone_twice_at_once_is_undone_once(
    common_database: Database, order_id: str, seen: str, anne: Actor
) -> None:
    """The second click finds it open already."""
    with common_database.writing() as session:
        approval(anne, order_id, seen)(session)
    undo: Act = lambda s: reopen_order(s, anne, order_id, seen=None, reason="Une faute")  # noqa: E731
    assert len(refusals(at_once(common_database, [undo, undo]))) == 1
    with common_database.reading() as session:
        assert session.get_one(Order, order_id).status is OrderStatus.AWAITING_VALIDATION


@pytest.mark.parametrize("by", ["disabling", "another role"])
def test_two_administrators_who_remove_each_other_leave_one(common_database: Database, by: str) -> None:
    """Again and again: one of them is the last, and neither runs into a deadlock."""
    for _ in range(6):
        with common_database.writing() as session:
            session.execute(text("""UPDATE "Expert" SET "isActive" = false"""))
            first, second = make_staff(session, Role.ADMIN), make_staff(session, Role.ADMIN)

        def remove(person: Actor, other: Actor) -> Act:
            if by == "disabling":
                return lambda s: disable_staff(s, person, other.id)
            return lambda s: set_role(s, person, other.id, Role.SUPPORT)

        outcomes = at_once(common_database, [remove(first, second), remove(second, first)])
        assert refusals(outcomes) == [LastAdmin]
        with common_database.reading() as session:
            left = select(Staff.id).where(Staff.role == ExpertRole.ADMIN, Staff.is_active)
            assert len(session.scalars(left).all()) == 1


def test_an_address_that_two_add_at_once_belongs_to_one_account(common_database: Database) -> None:
    """Whatever the case it was typed in; the other is told that it is taken."""
    with common_database.writing() as session:
        admin = make_staff(session, Role.ADMIN)
    address = f"new{utcnow().timestamp()}@lumira.test"

    def add(typed: str) -> Act:
        return lambda s: add_staff(s, admin, email=typed, name="Nouvelle", role=Role.EXPERT, password_hash="!")

    outcomes = at_once(common_database, [add(address), add(address.upper()), add(f" {address} ")])
    assert refusals(outcomes) == [EmailTaken] * 2
