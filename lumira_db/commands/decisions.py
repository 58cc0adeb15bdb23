"""The decisions on a reading (DOMAIN §4): approve, request a revision, reject, reopen.

Each shows the four beats: may I · is it still what you saw · is the move legal · do it and leave a trace.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.checks import check_reading
from lumira_db.clock import iso_ms, utcnow
from lumira_db.commands.claims import release_claim, require_claim
from lumira_db.commands.deliveries import cancel_waiting_deliveries, money_obstacle, plan_delivery, recipient_for
from lumira_db.commands.editing import discard_draft, settle_draft
from lumira_db.commands.locking import MINIMUM_REASON, lock_order
from lumira_db.commands.production import request_generation
from lumira_db.enums import DeliveryFormat, OrderStatus, UserStatus
from lumira_db.errors import ChecksFailed, ContentMissing, ReasonRequired
from lumira_db.models import Client, Order, VersionOrigin
from lumira_db.permissions import Permission, require
from lumira_db.reading import parse
from lumira_db.transitions import Move, target_of
from lumira_db.versions import keep_version, keep_what_is_found

_SEAL = ("sealedAt", "sealedBy", "pdfUrl", "pdfKey")


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval set in motion; it can be undone until ``due_at`` (UTC). ``client_blocked``: nothing will
    be sent, as the client stands now; ``money_blocked``: nor before a dispute is won or a refund declined."""

    order_id: str
    order_number: str
    delivery_id: UUID
    channel: DeliveryFormat
    recipient: str
    due_at: datetime
    client_blocked: bool
    money_blocked: bool


def approve_order(
    session: Session,
    actor: Actor,
    order_id: str,
    *,
    seen: str,
    channel: DeliveryFormat,
    undo_seconds: int,
    sender_domain: str,
    notes: str | None = None,
) -> Approved:
    """Approve the reading as it stands, the actor's unsaved draft included, and plan its delivery.

    Raises ``NotPermitted``, ``StaleRecord``, ``ClaimMissing``, ``ForbiddenTransition``,
    ``ContentMissing``, ``ChecksFailed``.
    """
    require(actor, Permission.DECIDE)
    order = lock_order(session, order_id, seen)
    target = target_of(Move.APPROVE, order.status, ever_paid=order.paid_at is not None)
    require_claim(session, actor, order_id)
    settle_draft(session, actor, order)
    client = session.scalars(select(Client).where(Client.id == order.client_id)).one()
    _require_sound(order, client)
    now = utcnow()
    keep_what_is_found(session, order_id, order.generated_content)
    order.generated_content = _sealed(order.generated_content, actor, now)
    version = keep_version(session, order_id, order.generated_content, VersionOrigin.APPROVED, actor, note=notes)
    order.status = target
    order.expert_validation = {"action": "approve", "validatedBy": actor.id, "validatedAt": iso_ms(now)}
    if notes:
        order.expert_validation |= {"notes": notes}
    delivery = plan_delivery(
        session,
        order=order,
        version=version,
        channel=channel,
        recipient=recipient_for(order, client, channel),
        actor=actor,
        now=now,
        undo_seconds=undo_seconds,
        sender_domain=sender_domain,
    )
    release_claim(session, actor, order_id)
    _trace(
        session, actor, "order.approve", order, OrderStatus.AWAITING_VALIDATION, version=version.number, reason=notes
    )
    blocked = client.status is not UserStatus.ACTIVE
    held = money_obstacle(session, order_id) is not None
    number, due = order.order_number, delivery.due_at
    return Approved(order_id, number, delivery.id, channel, delivery.recipient, due, blocked, held)


def request_revision(session: Session, actor: Actor, order_id: str, *, seen: str, instructions: str) -> None:
    """Send the reading back to the generator with instructions; its text stays where it is.

    Raises ``ReasonRequired`` besides what every decision raises.
    """
    order, instructions = _to_send_back(session, actor, order_id, Move.REQUEST_REVISION, seen, instructions)
    keep_what_is_found(session, order_id, order.generated_content)
    order.expert_validation = {
        "action": "revision",
        "requestedBy": actor.id,
        "requestedAt": iso_ms(utcnow()),
        "instructions": instructions,
    }
    _send_back(session, actor, order, Move.REQUEST_REVISION, "order.request_revision", instructions)


def reject_order(session: Session, actor: Actor, order_id: str, *, seen: str, reason: str) -> None:
    """Refuse the reading: its text is kept as a version and cleared, and a new one is asked for."""
    order, reason = _to_send_back(session, actor, order_id, Move.REJECT, seen, reason)
    keep_version(session, order_id, order.generated_content, VersionOrigin.REJECTED, actor, note=reason)
    order.generated_content = None
    order.expert_validation = {
        "action": "reject",
        "rejectedBy": actor.id,
        "rejectedAt": iso_ms(utcnow()),
        "reason": reason,
    }
    _send_back(session, actor, order, Move.REJECT, "order.reject", reason)


def reopen_order(session: Session, actor: Actor, order_id: str, *, seen: str | None, reason: str) -> None:
    """Take an approved reading back to validation; what has not left yet will not leave.

    ``seen`` may be None right after one's own approval (undo): the approval itself moved the row. An undo
    raises ``DeliveryUnderWay`` once the reading is leaving; a reading that the client has can be reopened.
    """
    require(actor, Permission.DECIDE)
    reason = _reason(reason)
    order = lock_order(session, order_id, seen)
    target = target_of(Move.REOPEN, order.status, ever_paid=order.paid_at is not None)
    cancel_waiting_deliveries(session, actor, order_id, reason, force=seen is not None)
    order.status = target
    if isinstance(order.generated_content, dict):
        order.generated_content = {k: v for k, v in order.generated_content.items() if k not in _SEAL}
    discard_draft(session, actor, order_id)
    _trace(session, actor, "order.reopen", order, OrderStatus.COMPLETED, reason=reason)


def _require_sound(order: Order, client: Client) -> None:
    reading = parse(order.generated_content)
    if order.generated_content is None or not reading.has_content:
        raise ContentMissing
    findings = check_reading(reading, order_level=order.level, client_first_name=client.first_name)
    blocking = [finding for finding in findings if finding.blocking]
    if blocking:
        raise ChecksFailed(count=len(blocking))


def _sealed(content: Any, actor: Actor, now: datetime) -> Any:
    """The content with the seal that the platform's studio writes; a foreign shape cannot carry one."""
    if not isinstance(content, dict):
        return content
    unsealed = {key: value for key, value in content.items() if key not in _SEAL}
    return {**unsealed, "sealedAt": iso_ms(now), "sealedBy": actor.id}


def _to_send_back(
    session: Session, actor: Actor, order_id: str, move: Move, seen: str, reason: str
) -> tuple[Order, str]:
    """The locked order that may go back to the generator, what was typed written into it, and why it goes."""
    require(actor, Permission.DECIDE)
    reason = _reason(reason)
    order = lock_order(session, order_id, seen)
    target_of(move, order.status, ever_paid=order.paid_at is not None)
    require_claim(session, actor, order_id)
    settle_draft(session, actor, order)
    return order, reason


def _send_back(session: Session, actor: Actor, order: Order, move: Move, action: str, reason: str) -> None:
    before = order.status
    order.status = target_of(move, before, ever_paid=order.paid_at is not None)
    order.revision_count += 1
    order.expert_instructions = reason
    request_generation(session, actor, order, reason)
    release_claim(session, actor, order.id)
    _trace(session, actor, action, order, before, reason=reason)


def _reason(text: str) -> str:
    stripped = text.strip()
    if len(stripped) < MINIMUM_REASON:
        raise ReasonRequired(minimum=MINIMUM_REASON)
    return stripped


def _trace(
    session: Session,
    actor: Actor,
    action: str,
    order: Order,
    before: OrderStatus,
    *,
    reason: str | None,
    version: int | None = None,
) -> None:
    after: dict[str, Any] = {"status": order.status, "revisionCount": order.revision_count}
    if version is not None:
        after["version"] = version
    audit.record(session, actor, action, "order", order.id, before={"status": before}, after=after, reason=reason)
