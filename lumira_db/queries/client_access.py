"""Who looked at a client, what was revealed to whom, and what is uncovered for somebody right now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from lumira_db.actor import Actor
from lumira_db.discretion import EVERYTHING
from lumira_db.enums import UserStatus
from lumira_db.models import Client, ClientAccess, ClientReveal, Order, OrderFile, Staff
from lumira_db.permissions import Permission, allows
from lumira_db.states import Intimate


@dataclass(frozen=True, slots=True)
class AccessRow:
    """Somebody's look at a client's page, from its first moment to its last (UTC)."""

    id: int
    staff_id: str
    staff_name: str
    first_at: datetime
    last_at: datetime
    looks: int


@dataclass(frozen=True, slots=True)
class RevealRow:
    """Something intimate that was uncovered for somebody, and why."""

    id: int
    staff_id: str
    staff_name: str
    field: Intimate
    reason: str
    revealed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RecentRow:
    """A client whose page somebody looked at, and when last (UTC)."""

    id: str
    ref_id: str | None
    name: str
    email: str
    status: UserStatus
    at: datetime


_SHOWN = select(ClientReveal.field).where(
    ClientReveal.client_id == bindparam("client_id"),
    ClientReveal.staff_id == bindparam("staff_id"),
    ClientReveal.expires_at > bindparam("now"),
)


def shown_to(session: Session, actor: Actor, client_id: str, *, now: datetime) -> frozenset[Intimate]:
    """What of this client the person may see now: everything, or what they said that they must see."""
    if allows(actor, Permission.SEE_INTIMATE):
        return EVERYTHING
    if not allows(actor, Permission.REVEAL_INTIMATE):
        return frozenset()
    found = session.scalars(_SHOWN, {"client_id": client_id, "staff_id": actor.id, "now": now})
    return frozenset(Intimate(field) for field in found)


def client_of_file(session: Session, file_id: str) -> str | None:
    """Whose photo a file of an order is."""
    query = select(Order.client_id).join(OrderFile, OrderFile.order_id == Order.id).where(OrderFile.id == file_id)
    return session.scalar(query)


def list_access(session: Session, client_id: str, *, limit: int = 100) -> tuple[AccessRow, ...]:
    """Who looked at the client's page, the last look first."""
    a = ClientAccess
    query = select(a.id, a.staff_id, a.staff_name, a.first_at, a.last_at, a.looks).where(a.client_id == client_id)
    return tuple(AccessRow(*row) for row in session.execute(query.order_by(a.last_at.desc(), a.id.desc()).limit(limit)))


def list_recent(session: Session, staff_id: str, *, limit: int = 8) -> tuple[RecentRow, ...]:
    """The clients whose pages the person looked at last, each once. Looks at some fifty pages back are considered."""
    a = ClientAccess
    latest = (
        select(a.client_id, a.last_at).where(a.staff_id == staff_id).order_by(a.last_at.desc()).limit(50).subquery()
    )
    once = (
        select(latest.c.client_id, func.max(latest.c.last_at).label("at"))
        .group_by(latest.c.client_id)
        .order_by(func.max(latest.c.last_at).desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(Client.id, Client.ref_id, Client.first_name, Client.last_name, Client.email, Client.status, once.c.at)
        .join(once, once.c.client_id == Client.id)
        .order_by(once.c.at.desc(), Client.id)
    )
    return tuple(
        RecentRow(id_, ref_id, f"{first} {last}".strip(), email, status, at)
        for id_, ref_id, first, last, email, status, at in session.execute(query)
    )


def list_reveals(session: Session, client_id: str, *, limit: int = 100) -> tuple[RevealRow, ...]:
    """What was uncovered of the client, the last first."""
    r = ClientReveal
    query = (
        select(r.id, r.staff_id, Staff.name, r.field, r.reason, r.revealed_at, r.expires_at)
        .outerjoin(Staff, Staff.id == r.staff_id)
        .where(r.client_id == client_id)
        .order_by(r.revealed_at.desc(), r.id.desc())
        .limit(limit)
    )
    return tuple(
        RevealRow(id_, staff, name or staff, Intimate(field), reason, at, until)
        for id_, staff, name, field, reason, at, until in session.execute(query)
    )
