"""Who is at the screen in this run of the script: read from the database, never from the browser."""

from contextvars import ContextVar
from datetime import timedelta
from html import escape
from time import monotonic

import streamlit as st

from dashboard.context import database
from dashboard.locale import _, choose_language, set_language
from dashboard.settings import get_settings
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.sessions import touch_session
from lumira_db.permissions import Permission, allows
from lumira_db.queries.sessions import SignedIn, session_actor

_TOUCH_AFTER = timedelta(minutes=1)
# Callbacks, the script and its fragments of one run share the answer; a later run asks again.
_FRESH_SECONDS = 1.0
_known: ContextVar[tuple[float, str, SignedIn] | None] = ContextVar("lumira_here", default=None)


def find_here() -> SignedIn | None:
    """Who is signed in, or None when the session has ended. Speaks the person's language from then on."""
    session_id = str(st.user.get("session") or "")
    known = _known.get()
    if known is not None and known[1] == session_id and monotonic() - known[0] < _FRESH_SECONDS:
        return known[2]
    found = _read(session_id) if session_id else None
    _known.set((monotonic(), session_id, found) if found else None)
    set_language(choose_language(found.language if found else None, st.context.locale))
    return found


def here() -> SignedIn:
    """Who is signed in. Stops the run, with a way back to the sign-in, when nobody is."""
    found = find_here()
    if found is None:
        _say_signed_out()
        st.stop()
    return found


def actor() -> Actor:
    """The person behind this run."""
    return here().actor


def may(permission: Permission) -> bool:
    """Whether the person behind this run may."""
    return allows(actor(), permission)


def forget() -> None:
    """Ask the database again at the next question: the person changed their own account."""
    _known.set(None)


def _say_signed_out() -> None:
    """The page is still open in the browser; what was typed in it is kept there and as a draft."""
    st.title(_("You are signed out"), anchor=False)
    st.info(_("Your session has ended. What you typed is kept: sign in to go on."), icon=":material/lock:")
    st.html(f'<a href="/login" target="_self">{escape(_("Sign in"))}</a>')


def _read(session_id: str) -> SignedIn | None:
    idle = timedelta(minutes=get_settings().session_idle_minutes)
    with database().glancing() as session:
        found = session_actor(session, session_id, idle=idle)
    if found is not None and utcnow() - found.seen_at > _TOUCH_AFTER:
        with database().writing() as session:
            touch_session(session, session_id)
    return found
