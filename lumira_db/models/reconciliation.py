"""What holding Stripe against the database needs, in the schema ``desk`` (docs/adr/0021-reconciliation.md)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.models.base import DeskBase
from lumira_db.states import FindingState

_MOMENT = DateTime(timezone=True)


class StripeMirror(DeskBase):
    """An object of Stripe's as a look (``task_id``) read it; gone when the look is over. Amounts in cents.

    ``kind`` is charge, refund, dispute or balance; of a balance's line ``source_id`` is what it is about, of a refund
    or a dispute its charge, and ``status`` its type. ``order_id`` is whose it is, where that is known.
    """

    __tablename__ = "stripe_mirror"

    task_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    intent_id: Mapped[str | None] = mapped_column(Text)
    source_id: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    refunded: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_MOMENT)
    order_id: Mapped[str | None] = mapped_column(Text)
    of_product_order: Mapped[bool] = mapped_column(Boolean)


class Finding(DeskBase):
    """What Stripe and the database disagree about: one row for each kind and object, however often it is found.

    ``facts`` are amounts and statuses of both sides; ``happened_at`` says in which window it is looked for again;
    ``seen_by`` is the look that found it last. Settled by nobody: a later look found it no more.
    """

    __tablename__ = "finding"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('PAID_THERE_ONLY', 'PAID_HERE_ONLY', 'AMOUNT_DIFFERS', 'REFUNDED_THERE_ONLY', 'UNMATCHED',"
            " 'PAID_TWICE', 'BALANCE_UNEXPLAINED')",
            name="kind",
        ),
        CheckConstraint("state IN ('OPEN', 'EXPLAINED', 'SOLVED')", name="state"),
        Index("finding_kind_object_id_idx", "kind", "object_id", unique=True),
        Index("finding_listed_idx", text("happened_at DESC"), text("id DESC")),
        Index("finding_state_idx", "state", text("happened_at DESC"), text("id DESC")),
        Index(None, "order_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str] = mapped_column(Text)
    intent_id: Mapped[str | None] = mapped_column(Text)
    order_id: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    happened_at: Mapped[datetime] = mapped_column(_MOMENT)
    found_at: Mapped[datetime] = mapped_column(_MOMENT)
    seen_at: Mapped[datetime] = mapped_column(_MOMENT)
    seen_by: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    state: Mapped[str] = mapped_column(Text, default=FindingState.OPEN)
    note: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    settled_by: Mapped[str | None] = mapped_column(Text)
    settled_by_name: Mapped[str | None] = mapped_column(Text)
