"""Signing in and out: attempts are counted before the password is looked at, only a token's hash is kept."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import SYSTEM, Actor
from lumira_db.clock import utcnow
from lumira_db.models import DeskSession, SignInAttempt, Staff
from lumira_db.queries.sessions import Credentials, token_hash

WINDOW = timedelta(minutes=15)
ACCOUNT_LIMIT = 5
ADDRESS_LIMIT = 30
"""Failures within ``WINDOW`` after which an account, or a network address, has to wait."""

LIFETIME = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
_AGENT_LENGTH = 200


class Refused(StrEnum):
    """Why a sign-in was refused. Told to nobody: it is in the audit only."""

    UNKNOWN_ADDRESS = "unknown_address"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a reason
    DISABLED = "disabled"
    THROTTLED_ACCOUNT = "throttled_account"
    THROTTLED_ADDRESS = "throttled_address"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: the network address and what the browser calls itself."""

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted attempt; a throttled one is not counted again and has no ``id``."""

    id: int | None
    throttled: Refused | None


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A new session. ``token`` goes into the cookie and is nowhere else, not even in a ``repr``."""

    token: str
    session_id: str


def begin_attempt(session: Session, account_hash: bytes, address: str) -> Attempt:
    """Count an attempt as failed until ``sign_in`` says otherwise, or say that it comes too soon.

    Counting first means that a hundred attempts at once get no more tries than a hundred in a row.
    """
    _serialise(session, account_hash, address)
    account, network = _failures(session, account_hash, address)
    if account >= ACCOUNT_LIMIT:
        return Attempt(None, Refused.THROTTLED_ACCOUNT)
    if network >= ADDRESS_LIMIT:
        return Attempt(None, Refused.THROTTLED_ADDRESS)
    counted = SignInAttempt(account_hash=account_hash, address=address, succeeded=False)
    session.add(counted)
    session.flush()
    return Attempt(counted.id, None)


def sign_in(
    session: Session,
    credentials: Credentials,
    attempt: Attempt,
    origin: Origin,
    *,
    lifetime: timedelta = LIFETIME,
    password_hash: str | None = None,
) -> Opened:
    """Open a session for the person whose password was found right; the account's failures are forgiven.

    ``password_hash`` is a stronger hash of the same password, kept unless somebody set another
    password meanwhile.
    """
    now = utcnow()
    session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt.id).values(succeeded=True))
    if password_hash is not None:
        unchanged = (Staff.id == credentials.staff_id, Staff.password == credentials.password_hash)
        session.execute(update(Staff).where(*unchanged).values(password=password_hash))
    session.execute(update(Staff).where(Staff.id == credentials.staff_id).values(last_login=now))
    actor = Actor(credentials.staff_id, credentials.name, credentials.email, credentials.role)
    opened = open_session(session, actor.id, origin, lifetime=lifetime)
    after = {"session": opened.session_id, "address": origin.address, "agent": origin.agent[:_AGENT_LENGTH]}
    audit.record(session, actor, "staff.sign_in", "staff", actor.id, after=after)
    return opened


def refuse_sign_in(
    session: Session, staff_id: str | None, account_hash: bytes, origin: Origin, reason: Refused
) -> None:
    """Leave a trace of a refusal. An address that belongs to nobody is kept as a keyed hash only."""
    subject = ("staff", staff_id) if staff_id else ("sign_in", account_hash.hex()[:16])
    after = {"address": origin.address, "agent": origin.agent[:_AGENT_LENGTH]}
    audit.record(session, SYSTEM, "staff.sign_in_refused", *subject, after=after, reason=reason)


def open_session(session: Session, staff_id: str, origin: Origin, *, lifetime: timedelta = LIFETIME) -> Opened:
    """A session that ends after ``lifetime`` at the latest. The caller leaves the trace."""
    token = secrets.token_urlsafe(32)
    now = utcnow()
    row = DeskSession(
        token_hash=token_hash(token),
        staff_id=staff_id,
        created_at=now,
        seen_at=now,
        expires_at=now + lifetime,
        address=origin.address,
        agent=origin.agent[:_AGENT_LENGTH],
    )
    session.add(row)
    session.flush()
    return Opened(token, str(row.id))


def touch_session(session: Session, session_id: str) -> None:
    """Note that the session is in use, at most once a minute."""
    now = utcnow()
    key = uuid.UUID(session_id)
    stale = (DeskSession.id == key, DeskSession.ended_at.is_(None), DeskSession.seen_at < now - SEEN_EVERY)
    session.execute(update(DeskSession).where(*stale).values(seen_at=now))


def end_session(session: Session, actor: Actor, session_id: str) -> bool:
    """Sign out; False when the session had already ended."""
    ended = session.execute(
        update(DeskSession)
        .where(DeskSession.id == uuid.UUID(session_id), DeskSession.ended_at.is_(None))
        .values(ended_at=utcnow())
        .returning(DeskSession.id)
    ).first()
    if ended is not None:
        audit.record(session, actor, "staff.sign_out", "staff", actor.id, after={"session": session_id})
    return ended is not None


def end_sessions_of(session: Session, staff_id: str, *, keep: str | None = None) -> int:
    """End every session of a person, except ``keep``; returns how many. The caller leaves the trace."""
    which = [DeskSession.staff_id == staff_id, DeskSession.ended_at.is_(None)]
    if keep is not None:
        which.append(DeskSession.id != uuid.UUID(keep))
    ended = session.execute(update(DeskSession).where(*which).values(ended_at=utcnow()).returning(DeskSession.id))
    return len(ended.all())


def _serialise(session: Session, account_hash: bytes, address: str) -> None:
    # Account before address, always: whoever holds an address waits for nobody, so nothing can deadlock.
    for key in (f"sign-in account {account_hash.hex()}", f"sign-in address {address}"):
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


def _failures(session: Session, account_hash: bytes, address: str) -> tuple[int, int]:
    """Failures of the account since its last success, and of the network address, within the window."""
    since = utcnow() - WINDOW
    recent = select(func.count()).select_from(SignInAttempt).where(SignInAttempt.at > since)
    of_account = SignInAttempt.account_hash == account_hash
    forgiven = (
        select(func.coalesce(func.max(SignInAttempt.id), 0))
        .where(of_account, SignInAttempt.at > since, SignInAttempt.succeeded)
        .scalar_subquery()
    )
    account = recent.where(of_account, SignInAttempt.id > forgiven)
    network = recent.where(SignInAttempt.address == address, ~SignInAttempt.succeeded)
    row = session.execute(select(account.scalar_subquery(), network.scalar_subquery())).one()
    return row[0], row[1]
