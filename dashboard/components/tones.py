"""The vocabulary of colour and icon that Python and the components share."""

from __future__ import annotations

from typing import Final

TONES: Final = (
    "neutral",
    "info",
    "gold",
    "success",
    "warning",
    "danger",
    "level1",
    "level2",
    "level3",
    "level4",
)
"""What a colour means. shared/base.css gives each one an ink and a tint for both themes."""

# fmt: off
ICONS: Final = (
    "alert", "arrow-down", "arrow-right", "arrow-up", "ban", "calendar", "chat", "check", "chevron-left",
    "chevron-right", "clock", "coins", "copy", "dot", "download", "edit", "external", "eye", "file", "fit",
    "flag", "gift", "hourglass", "image", "image-off", "info", "level1", "level2", "level3", "level4", "list",
    "lock", "mail", "minus", "phone", "play", "plus", "rotate", "search", "send", "shield", "star", "undo",
    "user", "x",
)
# fmt: on
"""The names that shared/icons.js draws; any other name shows a dot."""


def level_icon(level: int) -> str:
    """One to four bars of four; an alert for a level that the Desk doesn't know."""
    return f"level{level}" if level in (1, 2, 3, 4) else "alert"
