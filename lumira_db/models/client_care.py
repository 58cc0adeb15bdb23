"""Looking after clients, in the schema ``desk``: the history of their notes, who looked at them, what was revealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.models.base import DeskBase
from lumira_db.states import NoteOrigin

_MOMENT = DateTime(timezone=True)


class NoteVersion(DeskBase):
    """One state of a client's notes. The truth is ``"User".notes``; this is how it came to be.

    ``editor`` names the text area that wrote it, so that a second save of the same one goes on where the first ended.
    """

    __tablename__ = "note_version"
    __table_args__ = (
        UniqueConstraint("client_id", "number"),
        CheckConstraint("origin IN ('FOUND', 'WRITTEN', 'RESTORED')", name="origin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    client_id: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(Integer)
    origin: Mapped[str] = mapped_column(Text, default=NoteOrigin.WRITTEN)
    content: Mapped[str] = mapped_column(Text)
    author_id: Mapped[str] = mapped_column(Text)
    author_name: Mapped[str] = mapped_column(Text)
    editor: Mapped[str | None] = mapped_column(Text)
    restored_from: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)


class NoteDraft(DeskBase):
    """Notes that a person has typed and that are not in ``"User".notes`` yet; ``base`` is what they typed over."""

    __tablename__ = "note_draft"

    client_id: Mapped[str] = mapped_column(Text, primary_key=True)
    staff_id: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    base: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)


class ClientAccess(DeskBase):
    """Somebody looked at a client's page. Looks that follow one another closely are one row."""

    __tablename__ = "client_access"
    __table_args__ = (
        Index(None, "client_id", text("last_at DESC")),
        Index(None, "staff_id", text("last_at DESC")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    client_id: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[str] = mapped_column(Text)
    staff_name: Mapped[str] = mapped_column(Text)
    first_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    last_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    looks: Mapped[int] = mapped_column(Integer, default=1)


class ClientReveal(DeskBase):
    """What was uncovered to one person, of one client, until when, and why."""

    __tablename__ = "client_reveal"
    __table_args__ = (Index(None, "client_id", "staff_id", text("expires_at DESC")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    client_id: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    revealed_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(_MOMENT)
