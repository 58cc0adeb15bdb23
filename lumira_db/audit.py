"""The audit: who did what, when, with before and after, in one tamper-evident chain.

Entries are collected during the transaction and written just before it commits, under one advisory
lock, because a chain has one end. Taking that lock last, for a moment, cannot deadlock with row locks.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.models.desk import AuditEntry

GENESIS = "0" * 64
_PENDING = "lumira.audit"
LOCK = 0x4C554D49
"""The advisory lock of the chain's end: any number that nothing else locks; this one spells LUMI."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did, before it is an entry: ``before``, ``after`` and ``reason`` as JSON will give them back."""

    actor: Actor
    action: str
    subject_type: str
    subject_id: str
    before: Any
    after: Any
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold: the entry's id and what is wrong with it."""

    entry_id: int
    problem: str


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: str,
    *,
    before: Any = None,
    after: Any = None,
    reason: str | None = None,
) -> None:
    """Leave a trace in the transaction of ``session``; ``action`` is ``subject.verb`` (``order.approve``)."""
    pending = Deed(actor, action, subject_type, subject_id, _plain(before), _plain(after), _plain(reason), utcnow())
    session.info.setdefault(_PENDING, []).append(pending)


def flush(session: Session) -> None:
    """Write the collected entries; ``Database.writing`` calls this just before it commits."""
    pending: list[Deed] = session.info.pop(_PENDING, [])
    if not pending:
        return
    session.flush()
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    last = session.execute(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)).first()
    session.add_all(chained(pending, *(last or (0, GENESIS))))
    session.flush()


def chained(deeds: Iterable[Deed], last: int, previous: str) -> Iterator[AuditEntry]:
    """The entries that follow the one with the id ``last`` and the hash ``previous`` (0 and ``GENESIS``: none does).
    Whoever writes them holds ``LOCK`` until the commit."""
    for number, deed in enumerate(deeds, start=last + 1):
        entry = AuditEntry(
            id=number,
            at=deed.at,
            actor_id=deed.actor.id,
            actor_name=deed.actor.name,
            actor_role=deed.actor.role,
            action=deed.action,
            subject_type=deed.subject_type,
            subject_id=deed.subject_id,
            before=deed.before,
            after=deed.after,
            reason=deed.reason,
            digest=_digest(deed.before, deed.after, deed.reason),
        )
        entry.hash = previous = _hash(previous, entry)
        yield entry


def verify(session: Session) -> Iterator[Break]:
    """Walk the chain from its beginning and yield every break; nothing yielded means it holds."""
    previous, expected = GENESIS, 1
    entries = session.scalars(
        select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000, populate_existing=True)
    )
    for entry in entries:
        if entry.id != expected:
            yield Break(entry.id, f"entries {expected} to {entry.id - 1} are missing")
        if entry.erased_at is None and entry.digest != _digest(entry.before, entry.after, entry.reason):
            yield Break(entry.id, "its content was changed")
        if entry.hash != _hash(previous, entry):
            yield Break(entry.id, "it does not follow from the entry before it")
        previous, expected = entry.hash, entry.id + 1


def _plain(value: Any) -> Any:
    """What JSON will give back: the digest must cover what is read later, not what was passed."""
    return _without_nul(json.loads(json.dumps(value, ensure_ascii=False)))


def _without_nul(value: Any) -> Any:
    """PostgreSQL keeps no NUL in a text: one that was typed must not cost the whole transaction."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value


def _digest(before: Any, after: Any, reason: str | None) -> str:
    return hashlib.sha256(_canonical([before, after, reason])).hexdigest()


def _hash(previous: str, entry: AuditEntry) -> str:
    at = entry.at.astimezone(UTC).isoformat(timespec="milliseconds")
    head = [previous, entry.id, at, entry.actor_id, entry.actor_name, entry.actor_role, entry.action]
    return hashlib.sha256(_canonical([*head, entry.subject_type, entry.subject_id, entry.digest])).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
