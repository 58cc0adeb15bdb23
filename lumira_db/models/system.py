"""Staff and the tables of the system of the contract (schema ``public``), as the platform makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.enums import ExpertRole
from lumira_db.ids import new_id
from lumira_db.models.base import Base, UtcTimestamp, native_enum


class Staff(Base):
    """A person who signs in to the Desk. The role SUPPORT lives in ``desk.staff_account``."""

    __tablename__ = "Expert"
    __table_args__ = (
        Index("Expert_createdAt_idx", text('"createdAt" DESC')),
        Index("Expert_email_key", "email", unique=True),
        Index("Expert_isActive_idx", "isActive"),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column("email", Text)
    password: Mapped[str] = mapped_column("password", Text, deferred=True, deferred_raiseload=True)
    name: Mapped[str] = mapped_column("name", Text)
    role: Mapped[ExpertRole] = mapped_column(
        "role", native_enum(ExpertRole), server_default=text("'EXPERT'::\"ExpertRole\"")
    )
    is_active: Mapped[bool] = mapped_column("isActive", Boolean, server_default=text("true"))
    last_login: Mapped[datetime | None] = mapped_column("lastLogin", UtcTimestamp)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)


class ProcessedEvent(Base):
    """A payment event that has had its effect, once."""

    __tablename__ = "ProcessedEvent"
    __table_args__ = (
        Index("ProcessedEvent_eventId_idx", "eventId"),
        Index("ProcessedEvent_eventId_key", "eventId", unique=True),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    event_id: Mapped[str] = mapped_column("eventId", Text)
    event_type: Mapped[str] = mapped_column("eventType", Text)
    processed_at: Mapped[datetime] = mapped_column(
        "processedAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    data: Mapped[Any] = mapped_column("data", JSONB(none_as_null=True), nullable=True)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)


class SequenceCounter(Base):
    """Counters behind refIds and order numbers; raised in one atomic statement."""

    __tablename__ = "SequenceCounter"
    __table_args__ = (
        Index("SequenceCounter_name_idx", "name"),
        Index("SequenceCounter_name_key", "name", unique=True),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column("name", Text)
    value: Mapped[int] = mapped_column("value", Integer, server_default=text("0"))
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)


class SystemSetting(Base):
    """A setting of the platform; ``is_encrypted`` values are never shown."""

    __tablename__ = "SystemSetting"
    __table_args__ = (Index("SystemSetting_key_key", "key", unique=True),)

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column("key", Text)
    value: Mapped[str] = mapped_column("value", Text)
    is_encrypted: Mapped[bool] = mapped_column("isEncrypted", Boolean, server_default=text("false"))
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)
