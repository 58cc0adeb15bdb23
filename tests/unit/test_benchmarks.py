"""The benchmarks' arithmetic: a figure or a verdict that is wrong would be believed."""

import math

import pytest

from benchmarks.aims import Check, Verdict, judge
from benchmarks.figures import Spread, growth, percentile, ratio
from benchmarks.results import ScreenFigures, SizeFigures
from benchmarks.statements import SqlFigures, Statement, difference, summary


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([7.0], 0.5, 7.0), ([4, 1, 3, 2], 0.5, 2), ([4, 1, 3, 2], 0.95, 4), (range(1, 101), 0.95, 95), ([5, 1], 0.0, 1)],
)
def test_a_percentile_is_one_of_the_measurements(values: list[float], share: float, expected: float) -> None:
    assert percentile(list(values), share) == expected


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 1.1), ([1.0], -0.1)])
def test_there_is_no_percentile_of_nothing(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, share)


def test_ratio_and_growth_say_how_much_more() -> None:
    assert ratio(30, 6) == 5
    assert ratio(1, 0) == math.inf
    assert growth(20, 25) == pytest.approx(0.25)
    assert growth(20, 15) == pytest.approx(-0.25)


def test_only_what_ran_between_two_readings_is_a_click() -> None:
    before = {"a": (3, 30.0), "b": (1, 5.0)}
    after = {"a": (5, 70.0), "b": (1, 5.0), "c": (1, 2.0)}
    assert difference(before, after) == {"a": (2, 40.0), "c": (1, 2.0)}


def test_a_screens_statements_are_averaged_over_its_clicks() -> None:
    figures = summary([{"a": (1, 10.0)}, {"a": (1, 30.0), "b": (2, 4.0)}], {"a": "SELECT 1", "b": "SELECT\n 2"})
    assert (figures.clicks, figures.calls, figures.ms) == (2, 2.0, 22.0)
    assert figures.statements == [Statement("SELECT 1", 2, 20.0, 30.0), Statement("SELECT 2", 2, 2.0, 2.0)]


def test_what_was_not_measured_is_never_a_pass() -> None:
    verdicts = {check.verdict for check in judge([])}
    assert verdicts == {Verdict.UNKNOWN}


def test_statements_of_a_small_house_prove_nothing_about_a_large_one() -> None:
    verdicts = {check.aim: check.verdict for check in judge([_size(1_500, 10.0, statement_ms=0.1)])}
    assert verdicts["Slowest statement, on average"] is Verdict.UNKNOWN
    assert verdicts["/orders: growth of p50 from the smallest size to the largest"] is Verdict.UNKNOWN


def test_the_worst_measurement_decides() -> None:
    small, large = _size(1_500, 10.0, statement_ms=1.0), _size(1_000_000, 13.0, statement_ms=26.0)
    checks = {check.aim: check for check in judge([large, small])}
    grown = checks["/orders: growth of p50 from the smallest size to the largest"]
    assert (grown.verdict, round(grown.measured or 0)) == (Verdict.MISSED, 30)
    slow = checks["Slowest statement, on average"]
    assert (slow.verdict, slow.measured, slow.where) == (Verdict.MISSED, 26.0, "orders, 1,000,000 orders")
    times = checks["/orders: p50 over the empty page's"]
    assert (times.verdict, times.measured) == (Verdict.PASS, 2.6)


def test_growth_is_not_judged_by_a_screen_that_shows_more_rows() -> None:
    small, large = _size(1_500, 10.0, statement_ms=1.0, rows=6), _size(1_000_000, 13.0, statement_ms=1.0, rows=50)
    (grown,) = (check for check in judge([small, large]) if check.aim.startswith("/orders: growth"))
    assert grown.verdict is Verdict.UNKNOWN


def test_a_screen_that_shows_more_rows_within_the_aim_is_within_the_aim() -> None:
    small, large = _size(1_500, 10.0, statement_ms=1.0, rows=6), _size(1_000_000, 11.0, statement_ms=1.0, rows=50)
    (grown,) = (check for check in judge([small, large]) if check.aim.startswith("/orders: growth"))
    assert (grown.verdict, round(grown.measured or 0)) == (Verdict.PASS, 10)
    few = _size(1_000_000, 8.0, statement_ms=1.0, rows=2)
    (shrunk,) = (check for check in judge([small, few]) if check.aim.startswith("/orders: growth"))
    assert shrunk.verdict is Verdict.UNKNOWN


def test_exactly_the_limit_is_a_pass() -> None:
    assert Check("", 25, "ms", 25.0).verdict is Verdict.PASS
    assert Check("", 25, "ms", 25.1).verdict is Verdict.MISSED


def _size(orders: int, p50: float, *, statement_ms: float, rows: int = 50) -> SizeFigures:
    statement = Statement("SELECT 1", 1, statement_ms, statement_ms)
    sql = SqlFigures(1, 1.0, statement_ms, [statement])
    screen = ScreenFigures("orders", "orders", Spread(1, p50, p50, p50), p50 / 5.0, p50, 2.0, 80.0, rows, sql)
    return SizeFigures(orders, orders // 5, 0.0, screens=[screen])
