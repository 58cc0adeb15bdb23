"""The queue: paid work that waits, oldest first. Abandoned carts never enter it (DOMAIN §4)."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, and_, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.enums import OrderStatus
from lumira_db.models import Claim, Client, Order, Staff
from lumira_db.queries.flags import Flag, any_flag, flag_columns, has_status
from lumira_db.queries.paging import AnySelect, Cursor, Page, fetch_page

TABS = (OrderStatus.PAID, OrderStatus.PROCESSING, OrderStatus.AWAITING_VALIDATION, OrderStatus.FAILED)
# Beyond this a tab says "1000+": nobody works off an exact thousand, and counting on costs time.
COUNT_CAP = 1000


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which part of the queue: a tab, and narrowings of it. ``holder`` is a staff id."""

    status: OrderStatus = OrderStatus.AWAITING_VALIDATION
    level: int | None = None
    holder: str | None = None
    free: bool = False
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One waiting order. ``since`` is when it was paid, or ordered if it was free (UTC)."""

    id: str
    number: str
    client_id: str
    client_name: str
    level: int
    since: datetime
    revisions: int
    holder_id: str | None
    holder_name: str | None
    held_until: datetime | None
    flags: tuple[Flag, ...]


def waiting_since() -> ColumnElement[datetime]:
    """Since when the client waits."""
    return func.coalesce(Order.paid_at, Order.created_at)


def list_queue(
    session: Session, chosen: QueueFilter, *, now: datetime, cursor: Cursor | None = None, limit: int = 50
) -> Page[QueueRow]:
    """A page of the queue, oldest first."""
    return fetch_page(
        session,
        _listed(chosen),
        values={"now": now},
        key=waiting_since(),
        row_id=Order.id,
        descending=False,
        cursor=cursor,
        limit=limit,
        build=_row,
        position=lambda row: (row.since, row.id),
    )


@lru_cache(maxsize=200)
def _listed(chosen: QueueFilter) -> AnySelect:
    """The statement of a queue, kept: to put it together takes longer than to run it."""
    columns = [
        Order.id,
        Order.order_number,
        Order.client_id,
        func.coalesce(func.nullif(func.trim(Client.first_name + " " + Client.last_name), ""), Order.client_name, ""),
        Order.level,
        waiting_since(),
        Order.revision_count,
        Claim.staff_id,
        Staff.name,
        Claim.expires_at,
        *flag_columns(),
    ]
    query = (
        select(*columns)
        .select_from(Order)
        .outerjoin(Client, Client.id == Order.client_id)
        .outerjoin(Claim, and_(Claim.order_id == Order.id, Claim.expires_at > bindparam("now")))
        .outerjoin(Staff, Staff.id == Claim.staff_id)
    )
    return _narrowed(query, chosen)


def count_queue(session: Session) -> dict[OrderStatus, int]:
    """How many orders each tab holds, counted up to ``COUNT_CAP``."""
    return {OrderStatus(row.status): row.n for row in session.execute(_counted(COUNT_CAP))}


@cache
def _counted(cap: int) -> CompoundSelect[str, int]:
    parts = []
    for status in TABS:
        capped = _in_tab(select(literal(1).label("one")), status).limit(cap).subquery()
        parts.append(select(literal(status.value).label("status"), func.count().label("n")).select_from(capped))
    return union_all(*parts)


def oldest_waiting(session: Session, status: OrderStatus) -> datetime | None:
    """Since when the first order of the tab waits; None when the tab is empty."""
    query = _in_tab(select(waiting_since()), status)
    return session.scalars(query.order_by(waiting_since(), Order.id).limit(1)).first()


def count_late(session: Session, *, status: OrderStatus, before: dict[int, datetime]) -> int:
    """How many orders of the tab have waited since before the moment that their level allows (capped)."""
    late = [and_(Order.level == level, waiting_since() < moment) for level, moment in before.items()]
    if not late:
        return 0
    newest = max(before.values())
    query = _in_tab(select(literal(1).label("one")), status).where(waiting_since() < newest)
    capped = query.where(func.coalesce(_any(late), False)).limit(COUNT_CAP).subquery()
    return session.execute(select(func.count()).select_from(capped)).scalar_one()


def _any(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    combined = conditions[0]
    for condition in conditions[1:]:
        combined = combined | condition
    return combined


def _in_tab(query: AnySelect, status: OrderStatus) -> AnySelect:
    query = query.where(has_status(status))
    # A checkout that failed before any payment is no work: it never reached the queue.
    if status in {OrderStatus.PAID, OrderStatus.FAILED}:
        query = query.where(Order.paid_at.is_not(None))
    return query


def _narrowed(query: AnySelect, chosen: QueueFilter) -> AnySelect:
    query = _in_tab(query, chosen.status)
    if chosen.level is not None:
        query = query.where(Order.level == chosen.level)
    if chosen.holder is not None:
        query = query.where(Claim.staff_id == chosen.holder)
    if chosen.free:
        query = query.where(Claim.order_id.is_(None))
    if chosen.flagged:
        query = query.where(any_flag())
    return query


def _row(row: Any) -> QueueRow:
    facts, standing = row[: -len(Flag)], row[-len(Flag) :]
    flags = tuple(flag for flag, stands in zip(Flag, standing, strict=True) if stands)
    values: list[Any] = [*facts, flags]
    return QueueRow(*values)
