"""Staff on screen: who may sign in, as what, and the changes to it, each named before it happens."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Number, Row, Text, table
from dashboard.locale import _, number
from dashboard.locale.labels import label
from dashboard.views import cells
from dashboard.views.modal import modal
from lumira_db.actor import Role
from lumira_db.queries.staff import StaffRow


def listing(rows: Sequence[StaffRow]) -> StaffRow | None:
    """Every account; the one that was opened, if any."""
    columns = [
        Column("name", _("Name"), "text"),
        Column("email", _("E-mail"), "text", width=16, priority=2),
        Column("role", _("Role"), "badge", width=9.5),
        Column("state", _("Account"), "text", width=8),
        Column("login", _("Last sign-in"), "time", width=9, priority=2),
        Column("sessions", _("Open sessions"), "number", width=8, priority=3),
    ]
    shown = table(
        [_row(row) for row in rows],
        columns,
        key="staff.list",
        label=_("Staff"),
        empty=EmptyState(_("No account yet")),
    )
    return next((row for row in rows if row.id == shown.opened), None)


def add_form(add: Callable[[str, str, Role], None]) -> None:
    """The way to open an account."""
    if st.button(_("Add a person"), key="staff.add", type="primary", icon=":material/person_add:"):
        _add_dialog(add)


def shown_once(key: str) -> None:
    """A password that was just made; it is never shown again."""
    made = st.session_state.pop(key, None)
    if made is None:
        return
    email, password = made
    with st.container(border=True, key="staff-password"):
        said = _("The password of {email}, shown this once: hand it over and let it be changed.")
        st.write(said.format(email=cells.plain(email)))
        st.code(password, language=None)


def manage(
    row: StaffRow,
    *,
    own: bool,
    set_role: Callable[[StaffRow, Role], None],
    disable: Callable[[StaffRow], None],
    enable: Callable[[StaffRow], None],
    reset: Callable[[StaffRow], None],
) -> None:
    """One account's changes, in a dialog that says what each will do."""

    @modal(row.name)
    def dialog() -> None:
        st.text(row.email)
        role = st.segmented_control(
            _("Role"), list(Role), default=row.role, format_func=label, required=True, key=f"staff.role.{row.id}"
        )
        if role is not None and role is not row.role:
            st.caption(_("Open screens of this person follow at their next click."))
            if st.button(_("Give this role"), type="primary", key="staff.role.confirm"):
                set_role(row, role)
                st.rerun()
        st.divider()
        if st.button(_("Reset the password"), icon=":material/key:", key="staff.reset"):
            reset(row)
            st.rerun()
        st.caption(_("A new password is made and shown once; open sessions end."))
        if not row.is_active:
            if st.button(_("Enable the account"), key="staff.enable", icon=":material/lock_open:"):
                enable(row)
                st.rerun()
        elif not own:
            if st.button(_("Disable the account"), key="staff.disable", icon=":material/block:"):
                disable(row)
                st.rerun()
            st.caption(_("Open sessions end at once ({count}); nothing is deleted.").format(count=row.sessions))

    dialog()


def _add_dialog(add: Callable[[str, str, Role], None]) -> None:
    @modal(_("Add a person"))
    def dialog() -> None:
        name = st.text_input(_("Name"), key="staff.new.name")
        email = st.text_input(_("E-mail"), key="staff.new.email", type="email", placeholder="")
        role = st.segmented_control(
            _("Role"), list(Role), default=Role.EXPERT, format_func=label, required=True, key="staff.new.role"
        )
        st.caption(_("A password is made at random and shown once."))
        if st.button(_("Open the account"), type="primary", key="staff.new.confirm"):
            add(email, name, role or Role.EXPERT)
            st.rerun()

    dialog()


def _row(row: StaffRow) -> Row:
    return Row(
        row.id,
        [
            Link(row.name),
            Text(row.email),
            cells.badge(row.role),
            Text(_("Active") if row.is_active else _("Disabled")),
            cells.since(row.last_login),
            Number(number(row.sessions) if row.sessions else ""),
        ],
        muted=not row.is_active,
    )
