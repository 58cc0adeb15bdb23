"""Keys that work anywhere on a screen, and the overlay that lists them under `?`.

    pressed = hotkeys(
        {"g": "go_queue", "shift+a": "approve"},
        key="order.keys",
        help_lines=[Shortcut("J / K", _("Next or previous row")), Shortcut("Shift A", _("Approve"))],
        on_press=act,
    )

Keys do nothing while somebody types or a dialog is open. `/` and Ctrl+K put the cursor into the search box of a screen
that has one, and open the palette on every other. R and C stay Streamlit's; where one button is meant,
`st.button(shortcut=…)` is enough and shows its key by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.components.assets import register
from dashboard.locale import _

_RESERVED = frozenset({"r", "c", "?", "/", "ctrl+k", "escape"})
_MODIFIERS = ("ctrl", "alt", "shift")

_render = register("hotkeys")


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A line of the overlay: the key as it is written on keyboards, and what it does."""

    keys: str
    meaning: str


def hotkeys(
    bindings: Mapping[str, str],
    *,
    key: str,
    help_lines: Sequence[Shortcut] = (),
    on_press: Callable[[str], None] | None = None,
    search_box: str = "search.box",
) -> str | None:
    """Listen on the whole page; the action bound to the key that was pressed, for one run.

    A key is a character as typed without modifiers ("a", "1", "enter"), with "ctrl+", "alt+" or "shift+" before it in
    that order; Cmd counts as Ctrl. `on_press` runs before the script. `search_box` is the key of the text field that
    `/` goes to. Raises ValueError for a key that Streamlit or this component keeps for itself.
    """
    for name in bindings:
        *modifiers, character = name.split("+")
        if name in _RESERVED or not character or modifiers != [one for one in _MODIFIERS if one in modifiers]:
            raise ValueError(f"{name!r} cannot be bound.")
    result = _render(
        key=key,
        data={
            "bindings": dict(bindings),
            "help": [[line.keys, line.meaning] for line in help_lines],
            "search": "st-key-" + search_box.replace(".", "-"),
            "labels": {
                "title": _("Keyboard shortcuts"),
                "close": _("Close"),
                "search": _("Search"),
                "this_list": _("This list"),
                "sleeping": _("Shortcuts sleep while you type."),
            },
        },
        height="content",
        on_press_change=lambda: _call(on_press, bindings, st.session_state[key].get("press")),
    )
    pressed = result.get("press")
    return pressed if pressed in bindings.values() else None


def _call(on_press: Callable[[str], None] | None, bindings: Mapping[str, str], action: object) -> None:
    if on_press is not None and isinstance(action, str) and action in bindings.values():
        on_press(action)
