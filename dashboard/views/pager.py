"""Pages of a list: the place in the list is in the address, and costs the same however deep it is."""

from typing import Any

import streamlit as st

from dashboard.locale import _
from lumira_db.queries.paging import Cursor, Page

PARAM = "from"


def place() -> Cursor | None:
    """Where in the list the address stands; None is its beginning."""
    return Cursor.decode(st.query_params.get(PARAM))


def pager(page: Page[Any], *, key: str, total: str = "") -> None:
    """Buttons to the pages around this one; nothing when all rows fit on one."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(total)
        if page.previous is None and page.next is None:
            return
        with st.container(horizontal=True, width="content"):
            if place() is not None:
                first = _("First page")
                st.button(first, key=f"{key}.first", icon=":material/first_page:", on_click=_move, args=(None,))
            _button(_("Previous"), f"{key}.previous", page.previous, ":material/chevron_left:")
            _button(_("Next"), f"{key}.next", page.next, ":material/chevron_right:")


def _button(label: str, key: str, cursor: Cursor | None, icon: str) -> None:
    st.button(label, key=key, icon=icon, disabled=cursor is None, on_click=_move, args=(cursor,))


def _move(cursor: Cursor | None) -> None:
    if cursor is None:
        st.query_params.pop(PARAM, None)
    else:
        st.query_params[PARAM] = cursor.encode()
