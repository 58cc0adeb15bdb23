"""Editing: only what was typed changes, nobody's text is overwritten, and nothing typed is lost."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, undefer

from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.editing import (
    MAXIMUM_FIELD,
    discard_draft,
    journal_draft,
    resolve_draft,
    save_reading,
    settle_draft,
)
from lumira_db.commands.locking import lock_order
from lumira_db.enums import OrderStatus
from lumira_db.errors import (
    ClaimHeld,
    ClaimMissing,
    ContentMissing,
    ForbiddenTransition,
    InvalidInput,
    RecordNotFound,
    StaleRecord,
)
from lumira_db.models import Draft, Order, ReadingVersion, row_version
from lumira_db.queries.workbench import find_workbench
from lumira_db.reading import parse
from tests.db.traces import traces
from tests.factories import make_claim, make_order, make_staff, reading

SHAPES: dict[str, Any] = json.loads((Path(__file__).parent.parent / "contract" / "json_shapes.json").read_text("utf-8"))
FOREVER = utcnow().replace(year=2100)
INTRODUCTION = "pdf_content.introduction"
CONCLUSION = "pdf_content.conclusion"
NOT_EDITABLE = [status for status in OrderStatus if status is not OrderStatus.AWAITING_VALIDATION]


@pytest.fixture
def anne(session: Session) -> Actor:
    return make_staff(session, name="Anne")


def held(session: Session, holder: Actor, **values: Any) -> str:
    """An order that ``holder`` holds, committed: what happens next is another transaction."""
    order = make_order(session, **values)
    make_claim(session, order, holder, expires_at=FOREVER)
    session.commit()
    return order.id


def seen(session: Session, order_id: str) -> str:
    return session.execute(select(row_version("Order")).select_from(Order).where(Order.id == order_id)).scalar_one()


def content(session: Session, order_id: str) -> Any:
    return session.scalar(select(Order.generated_content).where(Order.id == order_id))


def versions(session: Session, order_id: str) -> list[ReadingVersion]:
    query = select(ReadingVersion).options(undefer(ReadingVersion.content)).where(ReadingVersion.order_id == order_id)
    return list(session.scalars(query.order_by(ReadingVersion.number)))


def platform_writes(session: Session, order_id: str, path: str, value: str) -> None:
    """What the platform does: a plain UPDATE of its own, committed."""
    session.commit()
    session.execute(
        text("""UPDATE "Order" SET "generatedContent" = jsonb_set("generatedContent", :path, to_jsonb(:value ::text)),
                "updatedAt" = now() WHERE id = :id"""),
        {"path": "{" + path.replace(".", ",") + "}", "value": value, "id": order_id},
    )
    session.commit()


def draft_of(session: Session, order_id: str, actor: Actor) -> Draft | None:
    return session.get(Draft, (order_id, actor.id), populate_existing=True)


def type_in(session: Session, actor: Actor, order_id: str, edits: dict[str, str], sequence: int = 1) -> None:
    journal_draft(session, actor, order_id, seen=seen(session, order_id), edits=edits, sequence=sequence)
    session.commit()


def test_a_save_changes_the_typed_field_and_nothing_else(session: Session, anne: Actor) -> None:
    """Unknown parts at every depth survive to the letter; the platform's own marks of a save are set."""
    strange = {
        "pdf_content": reading()["pdf_content"] | {"extra": {"nested": [1, 2.5, None, {"é": "🌙"}]}},
        "x-unknown": ["a", {"b": False}],
        "pdfUrl": "https://example.org/x.pdf",
        "contentVersions": SHAPES["Order.generatedContent (Feb 2026 additions)"]["contentVersions"],
    }
    order_id = held(session, anne, content=reading() | strange)
    before = content(session, order_id)
    saved = save_reading(session, anne, order_id, seen=seen(session, order_id), edits={INTRODUCTION: "Autre."})
    assert saved.changed == (INTRODUCTION,)
    after = content(session, order_id)
    assert after.pop("refinedBy") == anne.id
    assert after.pop("lastRefinedAt")
    assert after["pdf_content"].pop("introduction") == "Autre."
    before["pdf_content"].pop("introduction")
    assert after == before


@pytest.mark.parametrize("name", [name for name in SHAPES if name.startswith("Order.generatedContent")])
def test_every_shape_of_a_reading_can_be_edited(session: Session, anne: Actor, name: str) -> None:
    """The legacy flat one too; the rest of each document is left alone."""
    order_id = held(session, anne, content=SHAPES[name])
    bench = find_workbench(session, order_id, staff_id=anne.id, now=utcnow())
    assert bench is not None
    fields = [field for field in _fields(bench.content) if field.kind != "lines"]
    edits = {field.path: f"Nouveau {number}" for number, field in enumerate(fields)}
    saved = save_reading(session, anne, order_id, seen=bench.version, edits=edits)
    assert saved.changed == tuple(sorted(edits))
    after = {field.path: field.value for field in _fields(content(session, order_id))}
    assert {path: after[path] for path in edits} == edits
    kept = {key: value for key, value in SHAPES[name].items() if key in {"pdfUrl", "audioUrl", "lecture", "source"}}
    assert kept.items() <= content(session, order_id).items()


def test_a_save_that_changes_nothing_writes_nothing(session: Session, anne: Actor) -> None:
    """Neither the row nor a version nor a trace; the draft is done with."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "x"})
    same = content(session, order_id)["pdf_content"]["introduction"]
    before = seen(session, order_id)
    saved = save_reading(session, anne, order_id, seen=before, edits={INTRODUCTION: same})
    session.commit()
    assert (saved.changed, saved.number) == ((), None)
    assert seen(session, order_id) == before
    assert versions(session, order_id) == []
    assert traces(session, order_id) == []
    assert draft_of(session, order_id, anne) is None


def test_versions_are_numbered_and_say_who_wrote_what(session: Session, anne: Actor) -> None:
    """The state that was found is kept once, as the platform's; each save adds one."""
    order_id = held(session, anne)
    found = content(session, order_id)
    for number, typed in enumerate(["Un.", "Deux."], start=2):
        saved = save_reading(session, anne, order_id, seen=seen(session, order_id), edits={INTRODUCTION: typed})
        session.commit()
        assert saved.number == number
    kept = versions(session, order_id)
    assert [(v.number, v.origin, v.author_id) for v in kept] == [
        (1, "FOUND", "platform"),
        (2, "EDITED", anne.id),
        (3, "EDITED", anne.id),
    ]
    assert kept[0].content == found
    assert [v.content["pdf_content"]["introduction"] for v in kept[1:]] == ["Un.", "Deux."]
    assert [v.author_name for v in kept] == ["Platform", "Anne", "Anne"]


def test_what_the_platform_wrote_between_two_saves_is_kept_as_found(session: Session, anne: Actor) -> None:
    """Its text is in no version of ours yet, so it becomes one before it is edited."""
    order_id = held(session, anne)
    save_reading(session, anne, order_id, seen=seen(session, order_id), edits={INTRODUCTION: "Un."})
    platform_writes(session, order_id, "pdf_content.conclusion", "De la plateforme.")
    save_reading(session, anne, order_id, seen=seen(session, order_id), edits={INTRODUCTION: "Deux."})
    kept = versions(session, order_id)
    assert [v.origin for v in kept] == ["FOUND", "EDITED", "FOUND", "EDITED"]
    assert kept[2].content["pdf_content"]["conclusion"] == "De la plateforme."


def test_a_save_says_in_the_audit_which_fields_and_which_version(session: Session, anne: Actor) -> None:
    """The text itself is in the version; the audit holds its fingerprint."""
    order_id = held(session, anne)
    edits = {INTRODUCTION: "Un.", CONCLUSION: "Fin."}
    save_reading(session, anne, order_id, seen=seen(session, order_id), edits=edits)
    (trace,) = traces(session, order_id)
    version = versions(session, order_id)[-1]
    assert (trace.action, trace.actor_id) == ("reading.save", anne.id)
    assert trace.after == {"version": 2, "fields": sorted(edits), "digest": version.digest}


def test_a_save_on_a_stale_screen_is_refused_and_the_draft_stays(session: Session, anne: Actor) -> None:
    """The platform wrote in between: its text stands, and so does what was typed."""
    order_id = held(session, anne)
    before = seen(session, order_id)
    type_in(session, anne, order_id, {INTRODUCTION: "D'Anne."})
    platform_writes(session, order_id, INTRODUCTION, "De la plateforme.")
    with pytest.raises(StaleRecord):
        save_reading(session, anne, order_id, seen=before, edits={INTRODUCTION: "D'Anne."})
    session.rollback()
    assert content(session, order_id)["pdf_content"]["introduction"] == "De la plateforme."
    draft = draft_of(session, order_id, anne)
    assert draft is not None
    assert draft.edits == {INTRODUCTION: "D'Anne."}
    assert versions(session, order_id) == []


@pytest.mark.parametrize("column", ["status", "paidAt", "updatedAt", "userName"])
def test_any_write_of_the_platform_makes_the_screen_stale(session: Session, anne: Actor, column: str) -> None:
    """Whatever column it touched: the row's transaction says so."""
    order_id = held(session, anne)
    before = seen(session, order_id)
    session.execute(text(f'UPDATE "Order" SET "{column}" = "{column}" WHERE id = :id'), {"id": order_id})
    session.commit()
    with pytest.raises(StaleRecord):
        save_reading(session, anne, order_id, seen=before, edits={INTRODUCTION: "x"})


@pytest.mark.parametrize("status", NOT_EDITABLE)
def test_only_a_reading_that_waits_for_validation_is_edited(session: Session, anne: Actor, status: OrderStatus) -> None:
    """The refusal names where the order is and where it would have to be."""
    order_id = held(session, anne, status=status, content=reading())
    with pytest.raises(ForbiddenTransition) as refused:
        save_reading(session, anne, order_id, seen=seen(session, order_id), edits={INTRODUCTION: "x"})
    assert refused.value.facts == {"source": status, "target": OrderStatus.AWAITING_VALIDATION}
    session.rollback()
    assert content(session, order_id) == reading()


def test_saving_needs_the_claim(session: Session, anne: Actor) -> None:
    """Without one it is refused; while somebody else holds it, with their name."""
    bruno = make_staff(session, name="Bruno")
    free, theirs = make_order(session), held(session, bruno)
    session.commit()
    with pytest.raises(ClaimMissing):
        save_reading(session, anne, free.id, seen=seen(session, free.id), edits={INTRODUCTION: "x"})
    with pytest.raises(ClaimHeld):
        save_reading(session, anne, theirs, seen=seen(session, theirs), edits={INTRODUCTION: "x"})


def test_an_order_without_a_reading_cannot_be_edited(session: Session, anne: Actor) -> None:
    """Nothing is made up."""
    order_id = held(session, anne, content=None)
    with pytest.raises(ContentMissing):
        save_reading(session, anne, order_id, seen=seen(session, order_id), edits={INTRODUCTION: "x"})


def test_an_address_that_the_document_does_not_have_is_a_stale_screen(session: Session, anne: Actor) -> None:
    """The screen showed another document: nothing of the edit is written, not even its known part."""
    order_id = held(session, anne)
    edits = {INTRODUCTION: "x", "pdf_content.sections[99].content": "y"}
    with pytest.raises(StaleRecord):
        save_reading(session, anne, order_id, seen=seen(session, order_id), edits=edits)
    session.rollback()
    assert content(session, order_id) == reading()


def test_an_order_that_does_not_exist_is_not_found(session: Session, anne: Actor) -> None:
    """Rather than silently ignored."""
    with pytest.raises(RecordNotFound):
        save_reading(session, anne, "nothing", seen="1", edits={})


def test_a_draft_is_kept_without_a_claim_and_belongs_to_its_writer(session: Session, anne: Actor) -> None:
    """A lease that ran out must not cost a word; nobody else's screen shows it."""
    bruno = make_staff(session)
    order_id = held(session, bruno)
    type_in(session, anne, order_id, {INTRODUCTION: "D'Anne."})
    type_in(session, bruno, order_id, {INTRODUCTION: "De Bruno."})
    for person, typed in ((anne, "D'Anne."), (bruno, "De Bruno.")):
        bench = find_workbench(session, order_id, staff_id=person.id, now=utcnow())
        assert bench is not None
        assert bench.draft is not None
        assert bench.draft.edits == {INTRODUCTION: typed}
    discard_draft(session, anne, order_id)
    assert draft_of(session, order_id, anne) is None
    assert draft_of(session, order_id, bruno) is not None


@pytest.mark.parametrize("sequence", [1, 4])
def test_older_keystrokes_never_replace_newer_ones(session: Session, anne: Actor, sequence: int) -> None:
    """Messages may overtake each other."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "Bonjour"}, sequence=5)
    type_in(session, anne, order_id, {INTRODUCTION: "Bonj"}, sequence=sequence)
    draft = draft_of(session, order_id, anne)
    assert draft is not None
    assert (draft.edits, draft.sequence) == ({INTRODUCTION: "Bonjour"}, 5)


def test_newer_keystrokes_replace_older_ones_and_may_take_a_field_back(session: Session, anne: Actor) -> None:
    """The draft is what the screen holds now, not a sum of all it ever held."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "B", CONCLUSION: "F"}, sequence=1)
    type_in(session, anne, order_id, {INTRODUCTION: "Bo"}, sequence=2)
    draft = draft_of(session, order_id, anne)
    assert draft is not None
    assert draft.edits == {INTRODUCTION: "Bo"}
    assert set(draft.bases) == {INTRODUCTION}


@pytest.mark.parametrize("typed", ["a\x00b", "a\ud83cb", "\udf19", "ligne\r\nligne"])
def test_no_keystroke_is_refused_by_the_database(session: Session, anne: Actor, typed: str) -> None:
    """NUL and half an emoji, which PostgreSQL does not take, are dropped; the rest is kept."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: typed})
    draft = draft_of(session, order_id, anne)
    assert draft is not None
    clean = typed.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "ignore").decode()
    assert draft.edits == {INTRODUCTION: clean}


def test_a_field_longer_than_any_reading_is_refused(session: Session, anne: Actor) -> None:
    """Nobody fills the database by holding a key down; the limit itself is allowed."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "x" * MAXIMUM_FIELD})
    with pytest.raises(InvalidInput):
        type_in(session, anne, order_id, {INTRODUCTION: "x" * (MAXIMUM_FIELD + 1)}, sequence=2)


def settled(session: Session, actor: Actor, order_id: str) -> Any:
    return settle_draft(session, actor, lock_order(session, order_id, None))


def test_a_draft_is_written_into_the_reading_when_it_is_settled(session: Session, anne: Actor) -> None:
    """A decision is made on what was typed, also if the order moved elsewhere meanwhile."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "D'Anne."})
    platform_writes(session, order_id, CONCLUSION, "De la plateforme.")
    assert settled(session, anne, order_id).changed == (INTRODUCTION,)
    after = content(session, order_id)["pdf_content"]
    assert (after["introduction"], after["conclusion"]) == ("D'Anne.", "De la plateforme.")
    assert draft_of(session, order_id, anne) is None


def test_a_draft_over_a_field_that_somebody_else_changed_is_not_settled(session: Session, anne: Actor) -> None:
    """Neither text is lost: the person has to choose."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "D'Anne.", CONCLUSION: "Fin d'Anne."})
    platform_writes(session, order_id, INTRODUCTION, "De la plateforme.")
    with pytest.raises(StaleRecord):
        settled(session, anne, order_id)
    session.rollback()
    assert draft_of(session, order_id, anne) is not None
    assert content(session, order_id)["pdf_content"]["introduction"] == "De la plateforme."


def test_typing_on_does_not_hide_that_the_field_was_changed_meanwhile(session: Session, anne: Actor) -> None:
    """An edit keeps the text that it was first typed over."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "D'A"}, sequence=1)
    platform_writes(session, order_id, INTRODUCTION, "De la plateforme.")
    type_in(session, anne, order_id, {INTRODUCTION: "D'Anne."}, sequence=2)
    with pytest.raises(StaleRecord):
        settled(session, anne, order_id)


def test_a_first_keystroke_on_a_stale_screen_is_asked_about(session: Session, anne: Actor) -> None:
    """Nobody knows which text it was typed over, so none is taken for it."""
    order_id = held(session, anne)
    before = seen(session, order_id)
    platform_writes(session, order_id, INTRODUCTION, "De la plateforme.")
    journal_draft(session, anne, order_id, seen=before, edits={INTRODUCTION: "D'Anne."}, sequence=1)
    with pytest.raises(StaleRecord):
        settled(session, anne, order_id)


def test_the_same_words_from_two_hands_are_no_conflict(session: Session, anne: Actor) -> None:
    """Both corrected the same mistake."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "Corrigé."})
    platform_writes(session, order_id, INTRODUCTION, "Corrigé.")
    assert settled(session, anne, order_id).changed == ()
    assert draft_of(session, order_id, anne) is None


@pytest.mark.parametrize(("mine", "kept"), [(True, "D'Anne."), (False, "De la plateforme.")])
def test_a_conflict_is_settled_by_the_persons_choice(session: Session, anne: Actor, mine: bool, kept: str) -> None:
    """Mine replaces the present text, theirs lets it stand; the fields without conflict are written either way."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "D'Anne.", CONCLUSION: "Fin d'Anne."})
    platform_writes(session, order_id, INTRODUCTION, "De la plateforme.")
    chosen = {"mine": [INTRODUCTION], "theirs": []} if mine else {"mine": [], "theirs": [INTRODUCTION]}
    resolve_draft(session, anne, order_id, seen=seen(session, order_id), **chosen)  # type: ignore[arg-type]
    session.commit()
    settled(session, anne, order_id)
    after = content(session, order_id)["pdf_content"]
    assert (after["introduction"], after["conclusion"]) == (kept, "Fin d'Anne.")


def test_a_choice_made_on_a_stale_screen_is_asked_again(session: Session, anne: Actor) -> None:
    """The text that was chosen against is not there any more."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "D'Anne."})
    platform_writes(session, order_id, INTRODUCTION, "De la plateforme.")
    before = seen(session, order_id)
    platform_writes(session, order_id, INTRODUCTION, "Encore autre chose.")
    with pytest.raises(StaleRecord):
        resolve_draft(session, anne, order_id, seen=before, mine=[INTRODUCTION], theirs=[])
    session.rollback()
    with pytest.raises(StaleRecord):
        settled(session, anne, order_id)


def test_a_choice_is_not_undone_by_keystrokes_from_before_it(session: Session, anne: Actor) -> None:
    """A late message of the old screen does not bring the conflict back."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, {INTRODUCTION: "D'Anne."}, sequence=7)
    platform_writes(session, order_id, INTRODUCTION, "De la plateforme.")
    resolve_draft(session, anne, order_id, seen=seen(session, order_id), mine=[], theirs=[INTRODUCTION])
    session.commit()
    type_in(session, anne, order_id, {INTRODUCTION: "D'Anne."}, sequence=8)
    settled(session, anne, order_id)
    assert content(session, order_id)["pdf_content"]["introduction"] == "De la plateforme."


def test_a_choice_without_a_draft_changes_nothing(session: Session, anne: Actor) -> None:
    """It was settled in another tab."""
    order_id = held(session, anne)
    resolve_draft(session, anne, order_id, seen=seen(session, order_id), mine=[INTRODUCTION], theirs=[])
    assert draft_of(session, order_id, anne) is None


@pytest.mark.parametrize("status", NOT_EDITABLE)
def test_an_emptied_draft_stands_in_nobodys_way(session: Session, anne: Actor, status: OrderStatus) -> None:
    """All its fields were given up: there is nothing to write, whatever the order's state or content."""
    order_id = held(session, anne, status=status, content=None)
    type_in(session, anne, order_id, {})
    assert settled(session, anne, order_id).changed == ()
    assert draft_of(session, order_id, anne) is None


def _fields(raw: Any) -> Any:
    return parse(raw).fields
