"""Deliveries as people decide on them: planned by an approval, called back, tried again, confirmed.

What the worker does with them is in ``lumira_db.commands.sending``. Every function that touches an order
and its delivery locks the order first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db import audit, jobs
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.locking import as_mapping, lock_order
from lumira_db.enums import DeliveryFormat, OrderStatus, UserStatus
from lumira_db.errors import ClientBlocked, DeliveryStopped, DeliveryUnderWay, RecordNotFound
from lumira_db.i18n_marker import N_
from lumira_db.models import Client, Delivery, DeliveryState, Order, ReadingVersion, VersionOrigin
from lumira_db.permissions import Permission, require
from lumira_db.queries.order_payments import standing_dispute, whole_refund_open
from lumira_db.reading import digest

TASK = "lumira.deliver"
"""Between the sentences of ``Delivery.last_error``; each is a text of the catalogue or a server's own words."""

REFUNDED = N_("The order was refunded.")
NOT_APPROVED = N_("The order is not approved any more.")
SUPERSEDED = N_("A newer version was approved.")
CONTENT_MOVED = N_("The reading is not what was approved any more: reopen it and approve it again.")
CLIENT_BLOCKED = N_("The client is banned or suspended: nothing is sent.")
DISPUTED = N_("The payment is disputed: nothing is sent until that has been won.")
REFUND_ASKED = N_("A full refund is under way: nothing is sent meanwhile.")


def plan_delivery(
    session: Session,
    *,
    order: Order,
    version: ReadingVersion,
    channel: DeliveryFormat,
    recipient: str,
    actor: Actor,
    now: datetime,
    undo_seconds: int,
    sender_domain: str,
) -> Delivery:
    """Write down that ``version`` is to be sent, not before the time to undo has passed.

    The key of the PDF and the Message-ID are fixed here, once: whatever happens later, there is one
    object and one message.
    """
    delivery_id = uuid4()
    delivery = Delivery(
        id=delivery_id,
        order_id=order.id,
        reading_version_id=version.id,
        channel=channel,
        recipient=recipient,
        state=DeliveryState.WAITING,
        due_at=now + timedelta(seconds=undo_seconds),
        pdf_key=f"readings/{order.order_number}/{int(now.timestamp() * 1000)}-lecture.pdf",
        message_id=f"<{delivery_id}@{sender_domain}>",
        approved_by=actor.id,
        approved_at=now,
        created_at=now,
    )
    session.add(delivery)
    session.flush()
    schedule(session, delivery)
    return delivery


def cancel_waiting_deliveries(
    session: Session, actor: Actor, order_id: str, reason: str, *, force: bool = False
) -> list[UUID]:
    """Call back what has not left yet; the caller holds the order's lock. Returns what was called back.

    Raises ``DeliveryUnderWay`` when something is leaving or has left; with ``force`` that is left as it is.
    """
    found = _lock_all(session, order_id)
    gone = {DeliveryState.SENDING, DeliveryState.SENT}
    current = _approved_version(session, order_id)
    if not force and any(row.state in gone and row.reading_version_id == current for row in found):
        raise DeliveryUnderWay
    cancelled = []
    for row in found:
        if row.state in {DeliveryState.WAITING, DeliveryState.CONFIRMING, DeliveryState.FAILED, DeliveryState.BLOCKED}:
            _move(session, actor, row, DeliveryState.CANCELLED, "delivery.cancel", reason)
            cancelled.append(row.id)
    return cancelled


def hold_deliveries(session: Session, actor: Actor, order_id: str, reason: str) -> None:
    """Keep back what has not left yet, until ``release_deliveries``; the caller holds the order's lock."""
    for row in _lock_all(session, order_id):
        if row.state in {DeliveryState.WAITING, DeliveryState.CONFIRMING}:
            _move(session, actor, row, DeliveryState.BLOCKED, "delivery.hold", reason)


def release_deliveries(session: Session, actor: Actor, order: Order) -> None:
    """Let go of what was kept back because of the payment, once nothing about it stands in the way any more."""
    held = [row for row in _lock_all(session, order.id) if row.last_error in (DISPUTED, REFUND_ASKED)]
    if not held or money_obstacle(session, order.id) is not None:
        return
    for row in held:
        if row.state == DeliveryState.BLOCKED:
            row.due_at = utcnow()
            _move(session, actor, row, DeliveryState.WAITING, "delivery.release", None)
            schedule(session, row)


def retry_delivery(session: Session, actor: Actor, delivery_id: UUID) -> None:
    """Try again, now, what failed or was blocked, to the client's present address.

    Raises ``NotPermitted``, ``RecordNotFound``, ``DeliveryStopped`` when it neither failed nor was blocked
    or its version is not the approved one any more, ``ClientBlocked``.
    """
    require(actor, Permission.SEND_DELIVERIES)
    order, delivery = lock_delivery(session, delivery_id)
    if delivery.state not in {DeliveryState.FAILED, DeliveryState.BLOCKED}:
        raise DeliveryStopped(cause=N_("it has neither failed nor been blocked"))
    client = session.scalars(select(Client).where(Client.id == order.client_id)).one()
    if client.status is not UserStatus.ACTIVE:
        raise ClientBlocked(client=f"{client.first_name} {client.last_name}", status=client.status)
    if money_obstacle(session, order.id) is not None:
        raise DeliveryStopped(cause=N_("its payment is disputed or being refunded"))
    if obstacle(session, order, delivery, client.status) is not None:
        raise DeliveryStopped(cause=N_("this version is not the approved one any more"))
    delivery.recipient = recipient_for(order, client, DeliveryFormat(delivery.channel))
    delivery.attempts = 0
    delivery.due_at = utcnow()
    _move(session, actor, delivery, DeliveryState.WAITING, "delivery.retry", None)
    schedule(session, delivery)


def confirm_whatsapp(session: Session, actor: Actor, delivery_id: UUID) -> None:
    """The person says that they sent the prepared WhatsApp message.

    Raises ``NotPermitted``, ``RecordNotFound``, ``DeliveryStopped`` when no confirmation is awaited.
    """
    require(actor, Permission.SEND_DELIVERIES)
    order, delivery = lock_delivery(session, delivery_id)
    if delivery.state != DeliveryState.CONFIRMING:
        raise DeliveryStopped(cause=N_("no confirmation is awaited"))
    mark_sent(session, actor, order, delivery, utcnow())


def recipient_for(order: Order, client: Client, channel: DeliveryFormat) -> str:
    """Where ``channel`` reaches the client today; empty when nothing is known.

    The address typed at checkout may be long out of use; a phone is often only there.
    """
    if channel is DeliveryFormat.WHATSAPP:
        return str(client.phone or as_mapping(order.form_data).get("phone") or "")
    return client.email


def lock_delivery(session: Session, delivery_id: UUID) -> tuple[Order, Delivery]:
    """The delivery and its order, both locked, the order first. Raises ``RecordNotFound``."""
    order_id = session.scalar(select(Delivery.order_id).where(Delivery.id == delivery_id))
    if order_id is None:
        raise RecordNotFound(id=delivery_id)
    order = lock_order(session, order_id, None)
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    return order, delivery


def obstacle(
    session: Session, order: Order, delivery: Delivery, client_status: UserStatus
) -> tuple[DeliveryState, str] | None:
    """Why the delivery must not leave, with the state that this puts it in; None when it may."""
    if order.status is OrderStatus.REFUNDED:
        return DeliveryState.CANCELLED, REFUNDED
    if order.status is not OrderStatus.COMPLETED:
        return DeliveryState.CANCELLED, NOT_APPROVED
    if _approved_version(session, order.id) != delivery.reading_version_id:
        return DeliveryState.CANCELLED, SUPERSEDED
    approved = session.scalar(select(ReadingVersion.digest).where(ReadingVersion.id == delivery.reading_version_id))
    if digest(order.generated_content) != approved:
        return DeliveryState.FAILED, CONTENT_MOVED
    if client_status is not UserStatus.ACTIVE:
        return DeliveryState.BLOCKED, CLIENT_BLOCKED
    money = money_obstacle(session, order.id)
    return None if money is None else (DeliveryState.BLOCKED, money)


def money_obstacle(session: Session, order_id: str) -> str | None:
    """Why nothing may be sent as long as the order's payment stands as it does; None when that is in order."""
    if session.scalar(select(standing_dispute(order_id))):
        return DISPUTED
    return REFUND_ASKED if session.scalar(select(whole_refund_open(order_id))) else None


def mark_sent(session: Session, actor: Actor, order: Order, delivery: Delivery, now: datetime) -> None:
    """Record, on the locked rows, that the client has been sent the reading."""
    order.delivered_at = now
    order.delivery_method = DeliveryFormat(delivery.channel)
    delivery.sent_at = now
    _move(session, actor, delivery, DeliveryState.SENT, "delivery.send", None)


def schedule(session: Session, delivery: Delivery) -> None:
    """Hand the delivery to the worker for when it is due."""
    key = f"delivery:{delivery.id}"
    jobs.defer(session, TASK, {"delivery_id": str(delivery.id)}, at=delivery.due_at, lock=key)


def _lock_all(session: Session, order_id: str) -> Sequence[Delivery]:
    return session.scalars(
        select(Delivery)
        .where(Delivery.order_id == order_id)
        .order_by(Delivery.created_at)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _approved_version(session: Session, order_id: str) -> int | None:
    return session.scalar(
        select(ReadingVersion.id)
        .where(ReadingVersion.order_id == order_id, ReadingVersion.origin == VersionOrigin.APPROVED)
        .order_by(ReadingVersion.number.desc())
        .limit(1)
    )


def _move(
    session: Session, actor: Actor, delivery: Delivery, state: DeliveryState, action: str, reason: str | None
) -> None:
    before = {"state": delivery.state}
    delivery.state = state
    delivery.last_error = reason
    after = {"state": state, "delivery": str(delivery.id), "channel": delivery.channel}
    audit.record(session, actor, action, "order", delivery.order_id, before=before, after=after, reason=reason)
