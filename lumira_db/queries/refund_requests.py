"""Refunds that staff asked for and that have not ended: above all those that wait for a second administrator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lumira_db.models import Client, Order, RefundRequest
from lumira_db.states import REFUND_OPEN, RefundReason, RefundState

MOST = 100
"""More is neither listed nor counted."""


@dataclass(frozen=True, slots=True)
class OpenRefund:
    """A refund on its way, in cents; ``asked_at`` in UTC. The order's number and client are None where it is gone."""

    id: UUID
    order_id: str
    order_number: str | None
    client_name: str | None
    amount: int
    currency: str
    reason: RefundReason
    note: str
    state: RefundState
    asked_by: str
    asked_by_name: str
    asked_at: datetime


def list_open_refunds(session: Session) -> tuple[OpenRefund, ...]:
    """Those that wait for a person first, then the worker's; the oldest first."""
    r = RefundRequest
    waits = r.state != RefundState.WAITING_APPROVAL
    rows = session.execute(
        select(
            r.id, r.order_id, Order.order_number, func.trim(Client.first_name + " " + Client.last_name), r.amount,
            r.currency, r.reason, r.note, r.state, r.asked_by, r.asked_by_name, r.asked_at,
        )
        .outerjoin(Order, Order.id == r.order_id)
        .outerjoin(Client, Client.id == Order.client_id)
        .where(r.state.in_(REFUND_OPEN))
        .order_by(waits, r.asked_at, r.id)
        .limit(MOST)
    )  # fmt: skip
    return tuple(_row(row) for row in rows)


def count_to_approve(session: Session, staff_id: str) -> int:
    """How many refunds wait for somebody like this person, who did not ask for them; no further than ``MOST``."""
    r = RefundRequest
    own = select(r.id).where(r.state == RefundState.WAITING_APPROVAL, r.asked_by != staff_id).limit(MOST)
    return session.execute(select(func.count()).select_from(own.subquery())).scalar_one()


def _row(row: Any) -> OpenRefund:
    values: list[Any] = list(row)
    values[6], values[8] = RefundReason(values[6]), RefundState(values[8])
    return OpenRefund(*values)
