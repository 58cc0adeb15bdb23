"""What just happened, said once at the top of the next screen, with a way back where there is one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import streamlit as st

from lumira_db.clock import utcnow

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
    """The messages to show now. Each is given out once; one that can be undone stays until it no longer can,
    whatever screen the person went on to."""
    waiting: list[Flash] = st.session_state.get(_KEY, [])
    now = utcnow()
    st.session_state[_KEY] = [flash for flash in waiting if flash.until is not None and flash.until > now]
    return tuple(flash for flash in waiting if flash.until is None or flash.until > now)


def undone(order_id: str) -> None:
    """The approval of this order was called back: its message is over."""
    waiting: list[Flash] = st.session_state.get(_KEY, [])
    st.session_state[_KEY] = [flash for flash in waiting if flash.undo_order != order_id]
