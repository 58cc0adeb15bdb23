"""One's own account on screen: name, password, language."""

from collections.abc import Callable

import streamlit as st

from dashboard.locale import _, get_language

# Forms are read from top to bottom: no wider than a line of text.
WIDTH = 480
_NAMES = {"fr": "Français", "en": "English"}


def name_form(present: str, rename: Callable[[str], None]) -> None:
    """Change one's own name."""
    with st.form("account.name", border=True, width=WIDTH):
        st.text_input(_("Name"), value=present, key="account.name.value")
        st.form_submit_button(_("Save the name"), on_click=lambda: rename(st.session_state["account.name.value"]))


def language_choice(choose: Callable[[str], None]) -> None:
    """The language of the screens; kept for every browser of this person."""
    with st.container(border=True, width=WIDTH):
        st.segmented_control(
            _("Language"),
            list(_NAMES),
            default=get_language(),
            format_func=_NAMES.__getitem__,
            required=True,
            key="account.language",
            on_change=lambda: choose(st.session_state["account.language"]),
        )


def password_form(change: Callable[[str, str, str], None]) -> None:
    """Change one's own password."""
    with st.form("account.password", border=True, clear_on_submit=True, width=WIDTH):
        st.text_input(_("Present password"), type="password", key="account.present", autocomplete="current-password")
        st.text_input(_("New password"), type="password", key="account.new", autocomplete="new-password")
        st.text_input(_("New password again"), type="password", key="account.again", autocomplete="new-password")
        st.form_submit_button(
            _("Change the password"),
            on_click=lambda: change(
                st.session_state["account.present"], st.session_state["account.new"], st.session_state["account.again"]
            ),
        )
