"""What the screens of figures read, from the replica if there is one.

Kept for half a minute, as the very objects: the same view is looked at by several, and again, and nobody changes what
was read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.analytics import operations as work
from dashboard.analytics import paths, revenue_cards
from dashboard.analytics.look import Look
from dashboard.analytics.screens import SCREENS
from dashboard.analytics.section import At
from dashboard.context import reader, zone
from lumira_db.clock import utcnow
from lumira_db.queries.paths import list_archetypes
from lumira_db.queries.rollups import Freshness, freshness

_KEPT = timedelta(seconds=30)
# Streamlit's own way to tell two looks apart takes a dataclass to pieces; they are plain values, and say all they are.
_BY_LOOK: dict[str | type[Any], Callable[[Any], Any]] = {Look: repr}


@dataclass(frozen=True, slots=True)
class Read:
    """What was found, and how fresh it is."""

    data: Any
    fresh: Freshness


@st.cache_resource(ttl=_KEPT, max_entries=100, show_spinner=False, hash_funcs=_BY_LOOK)
def revenue_summary(look: Look) -> Read:
    return _read(look, revenue_cards.read)


@st.cache_resource(ttl=_KEPT, max_entries=100, show_spinner=False, hash_funcs=_BY_LOOK)
def path_outcomes(look: Look) -> Read:
    return _read(look, paths.read_outcomes)


@st.cache_resource(ttl=_KEPT, max_entries=100, show_spinner=False, hash_funcs=_BY_LOOK)
def work_summary(look: Look) -> Read:
    return _read(look, work.read_summary)


@st.cache_data(ttl=timedelta(minutes=5), max_entries=1, show_spinner=False)
def archetypes() -> tuple[str, ...]:
    return reader().read(list_archetypes)


@st.cache_resource(ttl=_KEPT, max_entries=100, show_spinner=False, hash_funcs=_BY_LOOK)
def section(screen: str, code: str, look: Look) -> Read:
    """What a section reads; ``screen`` and ``code`` name it."""
    return _read(look, next(one for one in SCREENS[screen] if one.code == code).read)


def _read(look: Look, read: Callable[[At], Any]) -> Read:
    def run(session: Session) -> Read:
        fresh = freshness(session)
        return Read(read(At(session, look, zone(), utcnow())), fresh)

    return reader().read(run)
