"""What the client's page can do: every button and every keystroke, each in one transaction."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.acts import attempt, done
from dashboard.client_reads import tags_in_use
from dashboard.components.notepad import Answer, PadEdit, newest, take
from dashboard.context import database, zone
from dashboard.flash import Flash, say
from dashboard.here import actor
from dashboard.locale import _, refusal_text
from dashboard.navigation import go
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands import client_access, client_identity, client_notes, ref_ids
from lumira_db.commands.client_notes import Typed
from lumira_db.contacts import Identity
from lumira_db.enums import UserStatus
from lumira_db.errors import ClientEmailTaken, NotesMoved, Refusal
from lumira_db.note_merge import merge
from lumira_db.states import Intimate

_SEEN = "client.seen"
Command = Callable[[Session, Actor], object]


def pad_key(client_id: str) -> str:
    """The notes of one client: another client is another text area, with a state of its own."""
    return f"client.notes.{client_id}"


def note_access(client_id: str) -> None:
    """Write down that the person looks at this client; within one screen only now and then."""
    now = utcnow()
    last: tuple[str, datetime] | None = st.session_state.get(_SEEN)
    if last is not None and last[0] == client_id and now - last[1] < client_access.SAME_LOOK / 2:
        return
    who = actor()
    with database().writing() as session:
        client_access.record_access(session, who, client_id, now=now)
    st.session_state[_SEEN] = (client_id, now)


def keep(client_id: str, edit: PadEdit) -> Answer:
    """Keep what is being typed as a draft."""
    try:
        who = actor()
        with database().writing() as session:
            client_notes.keep_note(session, who, client_id, _typed(edit), sequence=edit.number)
    except Refusal as refusal:
        return Answer("refused", reason=refusal_text(refusal))
    return Answer("kept", _now())


def save(client_id: str, edit: PadEdit) -> Answer:
    """Write the notes for everybody; where somebody else wrote meanwhile, keep them as a draft and say so."""
    try:
        who = actor()
        with database().writing() as session:
            client_notes.save_notes(session, who, client_id, _typed(edit))
    except NotesMoved:
        kept = keep(client_id, edit)
        return kept if kept.kind == "refused" else Answer("moved", _now())
    except Refusal as refusal:
        return Answer("refused", reason=refusal_text(refusal))
    return Answer("saved", _now())


def settle(client_id: str, draft: Typed, present: str, *, mine: bool, theirs: bool) -> None:
    """Bring the person's text and the present one together, the last keystroke included."""
    key = pad_key(client_id)
    last = newest(key)
    # A message that is older than the draft was written by another text area: the draft stands.
    text = last.text if last is not None and last.base == draft.base else draft.text
    chosen = merge(draft.base, present, text).text if mine and theirs else text if mine else present
    if done(lambda s, a: client_notes.save_notes(s, a, client_id, Typed(chosen, present))):
        take(key)


def restore(client_id: str, version_id: int, base: str) -> None:
    """Bring a kept state of the notes back."""
    if done(lambda s, a: client_notes.restore_notes(s, a, client_id, version_id, base=base)):
        take(pad_key(client_id))


def change_tags(client_id: str, *, add: set[str], remove: set[str]) -> None:
    """Add and remove tags, leaving alone what others did to the rest."""
    attempt(lambda s, a: client_identity.change_tags(s, a, client_id, add=sorted(add), remove=sorted(remove)))
    if add - set(tags_in_use()):
        tags_in_use.clear()


def assign_ref_id(client_id: str) -> None:
    """Give the client a refId."""
    given = attempt(lambda s, a: ref_ids.assign_ref_id(s, a, client_id))
    if given is not None:
        say(Flash(_("The refId is {ref_id}.").format(ref_id=given)))


def change_identity(client_id: str, identity: Identity, seen: str) -> Refusal | None:
    """Change who the client is; the refusal, if any, is for the dialog to show."""
    return _tried(lambda s, a: client_identity.change_identity(s, a, client_id, identity, seen=seen))


def set_status(client_id: str, status: UserStatus, seen: str, reason: str) -> Refusal | None:
    """Suspend, ban or readmit the client."""
    return _tried(lambda s, a: client_identity.set_client_status(s, a, client_id, status, seen=seen, reason=reason))


def create(identity: Identity) -> Refusal | None:
    """Create a client and open their page."""
    made: list[str] = []
    refused = _tried(lambda s, a: made.append(client_identity.create_client(s, a, identity)))
    if refused is None:
        say(Flash(_("The client was created.")))
        go("client", id=made[0])
    return refused


def reveal(client_id: str, field: Intimate, reason: str) -> Refusal | None:
    """Uncover one part of the client for this person, for a while."""
    return _tried(lambda s, a: client_access.reveal(s, a, client_id, field, reason=reason, now=utcnow()))


def cover(client_id: str) -> None:
    """Cover again what was uncovered."""
    attempt(lambda s, a: client_access.cover(s, a, client_id, now=utcnow()))


def start_backfill(total: int | None) -> None:
    """Give every client a refId, as a task."""
    if attempt(lambda s, a: ref_ids.backfill_ref_ids(s, a, total=total)) is not None:
        say(Flash(_("Every client is given a refId, those who came first at first.")))


def other_client(refusal: Refusal) -> str | None:
    """The client who has the address that was refused."""
    return str(refusal.facts.get("id") or "") or None if isinstance(refusal, ClientEmailTaken) else None


def _tried(command: Command) -> Refusal | None:
    try:
        who = actor()
        with database().writing() as session:
            command(session, who)
    except Refusal as refusal:
        return refusal
    return None


def _typed(edit: PadEdit) -> Typed:
    return Typed(edit.text, edit.base, edit.editor)


def _now() -> str:
    return f"{utcnow().astimezone(zone()):%H:%M}"
