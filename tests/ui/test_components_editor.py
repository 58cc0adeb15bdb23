"""The reading's editor, seen from Python: what the browser sends is stored once, and its answer finds the way back."""

from dataclasses import dataclass
from typing import Any

import pytest

from dashboard.components import editor as module
from dashboard.components import hotkeys as hotkeys_module
from dashboard.components.editor import (
    DraftEdit,
    EditorField,
    EditorLabels,
    Outcome,
    Refused,
    Stored,
    editor_fields,
    pending_edit,
    reading_editor,
)
from dashboard.components.hotkeys import hotkeys

FIELDS = [EditorField("intro", "introduction", "Introduction", "Introduction", "text", "Hello")]


@dataclass(frozen=True)
class Address:
    path: str
    group: str
    label_key: str
    kind: module.FieldKind
    value: str
    position: int | None = None
    domain: str = ""


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the component was given; `said` is what the browser has said."""
    seen: dict[str, Any] = {"said": {}}

    def render(**given: Any) -> dict[str, Any]:
        seen.update(given)
        return dict(seen["said"])

    monkeypatch.setattr(module, "_render", render)
    monkeypatch.setattr(module.st, "session_state", {"reading": seen["said"]})
    return seen


def draw(**more: Any) -> module.EditorResult:
    return reading_editor(FIELDS, key="reading", labels=EditorLabels(), seen="v1", storage="staff.order", **more)


def says(browser: dict[str, Any], number: int, text: str = "Hello you", name: str = "draft") -> None:
    browser["said"][name] = {"n": number, "seen": "v1", "texts": {"intro": text}}


def test_a_draft_is_stored_and_confirmed_by_its_number(browser: dict[str, Any]) -> None:
    stored: list[DraftEdit] = []

    def keep(edit: DraftEdit) -> Outcome:
        stored.append(edit)
        return Stored("14:03")

    draw(on_draft=keep)
    says(browser, 7)
    browser["on_draft_change"]()
    draw(on_draft=keep)
    assert stored == [DraftEdit(7, "v1", {"intro": "Hello you"})]
    assert browser["data"]["answer"] == {"number": 7, "stored": 7, "at": "14:03", "refused": ""}


def test_a_draft_whose_answer_was_lost_is_answered_in_the_next_run(browser: dict[str, Any]) -> None:
    says(browser, 7)
    draw(on_draft=lambda _edit: Stored("14:03"))
    assert browser["data"]["answer"]["number"] == 7


def test_a_refused_draft_tells_why_and_stays_pending(browser: dict[str, Any]) -> None:
    asked: list[int] = []

    def refuse(edit: DraftEdit) -> Outcome:
        asked.append(edit.number)
        return Refused("Marie holds this order.")

    says(browser, 7)
    draw(on_draft=refuse)
    draw(on_draft=refuse)
    assert asked == [7], "the same text is not offered again and again"
    assert browser["data"]["answer"] == {"number": 7, "stored": 0, "at": "", "refused": "Marie holds this order."}
    assert pending_edit("reading") == DraftEdit(7, "v1", {"intro": "Hello you"})


def test_a_decision_finds_the_text_that_no_callback_has_stored_yet(browser: dict[str, Any]) -> None:
    assert pending_edit("reading") is None
    says(browser, 7)
    assert pending_edit("reading") == DraftEdit(7, "v1", {"intro": "Hello you"})
    draw(on_draft=lambda _edit: Stored("14:03"))
    assert pending_edit("reading") is None


def test_save_carries_its_own_text_and_settles_the_drafts_before_it(browser: dict[str, Any]) -> None:
    saved: list[DraftEdit] = []

    def save(edit: DraftEdit) -> Outcome:
        saved.append(edit)
        return Stored("14:04")

    says(browser, 7)
    draw(on_draft=lambda _edit: Stored("14:03"), on_save=save)
    says(browser, 9, "Hello all", name="save")
    browser["on_save_change"]()
    result = draw(on_draft=lambda _edit: pytest.fail("an older draft must not undo the save"), on_save=save)
    assert saved == [DraftEdit(9, "v1", {"intro": "Hello all"})]
    assert result.save == saved[0]
    assert pending_edit("reading") is None


@pytest.mark.parametrize(
    "said", [None, "text", 7, {"n": "7", "seen": "v1", "texts": {}}, {"n": 7, "seen": None, "texts": {}}, {"n": 7}]
)
def test_what_our_own_script_would_never_send_is_ignored(browser: dict[str, Any], said: object) -> None:
    browser["said"]["draft"] = said
    assert draw(on_draft=lambda _edit: pytest.fail("stored nonsense")).draft is None


def test_only_text_counts_as_text(browser: dict[str, Any]) -> None:
    browser["said"]["draft"] = {"n": 7, "seen": "v1", "texts": {"intro": "yes", "b": 3, "c": ["x"]}}
    assert pending_edit("reading") == DraftEdit(7, "v1", {"intro": "yes"})


def test_sections_get_an_entry_each_while_days_share_one() -> None:
    fields = editor_fields(
        [
            Address("s[0].domain", "section", "domain", "line", "travail", 0, "travail"),
            Address("s[1].content", "section", "content", "text", "…", 1, "sante"),
            Address("t[0].title", "timeline", "title", "line", "…", 0),
            Address("t[1].title", "timeline", "title", "line", "…", 1),
        ],
        group_title=lambda one: one.domain or one.group,
        field_label=str.title,
        block_title=lambda one: f"Day {(one.position or 0) + 1}",
        fixed=frozenset({"domain"}),
    )
    assert [one.group for one in fields] == ["section-0", "section-1", "timeline", "timeline"]
    assert [one.block for one in fields] == ["", "", "Day 1", "Day 2"]
    assert [one.fixed for one in fields] == [True, False, False, False]
    assert [one.label for one in fields] == ["Domain", "Content", "Title", "Title"]


@pytest.mark.parametrize("name", ["r", "c", "?", "/", "ctrl+k", "escape", "shift+ctrl+a", "hyper+a", "", "shift+"])
def test_keys_that_belong_to_others_cannot_be_bound(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be bound"):
        hotkeys({name: "act"}, key="keys")


def test_only_a_bound_action_is_acted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    acted: list[str] = []
    given: dict[str, Any] = {}
    said = {"press": "approve"}
    monkeypatch.setattr(hotkeys_module, "_render", lambda **more: given.update(more) or said)
    monkeypatch.setattr(hotkeys_module.st, "session_state", {"keys": said})
    assert hotkeys({"a": "approve"}, key="keys", on_press=acted.append) == "approve"
    given["on_press_change"]()
    said["press"] = "delete_everything"
    assert hotkeys({"a": "approve"}, key="keys", on_press=acted.append) is None
    given["on_press_change"]()
    assert acted == ["approve"]
