"""What a search found, under support's box: hits to open, or what was tried."""

from collections.abc import Sequence

import streamlit as st

from dashboard.components import search
from dashboard.components.table import Column, EmptyState, Link, Mono, Row, Text, table
from dashboard.locale import _
from dashboard.navigation import address, go
from dashboard.search_answer import answer, tried
from dashboard.views import cells
from lumira_db.queries.client_access import RecentRow
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


def near(found: Found) -> None:
    """Under a list that its text left empty: whom the search finds by it, whatever the list's other filters say."""
    if found.hits:
        st.caption(_("The search forgives mistakes and knows phones and order numbers. Among all clients it finds:"))
        search.hits(
            answer(found),
            key="search.near",
            box="search.near",
            asked="",
            on_open=lambda screen, row: go(screen, id=row),
        )


def recent(rows: Sequence[RecentRow]) -> None:
    """The clients whose pages the person looked at last: a call often comes twice."""
    if not rows:
        return
    st.subheader(_("Looked at last"), anchor=False)
    columns = [
        Column("name", _("Client"), "text"),
        Column("ref", _("refId"), "mono", width=11),
        Column("status", _("Status"), "badge", width=9),
        Column("at", _("Looked at"), "time", width=10),
    ]
    table(
        [
            Row(
                row.id,
                [
                    Link(row.name or row.email, sub=row.email),
                    Mono(row.ref_id) if row.ref_id else Text("–"),
                    cells.badge(row.status),
                    cells.moment(row.at),
                ],
                href=address("client", id=row.id),
            )
            for row in rows
        ],
        columns,
        key="search.recent",
        label=_("Clients looked at last"),
        empty=EmptyState(_("No client found")),
        on_open=lambda client_id: go("client", id=client_id),
    )


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
