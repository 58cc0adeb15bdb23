"""The list of clients: what narrows it, its columns, its rows, and the way to take it away."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard import filters
from dashboard.components.table import EmptyState, Row, Sort, table
from dashboard.locale import _, ngettext, number
from dashboard.locale.labels import LEVELS, label, level_name
from dashboard.navigation import address, go
from dashboard.views import addressed
from dashboard.views.client_columns import COLUMNS, SORTABLE, chosen_columns, place_name
from dashboard.views.folded import folded
from dashboard.views.pager import PARAM, pager
from lumira_db.enums import UserStatus
from lumira_db.queries.client_list import (
    MAIN_CURRENCY,
    SILENT_AFTER,
    ClientListFilter,
    ClientSort,
    ListedClient,
    PathPlace,
)
from lumira_db.queries.client_tags import Tag
from lumira_db.queries.paging import Page

KEY = "clients.list"
_FOLDED_AWAY = (
    *("tag_all", "tag_none", "source", "orders_min", "orders_max", "currency", "spent_min", "spent_max"),
    *("last", "created", "ref", "profile"),
)
_NOT_FILTERS = {PARAM, "sort", "asc", "columns", "view"}


def filtering(tags: Sequence[Tag]) -> None:
    """What narrows the list; each choice is in the address."""
    counts = {tag.name: tag.clients for tag in tags}
    names = list(counts)
    first = addressed.row([3, 2.6, 2, 2, 2.4])
    with first[0]:
        addressed.text("q", label=_("Search"), placeholder=_("refId, e-mail address or name"), key="clients.search")
    with first[1]:
        addressed.words("tag", names, names=lambda name: _used(name, counts), label=_("Tags (any of them)"))
    with first[2]:
        addressed.several("status", list(UserStatus), names=label, label=_("Status"), parse=UserStatus)
    with first[3]:
        addressed.several("level", list(LEVELS), names=level_name, label=_("Level bought"), parse=int)
    with first[4]:
        addressed.several("path", list(PathPlace), names=place_name, label=_("On the path"), parse=PathPlace)
    if "silent" in st.query_params.get_all("path"):
        days = ngettext(
            "Silent: the day has been open for more than {days} day.",
            "Silent: the day has been open for more than {days} days.",
            SILENT_AFTER.days,
        )
        st.caption(days.format(days=SILENT_AFTER.days))


def more(tags: Sequence[Tag], sources: Sequence[str]) -> None:
    """The filters that are not needed every day."""
    used = sum(1 for param in _FOLDED_AWAY if st.query_params.get_all(param))
    name = _("More filters ({count})").format(count=used) if used else _("More filters")
    with folded(name, key="clients.more", icon=":material/tune:") as more:
        if more.open:
            _more([tag.name for tag in tags], sources)


def _more(names: Sequence[str], sources: Sequence[str]) -> None:
    addressed.words("tag_all", names, label=_("All of these tags"))
    addressed.words("tag_none", names, label=_("None of these tags"))
    addressed.words("source", sources, label=_("Source"))
    with st.container(horizontal=True):
        addressed.count("orders_min", label=_("Paid orders, at least"))
        addressed.count("orders_max", label=_("Paid orders, at most"))
    with st.container(horizontal=True):
        addressed.amount("spent_min", label=_("Paid in all, at least"))
        addressed.amount("spent_max", label=_("Paid in all, at most"))
        addressed.text("currency", label=_("Currency"), placeholder=MAIN_CURRENCY.upper(), search=False)
    with st.container(horizontal=True):
        addressed.days("last", label=_("Last order"))
        addressed.days("created", label=_("Client since"))
    with st.container(horizontal=True):
        addressed.yes_or_no("ref", label=_("refId"), yes=_("Has one"), no=_("Has none"))
        addressed.yes_or_no("profile", label=_("Profile"), yes=_("Complete"), no=_("Not complete"))


def change_button() -> bool:
    """The way to change several clients; it says how many are selected, if any are."""
    state = st.session_state.get(KEY)
    selected = len(state.get("selected") or ()) if isinstance(state, Mapping) else 0
    name = _("Change several ({count})").format(count=selected) if selected else _("Change several")
    return st.button(name, key="clients.bulk", icon=":material/checklist:")


def reset() -> None:
    """A way back to everybody, when something narrows the list."""
    if any(param not in _NOT_FILTERS for param in st.query_params):
        st.button(
            _("Clear the filters"), key="clients.clear", type="tertiary", icon=":material/close:", on_click=_clear
        )


def columns(own: Sequence[str], keep: Callable[[tuple[str, ...]], None]) -> tuple[str, ...]:
    """Which columns, in which order: the address's, else the person's ``own``. A new choice is given to ``keep``."""
    shown = chosen_columns(st.query_params.get_all("columns") or own)
    with folded(_("Columns"), key="clients.columns.popover", icon=":material/view_column:") as choice:
        if choice.open:
            _choose_columns(shown, keep)
    return shown


def _choose_columns(shown: tuple[str, ...], keep: Callable[[tuple[str, ...]], None]) -> None:
    key = "clients.columns"
    st.session_state[key] = list(shown)

    def choose() -> None:
        chosen = chosen_columns(st.session_state[key])
        if "columns" in st.query_params:
            st.query_params["columns"] = list(chosen)
        keep(chosen)

    st.multiselect(
        _("Columns"),
        list(COLUMNS),
        format_func=lambda name: _(COLUMNS[name].title),
        key=key,
        on_change=choose,
        help=_("They stand in the order in which they are chosen: take one away and choose it again to move it."),
    )
    st.caption(_("The list keeps these columns for you."))


def export() -> None:
    """Links that download what is filtered, as CSV or as a workbook."""
    query = filters.write(filters.of(st.query_params), without=(PARAM, "columns", "view"))
    with st.popover(_("Export"), icon=":material/download:", key="clients.export", width="content"):
        st.caption(_("Exactly the clients that the filters show, all pages. The export is recorded in the audit."))
        for kind, name in (("csv", "CSV"), ("xlsx", "Excel")):
            st.html(f'<a href="/export/clients.{kind}?{query}" download target="_self">{name}</a>')


def listing(
    page: Page[ListedClient], chosen: ClientListFilter, shown: Sequence[str], *, selectable: bool, total: str
) -> tuple[str, ...]:
    """The clients; a click on a column's name sorts by it. Returns the ids of those that are selected."""
    currency = chosen.currency or MAIN_CURRENCY
    result = table(
        [_row(row, shown, currency) for row in page.rows],
        [COLUMNS[name].column(name, _(COLUMNS[name].title)) for name in shown],
        key=KEY,
        label=_("Clients"),
        empty=EmptyState(_("No client matches"), _("Remove a filter, or search for another name."), icon="search"),
        sort=Sort(chosen.sort.value, "desc" if chosen.descending else "asc"),
        selectable=selectable,
        on_sort=_sort,
        on_open=lambda client_id: go("client", id=client_id),
    )
    pager(page, key="clients", total=total)
    return result.selected


def total_text(total: int, *, about: bool) -> str:
    """How many clients there are."""
    if about:
        return _("About {count} clients").format(count=number(total)) if total else ""
    return ngettext("{count} client", "{count} clients", total).format(count=number(total))


def _row(row: ListedClient, shown: Sequence[str], currency: str) -> Row:
    return Row(
        row.id,
        [COLUMNS[name].cell(row, currency) for name in shown],
        href=address("client", id=row.id),
        muted=row.status is not UserStatus.ACTIVE,
    )


def _used(name: str, counts: dict[str, int]) -> str:
    return f"{name} ({number(counts[name])})" if name in counts else name


def _sort(chosen: Sort) -> None:
    if chosen.column not in SORTABLE:
        return
    st.query_params["sort"] = ClientSort(chosen.column).value
    if chosen.direction == "asc":
        st.query_params["asc"] = "1"
    else:
        st.query_params.pop("asc", None)
    st.query_params.pop(PARAM, None)


def _clear() -> None:
    for param in list(st.query_params):
        if param not in _NOT_FILTERS or param in (PARAM, "view"):
            st.query_params.pop(param, None)
