"""What waits to leave the Desk, for the worker: due deliveries, open requests, and the worker's own pulse."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session, undefer

from lumira_db.enums import OrderStatus, UserStatus
from lumira_db.models import (
    Client,
    ClientProfile,
    Delivery,
    DeliveryState,
    Generation,
    GenerationState,
    Order,
    RefundNotice,
    RefundRequest,
    StaffMail,
    StripeEvent,
)
from lumira_db.states import REFUND_ASKED

_LOST = text(
    """
    SELECT g.id, g.attempts FROM desk.generation g
    WHERE g.state IN ('REQUESTED', 'ACCEPTED') AND g.requested_at < :before
      AND NOT EXISTS (
          SELECT 1 FROM desk.procrastinate_jobs j
          WHERE j.status = 'todo' AND j.queueing_lock = 'generation:' || g.id)
      AND NOT EXISTS (
          SELECT 1 FROM desk.procrastinate_jobs j
          JOIN desk.procrastinate_workers w ON w.id = j.worker_id
          WHERE j.status = 'doing' AND j.lock = 'generation:' || g.id AND w.last_heartbeat > now() - :pulse)
    ORDER BY g.requested_at
    LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What the generator is told about one order. ``previous`` is the reading that it is to improve on."""

    request_id: str
    order_id: str
    order_number: str
    level: int
    revision: int
    prompt: str | None
    instructions: str | None
    client: Mapping[str, str | None]
    previous: Any


@dataclass(frozen=True, slots=True)
class LostRequest:
    """An open request that no job will send: ``attempts`` is how often it was sent before."""

    generation_id: UUID
    attempts: int


@dataclass(frozen=True, slots=True)
class Handover:
    """A delivery that a person is to send by hand, and what decides whether they may."""

    state: DeliveryState
    recipient: str
    order_number: str
    order_status: OrderStatus
    level: int
    first_name: str
    last_name: str
    client_status: UserStatus
    approved_at: datetime
    pdf_key: str


def find_handover(session: Session, delivery_id: UUID) -> Handover | None:
    """The delivery as the person who sends it by hand needs it."""
    row = session.execute(
        select(Delivery, Order.order_number, Order.status, Order.level, Client)
        .join(Order, Order.id == Delivery.order_id)
        .join(Client, Client.id == Order.client_id)
        .where(Delivery.id == delivery_id)
    ).first()
    if row is None:
        return None
    delivery, order_number, order_status, level, client = row
    return Handover(
        state=DeliveryState(delivery.state),
        recipient=delivery.recipient,
        order_number=order_number,
        order_status=order_status,
        level=level,
        first_name=client.first_name,
        last_name=client.last_name,
        client_status=client.status,
        approved_at=delivery.approved_at,
        pdf_key=delivery.pdf_key,
    )


def list_due_deliveries(session: Session, now: datetime, *, limit: int = 50) -> list[UUID]:
    """Deliveries whose time has come, the longest due first."""
    rows = session.scalars(
        select(Delivery.id)
        .where(Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)), Delivery.due_at <= now)
        .order_by(Delivery.due_at)
        .limit(limit)
    )
    return list(rows)


def list_lost_requests(session: Session, now: datetime, pulse: timedelta, *, limit: int = 50) -> list[LostRequest]:
    """Requests still open though nothing is queued for them; a worker silent for ``pulse`` counts as dead."""
    rows = session.execute(_LOST, {"before": now - timedelta(seconds=5), "pulse": pulse, "limit": limit})
    return [LostRequest(row.id, row.attempts) for row in rows]


def list_unanswered(session: Session, before: datetime, *, limit: int = 100) -> list[Generation]:
    """Requests made before ``before`` that have no answer yet, the oldest first."""
    rows = session.scalars(
        select(Generation)
        .where(
            Generation.state.in_((GenerationState.REQUESTED, GenerationState.ACCEPTED)),
            Generation.requested_at < before,
        )
        .order_by(Generation.requested_at)
        .limit(limit)
    )
    return list(rows)


def find_generation_request(session: Session, generation_id: UUID) -> GenerationRequest | None:
    """All that the generator needs for this request. What the profile lacks is taken from the order's form."""
    row = session.execute(
        select(Generation, Order, Client.first_name, ClientProfile)
        .join(Order, Order.id == Generation.order_id)
        .join(Client, Client.id == Order.client_id)
        .outerjoin(ClientProfile, ClientProfile.client_id == Client.id)
        .where(Generation.id == generation_id)
        .options(undefer(Order.generated_content), undefer(Order.expert_prompt), undefer(Order.form_data))
    ).first()
    if row is None:
        return None
    generation, order, first_name, profile = row
    form = order.form_data if isinstance(order.form_data, dict) else {}

    def told(attribute: str, key: str) -> str | None:
        said = getattr(profile, attribute, None) or form.get(key)
        return said if isinstance(said, str) and said.strip() else None

    client = {
        "firstName": first_name,
        "question": told("specific_question", "specificQuestion"),
        "objective": told("objective", "objective"),
        "birthDate": told("birth_date", "birthDate"),
        "birthTime": told("birth_time", "birthTime"),
        "birthPlace": told("birth_place", "birthPlace"),
    }
    return GenerationRequest(
        request_id=str(generation.id),
        order_id=order.id,
        order_number=order.order_number,
        level=order.level,
        revision=generation.revision,
        prompt=order.expert_prompt,
        instructions=generation.instructions,
        client=client,
        previous=order.generated_content,
    )


def list_due_events(session: Session, now: datetime, *, limit: int = 100) -> list[str]:
    """Stripe's events that failed or belonged to no order, and are to be tried again by now."""
    due = select(StripeEvent.id).where(StripeEvent.due_at <= now).order_by(StripeEvent.due_at).limit(limit)
    return list(session.scalars(due))


def list_due_refunds(session: Session, now: datetime, *, limit: int = 50) -> list[UUID]:
    """Refunds that Stripe is to be asked about by now, the longest due first."""
    due = select(RefundRequest.id).where(RefundRequest.due_at <= now, RefundRequest.state.in_(REFUND_ASKED))
    return list(session.scalars(due.order_by(RefundRequest.due_at).limit(limit)))


def list_due_notices(session: Session, now: datetime, *, limit: int = 50) -> list[UUID]:
    """Mails about refunds that are to leave by now, likewise."""
    due = select(RefundNotice.request_id).where(RefundNotice.due_at <= now)
    return list(session.scalars(due.order_by(RefundNotice.due_at).limit(limit)))


def list_due_staff_mails(session: Session, now: datetime, *, limit: int = 50) -> list[UUID]:
    """Mails to staff that are to leave by now, likewise."""
    due = select(StaffMail.id).where(StaffMail.due_at <= now)
    return list(session.scalars(due.order_by(StaffMail.due_at).limit(limit)))


def find_worker_pulse(session: Session) -> datetime | None:
    """When a worker last gave a sign of life; None when none has since the last clean stop."""
    found: datetime | None = session.scalar(text("SELECT max(last_heartbeat) FROM desk.procrastinate_workers"))
    return found
