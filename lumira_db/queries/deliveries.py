"""Deliveries: what was sent, what waits, what failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import SQLColumnExpression, Text, cast, func, select
from sqlalchemy.orm import Session

from lumira_db.enums import DeliveryFormat
from lumira_db.models import Client, Delivery, DeliveryState, Order
from lumira_db.periods import day_start
from lumira_db.queries.clients import names_client
from lumira_db.queries.expecting import expected_rows
from lumira_db.queries.paging import AnySelect, Cursor, Page, fetch_page
from lumira_db.queries.streaming import stream

# Clients of one name whose deliveries are found and sorted, instead of all deliveries being searched for them.
_FEW_CLIENTS = 400


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries. ``about`` is an order number, or a client's refId, address or name; the days, both ends
    included, are the business days on which the delivery was made."""

    states: tuple[DeliveryState, ...] = ()
    channel: DeliveryFormat | None = None
    about: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery of a list; moments in UTC."""

    id: UUID
    order_id: str
    order_number: str
    client_id: str
    client_name: str
    channel: DeliveryFormat
    recipient: str
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    last_error: str | None


_COLUMNS = (
    Delivery.id,
    Delivery.order_id,
    Order.order_number,
    Order.client_id,
    func.trim(Client.first_name + " " + Client.last_name),
    Delivery.channel,
    Delivery.recipient,
    Delivery.state,
    Delivery.created_at,
    Delivery.due_at,
    Delivery.sent_at,
    Delivery.attempts,
    Delivery.last_error,
)


def list_deliveries(
    session: Session, chosen: DeliveryFilter, *, zone: ZoneInfo, cursor: Cursor | None = None, limit: int = 50
) -> Page[DeliveryRow]:
    """A page of deliveries, newest first."""
    return fetch_page(
        session,
        _matching(session, chosen, zone),
        key=_sorting(session, chosen),
        row_id=cast(Delivery.id, Text),
        descending=True,
        cursor=cursor,
        limit=limit,
        build=_row,
        position=lambda row: (row.created_at, str(row.id)),
    )


def walk_deliveries(session: Session, chosen: DeliveryFilter, *, zone: ZoneInfo) -> Iterator[DeliveryRow]:
    """Every delivery that ``chosen`` names, newest first, streamed."""
    query = _matching(session, chosen, zone).order_by(Delivery.created_at.desc(), Delivery.id.desc())
    for row in stream(session, query):
        yield _row(row)


def count_states(session: Session) -> dict[DeliveryState, int]:
    """How many deliveries need somebody: waiting, to confirm, failed, blocked (each capped at 1000)."""
    counts = {}
    for state in (DeliveryState.WAITING, DeliveryState.CONFIRMING, DeliveryState.FAILED, DeliveryState.BLOCKED):
        capped = select(Delivery.id).where(Delivery.state == state).limit(1000).subquery()
        counts[state] = session.execute(select(func.count()).select_from(capped)).scalar_one()
    return counts


def _matching(session: Session, chosen: DeliveryFilter, zone: ZoneInfo) -> AnySelect:
    query: AnySelect = (
        select(*_COLUMNS)
        .join_from(Delivery, Order, Order.id == Delivery.order_id)
        .join(Client, Client.id == Order.client_id)
    )
    if chosen.states:
        query = query.where(Delivery.state.in_(chosen.states))
    if chosen.channel:
        query = query.where(Delivery.channel == chosen.channel)
    if chosen.first_day:
        query = query.where(Delivery.created_at >= day_start(chosen.first_day, zone))
    if chosen.last_day:
        query = query.where(Delivery.created_at < day_start(chosen.last_day + timedelta(days=1), zone))
    if chosen.about:
        number = chosen.about.strip().upper()
        order_id = session.scalars(select(Order.id).where(Order.order_number == number)).first()
        found = [Delivery.order_id == order_id] if order_id else names_client(chosen.about)
        query = query.where(*found)
    return query


def _sorting(session: Session, chosen: DeliveryFilter) -> SQLColumnExpression[Any]:
    """The moment; the greatest of one value where few are named: no index is sorted by that."""
    key = Delivery.created_at
    if not chosen.about or expected_rows(session, select(Client.id).where(*names_client(chosen.about))) >= _FEW_CLIENTS:
        return key
    return func.greatest(key, type_=key.type)


def _row(row: Any) -> DeliveryRow:
    values: list[Any] = list(row)
    values[5], values[7] = DeliveryFormat(values[5]), DeliveryState(values[7])
    return DeliveryRow(*values)
