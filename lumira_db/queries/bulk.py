"""What an act on many clients will change, seen before it is done; and what one changed that could be undone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.models import Client, ClientSummary, Task, TaskKind
from lumira_db.queries.client_list import ClientListFilter, conditions

SAMPLE = 6
"""How many clients a preview names."""
_S = ClientSummary


class BulkAct(StrEnum):
    """What can be done with many clients at once."""

    ADD_TAGS = "ADD_TAGS"
    REMOVE_TAGS = "REMOVE_TAGS"
    ASSIGN_REF_IDS = "ASSIGN_REF_IDS"


@dataclass(frozen=True, slots=True)
class Whom:
    """The clients that an act is about: ``ids``, or all that ``chosen`` names."""

    chosen: ClientListFilter
    ids: tuple[str, ...] | None = None

    def conditions(self, zone: ZoneInfo, now: datetime) -> list[ColumnElement[bool]]:
        """What holds for their summaries; ``now`` decides who has gone silent."""
        return conditions(self.chosen, zone, now) if self.ids is None else [_S.id.in_(self.ids)]


@dataclass(frozen=True, slots=True)
class Before:
    """A client of a preview: what they have now; ``changes`` says whether the act alters it."""

    id: str
    name: str
    tags: tuple[str, ...]
    ref_id: str | None
    created_at: datetime
    changes: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """How many clients the act is about, how many of them it changes, and a few of either kind."""

    total: int
    changing: int
    changed: tuple[Before, ...] = field(default=())
    unchanged: tuple[Before, ...] = field(default=())


def preview(
    session: Session, act: BulkAct, tags: Sequence[str], whom: Whom, *, zone: ZoneInfo, now: datetime
) -> Preview:
    """What ``act`` would do, counted to the client."""
    changes = _changes(act, tags)
    named = whom.conditions(zone, now)
    total, changing = session.execute(select(func.count(), func.count().filter(changes)).where(*named)).one()
    return Preview(
        total,
        changing,
        _sample(session, [*named, changes], changes=True) if changing else (),
        _sample(session, [*named, ~changes], changes=False) if changing < total else (),
    )


def preview_tag(session: Session, old: Sequence[str], new: str) -> Preview:
    """What giving the tags ``old`` the name ``new`` would do: every client that has one of them changes."""
    having = [_S.tags.overlap(_texts([tag for tag in old if tag != new]))]
    total = int(session.scalar(select(func.count()).select_from(_S).where(*having)) or 0)
    return Preview(total, total, _sample(session, having, changes=True))


def find_undo(session: Session, task_id: UUID) -> UUID | None:
    """The task that undoes, or has undone, this one."""
    query = select(Task.id).where(Task.kind == TaskKind.UNDO, Task.subject == str(task_id)).limit(1)
    return session.scalar(query)


def _changes(act: BulkAct, tags: Sequence[str]) -> ColumnElement[bool]:
    if act is BulkAct.ASSIGN_REF_IDS:
        return ~_S.has_ref_id
    if act is BulkAct.ADD_TAGS:
        return ~_S.tags.contains(_texts(tags))
    found: ColumnElement[bool] = _S.tags.overlap(_texts(tags))
    return found


def _sample(session: Session, where: Sequence[ColumnElement[bool]], *, changes: bool) -> tuple[Before, ...]:
    few = select(_S.id, _S.created_at).where(*where).order_by(_S.created_at, _S.id).limit(SAMPLE).subquery()
    c = Client
    rows = session.execute(
        select(c.id, c.first_name, c.last_name, c.email, c.tags, c.ref_id, few.c.created_at)
        .join(few, few.c.id == c.id)
        .order_by(few.c.created_at, few.c.id)
    )
    return tuple(_before(row, changes=changes) for row in rows)


def _before(row: Any, *, changes: bool) -> Before:
    name = f"{row.first_name} {row.last_name}".strip() or row.email
    return Before(row.id, name, tuple(row.tags or ()), row.ref_id, row.created_at, changes)


def _texts(values: Sequence[str]) -> ColumnElement[Any]:
    return cast(list(values), ARRAY(Text))
