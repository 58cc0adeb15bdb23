"""Refunds that staff asked for, in the schema ``desk``: each an intention that is carried out once.

Amounts are in cents of the payment's currency (docs/adr/0020-refunds.md).
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.models.base import DeskBase
from lumira_db.states import NoticeState, RefundState

_MOMENT = DateTime(timezone=True)


class RefundRequest(DeskBase):
    """What somebody asked to be given back. ``whole``: nothing of what was paid for the order is left then.

    ``idempotency_key`` is Stripe's protection against doing it twice, valid for a day from ``first_sent_at``;
    ``problem`` a code of the gateway's; ``due_at`` when the worker looks at it next (None: it is not its turn).
    """

    __tablename__ = "refund_request"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "state IN ('WAITING_APPROVAL', 'COMMITTED', 'SENT', 'UNKNOWN', 'PENDING', 'SUCCEEDED', 'REFUSED',"
            " 'FAILED', 'DECLINED', 'WITHDRAWN')",
            name="state",
        ),
        Index(
            "refund_request_open_idx",
            "intent_id",
            unique=True,
            postgresql_where=text("state IN ('WAITING_APPROVAL', 'COMMITTED', 'SENT', 'UNKNOWN')"),
        ),
        Index("refund_request_order_id_idx", "order_id", "asked_at"),
        Index("refund_request_due_idx", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("refund_request_asked_at_idx", text("asked_at DESC"), text("id DESC")),
    )

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    order_id: Mapped[str] = mapped_column(Text)
    intent_id: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    whole: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=RefundState.WAITING_APPROVAL)
    idempotency_key: Mapped[str] = mapped_column(Text, unique=True)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_by_name: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_by_name: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    decision_note: Mapped[str | None] = mapped_column(Text)
    refund_id: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    first_sent_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    due_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    settled_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow, onupdate=utcnow)


class RefundNotice(DeskBase):
    """The one mail that tells a client of a refund; whom it goes to is looked up when it leaves."""

    __tablename__ = "refund_notice"
    __table_args__ = (
        CheckConstraint("state IN ('WAITING', 'SENDING', 'SENT', 'FAILED')", name="state"),
        Index(None, "order_id"),
        Index("refund_notice_due_idx", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    request_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    order_id: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=NoticeState.WAITING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    sent_at: Mapped[datetime | None] = mapped_column(_MOMENT)


class PaymentWord(DeskBase):
    """What Stripe last said of a payment (``facts`` as ``payment_facts`` keeps them, ``said_at`` when), and what came
    of the last attempt to ask (``tried_at``; ``problem`` a code of the gateway's, None when it answered)."""

    __tablename__ = "payment_word"
    __table_args__ = (Index(None, "order_id"),)

    intent_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    said_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    problem: Mapped[str | None] = mapped_column(Text)
    tried_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
