"""A dense list of rows to act on, like a good mail client: one element, one message, real rows.

    result = table(
        rows,
        [Column("number", _("Order"), width="11rem"), Column("waited", _("Waiting"), kind="time", sortable=True)],
        key="queue.list",
        label=_("Orders to validate"),
        empty=EmptyState(_("Nothing waits"), _("New orders appear here by themselves.")),
        on_open=lambda order_id: st.switch_page("pages/order.py", query_params={"id": order_id}),
    )

A plain click on a row, or Enter, calls `on_open` before the next run of the script; with Ctrl or the middle button
the browser opens the row's address in a tab of its own, as with any link.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeVar

import streamlit as st

from dashboard.components.assets import register
from dashboard.components.table.cells import (
    Badge,
    Cell,
    Flag,
    Flags,
    Link,
    Money,
    Mono,
    Number,
    Person,
    Text,
    Time,
    initials,
)
from dashboard.locale import _

__all__ = [
    "Badge",
    "Cell",
    "Column",
    "EmptyState",
    "Flag",
    "Flags",
    "Link",
    "Money",
    "Mono",
    "Number",
    "Person",
    "Row",
    "Sort",
    "TableLabels",
    "TableResult",
    "Text",
    "Time",
    "clear_selection",
    "initials",
    "table",
]

Kind = Literal["text", "link", "badge", "flags", "number", "money", "time", "person", "mono"]
Direction = Literal["asc", "desc"]

_Value = TypeVar("_Value")

_render = register("table")


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `kind` decides alignment and face; `align` overrules it.

    `width` is in rem; columns without one share what is left, and get 11 rem each at least. When the list is too
    narrow for that, columns leave one by one: priority 3 before 2, from the right; priority 1 stays.
    `first` is the direction of the first click on a sortable header.
    """

    id: str
    label: str
    kind: Kind = "text"
    align: Literal["start", "end", "center"] | None = None
    width: float = 0
    sortable: bool = False
    priority: Literal[1, 2, 3] = 1
    first: Direction = "asc"

    def encode(self) -> dict[str, Any]:
        align = self.align or ("end" if self.kind in ("number", "money") else "start")
        return {
            "id": self.id,
            "label": self.label,
            "kind": self.kind,
            "align": align,
            "width": self.width,
            "sortable": self.sortable,
            "priority": self.priority,
            "first": self.first,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its id, the address it opens ("" when it opens nothing) and one cell per column.

    `muted` for what is not for this person just now, such as an order that somebody else holds.
    """

    id: str
    cells: Sequence[Cell]
    href: str = ""
    muted: bool = False

    def encode(self) -> dict[str, Any]:
        return {"id": self.id, "u": self.href, "m": self.muted, "c": [cell.encode() for cell in self.cells]}


@dataclass(frozen=True, slots=True)
class Sort:
    """A column and a direction. The component only shows and reports it: the query sorts."""

    column: str
    direction: Direction = "asc"


@dataclass(frozen=True, slots=True)
class EmptyState:
    """What stands in place of rows: why there are none, and what to do about it."""

    title: str
    hint: str = ""
    action: str = ""
    icon: str = "check"


@dataclass(frozen=True, slots=True)
class TableLabels:
    """The table's own words, in the person's language."""

    copy: str = field(default_factory=lambda: _("Copy"))
    copied: str = field(default_factory=lambda: _("Copied"))
    select_row: str = field(default_factory=lambda: _("Select this row"))
    select_all: str = field(default_factory=lambda: _("Select all rows"))


@dataclass(frozen=True, slots=True)
class TableResult:
    """What the person did: `opened`, `followed` and `acted` hold for one run, `selected` stays.

    `opened` is a row's id, `followed` the address of a link inside a row, `acted` the empty state's button.
    `selected` names only rows that are in the list now.
    """

    opened: str | None = None
    followed: str | None = None
    sort: Sort | None = None
    selected: tuple[str, ...] = ()
    acted: bool = False


def table(
    rows: Sequence[Row],
    columns: Sequence[Column],
    *,
    key: str,
    label: str,
    empty: EmptyState,
    selected: Sequence[str] = (),
    sort: Sort | None = None,
    selectable: bool = False,
    keyboard: bool = True,
    height: int | None = None,
    on_open: Callable[[str], None] | None = None,
    on_follow: Callable[[str], None] | None = None,
    on_sort: Callable[[Sort], None] | None = None,
    on_action: Callable[[], None] | None = None,
    labels: TableLabels | None = None,
) -> TableResult:
    """Draw `rows` and report what was done with them.

    `label` names the list for screen readers. `selected` is the first selection; afterwards the person's own counts.
    `keyboard` lets J, K, X, O and Enter work from anywhere on the page: leave it to one table of a screen.
    `height` (pixels) gives the list a scrollbar of its own; without it the page scrolls and the header stays in view.
    The callbacks run before the script, so they may call st.switch_page without the old screen being drawn again.
    """
    for row in rows:
        if len(row.cells) != len(columns):
            raise ValueError(f"Row {row.id} has {len(row.cells)} cells for {len(columns)} columns.")
    ids = {row.id for row in rows}
    known = _event(key, "selected")
    chosen = [row for row in (known if isinstance(known, list) else list(selected)) if row in ids]
    result = _render(
        key=key,
        data={
            "key": key,
            "label": label,
            "columns": [column.encode() for column in columns],
            "rows": [row.encode() for row in rows],
            "sort": [sort.column, sort.direction] if sort else None,
            "selectable": selectable,
            "selected": chosen,
            "keyboard": keyboard,
            "height": height,
            "empty": asdict(empty),
            "labels": asdict(labels or TableLabels()),
        },
        default={"selected": None},
        on_selected_change=_nothing,
        on_open_change=lambda: _call(on_open, _known(_event(key, "open"), ids)),
        on_follow_change=lambda: _call(on_follow, _event(key, "follow")),
        on_sort_change=lambda: _call(on_sort, _sort(_event(key, "sort"), columns)),
        on_action_change=lambda: on_action() if on_action else None,
    )
    return TableResult(
        opened=_known(result.get("open"), ids),
        followed=_text(result.get("follow")),
        sort=_sort(result.get("sort"), columns) or sort,
        selected=tuple(row for row in (result.get("selected") or chosen) if row in ids),
        acted=bool(result.get("action")),
    )


def clear_selection(key: str) -> None:
    """Forget what is selected in the table `key`; for the callback of an action on the selection."""
    if isinstance(st.session_state.get(key), Mapping):
        st.session_state[key]["selected"] = []


def _nothing() -> None:
    """The selection needs a callback to be a state that Python may read; there is nothing to do."""


def _event(key: str, name: str) -> Any:
    """What the browser last said; an element that was never drawn has said nothing."""
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, Mapping) else None


def _call(callback: Callable[[_Value], None] | None, value: _Value | None) -> None:
    if callback is not None and value is not None:
        callback(value)


def _sort(value: object, columns: Sequence[Column]) -> Sort | None:
    match value:
        case [str(column), "asc" | "desc" as direction] if any(c.id == column and c.sortable for c in columns):
            return Sort(column, direction)
        case _:
            return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _known(value: object, ids: set[str]) -> str | None:
    return value if isinstance(value, str) and value in ids else None
