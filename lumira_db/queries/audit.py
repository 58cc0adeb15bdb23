"""The audit as it is read: who did what when, with before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.models import AuditEntry
from lumira_db.queries.orders import day_start
from lumira_db.queries.paging import AnySelect, Cursor, Page, fetch_page
from lumira_db.queries.streaming import stream


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
        _query(chosen, zone),
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
    for row in stream(session, _query(chosen, zone).order_by(AuditEntry.id.desc())):
        yield _row(row)


def list_actions(session: Session) -> tuple[str, ...]:
    """The actions that occur, by name: PostgreSQL walks the index from one to the next instead of reading all."""
    first = select(AuditEntry.action).order_by(AuditEntry.action).limit(1).cte("actions", recursive=True)
    later = select(AuditEntry.action).where(AuditEntry.action > first.c.action)
    following = later.order_by(AuditEntry.action).limit(1).correlate(first).scalar_subquery()
    walked = first.union_all(select(following).where(first.c.action.is_not(None)))
    return tuple(session.scalars(select(walked.c.action).where(walked.c.action.is_not(None))))


def _query(chosen: AuditFilter, zone: ZoneInfo) -> AnySelect:
    e = AuditEntry
    query: AnySelect = select(
        e.id, e.at, e.actor_id, e.actor_name, e.actor_role, e.action, e.subject_type, e.subject_id, e.before, e.after,
        e.reason,
    )  # fmt: skip
    if chosen.actor_id:
        query = query.where(e.actor_id == chosen.actor_id)
    if chosen.action:
        part = e.action.startswith(f"{chosen.action}.", autoescape=True)
        query = query.where(e.action == chosen.action if "." in chosen.action else part)
    if chosen.subject_id:
        query = query.where(e.subject_id == chosen.subject_id)
    if chosen.first_day:
        query = query.where(e.at >= day_start(chosen.first_day, zone))
    if chosen.last_day:
        query = query.where(e.at < day_start(chosen.last_day + timedelta(days=1), zone))
    return query


def _row(row: Any) -> AuditRow:
    values: list[Any] = list(row)
    return AuditRow(*values)
