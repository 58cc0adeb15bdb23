"""What can be done on the list of clients and with tags: saved views, acts on many clients, and their undoing."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import streamlit as st

from dashboard import filters, list_reads, reads, task_panel
from dashboard.acts import attempt, done
from dashboard.behind_filters import CLIENT_PARAMS
from dashboard.flash import Flash, say
from dashboard.here import may
from dashboard.locale import _, ngettext, number
from dashboard.settings import get_settings
from dashboard.views import behind as behind_view
from dashboard.views import bulk as bulk_view
from dashboard.views import client_list as view
from dashboard.views import saved_views as views_view
from dashboard.views import search as search_view
from dashboard.views import tags as tags_view
from dashboard.views.pager import place
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands import bulk, saved_views
from lumira_db.permissions import Permission
from lumira_db.queries.bulk import Preview, Whom
from lumira_db.queries.client_list import ClientListFilter
from lumira_db.queries.client_tags import Tag
from lumira_db.queries.saved_views import UNNAMED, ViewRow
from lumira_db.queries.tasks import TaskRow
from lumira_db.states import TaskKind

_SHOWN_FOR = timedelta(days=1)
"""How long the list says what came of a task, and offers to undo it."""


def screen(person: Actor, new_client: Callable[[Actor], None]) -> None:
    """The whole screen: views, filters, what can be done, and the rows. ``new_client`` draws the way to one more."""
    known = list_reads.views(person.id)
    own = next((one for one in known if one.name == UNNAMED), None)
    views = [one for one in known if one.name != UNNAMED]
    current = _opened(views)
    tags, sources = list_reads.tags(), list_reads.sources()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _views(views, current, person)
        new_client(person)
    view.filtering(tags)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        view.more(tags, sources)
        shown = view.columns(filters.read(own.query).get("columns", ()) if own else (), keep_columns)
        if may(Permission.EXPORT_CLIENTS):
            view.export()
        many = may(Permission.EDIT_CLIENTS) and view.change_button()
        view.reset()
    _task(TaskKind.TAG_CLIENTS, TaskKind.ASSIGN_REF_IDS)
    chosen = filters.client_filter(filters.of(st.query_params))
    if chosen.behind is not None:
        behind_view.clients(chosen.behind, CLIENT_PARAMS)
    found = list_reads.clients_page(chosen, place())
    total = view.total_text(found.total, about=found.about)
    selected = view.listing(found.page, chosen, shown, selectable=may(Permission.EDIT_CLIENTS), total=total)
    if chosen.text and not found.page.rows and place() is None:
        search_view.near(reads.search(chosen.text))
    if many:
        _change_several(chosen, selected, tags)


def tags_screen() -> None:
    """Every tag in use, how often, and the way to rename and merge."""
    tags = list_reads.counted_tags()
    _task(TaskKind.RENAME_TAG)
    names = [tag.name for tag in tags]
    chosen = tags_view.listing(tags)
    if chosen is not None:
        bulk_view.begin_rename(chosen, names, list_reads.preview_rename, _start_rename)


def keep_columns(names: Sequence[str]) -> None:
    """Remember the columns as the person's own."""
    attempt(lambda s, a: saved_views.keep_columns(s, a, names))


def outcome(task: TaskRow) -> str:
    """What a task on many clients has done, in a sentence."""
    changed, seen = task.result.get("changed", 0), task.result.get("seen", 0)
    if task.kind is TaskKind.UNDO:
        back = ngettext("{count} client is as before.", "{count} clients are as before.", changed)
        left = ngettext(
            "{count} was changed by somebody since and stays.",
            "{count} were changed by somebody since and stay.",
            seen - changed,
        )
        said = back.format(count=number(changed))
        return f"{said} {left.format(count=number(seen - changed))}" if seen > changed else said
    if task.kind is TaskKind.ASSIGN_REF_IDS:
        return ngettext("{count} client has a refId now.", "{count} clients have a refId now.", changed).format(
            count=number(changed)
        )
    return ngettext("{count} client was changed.", "{count} clients were changed.", changed).format(
        count=number(changed)
    )


def _opened(views: Sequence[ViewRow]) -> ViewRow | None:
    """The view that the address names. An address that names nothing else is given all that the view says."""
    asked = st.query_params.get(views_view.VIEW)
    found = next((one for one in views if str(one.id) == asked), None)
    if asked and found is None:
        st.query_params.pop(views_view.VIEW, None)
        st.info(_("This view is gone, or its owner no longer shares it."), icon=":material/bookmark_remove:")
    elif found is not None and list(st.query_params) == [views_view.VIEW]:
        views_view.show(found)
    return found


def _views(views: Sequence[ViewRow], current: ViewRow | None, person: Actor) -> None:
    mine = current is not None and (current.owner_id == person.id or person.role is Role.ADMIN)
    with st.container(width=320):
        views_view.chooser(views, current, person.id)
    views_view.manage(
        current, may_change=mine, save=_save, update=_update, rename=_rename, delete=_delete, link=_address
    )


def _address(view: ViewRow) -> str:
    return f"{get_settings().public_url.rstrip('/')}/clients?{urlencode({views_view.VIEW: str(view.id)})}"


def _save(name: str, query: str, shared: bool) -> None:  # noqa: FBT001
    made = attempt(lambda s, a: saved_views.save_view(s, a, name=name, query=query, shared=shared))
    if made is not None:
        st.query_params[views_view.VIEW] = str(made)
        say(Flash(_("The view “{name}” is kept.").format(name=name.strip())))


def _update(view: ViewRow, query: str) -> None:
    if done(lambda s, a: saved_views.update_view(s, a, view.id, seen=view.version, query=query)):
        say(Flash(_("The view “{name}” keeps what is shown now.").format(name=view.name)))


def _rename(view: ViewRow, name: str, shared: bool) -> None:  # noqa: FBT001
    attempt(lambda s, a: saved_views.rename_view(s, a, view.id, seen=view.version, name=name, shared=shared))


def _delete(view: ViewRow) -> None:
    if done(lambda s, a: saved_views.delete_view(s, a, view.id, seen=view.version)):
        st.query_params.pop(views_view.VIEW, None)
        say(Flash(_("The view “{name}” is deleted.").format(name=view.name)))


def _change_several(chosen: ClientListFilter, selected: Sequence[str], tags: Sequence[Tag]) -> None:
    query = filters.write(filters.of(st.query_params), without=("from", "columns", "view"))

    def look(order: bulk_view.Order) -> Preview:
        whom = Whom(chosen, tuple(selected) if order.selection else None)
        return list_reads.preview_bulk(order.act, order.tags, whom)

    def start(order: bulk_view.Order, total: int) -> None:
        ids = list(selected) if order.selection else None
        attempt(lambda s, a: bulk.start_bulk(s, a, order.act, query=query, total=total, ids=ids, tags=order.tags))

    bulk_view.begin(len(selected), tags, look, start)


def _start_rename(old: tuple[str, ...], new: str, total: int) -> None:
    attempt(lambda s, a: bulk.start_rename(s, a, old, new, total=total))


def _task(*kinds: TaskKind) -> None:
    """The latest task of these kinds, or the one that undoes it; it can be undone once it is over."""
    found = reads.latest_task(*kinds)
    if found is None or (found.ended_at is not None and found.ended_at < utcnow() - _SHOWN_FOR):
        return
    undoing = reads.latest_task(TaskKind.UNDO, subject=str(found.id))
    # It may have ended since it was found: what was shown decides what is offered.
    shown = task_panel.show((undoing or found).id, outcome=outcome)
    if undoing is None and shown is not None and not shown.is_open and shown.result.get("changed"):
        st.button(_("Undo it"), key="bulk.undo", icon=":material/undo:", on_click=_undo, args=(found.id,))


def _undo(task_id: UUID) -> None:
    attempt(lambda s, a: bulk.start_undo(s, a, task_id))
