"""Charts: valid for plotly, right when empty, with one point and with ten years of days; addresses that fall back."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import pytest

from dashboard.analytics import customers, revenue
from dashboard.analytics.look import Look, look
from dashboard.analytics.section import Section
from dashboard.charts import palette
from dashboard.charts.bars import Bar, bars
from dashboard.charts.card import card
from dashboard.charts.chart import Chart, value_axis
from dashboard.locale import set_language
from lumira_db.metrics import METRICS, Unit
from lumira_db.periods import Comparison, Grain, Period
from lumira_db.queries.facts import Buyers
from lumira_db.queries.revenue import LevelPoint

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 4, 15, 9, 0, tzinfo=UTC)
SECTIONS = (revenue.BUYERS_SECTION, revenue.SOURCES_SECTION, revenue.HOURS_SECTION, customers.COHORTS_SECTION)


def seen(**query: str) -> Look:
    return look({name: [value] for name, value in query.items()}, now=NOW, zone=PARIS)


def by_level(points: list[LevelPoint], chosen: Look) -> Chart:
    panel = revenue.LEVELS_SECTION.panels(revenue.ByLevel(tuple(points), ()), chosen)[0]
    assert panel.chart is not None
    return panel.chart


def valid(chart: Chart) -> go.Figure:
    """The figure as plotly reads it; anything that it does not know is refused here."""
    json.dumps(chart.figure)
    return go.Figure(chart.figure)


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def test_a_level_has_its_colour_wherever_it_is_drawn_and_each_mark_leads_to_its_orders() -> None:
    """Also where a bucket begins before the period: only the days that were looked at are behind the mark."""
    chosen = seen(period="2026-03-04..2026-03-20", grain="week", level="2", vs="none")
    chart = by_level([LevelPoint(date(2026, 3, 2), 2, "eur", 3, 8_700)], chosen)
    figure = valid(chart)
    assert [(bar.name, bar.marker.color) for bar in figure.data] == [("Mystique", palette.TEAL)]
    assert list(figure.data[0].y) == [8_700, 0, 0]
    assert "€87.00" in figure.data[0].hovertext[0]
    target = chart.target([figure.data[0].customdata[0]])
    assert target is not None
    assert target.query["paid"] == "2026-03-04..2026-03-08"
    assert (target.query["level"], target.query["currency"]) == (["2"], "eur")
    assert chart.target([figure.data[0].customdata[1]]) is None
    assert "In all €87.00" in chart.alt


@pytest.mark.parametrize("said", [None, "1", [], [[0]], -1, 10**9, {"x": 1}])
def test_a_browser_that_says_anything_leads_nowhere_else(said: object) -> None:
    chart = by_level([LevelPoint(date(2026, 4, 15), 1, "eur", 1, 900)], seen(period="today"))
    assert chart.target(said) in (None, chart.targets[0])


def test_an_empty_period_says_so_and_keeps_its_axes() -> None:
    chart = by_level([], seen(period="2020-01-01..2020-01-31"))
    assert "Nothing in this period" in chart.alt
    assert len(valid(chart).data[0].x) == 31
    assert not any(chart.targets)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.code)
def test_every_section_of_nothing_can_be_drawn(section: Section[tuple[object, ...]]) -> None:
    for panel in section.panels((), seen()):
        assert panel.chart is not None
        valid(panel.chart)
        assert "Nothing in this period" in panel.chart.alt


def test_one_point_is_no_wider_than_others() -> None:
    """A day alone stands in the middle of the room that a week has."""
    chart = by_level([LevelPoint(date(2026, 4, 15), 1, "eur", 1, 900)], seen(period="today"))
    axis = valid(chart).layout.xaxis
    assert axis.range[1] - axis.range[0] == pytest.approx(7)


def test_ten_years_of_days_are_areas_with_a_few_names_below() -> None:
    chosen = seen(period="2016-01-01..2025-12-31", grain="day")
    days = [date(2016, 1, 1) + timedelta(days=n) for n in range(3653)]
    chart = by_level([LevelPoint(day, 1 + n % 4, "eur", 1, 900) for n, day in enumerate(days)], chosen)
    figure = valid(chart)
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert len(figure.data[0].x) == 3653
    assert 4 <= len(figure.layout.xaxis.ticktext) <= 8
    assert chart.target(figure.data[0].customdata[0]) is not None


def test_what_goes_on_is_paler_and_says_so() -> None:
    chart = by_level([LevelPoint(date(2026, 4, 15), 1, "eur", 1, 900)], seen(period="7d"))
    bars_of_1 = valid(chart).data[0]
    assert bars_of_1.marker.opacity[-1] < bars_of_1.marker.opacity[0]
    assert "in progress" in bars_of_1.hovertext[-1]


def test_names_that_are_markup_are_shown_to_the_letter() -> None:
    chart = bars("Title", [Bar("<b onclick=x>&</b>", 3, palette.BLUE)], unit=Unit.COUNT)
    assert "&lt;b onclick=x&gt;&amp;" in chart.figure["data"][0]["hovertext"][0]
    assert "<" not in chart.figure["layout"]["yaxis"]["ticktext"][0]


@pytest.mark.parametrize("highest", [0, 0.004, 0.3, 1, 7, 99, 100, 12_345, 9_999_999_900])
@pytest.mark.parametrize("unit", Unit)
def test_an_axis_has_a_handful_of_different_names(highest: float, unit: Unit) -> None:
    axis = value_axis(highest, unit, "eur")
    assert 2 <= len(axis["tickvals"]) <= 11
    assert axis["range"][1] >= highest


@pytest.mark.parametrize("language", ["fr", "en"])
def test_amounts_are_written_in_the_language_of_the_person(language: str) -> None:
    set_language(language)
    drawn = card("paid", 123_450, 100_000, currency="eur", compared=True)
    said = {"fr": ("1\u202f234,50\xa0€", "23,4\xa0%"), "en": ("€1,234.50", "23.4%")}[language]
    assert drawn.change is not None
    assert (drawn.value, drawn.change.text) == said
    assert (drawn.change.direction, drawn.change.tone) == ("up", "success")


def test_more_refunds_are_bad_and_a_share_changes_in_points() -> None:
    worse = card("refunds", 200, 100, currency="eur", good="down", compared=True).change
    share = card("conversion", 0.5, 0.4, compared=True).change
    assert worse is not None
    assert share is not None
    assert (worse.direction, worse.tone) == ("up", "danger")
    assert share.text == "10 pts"


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, date(2026, 3, 17), date(2026, 4, 15)),
        ({"period": "nonsense"}, date(2026, 3, 17), date(2026, 4, 15)),
        ({"period": "0001-01-01..9999-12-31"}, date(2026, 3, 17), date(2026, 4, 15)),
        ({"period": "2026-02-03"}, date(2026, 2, 3), date(2026, 2, 3)),
        ({"period": "2026-02-05..2026-02-03"}, date(2026, 2, 3), date(2026, 2, 5)),
        ({"period": "month"}, date(2026, 4, 1), date(2026, 4, 30)),
        ({"period": "week"}, date(2026, 4, 13), date(2026, 4, 19)),
        ({"period": "last-year"}, date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_an_address_names_its_days_or_falls_back(query: dict[str, str], first: date, last: date) -> None:
    chosen = seen(vs="x", grain="x", level="x", measure="x", buyers="x", silence="0", **query)
    assert (chosen.period.first, chosen.period.last) == (first, last)
    assert (chosen.comparison, chosen.levels, chosen.buyers, chosen.currency) == (Comparison.BEFORE, (), None, "eur")


def test_a_running_month_is_compared_with_the_same_part_of_the_one_before() -> None:
    chosen = seen(period="month", buyers="new", source="~")
    assert chosen.running
    assert chosen.other == Period(date(2026, 3, 1), date(2026, 3, 15), NOW.astimezone(PARIS).time())
    assert (chosen.revenue().buyers, chosen.revenue().sources) == (Buyers.NEW, ("",))
    assert (seen(period="month").grain, seen(period="year").grain) == (Grain.DAY, Grain.WEEK)


def test_every_section_names_figures_that_are_defined() -> None:
    from dashboard.analytics.screens import SCREENS

    for sections in SCREENS.values():
        assert {code for section in sections for code in section.metrics} <= set(METRICS)
