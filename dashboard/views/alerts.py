"""The limits that are passed, each in one line with the way to its figure."""

from collections.abc import Sequence

import streamlit as st

from dashboard.alert_words import Warned
from dashboard.locale import _
from dashboard.navigation import link


def notices(found: Sequence[Warned]) -> None:
    """One line for each limit; nothing when all are kept."""
    for number, one in enumerate(found):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"alert.{number}"):
            st.badge(one.title, icon=":material/warning:", color="orange")
            st.caption(f"{one.figure} {one.limit}")
            link(one.target.screen, _("Look at it"), icon=":material/arrow_forward:", **one.target.query)  # type: ignore[arg-type]
