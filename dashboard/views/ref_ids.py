"""refIds for everybody: how many are missing, who gets the first ones, and the start."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Row, Text, table
from dashboard.locale import _, ngettext, number
from dashboard.navigation import address, go
from dashboard.views import cells
from lumira_db.queries.clients import ClientRow
from lumira_db.queries.tasks import TaskRow


def missing(count: int, most: int, first: Sequence[ClientRow], start: Callable[[int | None], None] | None) -> None:
    """How many clients have no refId, the first of them, and the start; no ``start`` while a task is under way."""
    if not count:
        st.success(_("Every client has a refId."), icon=":material/check_circle:")
        return
    st.metric(_("Clients without a refId"), number(count) if count < most else f"{number(most - 1)}+")
    if start is not None:
        st.button(
            _("Give them all a refId"),
            key="refids.start",
            type="primary",
            icon=":material/tag:",
            on_click=start,
            args=(count if count < most else None,),
        )
        st.caption(
            _("In the order in which they came, each with the number of their year. It can be stopped and resumed.")
        )
    st.subheader(_("Those who come first"), anchor=False)
    _listing(first)


def outcome(task: TaskRow) -> str:
    """What the task has done, in a sentence."""
    if not task.done:
        return _("Nobody was without a refId.")
    text = ngettext(
        "{count} client got a refId, from {first} to {last}.",
        "{count} clients got a refId, from {first} to {last}.",
        task.done,
    )
    return text.format(count=number(task.done), first=task.result.get("first", "?"), last=task.result.get("last", "?"))


def _listing(rows: Sequence[ClientRow]) -> None:
    columns = [
        Column("name", _("Client"), "text"),
        Column("email", _("E-mail"), "text", width=18, priority=2),
        Column("created", _("Client since"), "time", width=11),
    ]
    table(
        [
            Row(
                row.id,
                [Link(row.name or "–"), Text(row.email), cells.moment(row.created_at)],
                href=address("client", id=row.id),
            )
            for row in rows
        ],
        columns,
        key="refids.first",
        label=_("Clients without a refId"),
        empty=EmptyState(_("Every client has a refId.")),
        on_open=lambda client_id: go("client", id=client_id),
    )
