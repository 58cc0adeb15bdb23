"""The worker's steps of a delivery. Each is one short transaction; between them nothing is locked.

Whatever step the worker dies at, running all of them again has the same single effect
(docs/adr/0007-delivery-once.md). Every step checks anew whether the delivery may still leave.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, undefer

from lumira_db import audit
from lumira_db.actor import SYSTEM
from lumira_db.clock import iso_ms
from lumira_db.commands.deliveries import lock_delivery, mark_sent, obstacle, schedule
from lumira_db.enums import DeliveryFormat
from lumira_db.i18n_marker import N_
from lumira_db.models import Client, Delivery, DeliveryState, Order, ReadingVersion
from lumira_db.reasons import joined

BACK_OFF = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
)
"""How long to wait after the first, second … failed attempt."""
MAXIMUM_ATTEMPTS = len(BACK_OFF) + 1

INTERRUPTED = N_("Sending was interrupted too many times.")
MAY_HAVE_LEFT = N_("It may have left all the same: ask the client before sending it again.")

_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is needed to send one approved version. ``content`` is the version's, as it was approved."""

    delivery_id: UUID
    order_id: str
    order_number: str
    level: int
    channel: DeliveryFormat
    recipient: str
    first_name: str
    last_name: str
    approved_at: datetime
    content: Any
    pdf_key: str
    pdf_stored: bool
    message_id: str
    may_have_left: bool
    """An earlier attempt ended without our knowing whether the server took the message."""


def open_parcel(session: Session, delivery_id: UUID, now: datetime) -> Parcel | None:
    """Begin an attempt; None when the delivery is not due, is over, or must not leave (which is recorded)."""
    order, delivery = lock_delivery(session, delivery_id)
    if delivery.due_at > now or not _may_leave(session, order, delivery):
        return None
    if delivery.attempts >= MAXIMUM_ATTEMPTS:
        _stop(session, delivery, DeliveryState.FAILED, INTERRUPTED)
        return None
    delivery.attempts += 1
    client = session.scalars(select(Client).where(Client.id == order.client_id)).one()
    version = session.get_one(ReadingVersion, delivery.reading_version_id, options=[undefer(ReadingVersion.content)])
    return Parcel(
        delivery_id=delivery.id,
        order_id=order.id,
        order_number=order.order_number,
        level=order.level,
        channel=DeliveryFormat(delivery.channel),
        recipient=delivery.recipient,
        first_name=client.first_name,
        last_name=client.last_name,
        approved_at=delivery.approved_at,
        content=version.content,
        pdf_key=delivery.pdf_key,
        pdf_stored=delivery.pdf_stored_at is not None,
        message_id=delivery.message_id,
        may_have_left=delivery.state == DeliveryState.SENDING,
    )


def record_pdf(session: Session, delivery_id: UUID, url: str, now: datetime) -> bool:
    """Write where the stored PDF is into the order, touching nothing else of its JSON.

    ``url`` is what the contract keeps as ``pdfUrl``. False when the delivery must not leave any more.
    """
    order, delivery = lock_delivery(session, delivery_id)
    if not _may_leave(session, order, delivery):
        return False
    seal = {"sealedAt": iso_ms(delivery.approved_at), "sealedBy": delivery.approved_by}
    place = {"pdfUrl": url, "pdfKey": delivery.pdf_key}
    content, decision = Order.generated_content, Order.expert_validation
    # Merged by PostgreSQL: a round trip through Python would round the numbers that the JSON may hold.
    session.execute(
        update(Order)
        .where(Order.id == order.id, func.jsonb_typeof(content) == "object")
        .values(generated_content=cast(seal, JSONB).concat(content).concat(cast(place, JSONB)))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Order)
        .where(Order.id == order.id, func.jsonb_typeof(decision) == "object")
        .values(expert_validation=decision.concat(cast({"pdfUrl": url}, JSONB)))
        .execution_options(synchronize_session=False)
    )
    delivery.pdf_stored_at = now
    return True


def begin_sending(session: Session, delivery_id: UUID) -> bool:
    """The last moment to stop: from here on it counts as possibly sent. False when it must not leave."""
    order, delivery = lock_delivery(session, delivery_id)
    if not _may_leave(session, order, delivery):
        return False
    delivery.state = DeliveryState.SENDING
    return True


def await_confirmation(session: Session, delivery_id: UUID) -> bool:
    """The WhatsApp message is ready for a person to send. False when it must not leave."""
    order, delivery = lock_delivery(session, delivery_id)
    if not _may_leave(session, order, delivery):
        return False
    delivery.state, delivery.last_error = DeliveryState.CONFIRMING, None
    return True


def record_sent(session: Session, delivery_id: UUID, now: datetime) -> None:
    """The server took the message. Recorded even if the order has moved on since: it is what happened."""
    order, delivery = lock_delivery(session, delivery_id)
    if delivery.state in _OPEN:
        mark_sent(session, SYSTEM, order, delivery, now)


def postpone(session: Session, delivery_id: UUID, now: datetime, *reasons: str, may_have_left: bool) -> None:
    """The attempt failed for now: wait longer each time, and give up after the last attempt.

    A delivery that may have left stays SENDING, so that it cannot be called back as if it had not.
    """
    delivery = _settle(session, delivery_id, may_have_left=may_have_left)
    if delivery is None:
        return
    if delivery.attempts >= MAXIMUM_ATTEMPTS:
        _stop(session, delivery, DeliveryState.FAILED, *reasons)
        return
    delivery.last_error = joined(*reasons)
    delivery.due_at = now + BACK_OFF[max(delivery.attempts, 1) - 1]
    schedule(session, delivery)


def fail_delivery(session: Session, delivery_id: UUID, *reasons: str, may_have_left: bool) -> None:
    """The attempt failed for good: a person has to look at it."""
    delivery = _settle(session, delivery_id, may_have_left=may_have_left)
    if delivery is not None:
        _stop(session, delivery, DeliveryState.FAILED, *reasons)


def _settle(session: Session, delivery_id: UUID, *, may_have_left: bool) -> Delivery | None:
    """The locked delivery after an attempt that did not succeed; None when it is over."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None or delivery.state not in _OPEN:
        return None
    delivery.state = DeliveryState.SENDING if may_have_left else DeliveryState.WAITING
    return delivery


def _may_leave(session: Session, order: Order, delivery: Delivery) -> bool:
    if delivery.state not in _OPEN:
        return False
    status = session.scalars(select(Client.status).where(Client.id == order.client_id)).one()
    found = obstacle(session, order, delivery, status)
    if found is not None:
        _stop(session, delivery, *found)
    return found is None


def _stop(session: Session, delivery: Delivery, state: DeliveryState, *reasons: str) -> None:
    if delivery.state == DeliveryState.SENDING:
        reasons = (*reasons, MAY_HAVE_LEFT)
    before = {"state": delivery.state}
    delivery.state, delivery.last_error = state, joined(*reasons)
    after = {"state": state, "delivery": str(delivery.id), "channel": delivery.channel}
    audit.record(
        session,
        SYSTEM,
        "delivery.stop",
        "order",
        delivery.order_id,
        before=before,
        after=after,
        reason=delivery.last_error,
    )
