"""A client's notes: what is typed is journalled, written only over what it was typed over, and every state is kept.

``"User".notes`` is the truth, and the platform writes it too. The row is locked and its text compared: whoever comes
second is told, and loses nothing.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.locking import lock_client
from lumira_db.errors import InvalidInput, NotesMoved, RecordNotFound
from lumira_db.i18n_marker import N_
from lumira_db.models import Client, NoteDraft, NoteVersion
from lumira_db.note_merge import as_typed
from lumira_db.permissions import Permission, require
from lumira_db.states import NoteOrigin
from lumira_db.versions import PLATFORM

MAXIMUM_NOTES = 100_000


@dataclass(frozen=True, slots=True)
class Typed:
    """What a text area holds: the text, what it was typed over, and the area's own name."""

    text: str
    base: str
    editor: str | None = None


def keep_note(session: Session, actor: Actor, client_id: str, typed: Typed, *, sequence: int) -> None:
    """Keep what the person has typed so far. Older keystrokes never replace newer ones (``sequence``)."""
    require(actor, Permission.KEEP_NOTES)
    row = insert(NoteDraft).values(
        client_id=client_id,
        staff_id=actor.id,
        content=_checked(typed.text),
        base=_checked(typed.base),
        sequence=sequence,
        updated_at=utcnow(),
    )
    columns = ("content", "base", "sequence", "updated_at")
    session.execute(
        row.on_conflict_do_update(
            index_elements=[NoteDraft.client_id, NoteDraft.staff_id],
            set_={name: row.excluded[name] for name in columns},
            where=NoteDraft.sequence <= row.excluded.sequence,
        )
    )


def drop_note(session: Session, actor: Actor, client_id: str) -> None:
    """Forget what the person typed and did not write."""
    require(actor, Permission.KEEP_NOTES)
    _forget(session, actor, client_id)


def save_notes(session: Session, actor: Actor, client_id: str, typed: Typed) -> int | None:
    """Write the notes; returns the number of the version, None when they were like this already.

    Raises ``NotesMoved`` when they are not what they were typed over any more, ``RecordNotFound``,
    ``InvalidInput``.
    """
    require(actor, Permission.KEEP_NOTES)
    text = _checked(typed.text)
    client = lock_client(session, client_id, None)
    if text == _present(client):
        _forget(session, actor, client_id)
        return None
    if _present(client) != typed.base and not _goes_on(session, actor, client, typed):
        raise NotesMoved
    version = _write(session, actor, client, text, NoteOrigin.WRITTEN, editor=typed.editor)
    _forget(session, actor, client_id)
    return version


def restore_notes(session: Session, actor: Actor, client_id: str, version_id: int, *, base: str) -> int | None:
    """Bring a kept state back over ``base``, the text that the screen showed. Raises as ``save_notes``."""
    require(actor, Permission.KEEP_NOTES)
    client = lock_client(session, client_id, None)
    if _present(client) != base:
        raise NotesMoved
    kept = session.get(NoteVersion, version_id)
    if kept is None or kept.client_id != client_id:
        raise RecordNotFound(id=version_id)
    if kept.content == base:
        return None
    return _write(session, actor, client, kept.content, NoteOrigin.RESTORED, restored_from=kept.number)


def _write(
    session: Session,
    actor: Actor,
    client: Client,
    text: str,
    origin: NoteOrigin,
    *,
    editor: str | None = None,
    restored_from: int | None = None,
) -> int:
    before = _present(client)
    latest = _latest(session, client.id)
    number = latest.number if latest else 0
    if before and (latest is None or latest.content != before):
        number += 1
        session.add(_version(client.id, number, NoteOrigin.FOUND, before, PLATFORM))
    number += 1
    made = _version(client.id, number, origin, text, actor)
    made.editor, made.restored_from = editor, restored_from
    session.add(made)
    client.notes = text or None
    session.flush()
    audit.record(
        session,
        actor,
        "client.notes" if origin is NoteOrigin.WRITTEN else "client.restore_notes",
        "client",
        client.id,
        before={"notes": before},
        after={"notes": text, "version": number},
    )
    return number


def _version(client_id: str, number: int, origin: NoteOrigin, content: str, author: Actor) -> NoteVersion:
    return NoteVersion(
        client_id=client_id,
        number=number,
        origin=origin,
        content=content,
        author_id=author.id,
        author_name=author.name,
    )


def _goes_on(session: Session, actor: Actor, client: Client, typed: Typed) -> bool:
    """Whether the present text is what this very text area wrote last: its next save was on the way already."""
    latest = _latest(session, client.id)
    if latest is None or typed.editor is None:
        return False
    own = latest.author_id == actor.id and latest.editor == typed.editor
    return own and latest.content == _present(client)


def _latest(session: Session, client_id: str) -> NoteVersion | None:
    query = select(NoteVersion).where(NoteVersion.client_id == client_id)
    return session.scalars(query.order_by(NoteVersion.number.desc()).limit(1)).first()


def _present(client: Client) -> str:
    return as_typed(client.notes)


def _forget(session: Session, actor: Actor, client_id: str) -> None:
    session.execute(delete(NoteDraft).where(NoteDraft.client_id == client_id, NoteDraft.staff_id == actor.id))


def _checked(text: str) -> str:
    if len(text) > MAXIMUM_NOTES:
        raise InvalidInput(problem=N_("Notes have at most 100,000 characters."))
    return as_typed(text)
