"""One's own account on screen: name, password, language, mails."""

from collections.abc import Callable

import streamlit as st

from dashboard.locale import _, ago, get_language
from lumira_db.clock import utcnow
from lumira_db.queries.staff_mails import Chosen
from lumira_db.states import Cadence, StaffMailState

# Forms are read from top to bottom: no wider than a line of text.
WIDTH = 480
_NEVER = "NEVER"
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


def mail_choice(
    chosen: Chosen, choose: Callable[[Cadence | None, bool], None], send_now: Callable[[Cadence], None], *, warns: bool
) -> None:
    """Which mails one gets; ``warns`` says whether warnings are for this person."""
    names = {_NEVER: _("Never"), Cadence.DAILY.value: _("Every day"), Cadence.WEEKLY.value: _("Every Monday")}

    def keep() -> None:
        digest = st.session_state["account.digest"]
        choose(None if digest == _NEVER else Cadence(digest), bool(st.session_state.get("account.alerts", False)))

    with st.container(border=True, width=WIDTH, key="account.mails"):
        st.segmented_control(
            _("Digest by e-mail"),
            list(names),
            default=chosen.cadence.value if chosen.cadence else _NEVER,
            format_func=names.__getitem__,
            required=True,
            key="account.digest",
            on_change=keep,
        )
        st.caption(_("The figures of the day or week before, what changed most and what waits."))
        if warns:
            st.toggle(
                _("Write to me when a limit is passed"), value=chosen.alerts, key="account.alerts", on_change=keep
            )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                _("Send me one now"), key="account.send_now", on_click=lambda: send_now(chosen.cadence or Cadence.DAILY)
            )
            if chosen.last_at is not None:
                st.caption(_last(chosen))


def _last(chosen: Chosen) -> str:
    when = ago(chosen.last_at, utcnow()) if chosen.last_at else ""
    said = {
        StaffMailState.SENT: _("The last one was sent {when}."),
        StaffMailState.FAILED: _("The last one, asked for {when}, could not be sent."),
        StaffMailState.DROPPED: _("The last one, asked for {when}, was called off."),
    }
    return said.get(chosen.last_state or StaffMailState.WAITING, _("One has been on its way since {when}.")).format(
        when=when
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
