"""Staff: who may sign in, as what, and when they last did."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lumira_db.actor import Role
from lumira_db.clock import utcnow
from lumira_db.errors import RecordNotFound
from lumira_db.models import DeskSession, Staff, StaffAccount, row_version


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One account; ``version`` is what the screen saw, ``sessions`` how many are open now."""

    id: str
    version: str
    name: str
    email: str
    role: Role
    is_active: bool
    last_login: datetime | None
    created_at: datetime
    sessions: int


def list_staff(session: Session) -> tuple[StaffRow, ...]:
    """Every account, the active ones first, by name. A house has tens of them: no paging."""
    open_sessions = (
        select(func.count())
        .where(DeskSession.staff_id == Staff.id, DeskSession.ended_at.is_(None), DeskSession.expires_at > utcnow())
        .scalar_subquery()
    )
    rows = session.execute(
        select(Staff, row_version("Expert"), StaffAccount.role, open_sessions)
        .outerjoin(StaffAccount, StaffAccount.staff_id == Staff.id)
        .order_by(Staff.is_active.desc(), func.lower(Staff.name), Staff.id)
    )
    return tuple(_row(staff, version, narrowed, count) for staff, version, narrowed, count in rows)


def get_staff(session: Session, staff_id: str) -> StaffRow:
    """One account. Raises ``RecordNotFound``."""
    found = [row for row in list_staff(session) if row.id == staff_id]
    if not found:
        raise RecordNotFound(id=staff_id)
    return found[0]


def get_password_hash(session: Session, staff_id: str) -> str:
    """The bcrypt hash of an account, to check its owner's present password. Raises ``RecordNotFound``."""
    found = session.execute(select(Staff.password).where(Staff.id == staff_id)).first()
    if found is None:
        raise RecordNotFound(id=staff_id)
    return str(found[0])


def _row(staff: Staff, version: str, narrowed: str | None, sessions: int) -> StaffRow:
    return StaffRow(
        id=staff.id,
        version=version,
        name=staff.name,
        email=staff.email,
        role=Role.SUPPORT if narrowed == Role.SUPPORT else Role(staff.role),
        is_active=staff.is_active,
        last_login=staff.last_login,
        created_at=staff.created_at,
        sessions=sessions,
    )
