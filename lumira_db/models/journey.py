"""What follows a reading: path, insights, memory and chats (schema ``public``), as the platform makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.enums import InsightCategory, PathActionType
from lumira_db.ids import new_id
from lumira_db.models.base import Base, UtcTimestamp, native_enum


class SpiritualPath(Base):
    """The seven-day path of a client. Figures come from its steps, not from ``completed_at``."""

    __tablename__ = "SpiritualPath"
    __table_args__ = (
        Index("SpiritualPath_archetype_idx", "archetype"),
        Index("SpiritualPath_userId_idx", "userId"),
        Index("SpiritualPath_userId_key", "userId", unique=True),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(
        "userId", Text, ForeignKey("User.id", name="SpiritualPath_userId_fkey", onupdate="CASCADE", ondelete="CASCADE")
    )
    archetype: Mapped[str] = mapped_column("archetype", Text)
    synthesis: Mapped[str] = mapped_column("synthesis", Text)
    key_blockage: Mapped[str | None] = mapped_column("keyBlockage", Text)
    started_at: Mapped[datetime] = mapped_column(
        "startedAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    completed_at: Mapped[datetime | None] = mapped_column("completedAt", UtcTimestamp)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)


class PathStep(Base):
    """One day (1-7) of a path."""

    __tablename__ = "PathStep"
    __table_args__ = (
        Index("PathStep_dayNumber_idx", "dayNumber"),
        Index("PathStep_isCompleted_idx", "isCompleted"),
        Index("PathStep_originReadingId_idx", "originReadingId"),
        Index("PathStep_spiritualPathId_dayNumber_key", "spiritualPathId", "dayNumber", unique=True),
        Index("PathStep_spiritualPathId_idx", "spiritualPathId"),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    path_id: Mapped[str] = mapped_column(
        "spiritualPathId",
        Text,
        ForeignKey("SpiritualPath.id", name="PathStep_spiritualPathId_fkey", onupdate="CASCADE", ondelete="CASCADE"),
    )
    day_number: Mapped[int] = mapped_column("dayNumber", Integer)
    title: Mapped[str] = mapped_column("title", Text)
    description: Mapped[str] = mapped_column("description", Text)
    synthesis: Mapped[str] = mapped_column("synthesis", Text)
    archetype: Mapped[str] = mapped_column("archetype", Text)
    action_type: Mapped[PathActionType] = mapped_column(
        "actionType", native_enum(PathActionType), server_default=text("'REFLECTION'::\"PathActionType\"")
    )
    ritual_prompt: Mapped[str | None] = mapped_column("ritualPrompt", Text)
    is_completed: Mapped[bool] = mapped_column("isCompleted", Boolean, server_default=text("false"))
    completed_at: Mapped[datetime | None] = mapped_column("completedAt", UtcTimestamp)
    unlocked_at: Mapped[datetime | None] = mapped_column("unlockedAt", UtcTimestamp)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)
    origin_reading_id: Mapped[str | None] = mapped_column(
        "originReadingId",
        Text,
        ForeignKey("Order.id", name="PathStep_originReadingId_fkey", onupdate="CASCADE", ondelete="SET NULL"),
    )


class Insight(Base):
    """One of eight insights per client; *new* while ``viewed_at`` is NULL. No foreign key."""

    __tablename__ = "Insight"
    __table_args__ = (
        Index("Insight_orderId_idx", "orderId"),
        Index("Insight_userId_category_key", "userId", "category", unique=True),
        Index("Insight_userId_idx", "userId"),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column("userId", Text)
    order_id: Mapped[str | None] = mapped_column("orderId", Text)
    category: Mapped[InsightCategory] = mapped_column("category", native_enum(InsightCategory))
    short: Mapped[str] = mapped_column("short", Text)
    full: Mapped[str] = mapped_column("full", Text)
    viewed_at: Mapped[datetime | None] = mapped_column("viewedAt", UtcTimestamp)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)


class AkashicRecord(Base):
    """The lasting memory behind a client's chats."""

    __tablename__ = "AkashicRecord"
    __table_args__ = (
        Index("AkashicRecord_archetype_idx", "archetype"),
        Index("AkashicRecord_userId_idx", "userId"),
        Index("AkashicRecord_userId_key", "userId", unique=True),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(
        "userId", Text, ForeignKey("User.id", name="AkashicRecord_userId_fkey", onupdate="CASCADE", ondelete="CASCADE")
    )
    archetype: Mapped[str | None] = mapped_column("archetype", Text)
    domains: Mapped[Any] = mapped_column(
        "domains", JSONB(none_as_null=True), server_default=text("'{}'::jsonb"), nullable=False
    )
    history: Mapped[Any] = mapped_column(
        "history", JSONB(none_as_null=True), server_default=text("'[]'::jsonb"), nullable=False
    )
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)


class ChatSession(Base):
    """A conversation between a client and the oracle."""

    __tablename__ = "ChatSession"
    __table_args__ = (
        Index("ChatSession_isActive_idx", "isActive"),
        Index("ChatSession_lastMessageAt_idx", text('"lastMessageAt" DESC')),
        Index("ChatSession_relatedOrderId_idx", "relatedOrderId"),
        Index("ChatSession_userId_idx", "userId"),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(
        "userId", Text, ForeignKey("User.id", name="ChatSession_userId_fkey", onupdate="CASCADE", ondelete="CASCADE")
    )
    related_order_id: Mapped[str | None] = mapped_column(
        "relatedOrderId",
        Text,
        ForeignKey("Order.id", name="ChatSession_relatedOrderId_fkey", onupdate="CASCADE", ondelete="SET NULL"),
    )
    title: Mapped[str | None] = mapped_column("title", Text)
    messages: Mapped[Any] = mapped_column(
        "messages", JSONB(none_as_null=True), server_default=text("'[]'::jsonb"), nullable=False
    )
    is_active: Mapped[bool] = mapped_column("isActive", Boolean, server_default=text("true"))
    last_message_at: Mapped[datetime | None] = mapped_column("lastMessageAt", UtcTimestamp)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)
