"""What a person sees first: what waits, the oldest, what is at risk, what is theirs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lumira_db.enums import OrderStatus
from lumira_db.models import Claim, Client, Order
from lumira_db.queries.paid import Paid, paid_between
from lumira_db.queries.queue import (
    QueueFilter,
    QueueRow,
    count_late,
    count_queue,
    list_queue,
    oldest_waiting,
    waiting_since,
)

# An order is at risk once less than a quarter of its promised time is left.
RISK_SHARE = 0.75
# How many orders of each list an admin's first screen names; the queue has the rest.
NAMED = 6


@dataclass(frozen=True, slots=True)
class MineRow:
    """An order that the person holds now."""

    id: str
    number: str
    client_name: str
    level: int
    status: OrderStatus
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ExpertHome:
    """Counts are capped (``queue.COUNT_CAP``); moments in UTC."""

    counts: dict[OrderStatus, int]
    oldest: datetime | None
    at_risk: int
    mine: tuple[MineRow, ...]


@dataclass(frozen=True, slots=True)
class AdminHome:
    """Today's money, one entry per currency, the state of the work, and the orders to ask about: those that
    have waited longest for an expert, and those whose production failed."""

    paid_today: tuple[Paid, ...]
    counts: dict[OrderStatus, int]
    waiting: tuple[QueueRow, ...]
    failed: tuple[QueueRow, ...]


def expert_home(session: Session, staff_id: str, *, now: datetime, promise: dict[int, timedelta]) -> ExpertHome:
    """The expert's first screen; ``promise`` is the time from payment to delivery, per level."""
    return ExpertHome(
        counts=count_queue(session),
        oldest=oldest_waiting(session, OrderStatus.AWAITING_VALIDATION),
        at_risk=_at_risk(session, now, promise),
        mine=list_mine(session, staff_id, now=now),
    )


def admin_home(session: Session, *, now: datetime, day_start: datetime) -> AdminHome:
    """The admin's first screen; ``day_start`` is the beginning of the business day."""
    return AdminHome(
        paid_today=paid_between(session, day_start, now),
        counts=count_queue(session),
        waiting=_first(session, OrderStatus.AWAITING_VALIDATION, now),
        failed=_first(session, OrderStatus.FAILED, now),
    )


def list_mine(session: Session, staff_id: str, *, now: datetime) -> tuple[MineRow, ...]:
    """The orders that the person holds, the longest waiting first."""
    rows = session.execute(
        select(
            Order.id,
            Order.order_number,
            func.trim(Client.first_name + " " + Client.last_name),
            Order.level,
            Order.status,
            waiting_since(),
            Claim.expires_at,
        )
        .join(Claim, Claim.order_id == Order.id)
        .join(Client, Client.id == Order.client_id)
        .where(Claim.staff_id == staff_id, Claim.expires_at > now)
        .order_by(waiting_since(), Order.id)
    )
    return tuple(MineRow(*row) for row in rows)


def _first(session: Session, status: OrderStatus, now: datetime) -> tuple[QueueRow, ...]:
    return list_queue(session, QueueFilter(status), now=now, limit=NAMED).rows


def _at_risk(session: Session, now: datetime, promise: dict[int, timedelta]) -> int:
    before = {level: now - span * RISK_SHARE for level, span in promise.items()}
    return count_late(session, status=OrderStatus.AWAITING_VALIDATION, before=before)
