"""Claims: who works on which order. A claim is a lease; past its end it binds nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, exists, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.locking import MINIMUM_REASON
from lumira_db.enums import OrderStatus
from lumira_db.errors import ClaimHeld, ClaimMissing, NothingToTake, ReasonRequired, RecordNotFound
from lumira_db.models import Claim, Order, Staff
from lumira_db.permissions import Permission, require
from lumira_db.queries.flags import has_status
from lumira_db.queries.queue import TABS

# Two people can find the same order free in the same instant; the loser tries the next one.
_TRIES = 100


@dataclass(frozen=True, slots=True)
class Taken:
    """A claim as its holder sees it; ``expires_at`` in UTC."""

    order_id: str
    expires_at: datetime


def take_next(
    session: Session, actor: Actor, *, status: OrderStatus, lease: timedelta, level: int | None = None
) -> Taken:
    """Claim the order in ``status`` that has waited longest and that nobody holds, the actor included.

    Raises ``NotPermitted``, ``NothingToTake``; the latter for every status that is no part of the queue.
    """
    require(actor, Permission.WORK_ORDERS)
    for _ in range(_TRIES if status in TABS else 0):
        now = utcnow()
        order_id = session.scalars(_oldest_free(status, level, now).with_for_update(of=Order, skip_locked=True)).first()
        if order_id is None:
            break
        # Not one's own claim either: the same person may be taking next in another tab.
        if _claim(session, actor, order_id, now, lease, where=Claim.expires_at <= now):
            audit.record(session, actor, "order.take", "order", order_id)
            return Taken(order_id, now + lease)
    raise NothingToTake


def take_order(session: Session, actor: Actor, order_id: str, *, lease: timedelta) -> Taken:
    """Claim this order; taking again what one holds renews it. Raises ``ClaimHeld``, ``RecordNotFound``."""
    require(actor, Permission.WORK_ORDERS)
    _require_order(session, order_id)
    now = utcnow()
    mine = session.get(Claim, order_id)
    if not _claim(session, actor, order_id, now, lease, where=or_(Claim.expires_at <= now, Claim.staff_id == actor.id)):
        raise _held(session, order_id)
    if mine is None or mine.staff_id != actor.id:
        audit.record(session, actor, "order.take", "order", order_id)
    return Taken(order_id, now + lease)


def take_over(session: Session, actor: Actor, order_id: str, *, reason: str, lease: timedelta) -> Taken:
    """Take the order from whoever holds it; the reason is kept. Raises ``ReasonRequired``."""
    require(actor, Permission.WORK_ORDERS)
    if len(reason.strip()) < MINIMUM_REASON:
        raise ReasonRequired(minimum=MINIMUM_REASON)
    # The order before its claim, as decisions do: those who take over at once wait for one another.
    _require_order(session, order_id, lock=True)
    now = utcnow()
    held = session.get(Claim, order_id, with_for_update=True, populate_existing=True)
    before = {"holder": held.staff_id} if held else None
    _claim(session, actor, order_id, now, lease, where=true())
    audit.record(
        session,
        actor,
        "order.take_over",
        "order",
        order_id,
        before=before,
        after={"holder": actor.id},
        reason=reason.strip(),
    )
    return Taken(order_id, now + lease)


def renew_claim(session: Session, actor: Actor, order_id: str, *, lease: timedelta) -> Taken:
    """A sign of life from the screen that is open. An expired lease that nobody took goes on.

    Raises ``ClaimMissing`` when the claim is gone or somebody else's.
    """
    now = utcnow()
    renewed = session.execute(
        update(Claim)
        .where(Claim.order_id == order_id, Claim.staff_id == actor.id)
        .values(expires_at=now + lease)
        .returning(Claim.order_id)
    ).first()
    if renewed is None:
        raise ClaimMissing
    return Taken(order_id, now + lease)


def release_claim(session: Session, actor: Actor, order_id: str) -> bool:
    """Give the order back to the queue. True if there was something of the actor's to give back."""
    gone = session.execute(
        delete(Claim).where(Claim.order_id == order_id, Claim.staff_id == actor.id).returning(Claim.order_id)
    ).first()
    return gone is not None


def require_claim(session: Session, actor: Actor, order_id: str) -> None:
    """Raise ``ClaimMissing`` or ``ClaimHeld`` unless the actor holds the order now; locks the claim."""
    claim = session.get(Claim, order_id, with_for_update=True, populate_existing=True)
    if claim is not None and claim.staff_id != actor.id and claim.expires_at > utcnow():
        raise _held(session, order_id)
    if claim is None or claim.staff_id != actor.id or claim.expires_at <= utcnow():
        raise ClaimMissing


def _oldest_free(status: OrderStatus, level: int | None, now: datetime) -> Select[str]:
    waiting_since = func.coalesce(Order.paid_at, Order.created_at)
    query = (
        select(Order.id)
        .where(
            has_status(status),
            ~exists().where(Claim.order_id == Order.id, Claim.expires_at > now),
        )
        .order_by(waiting_since, Order.id)
        .limit(1)
    )
    if status in {OrderStatus.FAILED, OrderStatus.PAID}:
        query = query.where(Order.paid_at.is_not(None))
    return query if level is None else query.where(Order.level == level)


def _claim(
    session: Session, actor: Actor, order_id: str, now: datetime, lease: timedelta, *, where: ColumnElement[bool]
) -> bool:
    """Write the claim; one that exists is replaced only ``where`` it may be."""
    row = insert(Claim).values(order_id=order_id, staff_id=actor.id, claimed_at=now, expires_at=now + lease)
    taken = session.execute(
        row.on_conflict_do_update(
            index_elements=[Claim.order_id],
            set_={
                "staff_id": row.excluded.staff_id,
                "claimed_at": row.excluded.claimed_at,
                "expires_at": row.excluded.expires_at,
            },
            where=where,
        ).returning(Claim.order_id)
    ).first()
    return taken is not None


def _held(session: Session, order_id: str) -> ClaimHeld:
    row = session.execute(
        select(Staff.name, Claim.expires_at)
        .select_from(Claim)
        .outerjoin(Staff, Staff.id == Claim.staff_id)
        .where(Claim.order_id == order_id)
    ).first()
    return ClaimHeld(holder=row[0] if row else "?", until=row[1] if row else utcnow())


def _require_order(session: Session, order_id: str, *, lock: bool = False) -> None:
    query = select(Order.id).where(Order.id == order_id)
    if session.execute(query.with_for_update() if lock else query).first() is None:
        raise RecordNotFound(id=order_id)
