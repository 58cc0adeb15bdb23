"""Long tasks that a person starts, in the schema ``desk``."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.models.base import DeskBase
from lumira_db.states import TaskState

_MOMENT = DateTime(timezone=True)
_OPEN = "state IN ('WAITING', 'RUNNING', 'STOPPING')"


class Task(DeskBase):
    """Work of many steps: what is to be done, how far it is, and what came of it.

    ``place`` is where the next step begins; it is committed with the step before, so a task that dies is
    resumed, not repeated. ``subject`` is what it is about (a client's id, a tag), "" for everything.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("state IN ('WAITING', 'RUNNING', 'STOPPING', 'STOPPED', 'DONE', 'FAILED')", name="state"),
        Index("task_kind_subject_started_at_idx", "kind", "subject", text("started_at DESC")),
        Index("task_one_at_a_time", "kind", "subject", unique=True, postgresql_where=text(_OPEN)),
        Index("task_open_idx", "updated_at", postgresql_where=text(_OPEN)),
    )

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text, default=TaskState.WAITING)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    place: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None] = mapped_column(Text)
    started_by: Mapped[str] = mapped_column(Text)
    started_by_name: Mapped[str] = mapped_column(Text)
    started_by_role: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(_MOMENT)
