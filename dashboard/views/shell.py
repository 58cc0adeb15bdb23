"""What every screen has around it: the name, who is signed in, and what just happened."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from dashboard import flash
from dashboard.components.hotkeys import Shortcut, hotkeys
from dashboard.components.search import palette, search_button
from dashboard.here import here
from dashboard.locale import _, ngettext
from dashboard.locale.labels import label
from dashboard.navigation import Screen, go
from dashboard.views.cells import plain
from dashboard.workbench import undo_approval
from lumira_db.actor import Actor
from lumira_db.clock import utcnow

_IMAGES = Path(__file__).parent.parent / "web" / "static"
_ICONS = {"done": ":material/check_circle:", "refused": ":material/block:", "note": ":material/info:"}


def _image(name: str) -> str:
    """An image as an address that holds all of it: Streamlit would read the file again at every click."""
    return f"data:image/svg+xml;base64,{b64encode((_IMAGES / name).read_bytes()).decode()}"


ICON, _WORDMARK = _image("icon.svg"), _image("wordmark.svg")


def frame(actor: Actor, screens: Sequence[Screen]) -> None:
    """Draw the surroundings of a screen; called once, before the screen itself."""
    st.logo(_WORDMARK, size="large")
    palette(key="shell.palette", on_open=lambda screen, row: go(screen, id=row))
    with st.sidebar:
        search_button(key="shell.search")
        _person(actor)
        _keys(screens)


def title(text: str, caption: str = "") -> None:
    """The screen's name, what just happened, and one line of help."""
    st.title(text, anchor=False)
    if caption:
        st.caption(caption)
    messages()


def messages() -> None:
    """What just happened, in the place where the eye is: under the title."""
    for number, message in enumerate(flash.take()):
        if message.undo_order is not None:
            _undoable(message, number)
        else:
            kind = {"done": st.success, "refused": st.error, "note": st.info}[message.kind]
            kind(plain(message.text), icon=_ICONS[message.kind])


def not_found(text: str) -> None:
    """An address that leads nowhere."""
    st.title(_("Nothing here"), anchor=False)
    messages()
    st.info(text, icon=":material/search_off:")


def not_allowed() -> None:
    """A screen that this role does not open."""
    st.title(_("Not for your role"), anchor=False)
    st.info(_("An administrator can give your account another role."), icon=":material/lock:")


def _undoable(message: flash.Flash, number: int) -> None:
    @st.fragment(run_every=1)
    def countdown() -> None:
        here()
        left = int((message.until - utcnow()).total_seconds()) if message.until else 0
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"undo-{number}"):
            if left <= 0:
                st.markdown(plain(message.text + " " + _("It is on its way.")))
                return
            waits = ngettext("It leaves in {seconds} second.", "It leaves in {seconds} seconds.", left)
            st.markdown(plain(message.text + " " + waits.format(seconds=left)), width="stretch")
            if st.button(_("Cancel the sending"), key="order.undo", icon=":material/undo:"):
                undo_approval(message.undo_order or "")
                st.rerun()

    countdown()


def _person(actor: Actor) -> None:
    role = escape(label(actor.role)) if actor.role else ""
    st.html(
        f'<div class="who"><strong>{escape(actor.name)}</strong><br>{role}<br>'
        f'<a href="/account" target="_self">{escape(_("My account"))}</a><br>'
        f'<a href="/logout" target="_self">{escape(_("Sign out"))}</a></div>'
    )


def claim_lost() -> None:
    """The lease is over: what is typed goes on being kept as a draft, but cannot be saved."""
    st.warning(
        _("You no longer hold this order: what you type is kept as a draft. Reload the screen to see who does."),
        icon=":material/lock_open:",
    )


def _keys(screens: Sequence[Screen]) -> None:
    """Single letters open the screens; a question mark lists every shortcut."""
    reachable = [screen for screen in screens if screen.shortcut]
    hotkeys(
        {screen.shortcut: screen.name for screen in reachable},
        key="shell.keys",
        help_lines=[
            *(Shortcut(screen.shortcut.upper(), _(screen.title)) for screen in reachable),
            Shortcut("N", _("Take next")),
            Shortcut("J / K", _("Next or previous row")),
            Shortcut("Enter", _("Open the row")),
            Shortcut("Ctrl+S", _("Save the reading")),
        ],
        on_press=go,
    )
