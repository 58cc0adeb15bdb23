"""What follows a reading: insights, the seven days, the oracle's memory, chats. Masked where it is read."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, case, func, null, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.discretion import masked
from lumira_db.enums import InsightCategory, PathActionType
from lumira_db.journey_shapes import (
    DomainMemory,
    MemoryMoment,
    Message,
    folded,
    parse_domains,
    parse_history,
    parse_messages,
)
from lumira_db.models import AkashicRecord, ChatSession, Insight, Order, PathStep, SpiritualPath
from lumira_db.states import Intimate

_MOST = 200


@dataclass(frozen=True, slots=True)
class InsightRow:
    """One of eight insights; *new* while the client has not seen it."""

    id: str
    category: InsightCategory
    short: str
    full: str
    viewed_at: datetime | None
    created_at: datetime
    order_id: str | None
    order_number: str | None

    @property
    def is_new(self) -> bool:
        return self.viewed_at is None


class DayState(StrEnum):
    """Where one day of a path stands. STALLED: the day before is done, and the system never opened this one."""

    DONE = "DONE"
    OPEN = "OPEN"
    STALLED = "STALLED"
    LOCKED = "LOCKED"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a path; ``since`` is when it came to stand so (UTC), None when nothing says."""

    number: int
    state: DayState
    since: datetime | None
    title: str
    description: str
    synthesis: str
    ritual: str | None
    action: PathActionType
    order_id: str | None


@dataclass(frozen=True, slots=True)
class Path:
    """A client's path, its days in order."""

    archetype: str
    synthesis: str
    blockage: str | None
    started_at: datetime
    completed_at: datetime | None
    days: tuple[Day, ...]

    @property
    def done(self) -> int:
        return sum(day.state is DayState.DONE for day in self.days)

    @property
    def stalled_since(self) -> datetime | None:
        """Since when the system keeps the client from going on; None when it does not."""
        return next((day.since for day in self.days if day.state is DayState.STALLED), None)


@dataclass(frozen=True, slots=True)
class Memory:
    """The Akashic record; None in place of a part that is masked."""

    archetype: str | None
    domains: tuple[DomainMemory, ...] | None
    history: tuple[MemoryMoment, ...] | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Chat:
    """One conversation. ``messages`` is None where conversations are masked; the title is then the mask."""

    id: str
    title: str | None
    is_active: bool
    count: int
    last_at: datetime | None
    created_at: datetime
    order_id: str | None
    order_number: str | None
    messages: tuple[Message, ...] | None


def list_insights(session: Session, client_id: str, shown: frozenset[Intimate]) -> tuple[InsightRow, ...]:
    """The client's insights in the order of their domains."""
    i = Insight
    query = (
        select(i.id, i.category, i.short, i.full, i.viewed_at, i.created_at, i.order_id, Order.order_number)
        .outerjoin(Order, Order.id == i.order_id)
        .where(i.client_id == client_id)
        .order_by(i.category)
    )
    return tuple(_insight(row, shown) for row in session.execute(query))


def find_path(session: Session, client_id: str, shown: frozenset[Intimate]) -> Path | None:
    """The client's path with its days; None when none was begun."""
    path = session.scalars(select(SpiritualPath).where(SpiritualPath.client_id == client_id)).first()
    if path is None:
        return None
    steps = session.scalars(select(PathStep).where(PathStep.path_id == path.id).order_by(PathStep.day_number)).all()
    before: list[PathStep | None] = [None, *steps]
    return Path(
        archetype=path.archetype,
        synthesis=masked(path.synthesis, Intimate.READING, shown) or "",
        blockage=masked(path.key_blockage, Intimate.READING, shown),
        started_at=path.started_at,
        completed_at=path.completed_at,
        days=tuple(_day(step, last, shown) for step, last in zip(steps, before, strict=False)),
    )


def find_memory(session: Session, client_id: str, shown: frozenset[Intimate]) -> Memory | None:
    """The Akashic record. Its domains quote the reading, its history the chats: each is masked as what it quotes."""
    a = AkashicRecord
    row = session.execute(
        select(a.archetype, a.domains, a.history, a.updated_at).where(a.client_id == client_id)
    ).first()
    if row is None:
        return None
    domains = parse_domains(row.domains) if Intimate.READING in shown else None
    history = parse_history(row.history) if Intimate.CHATS in shown else None
    return Memory(row.archetype, domains, history, row.updated_at)


def list_chats(session: Session, client_id: str, shown: frozenset[Intimate]) -> tuple[Chat, ...]:
    """The client's conversations, the one last spoken in first. What is masked is not even read."""
    c, uncovered = ChatSession, Intimate.CHATS in shown
    messages: ColumnElement[Any] = c.messages.expression if uncovered else null()
    count = case((func.jsonb_typeof(c.messages) == "array", func.jsonb_array_length(c.messages)), else_=0)
    query = (
        select(c.id, c.title, c.is_active, count.label("turns"), c.last_message_at, c.created_at)
        .add_columns(c.related_order_id, Order.order_number, messages.label("messages"))
        .outerjoin(Order, Order.id == c.related_order_id)
        .where(c.client_id == bindparam("client_id"))
        .order_by(func.coalesce(c.last_message_at, c.created_at).desc(), c.id)
        .limit(_MOST)
    )
    return tuple(
        Chat(
            row.id,
            masked(row.title, Intimate.CHATS, shown),
            row.is_active,
            row.turns,
            row.last_message_at,
            row.created_at,
            row.related_order_id,
            row.order_number,
            parse_messages(row.messages) if uncovered else None,
        )
        for row in session.execute(query, {"client_id": client_id})
    )


def search_chats(chats: tuple[Chat, ...], text: str) -> tuple[Chat, ...]:
    """The conversations in which every word of ``text`` was said, without regard to accents and case."""
    words = folded(text).split()
    return tuple(chat for chat in chats if all(word in _said(chat) for word in words))


def _said(chat: Chat) -> str:
    return folded("\n".join([chat.title or "", *(message.text for message in chat.messages or ())]))


def _insight(row: Any, shown: frozenset[Intimate]) -> InsightRow:
    short, full = (masked(text, Intimate.READING, shown) or "" for text in (row.short, row.full))
    return InsightRow(row.id, row.category, short, full, row.viewed_at, row.created_at, row.order_id, row.order_number)


def _day(step: PathStep, before: PathStep | None, shown: frozenset[Intimate]) -> Day:
    state, since = _standing(step, before)
    return Day(
        number=step.day_number,
        state=state,
        since=since,
        title=masked(step.title, Intimate.READING, shown) or "",
        description=masked(step.description, Intimate.READING, shown) or "",
        synthesis=masked(step.synthesis, Intimate.READING, shown) or "",
        ritual=masked(step.ritual_prompt, Intimate.READING, shown),
        action=step.action_type,
        order_id=step.origin_reading_id,
    )


def _standing(step: PathStep, before: PathStep | None) -> tuple[DayState, datetime | None]:
    """From the steps alone: the path's own ``completedAt`` was never kept (DOMAIN §5)."""
    if step.is_completed:
        return DayState.DONE, step.completed_at
    if step.unlocked_at is not None:
        return DayState.OPEN, step.unlocked_at
    if before is not None and before.is_completed:
        return DayState.STALLED, before.completed_at
    return DayState.LOCKED, None
