"""Who is signed in: sessions read together with the account behind them, and credentials to check."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, func, select
from sqlalchemy.orm import Session

from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.models import DeskSession, Staff, StaffAccount

IDLE = timedelta(hours=8)
"""A session unused for so long has ended, unless the installation says otherwise."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session and the person it belongs to, as the database has them now (moments in UTC)."""

    actor: Actor
    session_id: str
    language: str | None
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a sign-in is checked against. Never shown: it has no ``repr``."""

    staff_id: str
    name: str
    email: str
    role: Role
    password_hash: str
    is_active: bool


# Asked at every click, so put together once, and of tables: models would cost as much again as the statement.
_SESSION, _STAFF, _ACCOUNT = (cast("Table", model.__table__).c for model in (DeskSession, Staff, StaffAccount))
_LIVE = (
    select(_SESSION.id, _SESSION.seen_at, _SESSION.expires_at)
    .add_columns(_STAFF.id.label("staff_id"), _STAFF.name, _STAFF.email, _STAFF.role)
    .add_columns(_ACCOUNT.role.label("narrowed"), _ACCOUNT.language)
    .join(Staff.__table__, _STAFF.id == _SESSION.staff_id)
    .outerjoin(StaffAccount.__table__, _ACCOUNT.staff_id == _STAFF.id)
    .where(_SESSION.ended_at.is_(None), _STAFF.isActive)
    .where(_SESSION.expires_at > bindparam("now"), _SESSION.seen_at > bindparam("idle_since"))
)
_BY_ID = _LIVE.where(_SESSION.id == bindparam("id"))
_BY_TOKEN = _LIVE.where(_SESSION.token_hash == bindparam("token_hash"))


def token_hash(token: str) -> bytes:
    """What is stored of a session's token. The token is 32 random bytes, so plain SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def session_actor(session: Session, session_id: str, *, idle: timedelta = IDLE) -> SignedIn | None:
    """Who is behind the session, in one query; None when it ended, expired, or the account is disabled."""
    key = _uuid(session_id)
    return None if key is None else _one(session, _BY_ID, idle, id=key)


def session_of_token(session: Session, token: str, *, idle: timedelta = IDLE) -> SignedIn | None:
    """Who holds this token; None as ``session_actor``."""
    return _one(session, _BY_TOKEN, idle, token_hash=token_hash(token))


def live_sessions(session: Session, session_ids: Iterable[str], *, idle: timedelta = IDLE) -> set[str]:
    """Those of the sessions that still stand."""
    keys = [key for key in map(_uuid, session_ids) if key is not None]
    found = session.execute(_LIVE.where(_SESSION.id.in_(keys)), _now(idle)) if keys else ()
    return {str(row.id) for row in found}


def find_credentials(session: Session, email: str) -> Credentials | None:
    """The account of this address, whatever the case it is written in; the exact writing wins."""
    wanted = email.strip()
    row = session.execute(
        select(Staff.id, Staff.name, Staff.email, Staff.role, StaffAccount.role.label("narrowed"))
        .add_columns(Staff.password.label("password_hash"), Staff.is_active)
        .outerjoin(StaffAccount, StaffAccount.staff_id == Staff.id)
        .where(func.lower(Staff.email) == func.lower(wanted))
        .order_by((Staff.email == wanted).desc(), Staff.is_active.desc(), Staff.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return Credentials(row.id, row.name, row.email, _role(row), row.password_hash, row.is_active)


def _one(session: Session, which: Select[Any], idle: timedelta, **key: Any) -> SignedIn | None:
    row = session.execute(which, key | _now(idle)).first()
    if row is None:
        return None
    actor = Actor(id=row.staff_id, name=row.name, email=row.email, role=_role(row))
    return SignedIn(actor, str(row.id), row.language, row.seen_at, row.expires_at)


def _now(idle: timedelta) -> dict[str, datetime]:
    now = utcnow()
    return {"now": now, "idle_since": now - idle}


def _role(row: Row[Any]) -> Role:
    return Role.SUPPORT if row.narrowed == Role.SUPPORT else Role(row.role)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
