"""The audit as it is read: who did what when, with before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.models import AuditEntry
from lumira_db.periods import day_start
from lumira_db.queries.paging import AnySelect, Cursor, Page, fetch_page
from lumira_db.queries.streaming import stream

# An entry's number follows its moment, but for the length of a transaction and the clocks of several servers.
# A span of days is therefore also a span of numbers, which is how the list is sorted.
_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries. ``action`` is a whole action or its subject part (``order``); days are business days."""

    actor_id: str | None = None
    action: str | None = None
    subject_id: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry of the audit."""

    id: int
    at: datetime
    actor_id: str
    actor_name: str
    actor_role: str | None
    action: str
    subject_type: str
    subject_id: str
    before: Any
    after: Any
    reason: str | None


def list_audit(
    session: Session, chosen: AuditFilter, *, zone: ZoneInfo, cursor: Cursor | None = None, limit: int = 50
) -> Page[AuditRow]:
    """A page of entries, newest first."""
    return fetch_page(
        session,
        _query(session, chosen, zone),
        key=AuditEntry.id,
        row_id=AuditEntry.action,
        descending=True,
        cursor=cursor,
        limit=limit,
        build=_row,
        position=lambda row: (row.id, row.action),
    )


def walk_audit(session: Session, chosen: AuditFilter, *, zone: ZoneInfo) -> Iterator[AuditRow]:
    """Every entry that ``chosen`` names, newest first, streamed."""
    for row in stream(session, _query(session, chosen, zone).order_by(AuditEntry.id.desc())):
        yield _row(row)


def list_actions(session: Session) -> tuple[str, ...]:
    """The actions that occur, by name: PostgreSQL walks the index from one to the next instead of reading all."""
    first = select(AuditEntry.action).order_by(AuditEntry.action).limit(1).cte("actions", recursive=True)
    later = select(AuditEntry.action).where(AuditEntry.action > first.c.action)
    following = later.order_by(AuditEntry.action).limit(1).correlate(first).scalar_subquery()
    walked = first.union_all(select(following).where(first.c.action.is_not(None)))
    return tuple(session.scalars(select(walked.c.action).where(walked.c.action.is_not(None))))


def _query(session: Session, chosen: AuditFilter, zone: ZoneInfo) -> AnySelect:
    e = AuditEntry
    query: AnySelect = select(
        e.id, e.at, e.actor_id, e.actor_name, e.actor_role, e.action, e.subject_type, e.subject_id, e.before, e.after,
        e.reason,
    )  # fmt: skip
    if chosen.actor_id:
        query = query.where(e.actor_id == chosen.actor_id)
    if chosen.action:
        query = query.where(e.action.in_(_actions(session, chosen.action)))
    if chosen.subject_id:
        query = query.where(e.subject_id == chosen.subject_id)
    if chosen.first_day:
        query = query.where(*_since(day_start(chosen.first_day, zone)))
    if chosen.last_day:
        query = query.where(*_before(day_start(chosen.last_day + timedelta(days=1), zone)))
    return query


def _actions(session: Session, chosen: str) -> list[str]:
    """The action itself, or those that are about this subject: names, because only they find their index."""
    if "." in chosen:
        return [chosen]
    return [action for action in list_actions(session) if action.startswith(f"{chosen}.")]


def _since(moment: datetime) -> list[ColumnElement[bool]]:
    first = select(AuditEntry.id).where(AuditEntry.at >= moment - _SLACK).order_by(AuditEntry.at).limit(1)
    return [AuditEntry.at >= moment, AuditEntry.id >= first.scalar_subquery()]


def _before(moment: datetime) -> list[ColumnElement[bool]]:
    last = select(AuditEntry.id).where(AuditEntry.at < moment + _SLACK).order_by(AuditEntry.at.desc()).limit(1)
    return [AuditEntry.at < moment, AuditEntry.id <= last.scalar_subquery()]


def _row(row: Any) -> AuditRow:
    values: list[Any] = list(row)
    return AuditRow(*values)
