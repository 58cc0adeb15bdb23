"""What just happened, said once at the top of the next screen, with a way back where there is one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import streamlit as st

_KEY = "lumira.flash"


@dataclass(frozen=True, slots=True)
class Flash:
    """One message. ``undo_order`` offers to call an approval back until ``until`` (UTC)."""

    text: str
    kind: Literal["done", "refused", "note"] = "done"
    undo_order: str | None = None
    until: datetime | None = None


def say(flash: Flash) -> None:
    """Show ``flash`` on the next screen."""
    st.session_state.setdefault(_KEY, []).append(flash)


def take() -> tuple[Flash, ...]:
    """The messages to show now; each is given out once, except one that can still be undone."""
    waiting: list[Flash] = st.session_state.get(_KEY, [])
    st.session_state[_KEY] = []
    return tuple(waiting)
