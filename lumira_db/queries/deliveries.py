"""Deliveries: what was sent, what waits, what failed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from lumira_db.enums import DeliveryFormat
from lumira_db.models import Client, Delivery, DeliveryState, Order
from lumira_db.queries.paging import Cursor, Page, fetch_page


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries."""

    states: tuple[DeliveryState, ...] = ()
    channel: DeliveryFormat | None = None


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


def list_deliveries(
    session: Session, chosen: DeliveryFilter, *, cursor: Cursor | None = None, limit: int = 50
) -> Page[DeliveryRow]:
    """A page of deliveries, newest first."""
    d = Delivery
    query = (
        select(
            d.id,
            d.order_id,
            Order.order_number,
            Order.client_id,
            func.trim(Client.first_name + " " + Client.last_name),
            d.channel,
            d.recipient,
            d.state,
            d.created_at,
            d.due_at,
            d.sent_at,
            d.attempts,
            d.last_error,
        )
        .join(Order, Order.id == d.order_id)
        .join(Client, Client.id == Order.client_id)
    )
    if chosen.states:
        query = query.where(d.state.in_(chosen.states))
    if chosen.channel:
        query = query.where(d.channel == chosen.channel)
    return fetch_page(
        session,
        query,
        key=d.created_at,
        row_id=cast(d.id, Text),
        descending=True,
        cursor=cursor,
        limit=limit,
        build=_row,
        position=lambda row: (row.created_at, str(row.id)),
    )


def count_states(session: Session) -> dict[DeliveryState, int]:
    """How many deliveries need somebody: waiting, to confirm, failed, blocked (each capped at 1000)."""
    counts = {}
    for state in (DeliveryState.WAITING, DeliveryState.CONFIRMING, DeliveryState.FAILED, DeliveryState.BLOCKED):
        capped = select(Delivery.id).where(Delivery.state == state).limit(1000).subquery()
        counts[state] = session.execute(select(func.count()).select_from(capped)).scalar_one()
    return counts


def _row(row: Any) -> DeliveryRow:
    values: list[Any] = list(row)
    values[5], values[7] = DeliveryFormat(values[5]), DeliveryState(values[7])
    return DeliveryRow(*values)
