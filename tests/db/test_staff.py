"""Staff accounts: who may sign in, as what; never without anyone to manage the house."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands.sessions import Origin, open_session
from lumira_db.commands.staff import (
    add_staff,
    change_own_name,
    change_own_password,
    choose_own_language,
    disable_staff,
    enable_staff,
    reset_password,
    set_role,
)
from lumira_db.enums import ExpertRole
from lumira_db.errors import EmailTaken, InvalidInput, LastAdmin, RecordNotFound, StaleRecord
from lumira_db.models import Staff, StaffAccount
from lumira_db.queries.sessions import find_credentials, session_actor
from lumira_db.queries.staff import StaffRow, get_password_hash, get_staff, list_staff
from tests.db.traces import traces
from tests.factories import make_staff

HERE = Origin("127.0.0.1", "a browser")


@pytest.fixture
def boss(session: Session) -> Actor:
    """The only administrator."""
    return make_staff(session, Role.ADMIN, name="Zélie")


def add(session: Session, boss: Actor, email: str = "anne@lumira.test", role: Role = Role.EXPERT) -> str:
    return add_staff(session, boss, email=email, name="Anne", role=role, password_hash="$2b$hash")


def signed_in(session: Session, staff_id: str) -> str:
    return open_session(session, staff_id, HERE).session_id


def row(session: Session, staff_id: str) -> StaffRow:
    session.flush()
    session.expire_all()
    return get_staff(session, staff_id)


@pytest.mark.parametrize("role", Role)
def test_an_added_person_has_their_role_and_can_sign_in(session: Session, boss: Actor, role: Role) -> None:
    """SUPPORT is our narrowing of an EXPERT; the contract's enum stays as it is."""
    staff_id = add(session, boss, role=role)
    added = row(session, staff_id)
    assert (added.role, added.is_active, added.name, added.email) == (role, True, "Anne", "anne@lumira.test")
    contract = session.scalar(select(Staff.role).where(Staff.id == staff_id))
    assert contract is (ExpertRole.ADMIN if role is Role.ADMIN else ExpertRole.EXPERT)
    found = find_credentials(session, "anne@lumira.test")
    assert found is not None
    assert (found.role, found.password_hash) == (role, "$2b$hash")


@pytest.mark.parametrize("typed", ["Anne@Lumira.test", "ANNE@LUMIRA.TEST", "  anne@lumira.test "])
def test_an_address_is_taken_whatever_its_case(session: Session, boss: Actor, typed: str) -> None:
    """Also one that the platform wrote in capitals."""
    make_staff(session, email="Anne@lumira.TEST")
    with pytest.raises(EmailTaken) as refused:
        add(session, boss, email=typed)
    assert refused.value.facts == {"email": "anne@lumira.test"}


@pytest.mark.parametrize("typed", ["", "anne", "anne@", "@lumira.test", "anne@lumira", "a b@lumira.test", "a@b@c.d"])
def test_what_is_no_address_is_refused(session: Session, boss: Actor, typed: str) -> None:
    """Nobody could sign in with it."""
    with pytest.raises(InvalidInput):
        add(session, boss, email=typed)


@pytest.mark.parametrize(("typed", "kept"), [("  Anne   Marie ", "Anne Marie"), ("é" * 120, "é" * 120)])
def test_a_name_is_trimmed(session: Session, boss: Actor, typed: str, kept: str) -> None:
    """And kept to its last letter."""
    change_own_name(session, boss, typed)
    assert row(session, boss.id).name == kept
    assert traces(session, boss.id)[-1].after == {"name": kept}


@pytest.mark.parametrize("typed", ["", "  ", "é" * 121])
def test_no_name_and_an_endless_one_are_refused(session: Session, boss: Actor, typed: str) -> None:
    """Both for oneself and for a new account."""
    with pytest.raises(InvalidInput):
        change_own_name(session, boss, typed)
    with pytest.raises(InvalidInput):
        add_staff(session, boss, email="a@lumira.test", name=typed, role=Role.EXPERT, password_hash="!")


@pytest.mark.parametrize("before", Role)
@pytest.mark.parametrize("after", Role)
def test_every_role_can_become_every_other(session: Session, boss: Actor, before: Role, after: Role) -> None:
    """And open sessions follow at their next click."""
    person = make_staff(session, before)
    opened = signed_in(session, person.id)
    set_role(session, boss, person.id, after)
    assert row(session, person.id).role is after
    seen = session_actor(session, opened)
    assert seen is not None
    assert seen.actor.role is after
    trace = traces(session, person.id)[-1]
    assert (trace.action, trace.before, trace.after) == ("staff.set_role", {"role": before}, {"role": after})


def test_a_narrowed_administrator_is_support_and_no_administrator(session: Session, boss: Actor) -> None:
    """The platform may say ADMIN again; ours still narrows, for the session as for the last administrator."""
    person = make_staff(session, Role.ADMIN)
    set_role(session, boss, person.id, Role.SUPPORT)
    session.get_one(Staff, person.id).role = ExpertRole.ADMIN
    session.flush()
    assert row(session, person.id).role is Role.SUPPORT
    with pytest.raises(LastAdmin):
        disable_staff(session, boss, boss.id)


@pytest.mark.parametrize("role", [Role.EXPERT, Role.SUPPORT])
def test_the_last_administrator_keeps_the_role(session: Session, boss: Actor, role: Role) -> None:
    """Disabled and narrowed ones do not count."""
    disabled = make_staff(session, Role.ADMIN, is_active=False)
    with pytest.raises(LastAdmin):
        set_role(session, boss, boss.id, role)
    set_role(session, boss, boss.id, Role.ADMIN)
    enable_staff(session, boss, disabled.id)
    set_role(session, boss, boss.id, role)
    assert row(session, boss.id).role is role


def test_the_last_administrator_is_not_disabled(session: Session, boss: Actor) -> None:
    """Not even by themselves; with another one beside them they may go."""
    make_staff(session)
    with pytest.raises(LastAdmin):
        disable_staff(session, boss, boss.id)
    make_staff(session, Role.ADMIN)
    disable_staff(session, boss, boss.id)
    assert row(session, boss.id).is_active is False


def test_anybody_else_is_disabled_while_there_is_one_administrator(session: Session, boss: Actor) -> None:
    """Experts, support, and administrators who are disabled already."""
    for role, active in ((Role.EXPERT, True), (Role.SUPPORT, True), (Role.ADMIN, False)):
        person = make_staff(session, role, is_active=active)
        disable_staff(session, boss, person.id)
        assert row(session, person.id).is_active is False


def test_a_disabled_account_is_out_at_once(session: Session, boss: Actor) -> None:
    """Every open session of theirs ends, nobody else's; enabling brings none of them back."""
    person = make_staff(session)
    theirs, own = [signed_in(session, person.id), signed_in(session, person.id)], signed_in(session, boss.id)
    assert disable_staff(session, boss, person.id) == 2
    session.flush()
    assert [session_actor(session, one) for one in theirs] == [None, None]
    assert session_actor(session, own) is not None
    enable_staff(session, boss, person.id)
    session.flush()
    assert [session_actor(session, one) for one in theirs] == [None, None]
    assert session_actor(session, signed_in(session, person.id)) is not None


def test_disabling_and_enabling_say_what_was_before(session: Session, boss: Actor) -> None:
    """Also when nothing changed: the audit does not make up a state."""
    person = make_staff(session)
    for act in (disable_staff, disable_staff, enable_staff, enable_staff):
        act(session, boss, person.id)
    story = [(trace.action, trace.before["active"], trace.after["active"]) for trace in traces(session, person.id)]
    assert story == [
        ("staff.disable", True, False),
        ("staff.disable", False, False),
        ("staff.enable", False, True),
        ("staff.enable", True, True),
    ]


def test_a_new_password_ends_the_sessions_of_the_old_one(session: Session, boss: Actor) -> None:
    """Whoever knew the old one is out; the hash is nowhere in the audit."""
    person = make_staff(session)
    opened = signed_in(session, person.id)
    reset_password(session, boss, person.id, password_hash="$2b$new")
    session.flush()
    assert session_actor(session, opened) is None
    assert get_password_hash(session, person.id) == "$2b$new"
    trace = traces(session, person.id)[-1]
    assert (trace.action, trace.after) == ("staff.reset_password", {"sessions": 1})


def test_ones_own_new_password_is_kept(session: Session, boss: Actor) -> None:
    """With a trace that does not say what it is; other browsers are signed out."""
    change_own_password(session, boss, password_hash="$2b$new")
    session.flush()
    assert get_password_hash(session, boss.id) == "$2b$new"
    trace = traces(session, boss.id)[-1]
    assert (trace.action, trace.before, trace.after) == ("account.password", None, {"sessions": 0})


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_chosen_language_is_kept_beside_the_role(session: Session, role: Role, language: str) -> None:
    """Choosing one does not widen an account, nor does a new role forget it."""
    person, boss = make_staff(session, role), make_staff(session, Role.ADMIN)
    choose_own_language(session, person, language)
    assert row(session, person.id).role is role
    set_role(session, boss, person.id, Role.SUPPORT)
    session.expire_all()
    assert session.get_one(StaffAccount, person.id).language == language


def test_a_language_that_the_desk_does_not_speak_is_refused(session: Session, boss: Actor) -> None:
    """Rather than shown in none."""
    with pytest.raises(InvalidInput):
        choose_own_language(session, boss, "de")


def test_an_account_that_moved_since_it_was_shown_is_not_overwritten(session: Session, boss: Actor) -> None:
    """The platform renamed the person meanwhile: the screen is stale."""
    person = make_staff(session)
    session.commit()
    seen = get_staff(session, person.id).version
    session.get_one(Staff, person.id).name = "Autre"
    session.commit()
    for stale in (
        lambda: set_role(session, boss, person.id, Role.ADMIN, seen=seen),
        lambda: disable_staff(session, boss, person.id, seen=seen),
        lambda: enable_staff(session, boss, person.id, seen=seen),
    ):
        with pytest.raises(StaleRecord):
            stale()


def test_an_account_that_does_not_exist_is_not_found(session: Session, boss: Actor) -> None:
    """Whatever is asked of it."""
    for act in (disable_staff, enable_staff):
        with pytest.raises(RecordNotFound):
            act(session, boss, "nobody")
    with pytest.raises(RecordNotFound):
        set_role(session, boss, "nobody", Role.EXPERT)
    with pytest.raises(RecordNotFound):
        reset_password(session, boss, "nobody", password_hash="!")
    with pytest.raises(RecordNotFound):
        get_staff(session, "nobody")


def test_the_list_shows_who_is_in_and_when_they_last_came(session: Session, boss: Actor) -> None:
    """The active ones first, by name whatever its case; ended and expired sessions are not open."""
    anne, bruno = make_staff(session, name="anne"), make_staff(session, name="Bruno")
    gone = make_staff(session, name="Aline", is_active=False)
    last = datetime(2026, 2, 1, 10, tzinfo=UTC)
    session.get_one(Staff, bruno.id).last_login = last
    signed_in(session, anne.id)
    open_session(session, anne.id, HERE, lifetime=-(utcnow() - utcnow().replace(year=2000)))
    session.flush()
    shown = list_staff(session)
    assert [one.id for one in shown] == [anne.id, bruno.id, boss.id, gone.id]
    assert [(one.sessions, one.last_login) for one in shown] == [(1, None), (0, last), (0, None), (0, None)]
