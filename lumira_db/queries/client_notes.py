"""A client's notes as a screen needs them: the text, what was typed and not written yet, and how it came to be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from lumira_db.errors import RecordNotFound
from lumira_db.models import Client, NoteDraft, NoteVersion, Staff
from lumira_db.note_merge import as_typed
from lumira_db.states import NoteOrigin


@dataclass(frozen=True, slots=True)
class OwnDraft:
    """What the person typed over ``base`` and has not written yet; ``sequence`` as the browser counted it."""

    text: str
    base: str
    sequence: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OtherDraft:
    """Somebody else has typed something that is not in the notes yet."""

    name: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NoteVersionRow:
    """One state of the notes, without its text."""

    id: int
    number: int
    origin: NoteOrigin
    author_name: str
    restored_from: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes, and who is at them. ``latest`` is None, or older than the text, when the platform wrote it."""

    text: str
    draft: OwnDraft | None
    others: tuple[OtherDraft, ...]
    latest: NoteVersionRow | None
    known: bool


_VERSION = (
    NoteVersion.id,
    NoteVersion.number,
    NoteVersion.origin,
    NoteVersion.author_name,
    NoteVersion.restored_from,
    NoteVersion.created_at,
)
_NOTES = (
    select(Client.notes, NoteDraft.content, NoteDraft.base, NoteDraft.sequence, NoteDraft.updated_at)
    .outerjoin(NoteDraft, and_(NoteDraft.client_id == Client.id, NoteDraft.staff_id == bindparam("staff_id")))
    .where(Client.id == bindparam("client_id"))
)
_LATEST = (
    select(*_VERSION, NoteVersion.content)
    .where(NoteVersion.client_id == bindparam("client_id"))
    .order_by(NoteVersion.number.desc())
    .limit(1)
)
_OTHERS = (
    select(func.coalesce(Staff.name, NoteDraft.staff_id), NoteDraft.updated_at)
    .outerjoin(Staff, Staff.id == NoteDraft.staff_id)
    .where(NoteDraft.client_id == bindparam("client_id"), NoteDraft.staff_id != bindparam("staff_id"))
    .order_by(NoteDraft.updated_at.desc())
)


def get_notes(session: Session, client_id: str, staff_id: str) -> Notes:
    """The notes of a client as ``staff_id`` sees them. Raises ``RecordNotFound``."""
    key = {"client_id": client_id, "staff_id": staff_id}
    row = session.execute(_NOTES, key).first()
    if row is None:
        raise RecordNotFound(id=client_id)
    text = as_typed(row[0])
    latest = session.execute(_LATEST, key).first()
    others = tuple(OtherDraft(*other) for other in session.execute(_OTHERS, key))
    draft = OwnDraft(row[1], row[2], row[3], row[4]) if row[1] is not None else None
    known = latest is not None and latest[-1] == text
    return Notes(text, draft, others, _version(latest[:-1]) if latest else None, known)


def list_note_versions(session: Session, client_id: str, *, limit: int = 100) -> tuple[NoteVersionRow, ...]:
    """The states of the notes, newest first."""
    query = select(*_VERSION).where(NoteVersion.client_id == client_id).order_by(NoteVersion.number.desc())
    return tuple(_version(row) for row in session.execute(query.limit(limit)))


def get_note_change(session: Session, client_id: str, number: int) -> tuple[str, str]:
    """The text before version ``number`` and the text of it. Raises ``RecordNotFound``."""
    query = select(NoteVersion.number, NoteVersion.content).where(
        NoteVersion.client_id == client_id, NoteVersion.number.in_((number - 1, number))
    )
    found: dict[int, str] = {row.number: row.content for row in session.execute(query)}
    if number not in found:
        raise RecordNotFound(id=number)
    return found.get(number - 1, ""), found[number]


def _version(row: Any) -> NoteVersionRow:
    id_, number, origin, author, restored_from, created_at = row
    return NoteVersionRow(id_, number, NoteOrigin(origin), author, restored_from, created_at)
