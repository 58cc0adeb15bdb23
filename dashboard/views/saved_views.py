"""Saved views of a list: choose one, keep what is shown as one, rename, share, delete."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import filters
from dashboard.components.copyable import copyable
from dashboard.locale import _
from dashboard.views import cells
from dashboard.views.folded import folded
from dashboard.views.modal import modal
from dashboard.views.pager import PARAM
from lumira_db.queries.saved_views import ViewRow

VIEW = "view"
_CHOICE = "views.choice"
_MENU = "views.manage"


def saved_query() -> str:
    """What the list shows now, as a view keeps it."""
    return filters.write(filters.of(st.query_params), without=(PARAM, VIEW))


def show(view: ViewRow | None) -> None:
    """Bring the address to what the view says; without one, to the whole list."""
    query = {} if view is None else {**filters.read(view.query), VIEW: [str(view.id)]}
    st.query_params.from_dict(query)


def chooser(views: Sequence[ViewRow], current: ViewRow | None, me: str) -> None:
    """The views to choose from; another choice brings its filters, order and columns."""
    by_id = {str(view.id): view for view in views}
    st.session_state[_CHOICE] = str(current.id) if current else None

    def name(view_id: str) -> str:
        view = by_id[view_id]
        changed = view == current and view.query != saved_query()
        title = _("{name} (changed)").format(name=view.name) if changed else view.name
        return title if view.owner_id == me else _("{name}, of {person}").format(name=title, person=view.owner_name)

    st.selectbox(
        _("View"),
        list(by_id),
        index=None,
        format_func=name,
        key=_CHOICE,
        placeholder=_("All clients"),
        label_visibility="collapsed",
        on_change=lambda: show(by_id.get(st.session_state[_CHOICE] or "")),
    )


def manage(
    current: ViewRow | None,
    *,
    may_change: bool,
    save: Callable[[str, str, bool], None],
    update: Callable[[ViewRow, str], None],
    rename: Callable[[ViewRow, str, bool], None],
    delete: Callable[[ViewRow], None],
    link: Callable[[ViewRow], str],
) -> None:
    """What can be done with the view, and with what is shown now."""
    with folded(_("View"), icon=":material/bookmark:", key=_MENU):
        if current is not None:
            copyable(link(current), key="views.link", shown=_("Copy the address of this view"), plain=True)
        if _entry(_("Save as a new view"), "views.new", ":material/bookmark_add:"):
            _save_dialog(save)
        if current is None or not may_change:
            return
        if current.query != saved_query():
            title = _("Keep what is shown in “{name}”").format(name=current.name)
            if _entry(title, "views.update", ":material/save:"):
                update(current, saved_query())
                st.rerun()
            st.button(
                _("Go back to what the view keeps"),
                key="views.again",
                icon=":material/undo:",
                width="stretch",
                on_click=show,
                args=(current,),
            )
        if _entry(_("Rename or share"), "views.rename", ":material/edit:"):
            _rename_dialog(current, rename)
        if _entry(_("Delete the view"), "views.delete", ":material/delete:"):
            _delete_dialog(current, delete)


def _entry(name: str, key: str, icon: str) -> bool:
    """A choice that closes the menu: it would lie over the dialog."""
    return st.button(name, key=key, icon=icon, width="stretch", on_click=_close)


def _close() -> None:
    st.session_state[_MENU] = False


def _save_dialog(save: Callable[[str, str, bool], None]) -> None:
    @modal(_("Save as a new view"))
    def dialog() -> None:
        name = st.text_input(_("Name"), key="views.new.name", max_chars=80)
        shared = st.toggle(_("Everybody may use it"), key="views.new.shared")
        st.caption(_("A view keeps the filters, the order and the columns; what it shows is always new."))
        if st.button(_("Save"), type="primary", key="views.new.save"):
            save(name, saved_query(), shared)
            st.rerun()

    dialog()


def _rename_dialog(view: ViewRow, rename: Callable[[ViewRow, str, bool], None]) -> None:
    @modal(_("Rename or share"))
    def dialog() -> None:
        name = st.text_input(_("Name"), value=view.name, key="views.rename.name", max_chars=80)
        shared = st.toggle(_("Everybody may use it"), value=view.shared, key="views.rename.shared")
        if st.button(_("Save"), type="primary", key="views.rename.save"):
            rename(view, name, shared)
            st.rerun()

    dialog()


def _delete_dialog(view: ViewRow, delete: Callable[[ViewRow], None]) -> None:
    @modal(_("Delete the view"))
    def dialog() -> None:
        shared = _("“{name}” and its address are gone then, for everybody.")
        said = shared if view.shared else _("“{name}” is gone then.")
        st.write(said.format(name=cells.plain(view.name)))
        st.caption(_("No client changes."))
        if st.button(_("Delete"), type="primary", key="views.delete.confirm", icon=":material/delete:"):
            delete(view)
            st.rerun()

    dialog()
