"""What Stripe says, in the schema ``desk``: a ledger that any event may reach late, twice or out of order.

Amounts are in cents. Every column only ever gains knowledge, so the same events leave the same rows in
whatever order they come (docs/adr/0015-money-ledger.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.models.base import DeskBase

_MOMENT = DateTime(timezone=True)


class StripeEvent(DeskBase):
    """An event and what became of it. ``facts`` is what its effect needs, without personal data; ``created_at``
    is Stripe's moment, ``due_at`` when it is tried again (None: never by itself)."""

    __tablename__ = "stripe_event"
    __table_args__ = (
        CheckConstraint("state IN ('APPLIED', 'IGNORED', 'UNMATCHED', 'FAILED')", name="state"),
        Index("stripe_event_listed_idx", text("received_at DESC"), text("id DESC")),
        Index("stripe_event_state_idx", "state", text("received_at DESC"), text("id DESC")),
        Index("stripe_event_type_idx", "type", text("received_at DESC"), text("id DESC")),
        Index(None, "payment_intent_id"),
        Index("stripe_event_quoted_idx", text("desk.quoted((facts)::text)"), postgresql_using="gin"),
        Index("stripe_event_due_idx", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(None, "order_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_MOMENT)
    received_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    live: Mapped[bool] = mapped_column(Boolean)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    order_id: Mapped[str | None] = mapped_column(Text)
    payment_intent_id: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=1)
    due_at: Mapped[datetime | None] = mapped_column(_MOMENT)


class Payment(DeskBase):
    """A payment intent. ``succeeded_at`` is the moment Stripe said so, ``charged_at`` that of its charge, which
    is all that is known when a refund's event comes first. ``written_paid_at`` is the ``paidAt`` that we gave
    the order, ``refunded_from`` the status that the order had when all was given back: only these are ours to
    correct when an older event comes later."""

    __tablename__ = "payment"
    __table_args__ = (Index(None, "order_id"), Index(None, "charge_id"))

    intent_id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str | None] = mapped_column(Text)
    charge_id: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(Text)
    succeeded_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    charged_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    cancelled_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    fully_refunded_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    written_paid_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    refunded_from: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow, onupdate=utcnow)


class PaymentAttempt(DeskBase):
    """A card that was declined; ``id`` is the failed charge's, or the event's where there was none."""

    __tablename__ = "payment_attempt"
    __table_args__ = (Index(None, "intent_id"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    intent_id: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(_MOMENT)
    code: Mapped[str | None] = mapped_column(Text)
    decline_code: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)


class Refund(DeskBase):
    """Money given back, full or partial. ``succeeded_at`` stays: a refund that a bank returns weeks later does not
    make the order paid again (DOMAIN §4 knows no such move); ``status`` is Stripe's latest word."""

    __tablename__ = "refund"
    __table_args__ = (
        Index(None, "intent_id"),
        Index(None, "order_id"),
        Index("refund_created_at_idx", text("created_at DESC"), text("id DESC")),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    intent_id: Mapped[str | None] = mapped_column(Text)
    charge_id: Mapped[str | None] = mapped_column(Text)
    order_id: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    succeeded_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    failure_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_MOMENT)
    said_at: Mapped[datetime] = mapped_column(_MOMENT)


class Dispute(DeskBase):
    """A client's bank takes the money back, for now or for good; ``due_at`` is until when one can answer."""

    __tablename__ = "dispute"
    __table_args__ = (Index(None, "intent_id"), Index(None, "order_id"))

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    intent_id: Mapped[str | None] = mapped_column(Text)
    charge_id: Mapped[str | None] = mapped_column(Text)
    order_id: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    created_at: Mapped[datetime] = mapped_column(_MOMENT)
    said_at: Mapped[datetime] = mapped_column(_MOMENT)
