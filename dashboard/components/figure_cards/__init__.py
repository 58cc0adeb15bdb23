"""Figures at a glance: value, change in words and arrow, a line of their course; each leads to its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from dashboard.components.assets import register
from dashboard.locale import _

_render = register("figure_cards")


@dataclass(frozen=True, slots=True)
class FigureCard:
    """One card. ``id`` is what a click reports; ``href`` the address it leads to ("" when it leads nowhere).

    ``change`` is written out, ``direction`` draws its arrow, ``tone`` colours it; ``before`` is what it is
    compared with. ``spark`` holds the course, None where there is no value.
    """

    id: str
    name: str
    value: str
    change: str = ""
    direction: Literal["up", "down", "same", ""] = ""
    tone: Literal["success", "danger", "neutral"] = "neutral"
    before: str = ""
    note: str = ""
    spark: Sequence[float | None] = ()
    href: str = ""

    def encode(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "value": self.value,
            "change": self.change,
            "direction": self.direction,
            "tone": self.tone,
            "before": self.before,
            "note": self.note,
            "spark": list(self.spark),
            "href": self.href,
        }


def figure_cards(
    cards: Sequence[FigureCard],
    *,
    key: str,
    label: str,
    on_open: Callable[[str], None],
    on_explain: Callable[[str], None],
) -> None:
    """Draw the cards side by side, as many in a row as there is room for. Both callbacks get a card's id."""
    known = {card.id for card in cards}

    def call(callback: Callable[[str], None], event: str) -> None:
        state = st.session_state.get(key)
        said = state.get(event) if isinstance(state, Mapping) else None
        if isinstance(said, str) and said in known:
            callback(said)

    _render(
        key=key,
        data={
            "label": label,
            "cards": [card.encode() for card in cards],
            "labels": {
                "explain": _("How is this counted?"),
                "show": _("Show"),
                "up": _("up"),
                "down": _("down"),
                "before": _("before: {value}"),
            },
        },
        on_open_change=lambda: call(on_open, "open"),
        on_explain_change=lambda: call(on_explain, "explain"),
    )
