"""What of a client is intimate: masked for those who may not see it, until they say why they must.

Masking happens where rows are read: what is masked never leaves the data layer, so no screen can leak it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from lumira_db.i18n_marker import N_
from lumira_db.states import Intimate

REVEALED_FOR = timedelta(minutes=15)
"""How long something stays uncovered for the one person who asked."""
EVERYTHING: Final = frozenset(Intimate)
"""What those see who need not ask."""

LABELS: Mapping[Intimate, str] = {
    Intimate.BIRTH: N_("Birth data"),
    Intimate.FEARS: N_("Fears"),
    Intimate.AILMENTS: N_("Ailments"),
    Intimate.LOWS: N_("Lows"),
    Intimate.CHATS: N_("Conversations"),
    Intimate.PHOTOS: N_("Photos"),
    Intimate.READING: N_("What the reading says of them"),
}

MASK: Final = "••••••"
"""Stands for something that is there and not shown."""

PROFILE: Mapping[str, Intimate] = {
    "birth_date": Intimate.BIRTH,
    "birth_time": Intimate.BIRTH,
    "birth_place": Intimate.BIRTH,
    "fears": Intimate.FEARS,
    "ailments": Intimate.AILMENTS,
    "lows": Intimate.LOWS,
    "face": Intimate.PHOTOS,
    "palm": Intimate.PHOTOS,
}
"""Which parts of a profile are intimate."""


def masked(value: str | None, kind: Intimate, shown: frozenset[Intimate]) -> str | None:
    """``value`` if ``kind`` is shown; else the mask, or None where there is nothing to hide."""
    if kind in shown or not value or not value.strip():
        return value
    return MASK
