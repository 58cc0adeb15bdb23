"""The screens of figures: what they say is what the rows say, and what is clicked on leads to as many rows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import plotly.graph_objects as go
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import figure_reads, filters
from dashboard.context import zone
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands import rollups
from lumira_db.commands.client_summaries import drain
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.queries.client_list import count_clients
from lumira_db.queries.orders import count_orders
from tests.factories import make_client, make_order, make_path, make_products, make_staff
from tests.ui.conftest import Open

MARCH = {"period": "2026-03-01..2026-03-31", "vs": "none"}


@pytest.fixture
def admin(desk: Database) -> Iterator[Actor]:
    """March 2026: three paid orders in euros, one in dollars, one refunded, one cart; April has another."""
    forget()
    with desk.writing() as session:
        make_products(session)
        anne, bea = make_client(session, source="instagram"), make_client(session)

        def paid(client: Any, day: str, level: int, amount: int, **values: Any) -> None:
            at = datetime.fromisoformat(f"{day}T10:00:00+00:00").astimezone(UTC)
            status = values.pop("status", OrderStatus.PAID)
            make_order(session, client, status=status, paid_at=at, level=level, amount=amount, **values)

        paid(anne, "2026-03-02", 1, 900)
        paid(anne, "2026-03-09", 2, 2900)
        paid(bea, "2026-03-09", 2, 1234)
        paid(bea, "2026-03-20", 3, 5900, currency="usd")
        paid(bea, "2026-04-01", 1, 900)
        cart = datetime(2026, 3, 5, 10, tzinfo=UTC)
        make_order(session, anne, status=OrderStatus.PENDING, paid_at=None, amount=900, created_at=cart)
        rollups.rebuild(session, "Europe/Paris")
        drain(session)
        who = make_staff(session, Role.ADMIN)
    yield who
    forget()


def forget() -> None:
    """What was read before, of another database."""
    st.cache_data.clear()
    for kept in (figure_reads.revenue_summary, figure_reads.path_outcomes, figure_reads.work_summary):
        kept.clear()
    figure_reads.section.clear()


def parts(screen: AppTest, having: str) -> list[dict[str, Any]]:
    """The data of the components that have such a field: cards, tables."""
    given = [one.proto.json for one in screen.main if hasattr(getattr(one, "proto", None), "json")]
    found = [part for one in given if one for part in json.loads(one)]
    return [part for part in found if isinstance(part, dict) and having in part]


def cards(screen: AppTest) -> dict[str, dict[str, Any]]:
    return {card["id"]: card for part in parts(screen, "cards") for card in part["cards"]}


def counted(desk: Database, address: str) -> int:
    """How many rows the list shows that an address leads to."""
    parsed = urlsplit(address)
    query = parse_qs(parsed.query)
    with desk.reading() as session:
        if parsed.path == "/orders":
            return count_orders(session, filters.order_filter(query), zone=zone())
        return count_clients(session, filters.client_filter(query), zone=zone(), now=utcnow())


def test_the_cards_say_what_the_rows_say_and_lead_to_as_many(desk: Database, open_screen: Open, admin: Actor) -> None:
    found = cards(open_screen("revenue", admin, **MARCH))
    assert found["paid"]["value"] == "€50.34"
    assert found["orders"]["value"] == "3"
    assert found["clients"]["value"] == "2"
    assert found["new_share"]["value"] == "100%"
    assert found["conversion"]["value"] == "75%"
    assert found["abandoned"]["value"] == "1"
    for code, rows in {"paid": 3, "orders": 3, "clients": 2, "new_share": 2, "conversion": 4, "abandoned": 1}.items():
        assert counted(desk, found[code]["href"]) == rows, code


@pytest.mark.parametrize(
    ("section", "rows"),
    [
        ("levels", [("Initié", 1), ("Mystique", 2)]),
        ("buyers", [("New clients", 2), ("Returning", 1)]),
        ("sources", [("instagram", 2), ("Not known", 1)]),
        ("hours", [("Mon", 3)]),
        ("cohorts", [("March 2026", 2)]),
        ("lifetime", [("Initié", 1), ("Mystique", 1)]),
        ("refunds", []),
        ("catalogue", [("Mystique", 1)]),
    ],
)
def test_every_row_leads_to_the_rows_that_it_counts(
    desk: Database, open_screen: Open, admin: Actor, section: str, rows: list[tuple[str, int]]
) -> None:
    """In dollars there is one order more, which none of these counts."""
    screen = open_screen("revenue", admin, section=section, **MARCH)
    assert not screen.exception
    sent = json.loads(screen.get("plotly_chart")[0].proto.spec)
    assert sent == json.loads(go.Figure(sent).to_json())  # valid, and just what plotly would have sent
    assert sent["layout"]["template"] == json.loads(go.Figure().to_json())["layout"]["template"]
    table = next(part for part in parts(screen, "rows"))
    led = [(row["c"][0], counted(desk, row["u"])) for row in table["rows"] if row.get("u")]
    named = [(first["v"] if isinstance(first, dict) else first, count) for first, count in led]
    assert named == rows


def test_filters_of_the_address_narrow_cards_chart_and_export_alike(
    desk: Database, open_screen: Open, admin: Actor
) -> None:
    screen = open_screen("revenue", admin, level="2", source="instagram", **MARCH)
    assert cards(screen)["paid"]["value"] == "€29.00"
    chart = json.loads(screen.get("plotly_chart")[0].proto.spec)
    assert sum(sum(trace["y"]) for trace in chart["data"]) == 2900
    links = "\n".join(one.value for one in screen.get("html"))
    assert "/export/revenue.xlsx?" in links
    assert "source=instagram" in links
    both = open_screen("revenue", admin, currency="all", **MARCH)
    assert [part["cards"][0]["value"] for part in parts(both, "cards")] == ["US$59.00", "€50.34"]


@pytest.mark.parametrize("period", ["2031-01-01", "2026-03-09", "2016-01-01..2026-03-31"])
def test_nothing_one_day_and_ten_years_of_days_can_be_looked_at(open_screen: Open, admin: Actor, period: str) -> None:
    screen = open_screen("revenue", admin, period=period, grain="day")
    assert not screen.exception


def test_a_chart_without_a_mark_is_its_title_and_that_there_is_nothing(open_screen: Open, admin: Actor) -> None:
    screen = open_screen("operations", admin, section="decisions", period="2031-01-01")
    assert not screen.get("plotly_chart")
    assert [one.value for one in screen.subheader] == [
        "Readings decided on, by expert and level",
        "Why readings were sent back or rejected",
    ]


@pytest.mark.parametrize("section", ["hours", "cohorts"])
def test_a_map_without_a_cell_is_not_drawn(open_screen: Open, admin: Actor, section: str) -> None:
    screen = open_screen("revenue", admin, section=section, period="2031-01-01")
    assert len(screen.subheader) == 1
    assert not screen.get("plotly_chart")


def test_a_list_that_a_figure_led_to_says_so_and_lets_go(open_screen: Open, admin: Actor) -> None:
    screen = open_screen("orders", admin, paid="2026-03-01..2026-03-31", buyers="new", currency="eur")
    assert "2 orders behind a figure: new clients" in "\n".join(one.value for one in screen.text)
    screen.button(key="behind.clear").click().run()
    assert not screen.exception
    assert not [one for one in screen.text if "behind a figure" in one.value]


def test_a_figure_says_how_it_is_counted(open_screen: Open, admin: Actor) -> None:
    screen = open_screen("revenue", admin, **MARCH)
    screen.button(key="figures.explain").click().run()
    assert not screen.exception
    assert any('FROM "Order"' in one.value for one in screen.code)


@pytest.mark.parametrize("section", ["funnel", "survival", "groups", "insights", "chats"])
def test_the_path_is_shown_and_each_row_leads_to_as_many_clients(
    desk: Database, open_screen: Open, admin: Actor, section: str
) -> None:
    """Two began in March: one has done two days and was left locked, the other is done."""
    with desk.writing() as session:
        began = datetime(2026, 3, 3, 10, tzinfo=UTC)
        for done in (2, 7):
            make_path(
                session, make_client(session), archetype="Le Sage", completed=done, unlocked=done, started_at=began
            )
        drain(session)
        rollups.rebuild(session, "Europe/Paris")
    screen = open_screen("paths", admin, section=section, **MARCH)
    assert not screen.exception
    found = cards(screen)
    assert {code: found[code]["value"] for code in ("paths_started", "paths_done")} == {
        "paths_started": "2",
        "paths_done": "1",
    }
    assert counted(desk, found["paths_started"]["href"]) == 2
    assert counted(desk, found["paths_done"]["href"]) == 1
    if section == "funnel":
        table = next(part for part in parts(screen, "rows"))
        assert [row["c"][1] for row in table["rows"]] == ["2", "2", "2", "1", "1", "1", "1", "1"]
        assert [counted(desk, row["u"]) for row in table["rows"]] == [2, 2, 2, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("section", ["backlog", "times", "decisions", "experts", "failures", "deliveries"])
def test_the_work_is_shown_and_what_waits_leads_to_as_many_orders(
    desk: Database, open_screen: Open, admin: Actor, section: str
) -> None:
    """Four orders that were paid in March wait: three in euros and one in dollars."""
    screen = open_screen("operations", admin, section=section, **MARCH)
    assert not screen.exception
    assert cards(screen)["backlog"]["value"] == "4"
    if section == "backlog":
        table = next(part for part in parts(screen, "rows"))
        assert [counted(desk, row["u"]) for row in table["rows"]] == [1, 2, 1]


@pytest.mark.parametrize("section", ["backlog", "times", "decisions", "experts", "failures", "deliveries"])
def test_an_expert_sees_their_own_work_alone(desk: Database, open_screen: Open, admin: Actor, section: str) -> None:
    """What waits, what the generator said and what was sent is the work of all: its address leads to their times."""
    with desk.writing() as session:
        who = make_staff(session, Role.EXPERT)
    screen = open_screen("operations", who, section=section, **MARCH)
    assert not screen.exception
    assert "backlog" not in cards(screen)
    offered = next(one.options for one in screen.segmented_control if one.key and "section" in one.key)
    assert len(offered) == 3
