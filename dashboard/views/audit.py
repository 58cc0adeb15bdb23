"""The audit on screen: who did what when, with before and after."""

import json
from collections.abc import Sequence

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Person, Row, Text, table
from dashboard.context import zone
from dashboard.locale import _, exact
from dashboard.locale.actions import action_name, reason_text, subject_name
from dashboard.views import addressed, cells
from dashboard.views.modal import modal
from dashboard.views.pager import pager
from lumira_db.queries.audit import AuditRow
from lumira_db.queries.paging import Page
from lumira_db.queries.staff import StaffRow


def filters(actions: Sequence[str], people: Sequence[StaffRow]) -> None:
    """Narrow by person, action, subject and days."""
    names = {row.id: row.name for row in people}
    who, what, subject, days = addressed.row([2, 2, 2, 2])
    with who:
        addressed.one("who", list(names), names=lambda one: names.get(one, one), label=_("Who"), parse=str)
    with what:
        addressed.one("action", list(actions), names=action_name, label=_("Action"), parse=str)
    with subject:
        addressed.text("subject", label=_("Subject"), placeholder=_("Number, refId, e-mail or id"))
    with days:
        addressed.days("days", label=_("Days"))


def listing(page: Page[AuditRow]) -> None:
    """The entries, newest first; one opened shows its before and after."""
    columns = [
        Column("when", _("When"), "time", width=9),
        Column("who", _("Who"), "person", width=12),
        Column("action", _("Action"), "text", width=15),
        Column("subject", _("Subject"), "text", width=19, priority=2),
        Column("reason", _("Reason"), "text", priority=3),
    ]
    shown = table(
        [_row(row) for row in page.rows],
        columns,
        key="audit.list",
        label=_("Audit, newest first"),
        empty=EmptyState(_("No entry matches"), _("Remove a filter."), icon="search"),
    )
    pager(page, key="audit")
    for row in page.rows:
        if str(row.id) == shown.opened:
            _detail(row)


def _detail(row: AuditRow) -> None:
    @modal(action_name(row.action), width="large")
    def dialog() -> None:
        st.text(f"{row.actor_name} · {exact(row.at, zone())}")
        st.text(" · ".join(filter(None, (subject_name(row.subject_type), row.subject_name, row.subject_id))))
        st.caption(_("Code: {code}").format(code=row.action))
        if row.reason:
            st.caption(_("Reason"))
            st.text(cells.reasons(reason_text(row.action, row.reason)))
        before, after = st.columns(2)
        for place, name, value in ((before, _("Before"), row.before), (after, _("After"), row.after)):
            with place:
                st.caption(name)
                st.code(
                    "–" if value is None else json.dumps(value, ensure_ascii=False, indent=1),
                    language="json",
                    wrap_lines=True,
                )

    dialog()


def _row(row: AuditRow) -> Row:
    return Row(
        str(row.id),
        [
            cells.since(row.at),
            Person(row.actor_name),
            Link(action_name(row.action)),
            Text(row.subject_name or row.subject_id, sub=subject_name(row.subject_type)),
            Text(cells.reasons(reason_text(row.action, row.reason))),
        ],
    )
