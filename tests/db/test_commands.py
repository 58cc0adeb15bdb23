"""What holds for every command: one door to write, one to read, and a trace of every deed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy import select, text
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands import claims, decisions, deliveries, editing, exports, production, staff, tasks
from lumira_db.engine import Database
from lumira_db.enums import DeliveryFormat, OrderStatus
from lumira_db.models import AuditEntry, Claim, Client, Delivery, DeliveryState, Order, TaskKind, row_version
from tests.db.client_deeds import CLIENT_DEEDS, ELSEWHERE
from tests.factories import make_claim, make_client, make_order, make_staff
from tests.unit.test_permissions import COMMANDS

LEASE = timedelta(minutes=5)
FOREVER = utcnow().replace(year=2100)
REASON = "Section travail hors sujet"
S = OrderStatus


@dataclass
class Stage:
    """What a command acts on: a person of each kind and an order that the expert holds."""

    session: Session
    expert: Actor
    boss: Actor
    other: Actor
    order: Order

    @property
    def seen(self) -> str:
        query = select(row_version("Order")).select_from(Order).where(Order.id == self.order.id)
        return self.session.execute(query).scalar_one()

    def delivery(self, state: DeliveryState) -> Any:
        """The order approved, its delivery in this state."""
        approve(self)
        delivery = self.session.scalars(select(Delivery)).one()
        delivery.state = state
        self.session.flush()
        self.session.info.clear()
        return delivery.id


Deed = Callable[[Stage], Any]


def approve(stage: Stage) -> Any:
    return decisions.approve_order(
        stage.session,
        stage.expert,
        stage.order.id,
        seen=stage.seen,
        channel=DeliveryFormat.EMAIL,
        undo_seconds=0,
        sender_domain="lumira.example",
    )


def take_free(stage: Stage) -> Any:
    claims.release_claim(stage.session, stage.expert, stage.order.id)
    return claims.take_order(stage.session, stage.expert, stage.order.id, lease=LEASE)


def take_next(stage: Stage) -> Any:
    claims.release_claim(stage.session, stage.expert, stage.order.id)
    return claims.take_next(stage.session, stage.expert, status=S.AWAITING_VALIDATION, lease=LEASE)


# What each command leaves in the audit: the entries, and whether they say what was before and after.
DEEDS: dict[str, tuple[Deed, S, list[str], bool, bool]] = {
    "take_order": (take_free, S.AWAITING_VALIDATION, ["order.take"], False, False),
    "take_next": (take_next, S.AWAITING_VALIDATION, ["order.take"], False, False),
    "take_over": (
        lambda s: claims.take_over(s.session, s.other, s.order.id, reason=REASON, lease=LEASE),
        S.AWAITING_VALIDATION,
        ["order.take_over"],
        True,
        True,
    ),
    "save_reading": (
        lambda s: editing.save_reading(
            s.session, s.expert, s.order.id, seen=s.seen, edits={"synthesis.archetype": "x"}
        ),
        S.AWAITING_VALIDATION,
        ["reading.save"],
        False,
        True,
    ),
    "approve_order": (approve, S.AWAITING_VALIDATION, ["order.approve"], True, True),
    "request_revision": (
        lambda s: decisions.request_revision(s.session, s.expert, s.order.id, seen=s.seen, instructions=REASON),
        S.AWAITING_VALIDATION,
        ["order.request_revision"],
        True,
        True,
    ),
    "reject_order": (
        lambda s: decisions.reject_order(s.session, s.expert, s.order.id, seen=s.seen, reason=REASON),
        S.AWAITING_VALIDATION,
        ["order.reject"],
        True,
        True,
    ),
    "reopen_order": (
        lambda s: decisions.reopen_order(s.session, s.expert, s.order.id, seen=s.seen, reason=REASON),
        S.COMPLETED,
        ["order.reopen"],
        True,
        True,
    ),
    "start_production": (
        lambda s: production.start_production(s.session, s.expert, s.order.id, seen=s.seen),
        S.PAID,
        ["order.start_production"],
        True,
        True,
    ),
    "retry_production": (
        lambda s: production.retry_production(s.session, s.expert, s.order.id, seen=s.seen),
        S.FAILED,
        ["order.retry_production"],
        True,
        True,
    ),
    "retry_delivery": (
        lambda s: deliveries.retry_delivery(s.session, s.expert, s.delivery(DeliveryState.FAILED)),
        S.AWAITING_VALIDATION,
        ["delivery.retry"],
        True,
        True,
    ),
    "confirm_whatsapp": (
        lambda s: deliveries.confirm_whatsapp(s.session, s.expert, s.delivery(DeliveryState.CONFIRMING)),
        S.AWAITING_VALIDATION,
        ["delivery.send"],
        True,
        True,
    ),
    "record_export": (
        lambda s: exports.record_export(s.session, s.boss, "orders", form="csv", chosen={}, rows=1, complete=True),
        S.PAID,
        ["orders.export"],
        False,
        True,
    ),
    "add_staff": (
        lambda s: staff.add_staff(
            s.session, s.boss, email="neuve@lumira.test", name="Neuve", role=Role.EXPERT, password_hash="!"
        ),
        S.PAID,
        ["staff.add"],
        False,
        True,
    ),
    "set_role": (
        lambda s: staff.set_role(s.session, s.boss, s.other.id, Role.SUPPORT),
        S.PAID,
        ["staff.set_role"],
        True,
        True,
    ),
    "disable_staff": (
        lambda s: staff.disable_staff(s.session, s.boss, s.other.id),
        S.PAID,
        ["staff.disable"],
        True,
        True,
    ),
    "enable_staff": (
        lambda s: staff.enable_staff(s.session, s.boss, s.other.id),
        S.PAID,
        ["staff.enable"],
        True,
        True,
    ),
    "reset_password": (
        lambda s: staff.reset_password(s.session, s.boss, s.other.id, password_hash="!"),
        S.PAID,
        ["staff.reset_password"],
        False,
        True,
    ),
    "change_own_name": (
        lambda s: staff.change_own_name(s.session, s.expert, "Neuve"),
        S.PAID,
        ["account.name"],
        True,
        True,
    ),
    "change_own_password": (
        lambda s: staff.change_own_password(s.session, s.expert, password_hash="!"),
        S.PAID,
        ["account.password"],
        False,
        True,
    ),
    "start_task": (
        lambda s: tasks.start_task(s.session, s.boss, TaskKind.TAG_CLIENTS),
        S.PAID,
        ["task.start"],
        False,
        True,
    ),
    # Signs of life, keystrokes and tastes change nothing that anybody answers for.
    "renew_claim": (
        lambda s: claims.renew_claim(s.session, s.expert, s.order.id, lease=LEASE),
        S.AWAITING_VALIDATION,
        [],
        False,
        False,
    ),
    "release_claim": (
        lambda s: claims.release_claim(s.session, s.expert, s.order.id),
        S.AWAITING_VALIDATION,
        [],
        False,
        False,
    ),
    "journal_draft": (
        lambda s: editing.journal_draft(s.session, s.expert, s.order.id, seen=s.seen, edits={"a": "b"}, sequence=1),
        S.AWAITING_VALIDATION,
        [],
        False,
        False,
    ),
    "resolve_draft": (
        lambda s: editing.resolve_draft(s.session, s.expert, s.order.id, seen=s.seen, mine=(), theirs=()),
        S.AWAITING_VALIDATION,
        [],
        False,
        False,
    ),
    "choose_own_language": (lambda s: staff.choose_own_language(s.session, s.expert, "en"), S.PAID, [], False, False),
}


DEEDS |= CLIENT_DEEDS


def test_every_command_of_a_person_says_here_what_it_leaves() -> None:
    """A new command is a new deed, or says that it is none, or where its several traces are tested."""
    assert {name.partition(".")[2].partition("(")[0] for name in COMMANDS} <= set(DEEDS) | ELSEWHERE


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_leaves_its_trace_and_nothing_else_does(session: Session, name: str) -> None:
    """Who did what to what; before and after wherever there is a state to tell of; the chain holds."""
    deed, status, actions, before, after = DEEDS[name]
    expert, boss, other = make_staff(session), make_staff(session, Role.ADMIN), make_staff(session)
    order = make_order(session, make_client(session, phone="+33611111111"), status=status)
    make_claim(session, order, expert, expires_at=FOREVER)
    deed(Stage(session, expert, boss, other, order))
    audit.flush(session)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == actions
    for entry in entries:
        assert entry.actor_id in {expert.id, boss.id, other.id}
        assert entry.actor_role in {Role.EXPERT, Role.ADMIN}
        assert (entry.before is not None, entry.after is not None) == (before, after)
        assert entry.before != entry.after or not before or name == "enable_staff"
    assert list(audit.verify(session)) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda s: s.execute(text("""UPDATE "User" SET "notes" = 'x'""")),
        lambda s: s.execute(text("DELETE FROM desk.claim")),
        lambda s: make_client(s),
        lambda s: claims.take_order(s, Actor("a", "A", "", Role.EXPERT), _any_order(s), lease=LEASE),
    ],
    ids=["update", "delete", "insert", "command"],
)
def test_a_reading_session_refuses_to_write(common_database: Database, write: Callable[[Session], Any]) -> None:
    """PostgreSQL itself says so, whatever the code believes."""
    with common_database.writing() as session:
        make_order(session)

    def try_it() -> None:
        with common_database.reading() as session:
            write(session)

    with pytest.raises(InternalError) as refused:
        try_it()
    assert isinstance(refused.value.orig, errors.ReadOnlySqlTransaction)


def test_a_connection_that_has_read_can_write_again(common_database: Database) -> None:
    """The pool gives it back as it was."""
    narrow = Database(common_database.engine.url.render_as_string(hide_password=False), pool_size=1)
    for _ in range(3):
        with narrow.reading() as session:
            session.execute(text("SELECT 1"))
        with narrow.writing() as session:
            make_client(session)
    narrow.dispose()


def test_a_writing_session_commits_at_the_end_of_the_block_and_not_before(common_database: Database) -> None:
    """Others see all of it at once."""
    with common_database.writing() as session:
        made = make_client(session, notes="première")
        session.flush()
        assert _find(common_database, made.id) is None
        order = make_order(session, made)
    assert _find(common_database, made.id) is not None
    with common_database.reading() as session:
        assert session.get(Order, order.id) is not None


def test_a_writing_session_that_fails_leaves_nothing(common_database: Database) -> None:
    """Neither its rows nor its traces."""
    made: list[str] = []

    def fail() -> None:
        with common_database.writing() as session:
            client = make_client(session)
            made.append(client.id)
            audit.record(session, make_staff(session), "client.x", "client", client.id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _find(common_database, made[0]) is None
    with common_database.reading() as session:
        assert session.scalars(select(AuditEntry.id).where(AuditEntry.subject_id == made[0])).all() == []


def test_a_claim_and_its_trace_are_committed_together(common_database: Database) -> None:
    """The entry is written by the door, in the same transaction."""
    with common_database.writing() as session:
        person, order = make_staff(session), make_order(session)
    with common_database.writing() as session:
        claims.take_order(session, person, order.id, lease=LEASE)
        assert session.scalars(select(AuditEntry.id).where(AuditEntry.subject_id == order.id)).all() == []
    with common_database.reading() as session:
        query = select(Claim.staff_id, AuditEntry.action).join(AuditEntry, AuditEntry.subject_id == Claim.order_id)
        assert session.execute(query.where(Claim.order_id == order.id)).all() == [(person.id, "order.take")]
        same = "SELECT c.xmin = a.xmin FROM desk.claim c JOIN desk.audit a ON a.subject_id = c.order_id"
        assert session.scalar(text(f"{same} WHERE c.order_id = :id"), {"id": order.id}) is True


def _any_order(session: Session) -> str:
    return session.scalars(select(Order.id).limit(1)).one()


def _find(database: Database, client_id: str) -> Client | None:
    with database.reading() as session:
        return session.get(Client, client_id)
