"""The list of rows, seen from Python."""

import json
from time import perf_counter
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import table as module
from dashboard.components.table import (
    Badge,
    Column,
    EmptyState,
    Flag,
    Flags,
    Link,
    Mono,
    Number,
    Person,
    Row,
    Sort,
    Text,
    Time,
    clear_selection,
    initials,
    table,
)

COLUMNS = [
    Column("number", "Order", "link", width=10, sortable=True),
    Column("client", "Client"),
    Column("level", "Level", "badge"),
    Column("waited", "Waited", "time", first="desc", sortable=True),
    Column("holder", "Holder", "person"),
    Column("amount", "Amount", "money"),
    Column("flags", "Flags", "flags"),
    Column("ref", "Reference", "mono"),
]


def row(number: int) -> Row:
    return Row(
        f"order{number}",
        (
            Link(f"LU260130-{number:03d}"),
            Text("Zoë O'Connor", sub="zoe@example.org", strong=True),
            Badge("Mystique", "level2", "level2"),
            Time("3 hours ago", "Monday 2 February 2026, 11:21"),
            Person("Élodie Brûlé", me=True),
            Number("49,00 €"),
            Flags([Flag("ban", "Banned", "danger"), Flag("coins", "Amount differs")]),
            Mono("LUM-C-26-0042"),
        ),
        href=f"/order?id=order{number}",
    )


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the component was given; `state` is what the browser would have said before."""
    seen: dict[str, Any] = {"state": {}}

    def render(**given: Any) -> dict[str, Any]:
        seen.update(given)
        return dict(seen["state"])

    monkeypatch.setattr(module, "_render", render)
    monkeypatch.setattr(module.st, "session_state", {"list": seen["state"]})
    return seen


def draw(**more: Any) -> module.TableResult:
    return table([row(n) for n in range(3)], COLUMNS, key="list", label="Orders", empty=EmptyState("None"), **more)


def test_a_cell_sends_only_what_it_has() -> None:
    assert Text("plain").encode() == "plain"
    assert Text("a", sub="b").encode() == {"t": "text", "v": "a", "s": "b"}
    assert Number("3").encode() == "3"
    assert Person("").encode() == ""
    assert Flags([]).encode() == ""
    assert Mono("x", copy=False).encode() == {"t": "mono", "v": "x"}


def test_initials_fit_names_of_any_script() -> None:
    names = ["Léa de la Tour", "Cher", "فاطمة الزهراء", "שרה לוי", "  ", "🌙 Luna ✨", "<img src=x>"]
    assert [initials(name) for name in names] == ["LT", "C", "فا", "של", "?", "L", "S"]


def test_numbers_and_money_stand_on_the_right_unless_told_otherwise() -> None:
    ends = [Column("a", "A", kind).encode()["align"] for kind in ("number", "money", "text")]
    assert ends == ["end", "end", "start"]
    assert Column("a", "A", "money", align="center").encode()["align"] == "center"


def test_a_row_that_lacks_a_cell_is_a_mistake_that_shows_at_once(drawn: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"Row x has 1 cells for 8 columns\."):
        table([Row("x", (Text("a"),))], COLUMNS, key="list", label="Orders", empty=EmptyState("None"))


def test_fifty_rows_become_json_within_a_millisecond() -> None:
    rows = [row(n) for n in range(50)]
    fastest = min(_milliseconds(rows) for _ in range(20))
    assert fastest < 1.0 * _slowness(), f"{fastest:.2f} ms"


def _milliseconds(rows: list[Row]) -> float:
    start = perf_counter()
    json.dumps([one.encode() for one in rows])
    return (perf_counter() - start) * 1000


def _slowness() -> float:
    """How much slower this machine is just now than the one the limit is meant for (never less than 1)."""
    start = perf_counter()
    sum(range(300_000))
    return max(1.0, (perf_counter() - start) * 1000 / 3)


def test_a_press_reaches_the_callback_with_the_id_of_a_row_on_screen(drawn: dict[str, Any]) -> None:
    opened: list[str] = []
    drawn["state"]["open"] = "order1"
    assert draw(on_open=opened.append).opened == "order1"
    drawn["on_open_change"]()
    assert opened == ["order1"]


def test_an_id_that_is_not_on_screen_opens_nothing(drawn: dict[str, Any]) -> None:
    opened: list[str] = []
    drawn["state"]["open"] = "somebody-elses"
    assert draw(on_open=opened.append).opened is None
    drawn["on_open_change"]()
    assert opened == []


def test_a_sort_of_the_wrong_form_is_ignored(drawn: dict[str, Any]) -> None:
    sorts: list[Sort] = []
    present = Sort("number")
    for said, expected in (
        (["waited", "desc"], Sort("waited", "desc")),
        (["waited", "sideways"], present),
        (["secret", "asc"], present),
        ("waited", present),
    ):
        drawn["state"]["sort"] = said
        assert draw(sort=present, on_sort=sorts.append).sort == expected
        drawn["on_sort_change"]()
    assert sorts == [Sort("waited", "desc")]


def test_the_selection_is_the_persons_own_and_names_only_rows_that_are_there(drawn: dict[str, Any]) -> None:
    assert draw(selectable=True, selected=["order2", "gone"]).selected == ("order2",)
    drawn["state"]["selected"] = ["order0", "order7"]
    assert draw(selectable=True, selected=["order2"]).selected == ("order0",)
    assert drawn["data"]["selected"] == ["order0"]
    drawn["state"]["selected"] = []
    assert draw(selectable=True, selected=["order2"]).selected == ()


def test_a_selection_is_cleared_after_an_action_on_it(drawn: dict[str, Any]) -> None:
    drawn["state"]["selected"] = ["order0"]
    clear_selection("list")
    assert draw(selectable=True).selected == ()


def test_the_list_runs_in_a_screen() -> None:
    def screen() -> None:
        import streamlit as st

        from dashboard.components.table import Column, EmptyState, Row, Text, table

        rows = [Row("a", (Text("<b>x</b>"),), href="/order?id=a")]
        result = table(rows, [Column("n", "N")], key="list", label="L", empty=EmptyState("None"))
        st.text(repr(result.opened))

    ran = AppTest.from_function(screen).run(timeout=60)
    assert not ran.exception
    assert ran.text[0].value == "None"
