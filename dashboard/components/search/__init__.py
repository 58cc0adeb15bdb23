"""The one box: a palette over every screen, and the hits under support's own box.

The palette opens by the button of `search_button` and by Ctrl+K or `/` (the hotkeys component says when), and asks
`/search` while somebody types. Enter opens the first hit. `hits` draws what Python found for a text field instead,
and lets Enter in that field open the first of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.components.assets import register
from dashboard.locale import _

_render = register("search")

Open = Callable[[str, str], None]
"""Takes the name of a screen and the id of what it shall show."""


def palette(*, key: str, on_open: Open) -> None:
    """The palette, closed: it takes no place. Drawn once on every screen, outside the sidebar, whose colours differ."""
    _draw("palette", {"labels": _labels()}, key=key, on_open=on_open)


def search_button(*, key: str) -> None:
    """The button that opens the palette, with its keys on it."""
    _draw("button", {"labels": _labels()}, key=key, on_open=_nothing)


def hits(found: Mapping[str, Any], *, key: str, box: str, asked: str, on_open: Open) -> None:
    """What was found for the text field with the key `box`, whose text is `asked`."""
    data = {"labels": _labels(), "answer": dict(found), "asked": asked, "box": "st-key-" + box.replace(".", "-")}
    _draw("hits", data, key=key, on_open=on_open)


def _draw(part: str, data: dict[str, Any], *, key: str, on_open: Open) -> None:
    _render(
        key=key,
        data={"part": part, **data},
        height="content",
        on_open_change=lambda: _call(on_open, st.session_state[key].get("open")),
    )


def _nothing(_screen: str, _row: str) -> None:
    """The button opens no screen."""


def _call(on_open: Open, place: object) -> None:
    if isinstance(place, Sequence):
        match place:
            case ["client" | "order" as screen, str(row)]:
                on_open(screen, row)


def _labels() -> dict[str, str]:
    return {
        "button": _("Find a client or an order"),
        "title": _("Search"),
        "placeholder": _("Name, e-mail, phone, refId, order number, payment, or a whole message"),
        "open": _("Open it"),
        "move": _("Choose"),
        "close": _("Close"),
        "start": _("Paste whatever you have: the number as the client says it, a name with a mistake, their mail."),
        "failed": _("The search does not answer. Try again in a few seconds."),
        "signed_out": _("You are signed out"),
        "client_page": _("The client's page"),
    }
