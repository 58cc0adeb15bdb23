"""Sessions and attempts to sign in: what stands, what has ended, what is counted, what is kept."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands.sessions import (
    ACCOUNT_LIMIT,
    ADDRESS_LIMIT,
    WINDOW,
    Attempt,
    Opened,
    Origin,
    Refused,
    begin_attempt,
    end_session,
    end_sessions_of,
    open_session,
    refuse_sign_in,
    sign_in,
    touch_session,
)
from lumira_db.engine import Database
from lumira_db.models import AuditEntry, DeskSession, SignInAttempt, Staff, StaffAccount
from lumira_db.queries.sessions import (
    Credentials,
    find_credentials,
    live_sessions,
    session_actor,
    session_of_token,
    token_hash,
)
from tests.factories import make_staff

HERE = Origin("192.0.2.7", "Firefox")
ACCOUNT = b"a" * 32


def opened(session: Session, role: Role = Role.EXPERT, **values: object) -> tuple[Actor, Opened]:
    person = make_staff(session, role, **values)
    return person, open_session(session, person.id, HERE)


def change(session: Session, session_id: str, **values: object) -> None:
    session.execute(update(DeskSession).where(DeskSession.id == uuid.UUID(session_id)).values(**values))


@pytest.mark.parametrize("role", list(Role))
def test_a_session_says_who_is_there_in_which_role(session: Session, role: Role) -> None:
    person, made = opened(session, role)
    found = session_actor(session, made.session_id)
    assert found is not None
    assert found.actor == person
    assert found == session_of_token(session, made.token)


def test_an_administrator_narrowed_to_support_is_support(session: Session) -> None:
    person, made = opened(session, Role.ADMIN)
    session.add(StaffAccount(staff_id=person.id, role="SUPPORT", language="en"))
    session.flush()
    found = session_actor(session, made.session_id)
    assert found is not None
    assert (found.actor.role, found.language) == (Role.SUPPORT, "en")


def test_only_the_hash_of_a_token_is_kept(session: Session) -> None:
    _, made = opened(session)
    row = session.scalars(select(DeskSession)).one()
    assert row.token_hash == token_hash(made.token)
    assert made.token.encode() not in row.token_hash
    assert len(made.token) >= 43
    assert made.token not in repr(made)


@pytest.mark.parametrize(
    "values",
    [
        {"ended_at": utcnow()},
        {"expires_at": utcnow() - timedelta(seconds=1)},
        {"seen_at": utcnow() - timedelta(hours=8, seconds=1)},
    ],
    ids=["ended", "past its end", "unused too long"],
)
def test_a_session_that_is_over_is_nobodys(session: Session, values: dict[str, object]) -> None:
    _, made = opened(session)
    change(session, made.session_id, **values)
    assert session_actor(session, made.session_id) is None
    assert session_of_token(session, made.token) is None
    assert live_sessions(session, [made.session_id]) == set()


def test_a_disabled_account_is_out_at_once(session: Session) -> None:
    person, made = opened(session)
    session.execute(update(Staff).where(Staff.id == person.id).values(is_active=False))
    assert session_actor(session, made.session_id) is None
    assert live_sessions(session, [made.session_id]) == set()


@pytest.mark.parametrize("unknown", ["", "nonsense", "66186814-1be9-4421-894a-f58bee7b5a94", "' OR 1=1 --", "\x00"])
def test_an_unknown_session_is_nobodys(session: Session, unknown: str) -> None:
    opened(session)
    assert session_actor(session, unknown) is None
    assert session_of_token(session, unknown) is None


def test_the_idle_limit_is_the_installations(session: Session) -> None:
    _, made = opened(session)
    change(session, made.session_id, seen_at=utcnow() - timedelta(minutes=31))
    assert session_actor(session, made.session_id, idle=timedelta(minutes=30)) is None
    assert session_actor(session, made.session_id, idle=timedelta(minutes=32)) is not None


def test_who_is_there_takes_one_statement(session: Session) -> None:
    _, made = opened(session)
    sent: list[str] = []

    def note(*facts: Any) -> None:
        sent.append(facts[2])

    event.listen(session.connection(), "before_cursor_execute", note)
    assert session_actor(session, made.session_id) is not None
    assert len(sent) == 1


def test_a_session_in_use_is_noted_at_most_once_a_minute(session: Session) -> None:
    _, made = opened(session)
    fresh = utcnow() - timedelta(seconds=50)
    change(session, made.session_id, seen_at=fresh)
    touch_session(session, made.session_id)
    session.expire_all()
    assert session.scalars(select(DeskSession.seen_at)).one() == fresh
    change(session, made.session_id, seen_at=utcnow() - timedelta(seconds=61))
    touch_session(session, made.session_id)
    assert utcnow() - session.scalars(select(DeskSession.seen_at)).one() < timedelta(seconds=10)


def test_a_session_that_ended_is_not_woken_by_use(session: Session) -> None:
    _, made = opened(session)
    before = utcnow() - timedelta(hours=1)
    change(session, made.session_id, ended_at=before, seen_at=before)
    touch_session(session, made.session_id)
    assert session.scalars(select(DeskSession.seen_at)).one() == before


def test_signing_out_ends_one_session_once_and_leaves_a_trace(session: Session) -> None:
    person, made = opened(session)
    other = open_session(session, person.id, HERE)
    assert end_session(session, person, made.session_id)
    assert not end_session(session, person, made.session_id)
    audit.flush(session)
    assert session_actor(session, made.session_id) is None
    assert session_actor(session, other.session_id) is not None
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.sign_out")).all()
    assert [(entry.actor_id, entry.after) for entry in entries] == [(person.id, {"session": made.session_id})]


def test_all_sessions_of_a_person_end_together_but_one_can_be_kept(session: Session) -> None:
    person, first = opened(session)
    second, third = open_session(session, person.id, HERE), open_session(session, person.id, HERE)
    _, strangers = opened(session)
    assert end_sessions_of(session, person.id, keep=second.session_id) == 2
    everyone = [made.session_id for made in (first, second, third, strangers)]
    assert live_sessions(session, everyone) == {second.session_id, strangers.session_id}
    assert end_sessions_of(session, person.id) == 1


def test_an_account_is_found_however_its_address_is_written(session: Session) -> None:
    person = make_staff(session, email="Marie.Dupont@Lumira.test", password="$2b$x")
    for typed in ("marie.dupont@lumira.test", " MARIE.DUPONT@LUMIRA.TEST ", "Marie.Dupont@Lumira.test"):
        found = find_credentials(session, typed)
        assert found is not None
        assert (found.staff_id, found.password_hash) == (person.id, "$2b$x")
        assert "$2b$x" not in repr(found)
    assert find_credentials(session, "marie@lumira.test") is None
    assert find_credentials(session, "%") is None


def test_of_two_accounts_that_differ_in_case_the_exact_one_is_found(session: Session) -> None:
    lower = make_staff(session, email="marie@lumira.test")
    upper = make_staff(session, email="MARIE@lumira.test")
    found = [find_credentials(session, email) for email in ("marie@lumira.test", "MARIE@lumira.test")]
    assert [one and one.staff_id for one in found] == [lower.id, upper.id]


def fail(session: Session, times: int, account: bytes = ACCOUNT, address: str = HERE.address) -> list[Attempt]:
    return [begin_attempt(session, account, address) for _ in range(times)]


def test_after_five_failures_an_account_has_to_wait_wherever_they_came_from(session: Session) -> None:
    for number in range(ACCOUNT_LIMIT):
        assert begin_attempt(session, ACCOUNT, f"192.0.2.{number}").throttled is None
    assert begin_attempt(session, ACCOUNT, "192.0.2.99").throttled is Refused.THROTTLED_ACCOUNT
    assert begin_attempt(session, b"b" * 32, "192.0.2.99").throttled is None


def test_after_thirty_failures_a_network_address_has_to_wait_whatever_account_it_tries(session: Session) -> None:
    for number in range(ADDRESS_LIMIT):
        assert begin_attempt(session, bytes([number]) * 32, HERE.address).throttled is None
    assert begin_attempt(session, b"z" * 32, HERE.address).throttled is Refused.THROTTLED_ADDRESS
    assert begin_attempt(session, b"z" * 32, "192.0.2.8").throttled is None


def test_the_wait_is_over_after_a_quarter_of_an_hour_and_is_not_lengthened_by_trying(session: Session) -> None:
    fail(session, ACCOUNT_LIMIT)
    assert all(attempt.throttled for attempt in fail(session, 10))
    session.execute(update(SignInAttempt).values(at=utcnow() - WINDOW - timedelta(seconds=1)))
    assert begin_attempt(session, ACCOUNT, HERE.address).throttled is None


def credentials_of(person: Actor, password_hash: str = "!") -> Credentials:
    assert person.role is not None
    return Credentials(person.id, person.name, person.email, person.role, password_hash, is_active=True)


def test_a_success_forgives_the_account_but_not_the_network_address(session: Session) -> None:
    person = make_staff(session)
    last = fail(session, ACCOUNT_LIMIT)[-1]
    sign_in(session, credentials_of(person), last, HERE)
    assert [attempt.throttled for attempt in fail(session, ACCOUNT_LIMIT)] == [None] * ACCOUNT_LIMIT
    assert begin_attempt(session, ACCOUNT, HERE.address).throttled is Refused.THROTTLED_ACCOUNT
    for number in range(ADDRESS_LIMIT - 2 * ACCOUNT_LIMIT + 1):
        assert begin_attempt(session, bytes([number]) * 32, HERE.address).throttled is None
    assert begin_attempt(session, b"z" * 32, HERE.address).throttled is Refused.THROTTLED_ADDRESS


def test_a_hundred_attempts_at_once_get_no_more_tries_than_in_a_row(database: Database) -> None:
    start = threading.Barrier(12)

    def attempt(_: int) -> Attempt:
        start.wait()
        with database.writing() as session:
            return begin_attempt(session, ACCOUNT, HERE.address)

    with ThreadPoolExecutor(12) as threads:
        attempts = list(threads.map(attempt, range(12)))
    assert sum(one.throttled is None for one in attempts) == ACCOUNT_LIMIT


def test_signing_in_opens_a_session_notes_the_moment_and_leaves_a_trace(session: Session) -> None:
    person = make_staff(session)
    attempt = begin_attempt(session, ACCOUNT, HERE.address)
    made = sign_in(session, credentials_of(person), attempt, HERE, lifetime=timedelta(hours=2))
    audit.flush(session)
    found = session_of_token(session, made.token)
    assert found is not None
    assert found.actor == person
    assert timedelta(minutes=119) < found.expires_at - utcnow() <= timedelta(hours=2)
    last_login = session.scalars(select(Staff.last_login).where(Staff.id == person.id)).one()
    assert last_login is not None
    assert utcnow() - last_login < timedelta(seconds=10)
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.subject_id) == ("staff.sign_in", person.id, person.id)
    assert entry.after == {"session": made.session_id, "address": HERE.address, "agent": HERE.agent}
    assert made.token not in str(entry.after)


def test_a_stronger_hash_is_kept_unless_the_password_changed_meanwhile(session: Session) -> None:
    person = make_staff(session, password="old")
    attempt = begin_attempt(session, ACCOUNT, HERE.address)
    sign_in(session, credentials_of(person, "something else"), attempt, HERE, password_hash="stronger")
    assert session.scalars(select(Staff.password)).one() == "old"
    sign_in(session, credentials_of(person, "old"), attempt, HERE, password_hash="stronger")
    assert session.scalars(select(Staff.password)).one() == "stronger"


def test_a_refusal_of_a_stranger_keeps_no_address_in_clear(session: Session) -> None:
    refuse_sign_in(session, None, ACCOUNT, HERE, Refused.UNKNOWN_ADDRESS)
    refuse_sign_in(session, "cstaff", ACCOUNT, HERE, Refused.DISABLED)
    audit.flush(session)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.subject_type, entry.subject_id, entry.reason) for entry in entries] == [
        ("sign_in", ACCOUNT.hex()[:16], "unknown_address"),
        ("staff", "cstaff", "disabled"),
    ]
    assert {entry.action for entry in entries} == {"staff.sign_in_refused"}
    assert {entry.actor_id for entry in entries} == {"system"}
