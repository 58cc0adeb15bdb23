"""Staff: who may sign in, as what. The contract's role stays as it is; SUPPORT narrows it in ``desk``."""

import re

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands.locking import lock_staff
from lumira_db.commands.sessions import end_sessions_of
from lumira_db.enums import ExpertRole
from lumira_db.errors import EmailTaken, InvalidInput, LastAdmin
from lumira_db.i18n_marker import N_
from lumira_db.models import Staff, StaffAccount
from lumira_db.permissions import Permission, require

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
MAXIMUM_NAME = 120


def add_staff(session: Session, actor: Actor, *, email: str, name: str, role: Role, password_hash: str) -> str:
    """Open an account and return its id. Raises ``EmailTaken``, ``InvalidInput``, ``NotPermitted``."""
    require(actor, Permission.MANAGE_STAFF)
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise InvalidInput(problem=N_("This is not an e-mail address."))
    if session.execute(select(Staff.id).where(func.lower(Staff.email) == email)).first():
        raise EmailTaken(email=email)
    staff = Staff(email=email, name=_name(name), role=_contract_role(role), password=password_hash, is_active=True)
    session.add(staff)
    try:
        session.flush()
    except IntegrityError as taken:
        # Somebody else opened an account with this address in the same moment.
        raise EmailTaken(email=email) from taken
    _narrow(session, staff.id, role)
    audit.record(session, actor, "staff.add", "staff", staff.id, after={"role": role, "name": staff.name})
    return staff.id


def set_role(session: Session, actor: Actor, staff_id: str, role: Role, *, seen: str | None = None) -> None:
    """Give another role; the person's open sessions follow at their next click. Raises ``LastAdmin``."""
    require(actor, Permission.MANAGE_STAFF)
    admins = _lock_admins(session)
    staff = lock_staff(session, staff_id, seen)
    before = _role_of(session, staff)
    if role is not Role.ADMIN and admins == {staff_id}:
        raise LastAdmin
    staff.role = _contract_role(role)
    _narrow(session, staff_id, role)
    audit.record(session, actor, "staff.set_role", "staff", staff_id, before={"role": before}, after={"role": role})


def disable_staff(session: Session, actor: Actor, staff_id: str, *, seen: str | None = None) -> int:
    """Close the account and end its sessions; returns how many ended. Raises ``LastAdmin``."""
    require(actor, Permission.MANAGE_STAFF)
    admins = _lock_admins(session)
    staff = lock_staff(session, staff_id, seen)
    if admins == {staff_id}:
        raise LastAdmin
    before, staff.is_active = staff.is_active, False
    ended = end_sessions_of(session, staff_id)
    audit.record(
        session,
        actor,
        "staff.disable",
        "staff",
        staff_id,
        before={"active": before},
        after={"active": False, "sessions": ended},
    )
    return ended


def enable_staff(session: Session, actor: Actor, staff_id: str, *, seen: str | None = None) -> None:
    """Let the account sign in again."""
    require(actor, Permission.MANAGE_STAFF)
    staff = lock_staff(session, staff_id, seen)
    before, staff.is_active = staff.is_active, True
    audit.record(session, actor, "staff.enable", "staff", staff_id, before={"active": before}, after={"active": True})


def reset_password(session: Session, actor: Actor, staff_id: str, *, password_hash: str) -> None:
    """Set a new password for somebody else and end their sessions."""
    require(actor, Permission.MANAGE_STAFF)
    lock_staff(session, staff_id).password = password_hash
    ended = end_sessions_of(session, staff_id)
    audit.record(session, actor, "staff.reset_password", "staff", staff_id, after={"sessions": ended})


def change_own_name(session: Session, actor: Actor, name: str) -> None:
    """Change one's own name. Raises ``InvalidInput``."""
    require(actor, Permission.OWN_ACCOUNT)
    staff = lock_staff(session, actor.id)
    before, staff.name = staff.name, _name(name)
    audit.record(session, actor, "account.name", "staff", actor.id, before={"name": before}, after={"name": staff.name})


def change_own_password(session: Session, actor: Actor, *, password_hash: str, keep: str | None = None) -> None:
    """Set one's own new password and end one's other sessions, all but ``keep``; the caller has checked the
    present password."""
    require(actor, Permission.OWN_ACCOUNT)
    lock_staff(session, actor.id).password = password_hash
    ended = end_sessions_of(session, actor.id, keep=keep)
    audit.record(session, actor, "account.password", "staff", actor.id, after={"sessions": ended})


def choose_own_language(session: Session, actor: Actor, language: str) -> None:
    """Keep the language of one's screens (``fr`` or ``en``)."""
    require(actor, Permission.OWN_ACCOUNT)
    if language not in {"fr", "en"}:
        raise InvalidInput(problem=N_("The Desk speaks French and English."))
    _account(session, actor.id, {"language": language})


def _narrow(session: Session, staff_id: str, role: Role) -> None:
    _account(session, staff_id, {"role": Role.SUPPORT if role is Role.SUPPORT else None})


def _account(session: Session, staff_id: str, values: dict[str, str | None]) -> None:
    row = insert(StaffAccount).values(staff_id=staff_id, updated_at=utcnow(), **values)
    session.execute(
        row.on_conflict_do_update(index_elements=[StaffAccount.staff_id], set_={**values, "updated_at": utcnow()})
    )


def _contract_role(role: Role) -> ExpertRole:
    return ExpertRole.ADMIN if role is Role.ADMIN else ExpertRole.EXPERT


def _role_of(session: Session, staff: Staff) -> Role:
    account = session.get(StaffAccount, staff.id, populate_existing=True)
    return Role.SUPPORT if account and account.role == Role.SUPPORT else Role(staff.role)


def _lock_admins(session: Session) -> set[str]:
    """The ids of those who can manage the Desk now, locked before any other account.

    Two of them who disable each other at once wait here for one another, in one order, and the second one
    sees what the first one did.
    """
    admins = session.scalars(
        select(Staff.id)
        .outerjoin(StaffAccount, StaffAccount.staff_id == Staff.id)
        .where(Staff.role == ExpertRole.ADMIN, Staff.is_active, StaffAccount.role.is_(None))
        .order_by(Staff.id)
        .with_for_update(of=Staff)
    )
    return set(admins)


def _name(name: str) -> str:
    stripped = " ".join(name.split())
    if not stripped or len(stripped) > MAXIMUM_NAME:
        raise InvalidInput(problem=N_("A name has between 1 and 120 characters."))
    return stripped
