"""Who looked at a client, and what was uncovered to whom: for those who answer for it."""

from collections.abc import Sequence

import streamlit as st

from dashboard.components.table import Column, EmptyState, Number, Person, Row, Text, table
from dashboard.locale import _, number
from dashboard.views import cells
from lumira_db.discretion import LABELS
from lumira_db.queries.client_access import AccessRow, RevealRow


def looks(rows: Sequence[AccessRow], reveals: Sequence[RevealRow], *, own_id: str) -> None:
    """Every look at this page, and every reason given to see what is covered."""
    st.caption(_("Looks that follow one another within ten minutes are one row."))
    columns = [
        Column("who", _("Who"), "person"),
        Column("last", _("Last look"), "time", width=11),
        Column("first", _("From"), "time", width=11, priority=2),
        Column("looks", _("Looks"), "number", width=6),
    ]
    table(
        [
            Row(
                str(row.id),
                [
                    Person(row.staff_name, me=row.staff_id == own_id),
                    cells.moment(row.last_at),
                    cells.moment(row.first_at),
                    Number(number(row.looks)),
                ],
            )
            for row in rows
        ],
        columns,
        key="client.looks",
        label=_("Who looked at this client"),
        empty=EmptyState(_("Nobody yet"), icon="eye"),
        keyboard=False,
    )
    st.subheader(_("Uncovered for a reason"), anchor=False)
    _reveals(reveals, own_id)


def _reveals(rows: Sequence[RevealRow], own_id: str) -> None:
    columns = [
        Column("who", _("Who"), "person", width=13),
        Column("what", _("What"), "text", width=11),
        Column("why", _("Why"), "text"),
        Column("when", _("When"), "time", width=11),
    ]
    table(
        [
            Row(
                str(row.id),
                [
                    Person(row.staff_name, me=row.staff_id == own_id),
                    Text(_(LABELS[row.field])),
                    Text(row.reason, title=row.reason),
                    cells.moment(row.revealed_at),
                ],
            )
            for row in rows
        ],
        columns,
        key="client.reveals",
        label=_("What was uncovered of this client"),
        empty=EmptyState(_("Nothing was uncovered"), icon="eye"),
        keyboard=False,
    )
