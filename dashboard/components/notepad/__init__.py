"""One text that several people, and the platform, write: saved by itself, and never over somebody else's words.

What happens to a keystroke: the browser writes it to its own storage at once; 600 ms after the last one it goes to
`on_keep` as a draft; after a few seconds without typing, on leaving the field or with Ctrl+S it goes to `on_save`.
Every message carries the text that was typed over, so that the receiver can tell whether somebody else wrote meanwhile.
While `moved` is set the text is only kept as a draft: the screen around asks the person to bring both together, and
calls `take(key)` once that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import streamlit as st

from dashboard.components.assets import register
from dashboard.locale import _, get_language

__all__ = ["Answer", "PadEdit", "PadLabels", "newest", "notepad", "take"]

_render = register("notepad")


@dataclass(frozen=True, slots=True)
class PadEdit:
    """What stands in the text area: `base` is what it was typed over, `editor` names the area, `number` only grows."""

    number: int
    text: str
    base: str
    editor: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an edit: written for everybody, kept as a draft, or not taken, for a reason to show."""

    kind: Literal["saved", "kept", "moved", "refused"]
    at: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PadLabels:
    """The words around the text. Braces are filled in the browser."""

    label: str = field(default_factory=lambda: _("Notes"))
    placeholder: str = field(default_factory=lambda: _("What a colleague should know of this client"))
    clean: str = field(default_factory=lambda: _("Saved by itself as you type"))
    typing: str = field(default_factory=lambda: _("Typing…"))
    saving: str = field(default_factory=lambda: _("Saving…"))
    saved: str = field(default_factory=lambda: _("Saved at {time}"))
    moved: str = field(default_factory=lambda: _("Kept as your draft: see above"))
    offline: str = field(default_factory=lambda: _("Not saved yet: your text is kept in this browser"))
    restored: str = field(default_factory=lambda: _("Text that had not been saved is back."))


Act = Callable[[PadEdit], Answer]


def notepad(
    text: str,
    *,
    key: str,
    storage: str,
    draft: PadEdit | None,
    moved: bool,
    on_keep: Act,
    on_save: Act,
    labels: PadLabels | None = None,
) -> None:
    """Draw the text area. `text` is what everybody has, `draft` what this person typed and nobody else sees yet.

    `storage` names the text in the browser. `on_keep` and `on_save` may be called twice with the same edit.
    """
    _render(
        key=key,
        data={
            "storage": f"lumira.notes.{storage}",
            "text": text,
            "draft": asdict(draft) if draft else None,
            "moved": moved,
            "taken": st.session_state.get(f"{key}.taken", 0),
            "answer": st.session_state.get(f"{key}.answer"),
            "locale": {"fr": "fr-FR"}.get(get_language(), "en-GB"),
            "labels": asdict(labels or PadLabels()),
        },
        default={"draft": None},
        on_draft_change=lambda: _hear(key, "draft", on_keep),
        on_save_change=lambda: _hear(key, "save", on_save),
    )


def newest(key: str) -> PadEdit | None:
    """The text as the browser last sent it, stored or not; for a callback that decides about it."""
    return _edit(_state(key, "draft"))


def take(key: str) -> None:
    """Let the text area take what everybody has now, whatever stands in it: the person has decided."""
    st.session_state[f"{key}.taken"] = st.session_state.get(f"{key}.taken", 0) + 1


def _hear(key: str, name: str, act: Act) -> None:
    edit = _edit(_state(key, name))
    if edit is not None:
        st.session_state[f"{key}.answer"] = {"number": edit.number, "text": edit.text} | asdict(act(edit))


def _state(key: str, name: str) -> Any:
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, Mapping) else None


def _edit(value: object) -> PadEdit | None:
    """What the browser sent, if it has the form that our own script gives it."""
    match value:
        case {"n": int(number), "text": str(text), "base": str(base), "editor": str(editor)}:
            return PadEdit(number, text, base, editor)
        case _:
            return None
