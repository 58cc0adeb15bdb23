"""What the order screen shows: the order whole, its versions, its claim, its deliveries, its drafts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session, undefer

from lumira_db.enums import DeliveryFormat, FileType, OrderStatus
from lumira_db.errors import RecordNotFound
from lumira_db.models import (
    Claim,
    Client,
    ClientProfile,
    Delivery,
    DeliveryState,
    Draft,
    Generation,
    GenerationState,
    Order,
    OrderFile,
    ReadingVersion,
    Staff,
    VersionOrigin,
    row_version,
)
from lumira_db.queries.clients import PROFILE_COLUMNS, ClientRow, ProfileFacts, client_row
from lumira_db.queries.flags import Flag, flag_columns


@dataclass(frozen=True, slots=True)
class Hold:
    """Who works on the order, and until when (UTC)."""

    staff_id: str
    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class FileRow:
    """A photo that came with the order; ``size`` in bytes."""

    id: str
    name: str
    content_type: str
    size: int
    type: FileType
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One kept state of the reading, without its text."""

    id: int
    number: int
    origin: VersionOrigin
    author_name: str
    note: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryOfOrder:
    """A delivery as the order screen shows it."""

    id: UUID
    channel: DeliveryFormat
    state: DeliveryState
    recipient: str
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    last_error: str | None
    pdf_key: str
    pdf_stored: bool
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """The newest request to the generator."""

    state: GenerationState
    revision: int
    requested_at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What the person typed and has not saved; see ``lumira_db.models.Draft``."""

    edits: dict[str, str]
    bases: dict[str, str | None]
    sequence: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Workbench:
    """An order with everything its screen needs. ``version`` is what the screen saw; ``content`` is the
    reading's raw JSON, of whatever shape; ``amount`` in cents."""

    id: str
    version: str
    number: str
    status: OrderStatus
    level: int
    amount: int
    currency: str
    created_at: datetime
    paid_at: datetime | None
    delivered_at: datetime | None
    delivery_method: DeliveryFormat | None
    revisions: int
    instructions: str | None
    prompt: str | None
    error: str | None
    form_data: Any
    client_inputs: Any
    content: Any
    validation: Any
    flags: tuple[Flag, ...]
    client: ClientRow
    profile: ProfileFacts | None
    hold: Hold | None
    files: tuple[FileRow, ...]
    versions: tuple[VersionRow, ...]
    deliveries: tuple[DeliveryOfOrder, ...]
    generation: GenerationRow | None
    draft: DraftRow | None


# Statements are put together once: that takes longer than to run them.
_BENCH = (
    select(Order, row_version("Order"), Client, Draft, ClientProfile.id, *PROFILE_COLUMNS)
    .add_columns(Claim.staff_id, Staff.name, Claim.expires_at, *flag_columns())
    .join(Client, Client.id == Order.client_id)
    .outerjoin(ClientProfile, ClientProfile.client_id == Client.id)
    .outerjoin(Claim, and_(Claim.order_id == Order.id, Claim.expires_at > bindparam("now")))
    .outerjoin(Staff, Staff.id == Claim.staff_id)
    .outerjoin(Draft, and_(Draft.order_id == Order.id, Draft.staff_id == bindparam("staff_id")))
    .where(Order.id == bindparam("order_id"))
    .options(
        undefer(Order.form_data),
        undefer(Order.client_inputs),
        undefer(Order.generated_content),
        undefer(Order.error_log),
        undefer(Order.expert_prompt),
    )
)
_HOLD = (
    select(Claim.staff_id, Staff.name, Claim.expires_at)
    .outerjoin(Staff, Staff.id == Claim.staff_id)
    .where(Claim.order_id == bindparam("order_id"), Claim.expires_at > bindparam("now"))
)
_FILES = (
    select(OrderFile.id, OrderFile.name, OrderFile.content_type, OrderFile.size, OrderFile.type, OrderFile.uploaded_at)
    .where(OrderFile.order_id == bindparam("order_id"))
    .order_by(OrderFile.type, OrderFile.uploaded_at, OrderFile.id)
)
_VERSIONS = (
    select(ReadingVersion.id, ReadingVersion.number, ReadingVersion.origin, ReadingVersion.author_name)
    .add_columns(ReadingVersion.note, ReadingVersion.created_at)
    .where(ReadingVersion.order_id == bindparam("order_id"))
    .order_by(ReadingVersion.number.desc())
)
_DELIVERIES = select(Delivery).where(Delivery.order_id == bindparam("order_id")).order_by(Delivery.created_at.desc())
_GENERATION = (
    select(Generation.state, Generation.revision, Generation.requested_at, Generation.error)
    .where(Generation.order_id == bindparam("order_id"))
    .order_by(Generation.requested_at.desc())
    .limit(1)
)


def find_workbench(session: Session, order_id: str, *, staff_id: str, now: datetime) -> Workbench | None:
    """The order with its surroundings, and the draft of ``staff_id``; None when no order has this id."""
    row = session.execute(_BENCH, {"order_id": order_id, "staff_id": staff_id, "now": now}).first()
    if row is None:
        return None
    order, version, client, draft, profile_id, *rest = row
    told, standing = rest[: len(PROFILE_COLUMNS)], rest[-len(Flag) :]
    holder, holder_name, until = rest[len(PROFILE_COLUMNS) : -len(Flag)]
    return Workbench(
        id=order.id,
        version=version,
        number=order.order_number,
        status=order.status,
        level=order.level,
        amount=order.amount,
        currency=order.currency,
        created_at=order.created_at,
        paid_at=order.paid_at,
        delivered_at=order.delivered_at,
        delivery_method=order.delivery_method,
        revisions=order.revision_count,
        instructions=order.expert_instructions,
        prompt=order.expert_prompt,
        error=order.error_log,
        form_data=order.form_data,
        client_inputs=order.client_inputs,
        content=order.generated_content,
        validation=order.expert_validation,
        flags=tuple(flag for flag, stands in zip(Flag, standing, strict=True) if stands),
        client=client_row(client),
        profile=ProfileFacts(*told) if profile_id else None,
        hold=Hold(holder, holder_name or holder, until) if holder else None,
        files=_files(session, order_id),
        versions=_versions(session, order_id),
        deliveries=_deliveries(session, order_id),
        generation=_generation(session, order_id),
        draft=DraftRow(draft.edits, draft.bases, draft.sequence, draft.updated_at) if draft else None,
    )


def find_hold(session: Session, order_id: str, *, now: datetime) -> Hold | None:
    """Who holds the order now; an expired claim is none."""
    row = session.execute(_HOLD, {"order_id": order_id, "now": now}).first()
    return Hold(row[0], row[1] or row[0], row[2]) if row else None


def find_pulse(session: Session, order_id: str) -> tuple[str, ...]:
    """What changes when the order or one of its deliveries does: a screen compares it to follow along."""
    rows = session.execute(
        select(row_version("Order"), Delivery.state)
        .select_from(Order)
        .outerjoin(Delivery, Delivery.order_id == Order.id)
        .where(Order.id == order_id)
        .order_by(Delivery.id)
    )
    return tuple(f"{version} {state}" for version, state in rows)


def get_version_content(session: Session, version_id: int) -> Any:
    """The kept JSON of one version. Raises ``RecordNotFound``."""
    row = session.execute(select(ReadingVersion.content).where(ReadingVersion.id == version_id)).first()
    if row is None:
        raise RecordNotFound(id=version_id)
    return row[0]


def _files(session: Session, order_id: str) -> tuple[FileRow, ...]:
    return tuple(FileRow(*row) for row in session.execute(_FILES, {"order_id": order_id}))


def _versions(session: Session, order_id: str) -> tuple[VersionRow, ...]:
    rows = session.execute(_VERSIONS, {"order_id": order_id})
    return tuple(VersionRow(r[0], r[1], VersionOrigin(r[2]), r[3], r[4], r[5]) for r in rows)


def _deliveries(session: Session, order_id: str) -> tuple[DeliveryOfOrder, ...]:
    return tuple(
        DeliveryOfOrder(
            id=d.id,
            channel=DeliveryFormat(d.channel),
            state=DeliveryState(d.state),
            recipient=d.recipient,
            due_at=d.due_at,
            sent_at=d.sent_at,
            attempts=d.attempts,
            last_error=d.last_error,
            pdf_key=d.pdf_key,
            approved_at=d.approved_at,
            pdf_stored=d.pdf_stored_at is not None,
        )
        for d in session.scalars(_DELIVERIES, {"order_id": order_id})
    )


def _generation(session: Session, order_id: str) -> GenerationRow | None:
    row = session.execute(_GENERATION, {"order_id": order_id}).first()
    return GenerationRow(GenerationState(row[0]), row[1], row[2], row[3]) if row else None
