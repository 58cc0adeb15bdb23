"""What lists of clients are made of, in the schema ``desk``: a row for each client, and how it is kept up."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Identity, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.models.base import DeskBase, UtcTimestamp

_MOMENT = DateTime(timezone=True)
NEVER = "TIMESTAMP '1970-01-01'"
"""What has no moment sorts behind everything that has."""


class ClientSummary(DeskBase):
    """Everything that the list of clients filters and sorts by; worked out by ``desk.client_facts`` (migration 0007).

    ``name`` is folded, for sorting. ``paid`` are cents by currency of orders that were paid and not refunded, which
    ``paid_count`` counts and ``levels`` names. ``path_day`` is the first day not done; ``path_since`` is when it was
    opened, when the last one was done if it never was (STALLED) or if there is none (DONE).
    """

    __tablename__ = "client_summary"
    __table_args__ = (
        CheckConstraint("path IN ('NONE', 'OPEN', 'STALLED', 'DONE')", name="path"),
        Index(
            "client_summary_created_idx",
            "created_at",
            "id",
            postgresql_include=["paid_count", "paid", "last_order_at"],
        ),
        Index("client_summary_name_idx", "name", "id"),
        Index(
            "client_summary_last_order_idx",
            text(f"COALESCE(last_order_at, {NEVER})"),
            "id",
            postgresql_include=["last_order_at", "created_at"],
        ),
        Index("client_summary_paid_count_idx", "paid_count", "id"),
        Index("client_summary_paid_eur_idx", text("COALESCE((paid ->> 'eur')::bigint, 0)"), "id"),
        Index("client_summary_tags_idx", "tags", postgresql_using="gin"),
        Index("client_summary_levels_idx", "levels", postgresql_using="gin"),
        Index("client_summary_source_idx", "source", "created_at", "id"),
        Index("client_summary_path_idx", "path", "path_day", "created_at", "id", postgresql_include=["path_since"]),
        Index(
            "client_summary_silent_idx",
            "path_since",
            "created_at",
            "id",
            postgresql_where=text("path = 'OPEN'"),
        ),
        Index("client_summary_blocked_idx", "status", "created_at", "id", postgresql_where=text("status <> 'ACTIVE'")),
        Index(
            "client_summary_other_currency_idx",
            "created_at",
            "id",
            postgresql_include=["paid"],
            postgresql_where=text("(paid - 'eur') <> '{}'"),
        ),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTimestamp)
    name: Mapped[str] = mapped_column(Text(collation="C"))
    status: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    has_ref_id: Mapped[bool] = mapped_column(Boolean)
    profile_completed: Mapped[bool] = mapped_column(Boolean)
    levels: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    paid_count: Mapped[int] = mapped_column(Integer)
    paid: Mapped[dict[str, int]] = mapped_column(JSONB)
    first_paid_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
    last_paid_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
    last_order_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
    path: Mapped[str] = mapped_column(Text)
    path_day: Mapped[int | None] = mapped_column(Integer)
    path_since: Mapped[datetime | None] = mapped_column(UtcTimestamp)


class Change(DeskBase):
    """A row of the contract that somebody wrote and that the worker has not looked at yet.

    ``kind`` says what ``row_id`` is: ``client``, ``path``, or ``clients_after``: every client from this id on.
    """

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    row_id: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(_MOMENT, server_default=text("clock_timestamp()"))


class TagUsage(DeskBase):
    """How many clients have a tag is the sum of its lines: they are only added, so nobody waits for anybody."""

    __tablename__ = "tag_usage"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tag: Mapped[str] = mapped_column(Text)
    clients: Mapped[int] = mapped_column(BigInteger)


class SavedView(DeskBase):
    """A choice of filters, order and columns that has a name; ``query`` is what an address says of it."""

    __tablename__ = "saved_view"
    __table_args__ = (
        Index("saved_view_owner_id_name_idx", "owner_id", text("lower(name)"), unique=True),
        Index("saved_view_shared_idx", text("lower(name)"), postgresql_where=text("shared")),
    )

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    owner_id: Mapped[str] = mapped_column(Text)
    owner_name: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow, onupdate=utcnow)


class ClientLikeness(DeskBase):
    """What a client shares with another: a telephone, a mailbox, or a name and a day of birth (``name|day``).

    Only what two or more have; of what more than eight have, nine of them. Worked out by ``desk.refresh_likeness``
    (migration 0018)."""

    __tablename__ = "client_likeness"
    __table_args__ = (CheckConstraint("kind IN ('phone', 'mailbox', 'name')", name="kind"),)

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text, primary_key=True)
    client_id: Mapped[str] = mapped_column(Text, primary_key=True, index=True)


class BulkChange(DeskBase):
    """What a task changed of one client, so that it can be undone to the letter: ``{"tags": …}``, ``{"ref_id": …}``."""

    __tablename__ = "bulk_change"

    task_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    client_id: Mapped[str] = mapped_column(Text, primary_key=True)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
