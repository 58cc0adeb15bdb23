"""What is ours: the schema ``desk``. Ids of contract rows are plain text here, without foreign keys."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.models.base import DeskBase
from lumira_db.states import DeliveryState, GenerationState

_MOMENT = DateTime(timezone=True)


class StaffAccount(DeskBase):
    """What the contract's ``Expert`` cannot say: the role SUPPORT and the language of the screens."""

    __tablename__ = "staff_account"
    __table_args__ = (CheckConstraint("role IN ('SUPPORT')", name="role"),)

    staff_id: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow, onupdate=utcnow)


class DeskSession(DeskBase):
    """A signed-in browser. Only the SHA-256 of its token is kept."""

    __tablename__ = "session"
    __table_args__ = (
        Index(None, "token_hash", unique=True),
        Index("session_staff_id_live_idx", "staff_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    staff_id: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(_MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    address: Mapped[str | None] = mapped_column(Text)
    agent: Mapped[str | None] = mapped_column(Text)


class SignInAttempt(DeskBase):
    """One attempt to sign in, for throttling. The account is a hash: addresses of strangers are not kept."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "account_hash", "at"), Index(None, "address", "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_hash: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    succeeded: Mapped[bool] = mapped_column(Boolean)


class Claim(DeskBase):
    """An expert's lease on an order while they work on it; past ``expires_at`` it binds nobody."""

    __tablename__ = "claim"
    __table_args__ = (Index(None, "staff_id"),)

    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    staff_id: Mapped[str] = mapped_column(Text)
    claimed_at: Mapped[datetime] = mapped_column(_MOMENT)
    expires_at: Mapped[datetime] = mapped_column(_MOMENT)


class ReadingVersion(DeskBase):
    """One state of a reading, kept for good. ``content`` is the whole ``generatedContent`` of the moment.

    Of an approved one the worker counts the ``words`` (None: not yet), and how many of them were not in the
    generator's last version (None: there was none).
    """

    __tablename__ = "reading_version"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        CheckConstraint("origin IN ('FOUND', 'GENERATED', 'EDITED', 'APPROVED', 'REJECTED')", name="origin"),
        Index(
            "reading_version_approved_idx",
            "created_at",
            postgresql_include=["author_id", "order_id", "words", "changed_words"],
            postgresql_where=text("origin = 'APPROVED'"),
        ),
        Index(
            "reading_version_uncounted_idx",
            "order_id",
            postgresql_where=text("origin = 'APPROVED' AND words IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_id: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(Integer)
    origin: Mapped[str] = mapped_column(Text)
    content: Mapped[Any] = mapped_column(
        JSONB(none_as_null=True), nullable=True, deferred=True, deferred_raiseload=True
    )
    digest: Mapped[str] = mapped_column(Text)
    author_id: Mapped[str] = mapped_column(Text)
    author_name: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    words: Mapped[int | None] = mapped_column(Integer)
    changed_words: Mapped[int | None] = mapped_column(Integer)


class Draft(DeskBase):
    """What a person has typed and not saved yet.

    ``edits`` maps a field's path to the typed text, ``bases`` to the text it was typed over, so that a
    later save can tell which fields somebody else changed meanwhile.
    """

    __tablename__ = "draft"

    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    staff_id: Mapped[str] = mapped_column(Text, primary_key=True)
    edits: Mapped[dict[str, str]] = mapped_column(JSONB)
    bases: Mapped[dict[str, str | None]] = mapped_column(JSONB)
    base_version: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow, onupdate=utcnow)


class Delivery(DeskBase):
    """The sending of one approved version through one channel: the intention, then its outcome."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("reading_version_id", "channel"),
        CheckConstraint("channel IN ('EMAIL', 'WHATSAPP')", name="channel"),
        CheckConstraint(
            "state IN ('WAITING', 'SENDING', 'CONFIRMING', 'SENT', 'FAILED', 'BLOCKED', 'CANCELLED')", name="state"
        ),
        Index(None, "order_id"),
        Index("delivery_state_created_idx", "state", text("created_at DESC"), text("id DESC")),
        Index("delivery_created_idx", text("created_at DESC"), text("id DESC")),
        Index("delivery_due_idx", "due_at", postgresql_where=text("state IN ('WAITING', 'SENDING')")),
    )

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    order_id: Mapped[str] = mapped_column(Text)
    reading_version_id: Mapped[int] = mapped_column(BigInteger)
    channel: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=DeliveryState.WAITING)
    due_at: Mapped[datetime] = mapped_column(_MOMENT)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    pdf_key: Mapped[str] = mapped_column(Text)
    pdf_stored_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    message_id: Mapped[str] = mapped_column(Text)
    approved_by: Mapped[str] = mapped_column(Text)
    approved_at: Mapped[datetime] = mapped_column(_MOMENT)
    created_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow, onupdate=utcnow)
    sent_at: Mapped[datetime | None] = mapped_column(_MOMENT)


class Generation(DeskBase):
    """One request to the generator for one revision of one order: the intention, then its answer."""

    __tablename__ = "generation"
    __table_args__ = (
        CheckConstraint("state IN ('REQUESTED', 'ACCEPTED', 'DONE', 'FAILED')", name="state"),
        Index(None, "order_id", text("requested_at DESC")),
        Index("generation_open_idx", "requested_at", postgresql_where=text("state IN ('REQUESTED', 'ACCEPTED')")),
        Index("generation_failed_idx", "answered_at", postgresql_where=text("state = 'FAILED'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    order_id: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, default=GenerationState.REQUESTED)
    instructions: Mapped[str | None] = mapped_column(Text)
    requested_by: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    answered_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    error: Mapped[str | None] = mapped_column(Text)


class AuditEntry(DeskBase):
    """Who did what, when, with before and after. Rows are chained by hash and never change.

    ``digest`` covers the payload (before, after, reason), ``hash`` covers the digest, the head of the
    row and the hash before it: a payload that the law makes us erase leaves the chain whole.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "subject_id", text("id DESC")),
        Index(None, "actor_id", text("id DESC")),
        Index(None, "action", text("id DESC")),
        Index(None, "at"),
        Index("audit_quoted_idx", text("desk.audit_quoted(before, after, reason)"), postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(_MOMENT)
    actor_id: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    actor_role: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text)
    before: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    after: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    reason: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    digest: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)
