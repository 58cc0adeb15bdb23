"""What Stripe told us, as lists: its events and what became of them, and the money that went back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from lumira_db.models import Order, Refund, StripeEvent
from lumira_db.payments import EventState
from lumira_db.periods import day_start
from lumira_db.queries.paging import AnySelect, Cursor, Page, fetch_page
from lumira_db.queries.streaming import stream

CAP = 1_000
"""Counting stops here."""
TO_DO = (EventState.FAILED, EventState.UNMATCHED)
"""The states of events that somebody may have to look at."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events. Days are business days of Stripe's moment's arrival, both ends included; ``about`` is an order's
    number or id, a payment's id or an event's."""

    states: tuple[EventState, ...] = ()
    types: tuple[str, ...] = ()
    about: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a list; moments in UTC. ``due_at`` is when it is tried again by itself."""

    id: str
    type: str
    state: EventState
    created_at: datetime
    received_at: datetime
    order_id: str | None
    order_number: str | None
    intent_id: str | None
    error: str | None
    attempts: int
    due_at: datetime | None
    live: bool


@dataclass(frozen=True, slots=True)
class EventDetail:
    """An event with all that was kept of what it said."""

    row: EventRow
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RefundFilter:
    """Which refunds: by Stripe's word for where they stand, by order, by the business day they were made."""

    statuses: tuple[str, ...] = ()
    about: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class RefundRow:
    """Money given back, in cents; moments in UTC."""

    id: str
    order_id: str | None
    order_number: str | None
    intent_id: str | None
    amount: int
    currency: str
    status: str
    reason: str | None
    failure_reason: str | None
    created_at: datetime
    succeeded_at: datetime | None


_E, _R = StripeEvent, Refund
_EVENT = (
    _E.id, _E.type, _E.state, _E.created_at, _E.received_at, _E.order_id, Order.order_number, _E.payment_intent_id,
    _E.error, _E.attempts, _E.due_at, _E.live,
)  # fmt: skip
_REFUND = (
    _R.id, _R.order_id, Order.order_number, _R.intent_id, _R.amount, _R.currency, _R.status, _R.reason,
    _R.failure_reason, _R.created_at, _R.succeeded_at,
)  # fmt: skip


def list_events(
    session: Session, chosen: EventFilter, *, zone: ZoneInfo, cursor: Cursor | None = None, limit: int = 50
) -> Page[EventRow]:
    """A page of events, those that came last first."""
    return fetch_page(
        session,
        _events(session, chosen, zone),
        key=_E.received_at,
        row_id=_E.id,
        descending=True,
        cursor=cursor,
        limit=limit,
        build=_event,
        position=lambda row: (row.received_at, row.id),
    )


def walk_events(session: Session, chosen: EventFilter, *, zone: ZoneInfo) -> Iterator[EventRow]:
    """Every event that ``chosen`` names, streamed."""
    query = _events(session, chosen, zone).order_by(_E.received_at.desc(), _E.id.desc())
    for row in stream(session, query):
        yield _event(row)


def find_event(session: Session, event_id: str) -> EventDetail | None:
    """The event with what was kept of it, or None."""
    row = session.execute(
        select(*_EVENT, _E.facts).outerjoin(Order, Order.id == _E.order_id).where(_E.id == event_id)
    ).first()
    return None if row is None else EventDetail(_event(row[:-1]), dict(row.facts))


def list_event_types(session: Session) -> tuple[str, ...]:
    """The types that occur: PostgreSQL walks the index from one to the next instead of reading all."""
    first = select(_E.type).order_by(_E.type).limit(1).cte("types", recursive=True)
    following = select(_E.type).where(_E.type > first.c.type).order_by(_E.type).limit(1)
    walked = first.union_all(select(following.correlate(first).scalar_subquery()).where(first.c.type.is_not(None)))
    return tuple(session.scalars(select(walked.c.type).where(walked.c.type.is_not(None))))


def count_events_to_do(session: Session) -> dict[EventState, int]:
    """How many events failed, or belong to no known order; each counted no further than ``CAP``."""
    counts = {}
    for state in TO_DO:
        capped = select(_E.id).where(_E.state == state).limit(CAP).subquery()
        counts[state] = session.execute(select(func.count()).select_from(capped)).scalar_one()
    return counts


def list_refunds(
    session: Session, chosen: RefundFilter, *, zone: ZoneInfo, cursor: Cursor | None = None, limit: int = 50
) -> Page[RefundRow]:
    """A page of refunds, the newest first."""
    return fetch_page(
        session,
        _refunds(session, chosen, zone),
        key=_R.created_at,
        row_id=_R.id,
        descending=True,
        cursor=cursor,
        limit=limit,
        build=lambda row: RefundRow(*row),
        position=lambda row: (row.created_at, row.id),
    )


def walk_refunds(session: Session, chosen: RefundFilter, *, zone: ZoneInfo) -> Iterator[RefundRow]:
    """Every refund that ``chosen`` names, streamed."""
    query = _refunds(session, chosen, zone).order_by(_R.created_at.desc(), _R.id.desc())
    for row in stream(session, query):
        yield RefundRow(*row)


def _events(session: Session, chosen: EventFilter, zone: ZoneInfo) -> AnySelect:
    query: AnySelect = select(*_EVENT).select_from(_E).outerjoin(Order, Order.id == _E.order_id)
    if chosen.states:
        query = query.where(_E.state.in_(chosen.states))
    if chosen.types:
        query = query.where(_E.type.in_(chosen.types))
    if chosen.about:
        own = _order_named(session, chosen.about)
        query = query.where(
            or_(_E.id == chosen.about, _E.payment_intent_id == chosen.about, _E.order_id == (own or chosen.about))
        )
    return query.where(*_days(_E.received_at, chosen.first_day, chosen.last_day, zone))


def _refunds(session: Session, chosen: RefundFilter, zone: ZoneInfo) -> AnySelect:
    query: AnySelect = select(*_REFUND).select_from(_R).outerjoin(Order, Order.id == _R.order_id)
    if chosen.statuses:
        query = query.where(_R.status.in_(chosen.statuses))
    if chosen.about:
        own = _order_named(session, chosen.about)
        query = query.where(
            or_(_R.id == chosen.about, _R.intent_id == chosen.about, _R.order_id == (own or chosen.about))
        )
    return query.where(*_days(_R.created_at, chosen.first_day, chosen.last_day, zone))


def _order_named(session: Session, text: str) -> str | None:
    """The order of this number, looked up beforehand: joined, PostgreSQL would read every event for it."""
    return session.scalar(select(Order.id).where(Order.order_number == text.upper()).limit(1))


def _days(column: Any, first: date | None, last: date | None, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(column >= day_start(first, zone))
    if last is not None:
        found.append(column < day_start(last + timedelta(days=1), zone))
    return found


def _event(row: Any) -> EventRow:
    values: list[Any] = list(row)
    values[2] = EventState(values[2])
    return EventRow(*values)
