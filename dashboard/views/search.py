"""What a search found, under support's box: hits to open, or what was tried."""

import streamlit as st

from dashboard.components import search
from dashboard.locale import _
from dashboard.navigation import go
from dashboard.search_answer import answer, tried
from lumira_db.queries.search import Found


def hits(asked: str, found: Found) -> None:
    """The clients and orders that the text means, best first; Enter in the box opens the first."""
    if not asked:
        st.caption(_("Paste whatever you have: the number as the client says it, a name with a mistake, their mail."))
    elif found.hits:
        search.hits(
            answer(found),
            key="search.hits",
            box="search.box",
            asked=asked,
            on_open=lambda screen, row: go(screen, id=row),
        )
    else:
        _nothing(found)


def _nothing(found: Found) -> None:
    st.info(
        _("Nobody found") if found.terms else _("There is nothing here to search for"), icon=":material/search_off:"
    )
    if found.terms:
        st.caption(_("This was looked for:"))
        for kind, value in tried(found.terms):
            with st.container(horizontal=True, gap="small"):
                st.text(kind, width=220)
                st.text(value)
