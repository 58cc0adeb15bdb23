"""Statuses and levels outside tables, in the same colours."""

from enum import Enum

import streamlit as st

from dashboard.locale import _
from dashboard.locale.labels import LEVELS, label, level_name, look_of
from dashboard.views.cells import FLAGS
from lumira_db.queries.flags import Flag

# Streamlit's badge colours for our tones, and its icons for ours.
_COLOURS = {
    "neutral": "gray",
    "info": "blue",
    "gold": "yellow",
    "success": "green",
    "warning": "orange",
    "danger": "red",
}
_LEVEL_COLOURS = {1: "blue", 2: "green", 3: "violet", 4: "yellow"}
_ICONS = {
    "clock": "schedule",
    "hourglass": "hourglass_empty",
    "coins": "payments",
    "play": "play_circle",
    "eye": "visibility",
    "check": "check",
    "alert": "error",
    "undo": "undo",
    "ban": "block",
    "lock": "lock",
    "chat": "chat",
    "x": "close",
    "mail": "mail",
    "shield": "shield",
    "star": "star",
    "user": "person",
    "file": "draft",
    "image-off": "no_photography",
    "rotate": "replay",
    "send": "send",
}


def status(value: Enum) -> None:
    """Any enum value that has a look, as a badge."""
    look = look_of(value)
    st.badge(label(value), icon=f":material/{_ICONS[look.icon]}:", color=_COLOURS[look.tone])  # type: ignore[arg-type]


def level(number: int) -> None:
    """A level as a badge; an unknown one says so."""
    if number in LEVELS:
        st.badge(level_name(number), icon=":material/star:", color=_LEVEL_COLOURS[number])  # type: ignore[arg-type]
    else:
        st.badge(level_name(number), icon=":material/help:", color="red")


def flag(value: Flag) -> None:
    """What makes an order stand out, in words."""
    icon, tone, text = FLAGS[value]
    st.badge(_(text), icon=f":material/{_ICONS[icon]}:", color=_COLOURS[tone])  # type: ignore[arg-type]
