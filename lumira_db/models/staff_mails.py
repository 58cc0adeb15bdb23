"""What staff are told by mail, in the schema ``desk``: who wants what, each mail once, and the limits that were passed
(docs/adr/0024-digest-and-alerts.md)."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.models.base import DeskBase
from lumira_db.states import StaffMailState

_MOMENT = DateTime(timezone=True)


class MailChoice(DeskBase):
    """What a member of staff wants by mail; no row: nothing. ``chosen_at``: no digest that was due before is sent."""

    __tablename__ = "mail_choice"
    __table_args__ = (CheckConstraint("cadence IN ('DAILY', 'WEEKLY')", name="cadence"),)

    staff_id: Mapped[str] = mapped_column(Text, primary_key=True)
    cadence: Mapped[str | None] = mapped_column(Text)
    alerts: Mapped[bool] = mapped_column(Boolean)
    chosen_at: Mapped[datetime] = mapped_column(_MOMENT)


class StaffMail(DeskBase):
    """The intention of one mail to one person. ``about`` is what there can be one mail of: a cadence and its first day,
    an alert, or a moment at which it was asked for. ``first`` and ``last`` are the days of a digest."""

    __tablename__ = "staff_mail"
    __table_args__ = (
        CheckConstraint("state IN ('WAITING', 'SENDING', 'SENT', 'FAILED', 'DROPPED')", name="state"),
        CheckConstraint("cadence IN ('DAILY', 'WEEKLY')", name="cadence"),
        Index("staff_mail_once_idx", "staff_id", "about", unique=True),
        Index("staff_mail_due_idx", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    staff_id: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)
    cadence: Mapped[str | None] = mapped_column(Text)
    first: Mapped[date | None] = mapped_column(Date)
    last: Mapped[date | None] = mapped_column(Date)
    alert_id: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, default=StaffMailState.WAITING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    sent_at: Mapped[datetime | None] = mapped_column(_MOMENT)


class Alert(DeskBase):
    """A limit that was passed, from then until it was kept again; one of a kind is open at most.

    ``value`` is the figure as it was measured last, ``bound`` its limit then: orders for LATE_BACKLOG, shares for the
    others. ``first`` and ``last`` are the days that were measured.
    """

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("kind IN ('LATE_BACKLOG', 'CONVERSION', 'REFUNDS')", name="kind"),
        Index("alert_open_idx", "kind", unique=True, postgresql_where=text("recovered_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[float] = mapped_column(Double)
    bound: Mapped[float] = mapped_column(Double)
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    raised_at: Mapped[datetime] = mapped_column(_MOMENT)
    measured_at: Mapped[datetime] = mapped_column(_MOMENT)
    recovered_at: Mapped[datetime | None] = mapped_column(_MOMENT)
