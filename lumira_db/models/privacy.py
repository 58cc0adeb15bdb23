"""Requests under the GDPR and pairs of clients who are not one person, in the schema ``desk``."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.models.base import DeskBase

_MOMENT = DateTime(timezone=True)


class Erasure(DeskBase):
    """A client was erased. ``receipt`` is the signed text that proves it; it says nothing about the person."""

    __tablename__ = "erasure"
    __table_args__ = (Index(None, "client_id", text("erased_at DESC")), Index(None, "erased_at"))

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    client_id: Mapped[str] = mapped_column(Text)
    task_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    erased_by: Mapped[str] = mapped_column(Text)
    erased_by_name: Mapped[str] = mapped_column(Text)
    erased_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    receipt: Mapped[str] = mapped_column(Text)


class NotSameClient(DeskBase):
    """Somebody looked at two clients who have something in common, and found them to be two people."""

    __tablename__ = "not_same_client"
    __table_args__ = (CheckConstraint("first_id < second_id", name="order"), Index(None, "second_id"))

    first_id: Mapped[str] = mapped_column(Text, primary_key=True)
    second_id: Mapped[str] = mapped_column(Text, primary_key=True)
    said_by: Mapped[str] = mapped_column(Text)
    said_by_name: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
