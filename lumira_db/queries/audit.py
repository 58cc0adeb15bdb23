"""The audit as it is read: who did what when, with before and after."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.models import AuditEntry, Client, Order, Staff
from lumira_db.periods import day_start
from lumira_db.queries.paging import AnySelect, Cursor, Page, fetch_page
from lumira_db.queries.streaming import stream

# An entry's number follows its moment, but for the length of a transaction and the clocks of several servers.
# A span of days is therefore also a span of numbers, which is how the list is sorted.
_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries. ``action`` is a whole action or its subject part (``order``); days are business days.

    ``subject`` is an id, an order number, a refId or the e-mail address of a client or of somebody of the staff.
    """

    actor_id: str | None = None
    action: str | None = None
    subject: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry of the audit. ``subject_name`` is an order's number or a person's name as they are now; None where the
    subject is gone, is something else, or was not asked for."""

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
    subject_name: str | None = None


def list_audit(
    session: Session, chosen: AuditFilter, *, zone: ZoneInfo, cursor: Cursor | None = None, limit: int = 50
) -> Page[AuditRow]:
    """A page of entries, newest first, with the names of what they are about."""
    page = fetch_page(
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
    names = _names(session, page.rows)
    return replace(
        page,
        rows=tuple(replace(row, subject_name=names.get((row.subject_type, row.subject_id))) for row in page.rows),
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
    if chosen.subject:
        query = query.where(e.subject_id.in_(_subjects(session, chosen.subject.strip())))
    if chosen.first_day:
        query = query.where(*_since(day_start(chosen.first_day, zone)))
    if chosen.last_day:
        query = query.where(*_before(day_start(chosen.last_day + timedelta(days=1), zone)))
    return query


def _subjects(session: Session, typed: str) -> list[str]:
    """The ids that somebody may have meant: looked up beforehand, each in its index."""
    found = union_all(
        select(literal(typed)),
        select(Order.id).where(Order.order_number == typed.upper()),
        select(Client.id).where(Client.ref_id == typed.upper()),
        select(Client.id).where(Client.email == typed.lower()),
        select(Staff.id).where(Staff.email == typed.lower()),
    )
    return list(session.scalars(found))


def _names(session: Session, rows: Collection[AuditRow]) -> Mapping[tuple[str, str], str]:
    """What the subjects of these entries are called, by kind and id."""
    kinds = {
        "order": (Order.id, Order.order_number),
        "client": (Client.id, func.trim(Client.first_name + " " + Client.last_name)),
        "staff": (Staff.id, Staff.name),
    }
    about = {kind: {row.subject_id for row in rows if row.subject_type == kind} for kind in kinds}
    asked = [
        select(literal(kind), of_kind, name).where(of_kind.in_(about[kind]))
        for kind, (of_kind, name) in kinds.items()
        if about[kind]
    ]
    if not asked:
        return {}
    return {(kind, one): name for kind, one, name in session.execute(union_all(*asked)) if name}


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
