"""Notes: whoever comes second is told, nothing is overwritten, and every state can be had back."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lumira_db.actor import Actor, Role
from lumira_db.commands.client_notes import Typed, drop_note, keep_note, restore_notes, save_notes
from lumira_db.engine import Database
from lumira_db.errors import InvalidInput, NotesMoved, RecordNotFound, Refusal
from lumira_db.models import AuditEntry, Client, NoteDraft, NoteVersion
from lumira_db.note_merge import merge
from lumira_db.queries.client_notes import get_note_change, get_notes, list_note_versions
from lumira_db.states import NoteOrigin
from tests.factories import actor, make_client, make_staff

HERS, HIS = "Appelée lundi.\nVeut un remboursement.", "Appelée lundi.\nA reçu sa lecture."
BASE = "Appelée lundi."
THEIRS = "Vu par la plateforme."


def notes_of(session: Session, client_id: str) -> str | None:
    return session.scalar(select(Client.notes).where(Client.id == client_id))


def test_a_save_writes_the_contracts_field_keeps_a_version_and_leaves_a_trace(session: Session) -> None:
    who, client = actor(Role.SUPPORT), make_client(session, notes=None)
    keep_note(session, who, client.id, Typed("Rappeler", ""), sequence=5)
    assert save_notes(session, who, client.id, Typed("Rappeler demain", "")) == 1
    assert notes_of(session, client.id) == "Rappeler demain"
    assert session.scalar(select(NoteDraft).where(NoteDraft.client_id == client.id)) is None
    [version] = list_note_versions(session, client.id)
    assert (version.origin, version.author_name) == (NoteOrigin.WRITTEN, who.name)
    assert save_notes(session, who, client.id, Typed("Rappeler demain", "")) is None


def test_the_trace_holds_before_and_after(database: Database) -> None:
    who = actor(Role.SUPPORT)
    with database.writing() as session:
        client = make_client(session, notes=BASE)
    with database.writing() as session:
        save_notes(session, who, client.id, Typed(HERS, BASE))
    with database.reading() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "client.notes"))
    assert (entry.before, entry.after) == ({"notes": BASE}, {"notes": HERS, "version": 2})


def test_what_the_platform_wrote_becomes_a_version_before_it_is_changed(session: Session) -> None:
    client = make_client(session, notes="Écrit\r\npar la plateforme")
    save_notes(session, actor(), client.id, Typed("Par nous", "Écrit\npar la plateforme"))
    assert [row.origin for row in list_note_versions(session, client.id)] == [NoteOrigin.WRITTEN, NoteOrigin.FOUND]
    assert get_note_change(session, client.id, 2) == ("Écrit\npar la plateforme", "Par nous")
    assert get_note_change(session, client.id, 1) == ("", "Écrit\npar la plateforme")


def test_two_people_and_the_platform_write_at_once_and_nothing_is_lost(database: Database) -> None:
    """Two people type over the same text and save at the same moment; the platform writes in between."""
    with database.writing() as session:
        client = make_client(session, notes=BASE)
        people = [make_staff(session, Role.SUPPORT), make_staff(session, Role.EXPERT)]
    texts = dict(zip([person.id for person in people], (HERS, HIS), strict=True))
    together = threading.Barrier(3)

    def save(person: Actor) -> type[Refusal] | None:
        together.wait(timeout=30)
        with database.writing() as session:
            keep_note(session, person, client.id, Typed(texts[person.id], BASE), sequence=1)
        try:
            with database.writing() as session:
                save_notes(session, person, client.id, Typed(texts[person.id], BASE))
        except NotesMoved as moved:
            return type(moved)
        return None

    def platform() -> None:
        together.wait(timeout=30)
        with database.engine.begin() as connection:
            connection.execute(text('UPDATE "User" SET notes = notes || :more'), {"more": f"\n{THEIRS}"})

    with ThreadPoolExecutor(3) as pool:
        writing = pool.submit(platform)
        outcomes = [future.result(timeout=60) for future in [pool.submit(save, person) for person in people]]
        writing.result(timeout=60)
    assert outcomes.count(None) <= 1
    for person, outcome in zip(people, outcomes, strict=True):
        if outcome is NotesMoved:
            _bring_together(database, person, client.id)
    with database.reading() as session:
        final = notes_of(session, client.id) or ""
        kept = [content for (content,) in session.execute(select(NoteVersion.content))]
    for line in (*HERS.splitlines(), *HIS.splitlines(), THEIRS):
        assert line in final or any(line in content for content in kept)
    assert THEIRS in final
    assert all(line in final for line in (HERS.splitlines()[1], HIS.splitlines()[1]))


def _bring_together(database: Database, person: Actor, client_id: str) -> None:
    with database.reading() as session:
        found = get_notes(session, client_id, person.id)
    assert found.draft is not None
    both = merge(found.draft.base, found.text, found.draft.text).text
    with database.writing() as session:
        save_notes(session, person, client_id, Typed(both, found.text))


def test_a_save_over_words_that_are_gone_is_refused_and_the_draft_stays(session: Session) -> None:
    first, second, client = actor(), actor(Role.SUPPORT), make_client(session, notes=BASE)
    save_notes(session, first, client.id, Typed(HERS, BASE))
    keep_note(session, second, client.id, Typed(HIS, BASE), sequence=1)
    with pytest.raises(NotesMoved):
        save_notes(session, second, client.id, Typed(HIS, BASE))
    assert notes_of(session, client.id) == HERS
    found = get_notes(session, client.id, second.id)
    assert found.draft is not None
    assert (found.draft.text, found.draft.base, found.text) == (HIS, BASE, HERS)
    assert found.latest is not None
    assert (found.known, found.latest.author_name) == (True, first.name)


def test_an_empty_text_area_overwrites_nothing_that_it_was_not_typed_over(session: Session) -> None:
    """What the platform's own editor did: it saved its emptiness."""
    client = make_client(session, notes=BASE)
    with pytest.raises(NotesMoved):
        save_notes(session, actor(), client.id, Typed("", "Rien de tel"))
    assert notes_of(session, client.id) == BASE
    save_notes(session, actor(), client.id, Typed("", BASE))
    assert notes_of(session, client.id) is None


def test_a_text_area_goes_on_where_its_own_last_save_ended(session: Session) -> None:
    """Its next save may have left before the answer came; another text area of the same person has no such right."""
    who, client = actor(), make_client(session, notes=None)
    save_notes(session, who, client.id, Typed("Un", "", "area-1"))
    save_notes(session, who, client.id, Typed("Un deux", "", "area-1"))
    assert notes_of(session, client.id) == "Un deux"
    with pytest.raises(NotesMoved):
        save_notes(session, who, client.id, Typed("Trois", "", "area-2"))


def test_older_keystrokes_never_replace_newer_ones(session: Session) -> None:
    who, client = actor(), make_client(session)
    keep_note(session, who, client.id, Typed("nouveau", ""), sequence=7)
    keep_note(session, who, client.id, Typed("ancien", ""), sequence=6)
    found = get_notes(session, client.id, who.id)
    assert found.draft is not None
    assert found.draft.text == "nouveau"


def test_others_see_that_somebody_types_and_not_what(session: Session) -> None:
    client, colleague, me = make_client(session), make_staff(session, name="Élise"), actor()
    keep_note(session, colleague, client.id, Typed("secret", ""), sequence=1)
    found = get_notes(session, client.id, me.id)
    assert [other.name for other in found.others] == ["Élise"]
    assert found.draft is None
    drop_note(session, colleague, client.id)
    assert get_notes(session, client.id, me.id).others == ()


def test_a_kept_state_comes_back_as_a_version_of_its_own(session: Session) -> None:
    who, client = actor(), make_client(session, notes=None)
    save_notes(session, who, client.id, Typed("Un", ""))
    save_notes(session, who, client.id, Typed("Deux", "Un"))
    first = list_note_versions(session, client.id)[-1]
    with pytest.raises(NotesMoved):
        restore_notes(session, who, client.id, first.id, base="Un")
    assert restore_notes(session, who, client.id, first.id, base="Deux") == 3
    newest = list_note_versions(session, client.id)[0]
    assert (newest.origin, newest.restored_from, notes_of(session, client.id)) == (NoteOrigin.RESTORED, 1, "Un")
    with pytest.raises(RecordNotFound):
        restore_notes(session, who, make_client(session).id, first.id, base="")


@pytest.mark.parametrize(
    "act",
    [
        lambda s, a, c: save_notes(s, a, c, Typed("x" * 100_001, "")),
        lambda s, a, c: keep_note(s, a, c, Typed("x" * 100_001, ""), sequence=1),
    ],
)
def test_notes_have_an_end(session: Session, act: Callable[[Session, Actor, str], object]) -> None:
    with pytest.raises(InvalidInput):
        act(session, actor(), make_client(session).id)
