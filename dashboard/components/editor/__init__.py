"""The whole reading in one element, to be read and corrected without ever losing a keystroke.

    result = reading_editor(
        fields,
        key="order.reading",
        labels=EditorLabels(),
        draft=draft.texts, draft_number=draft.number,
        seen=reading.version,
        storage=f"{staff.id}.{order.id}",
        on_draft=lambda edit: Stored(at=save_draft(order.id, edit.texts, edit.number)),
        on_save=lambda edit: save(order.id, edit.seen, edit.texts),
    )

What happens to a keystroke: the browser writes it to its own storage at once; 600 ms after the last one (sooner on
leaving the field, the window, or pressing anything outside the editor) it goes to `on_draft`; when that answers
`Stored`, the browser's copy is dropped. Unanswered text is sent again and again, and found anew after a reload.

Put the editor into an `st.fragment`, so that its autosaves do not run the rest of the screen. A callback of another
widget that decides something from the text (approve) must read `pending_edit(key)` first: the press that set it off
has flushed the text into the same message, but Streamlit promises no order among callbacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

import streamlit as st

from dashboard.components.assets import register
from dashboard.locale import _, get_language

__all__ = [
    "DraftEdit",
    "EditorField",
    "EditorLabels",
    "EditorResult",
    "Finding",
    "Outcome",
    "ReadingField",
    "Refused",
    "Stored",
    "editor_fields",
    "pending_edit",
    "reading_editor",
]

FieldKind = Literal["line", "text", "lines"]

_render = register("editor")


class ReadingField(Protocol):
    """A field as the data layer addresses it; `position` counts within its list, None outside one."""

    @property
    def path(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def label_key(self) -> str: ...
    @property
    def kind(self) -> FieldKind: ...
    @property
    def value(self) -> str: ...
    @property
    def position(self) -> int | None: ...
    @property
    def domain(self) -> str: ...


@dataclass(frozen=True, slots=True)
class EditorField:
    """One text. `group` is an entry of the outline, `block` a heading inside it (a day, a ritual), "" for none.

    `value` of a "lines" field holds one line per item. `fixed` shows the text and lets nobody change it.
    """

    path: str
    group: str
    group_title: str
    label: str
    kind: FieldKind
    value: str
    block: str = ""
    fixed: bool = False

    def encode(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark on a field, shown under it and counted in the outline. `tone` as in tones.py."""

    message: str
    tone: str = "warning"


@dataclass(frozen=True, slots=True)
class DraftEdit:
    """What the person typed: every field that differs from the version `seen`, and no other.

    `number` grows with every keystroke and over reloads: it is the browser's clock in milliseconds since 1970, or one
    more than the last where that is larger. An edit whose number is not above the stored one is already stored.
    """

    number: int
    seen: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """The text is safe on the server; `at` is the time to show ("14:03")."""

    at: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The text was not taken, for a reason to show; it stays in the browser."""

    reason: str


Outcome = Stored | Refused


@dataclass(frozen=True, slots=True)
class EditorResult:
    """`draft` is the text as last sent, None before the first change; `save` the one of this run's Save."""

    draft: DraftEdit | None = None
    save: DraftEdit | None = None


@dataclass(frozen=True, slots=True)
class EditorLabels:
    """The editor's words, in the person's language. Braces are filled in the browser."""

    label: str = field(default_factory=lambda: _("The reading"))
    outline: str = field(default_factory=lambda: _("Contents"))
    save: str = field(default_factory=lambda: _("Save"))
    save_hint: str = field(default_factory=lambda: _("Save what you changed (Ctrl+S)"))
    undo: str = field(default_factory=lambda: _("Undo my change"))
    unchanged: str = field(default_factory=lambda: _("Nothing changed"))
    changed_one: str = field(default_factory=lambda: _("{count} field changed"))
    changed_other: str = field(default_factory=lambda: _("{count} fields changed"))
    changed_mark: str = field(default_factory=lambda: _("Changed"))
    findings_mark: str = field(default_factory=lambda: _("Remarks: {count}"))
    words_one: str = field(default_factory=lambda: _("{count} word"))
    words_other: str = field(default_factory=lambda: _("{count} words"))
    typing: str = field(default_factory=lambda: _("Typing…"))
    saving: str = field(default_factory=lambda: _("Saving the draft…"))
    kept_at: str = field(default_factory=lambda: _("Draft saved at {time}"))
    kept: str = field(default_factory=lambda: _("Draft saved"))
    offline: str = field(default_factory=lambda: _("Not saved yet: your text is kept in this browser"))
    refused: str = field(default_factory=lambda: _("{reason} Your text is kept in this browser."))
    restored: str = field(
        default_factory=lambda: _("Text that had not reached the server was restored from this browser.")
    )
    older: str = field(
        default_factory=lambda: _("This browser also holds other text, typed on {time}, that was never saved.")
    )
    use_older: str = field(default_factory=lambda: _("Use it"))
    drop_older: str = field(default_factory=lambda: _("Discard it"))
    close: str = field(default_factory=lambda: _("Close"))
    moved: str = field(default_factory=lambda: _("The saved text changed since you started; yours is shown."))
    other: str = field(default_factory=lambda: _("Other data"))
    other_hint: str = field(default_factory=lambda: _("The Desk keeps these parts as they are."))
    lines_hint: str = field(default_factory=lambda: _("One per line"))
    empty: str = field(default_factory=lambda: _("Empty"))


def editor_fields(
    fields: Iterable[ReadingField],
    *,
    group_title: Callable[[ReadingField], str],
    field_label: Callable[[str], str],
    block_title: Callable[[ReadingField], str] = lambda _field: "",
    fixed: frozenset[str] = frozenset(),
) -> list[EditorField]:
    """The data layer's fields as the editor shows them.

    Each item of a list of sections is an entry of the outline; rituals and days are headings under one entry. `fixed`
    names the label keys that are shown but not edited (the domain of a section, say).
    """
    shown = []
    for one in fields:
        own_entry = one.position is not None and one.group == "section"
        shown.append(
            EditorField(
                path=one.path,
                group=f"{one.group}-{one.position}" if own_entry else one.group,
                group_title=group_title(one),
                label=field_label(one.label_key),
                kind=one.kind,
                value=one.value,
                block="" if own_entry or one.position is None else block_title(one),
                fixed=one.label_key in fixed,
            )
        )
    return shown


def reading_editor(
    fields: Sequence[EditorField],
    *,
    key: str,
    labels: EditorLabels,
    seen: str,
    storage: str,
    draft: Mapping[str, str] | None = None,
    draft_number: int = 0,
    draft_at: str = "",
    read_only: bool = False,
    findings_by_path: Mapping[str, Sequence[Finding]] | None = None,
    other: Sequence[tuple[str, str]] = (),
    note: str = "",
    reading_language: str = "fr",
    on_draft: Callable[[DraftEdit], Outcome] | None = None,
    on_save: Callable[[DraftEdit], Outcome] | None = None,
) -> EditorResult:
    """Draw the editor; see the module's text for what happens to what is typed.

    `seen` is the version that `fields` came from; when it changes, fields that the person has not touched take the
    new text and the others stay as a draft. `draft` and `draft_number` are what the server last stored; they fill
    fields only when newer than what this browser has. `storage` names the text in the browser (staff and order).
    `other` lists parts that the Desk doesn't know, as (where, JSON). `note` is a line shown while nothing is pending.
    `on_draft` and `on_save` run before the script and again, with the same number, if their answer was lost on the
    way: storing an edit twice must do no harm. Neither may call Streamlit before its own work is committed.
    """
    _settle(key, on_draft)
    answer = _answer(key)
    result = _render(
        key=key,
        data={
            "storage": f"lumira.draft.{storage}",
            "fields": [one.encode() for one in fields],
            "seen": seen,
            "draft": dict(draft or {}),
            "draft_number": draft_number,
            "draft_at": draft_at,
            "read_only": read_only,
            "findings": {path: [asdict(one) for one in found] for path, found in (findings_by_path or {}).items()},
            "other": [list(part) for part in other],
            "note": note,
            "language": reading_language,
            "locale": {"fr": "fr-FR"}.get(get_language(), "en-GB"),
            "answer": answer,
            "labels": asdict(labels),
        },
        default={"draft": None},
        on_draft_change=lambda: _settle(key, on_draft),
        on_save_change=lambda: _save(key, on_save),
    )
    return EditorResult(draft=_edit(result.get("draft")), save=_edit(result.get("save")))


def pending_edit(key: str) -> DraftEdit | None:
    """The text of the editor `key` that no `on_draft` has stored yet; None when everything is stored."""
    edit = _edit(_state(key, "draft"))
    return edit if edit is not None and edit.number > _answer(key)["stored"] else None


def _settle(key: str, on_draft: Callable[[DraftEdit], Outcome] | None) -> None:
    edit = pending_edit(key)
    if edit is not None and on_draft is not None and edit.number > _answer(key)["number"]:
        _record(key, edit, on_draft(edit))


def _save(key: str, on_save: Callable[[DraftEdit], Outcome] | None) -> None:
    edit = _edit(_state(key, "save"))
    if edit is not None and on_save is not None:
        _record(key, edit, on_save(edit))


def _answer(key: str) -> dict[str, Any]:
    """The last answer to the browser: the edit it is about, the time or the refusal, and the last edit stored."""
    none_yet: dict[str, Any] = {"number": 0, "stored": 0, "at": "", "refused": ""}
    return dict(st.session_state.get(f"{key}.answer", none_yet))


def _record(key: str, edit: DraftEdit, outcome: Outcome) -> None:
    answer = _answer(key) | {"number": edit.number, "at": "", "refused": ""}
    if isinstance(outcome, Stored):
        answer |= {"stored": edit.number, "at": outcome.at}
    else:
        answer["refused"] = outcome.reason
    st.session_state[f"{key}.answer"] = answer


def _state(key: str, name: str) -> Any:
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, Mapping) else None


def _edit(value: object) -> DraftEdit | None:
    """What the browser sent, if it has the form that our own script gives it."""
    match value:
        case {"n": int(number), "seen": str(seen), "texts": dict(texts)}:
            return DraftEdit(number, seen, {path: text for path, text in texts.items() if isinstance(text, str)})
        case _:
            return None
