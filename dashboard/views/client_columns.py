"""The columns that the list of clients can have: what each is called, and what it shows of a client."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.components.table import Badge, Cell, Column, Flag, Flags, Link, Mono, Number, Text
from dashboard.locale import _, money, number
from dashboard.locale.labels import level_name, level_tone
from dashboard.views import cells
from lumira_db.clock import utcnow
from lumira_db.i18n_marker import N_
from lumira_db.queries.client_list import ClientSort, ListedClient, PathPlace

NAME = "name"
DEFAULT = (NAME, "ref", "tags", "levels", "orders", "spent", "last", "created")
PLACES: Mapping[PathPlace, tuple[str, str, str]] = {
    PathPlace.NONE: (N_("No path"), "neutral", ""),
    PathPlace.DAY_1: (N_("Day 1"), "info", "play"),
    PathPlace.DAY_2: (N_("Day 2"), "info", "play"),
    PathPlace.DAY_3: (N_("Day 3"), "info", "play"),
    PathPlace.DAY_4: (N_("Day 4"), "info", "play"),
    PathPlace.DAY_5: (N_("Day 5"), "info", "play"),
    PathPlace.DAY_6: (N_("Day 6"), "info", "play"),
    PathPlace.DAY_7: (N_("Day 7"), "info", "play"),
    PathPlace.SILENT: (N_("Silent"), "warning", "clock"),
    PathPlace.STALLED: (N_("Stalled by the system"), "danger", "lock"),
    PathPlace.DONE: (N_("Path done"), "success", "check"),
}
"""How the places on the path are called, with tone and icon."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One column: its name, how it stands in the table, and its cell for a client."""

    title: str
    column: Callable[[str, str], Column]
    cell: Callable[[ListedClient, str], Cell]


def _sorted(kind: str, width: float) -> Callable[[str, str], Column]:
    return lambda id_, title: Column(id_, title, kind, width=width, sortable=True, first="desc", priority=2)  # type: ignore[arg-type]


def _plain(kind: str, width: float) -> Callable[[str, str], Column]:
    return lambda id_, title: Column(id_, title, kind, width=width, priority=3)  # type: ignore[arg-type]


COLUMNS: Mapping[str, Shown] = {
    NAME: Shown(
        N_("Client"),
        lambda id_, title: Column(id_, title, "text", sortable=True),
        lambda row, _cur: Link(row.name or "–", sub=row.email),
    ),
    "ref": Shown(N_("refId"), _plain("mono", 10.5), lambda row, _cur: Mono(row.ref_id) if row.ref_id else Text("–")),
    "phone": Shown(N_("Phone"), _plain("mono", 10), lambda row, _cur: Mono(row.phone) if row.phone else Text("–")),
    "status": Shown(N_("Status"), _plain("badge", 8.5), lambda row, _cur: cells.badge(row.status)),
    "tags": Shown(N_("Tags"), _plain("text", 7.5), lambda row, _cur: Text(", ".join(row.tags))),
    "source": Shown(N_("Source"), _plain("text", 8), lambda row, _cur: Text(row.source or "–")),
    "levels": Shown(N_("Levels"), _plain("flags", 6.4), lambda row, _cur: _levels(row)),
    "orders": Shown(N_("Orders"), _sorted("number", 6.8), lambda row, _cur: Number(number(row.paid_count))),
    "spent": Shown(N_("Total paid"), _sorted("money", 6.5), lambda row, cur: spent(row.paid, cur)),
    "last": Shown(N_("Last order"), _sorted("time", 8.5), lambda row, _cur: cells.since(row.last_order_at)),
    "first_paid": Shown(N_("First payment"), _plain("time", 10), lambda row, _cur: cells.moment(row.first_paid_at)),
    "path": Shown(N_("Path"), _plain("badge", 11.5), lambda row, _cur: _place(row)),
    "profile": Shown(
        N_("Profile"), _plain("text", 7), lambda row, _cur: Text(_("Complete") if row.profile_completed else "–")
    ),
    "created": Shown(N_("Client since"), _sorted("time", 7.6), lambda row, _cur: cells.since(row.created_at)),
}
"""By the name that an address has for each."""
SORTABLE = {sort.value for sort in ClientSort}


def chosen_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The columns to show: those of ``names`` that exist, once each; the client's own name is always there."""
    known = tuple(name for name in dict.fromkeys(names) if name in COLUMNS)
    if not known:
        return DEFAULT
    return known if NAME in known else (NAME, *known)


def spent(paid: Mapping[str, int], currency: str) -> Number:
    """What was paid in ``currency``, and under it what was paid in others: sums are never mixed."""
    first = [currency] if currency in paid else []
    amounts = [money(paid[name], name) for name in (*first, *sorted(set(paid) - {currency}))]
    return Number(amounts[0], sub=" · ".join(amounts[1:])) if amounts else Number("–")


def place_name(place: PathPlace) -> str:
    """A place on the path, in the person's language."""
    return _(PLACES[place][0])


def _levels(row: ListedClient) -> Flags:
    return Flags([Flag(f"level{n}" if 1 <= n <= 4 else "alert", level_name(n), level_tone(n)) for n in row.levels[:5]])


def _place(row: ListedClient) -> Badge | Text:
    place = row.place(utcnow())
    if place is PathPlace.NONE:
        return Text("–")
    title, tone, icon = PLACES[place]
    sub = _("Day {day}").format(day=row.path_day) if place in (PathPlace.SILENT, PathPlace.STALLED) else ""
    return Badge(_(title), tone, icon, sub=sub)
