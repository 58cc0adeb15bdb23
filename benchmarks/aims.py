"""What was aimed at, and whether the figures reach it. What was not measured is never called reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.figures import growth, percentile
from benchmarks.results import CrowdFigures, ScreenFigures, SizeFigures
from benchmarks.statements import Statement

AIMED = ("queue", "order", "orders")
"""The screens that people work in all day: the aims of speed are about these."""
LARGE = 1_000_000
"""The aims about statements are for so many orders."""
CROWD = 50
"""The aims about many sessions are for so many."""
TIMES_EMPTY, GROWTH_PERCENT, STATEMENT_MS, CROWD_P95_MS, READY_MS, BASE_MB, SESSION_MB = 5, 25, 25, 150, 3000, 300, 1


class Verdict(StrEnum):
    """Whether an aim is reached."""

    PASS = "pass"
    MISSED = "missed"
    UNKNOWN = "not measured"


@dataclass(frozen=True, slots=True)
class Check:
    """One aim: ``measured`` has to stay at or below ``limit``; None was not measured. ``where`` it was worst."""

    aim: str
    limit: float
    unit: str
    measured: float | None
    where: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.measured is None:
            return Verdict.UNKNOWN
        return Verdict.PASS if self.measured <= self.limit else Verdict.MISSED


def judge(sizes: Sequence[SizeFigures]) -> list[Check]:
    """Every aim, with the worst that was measured and where."""
    ordered = sorted(sizes, key=lambda size: size.orders)
    return [
        *(_times_empty(ordered, group) for group in AIMED),
        *(_growth(ordered, group) for group in AIMED),
        *_statements(ordered),
        *_crowds(ordered),
        _worst(
            "Ready (median of the starts)",
            READY_MS,
            "ms",
            ((percentile(size.ready_ms, 0.5), _at(size)) for size in ordered if size.ready_ms),
        ),
    ]


def _times_empty(sizes: Sequence[SizeFigures], group: str) -> Check:
    found = [(screen.times_empty, f"{screen.name}, {_at(size)}") for size in sizes for screen in _of(size, group)]
    return _worst(f"/{group}: p50 over the empty page's", TIMES_EMPTY, "×", found)


def _growth(sizes: Sequence[SizeFigures], group: str) -> Check:
    aim = f"/{group}: growth of p50 from the smallest size to the largest"
    if len(sizes) < 2:
        return Check(aim, GROWTH_PERCENT, "%", None)
    before = {screen.name: screen for screen in _of(sizes[0], group)}
    after = {screen.name: screen for screen in _of(sizes[-1], group)}
    grown = [
        (growth(screen.ms.p50, after[name].ms.p50) * 100, name, after[name].rows - screen.rows)
        for name, screen in before.items()
        if name in after
    ]
    # With more rows it would be the rows that are measured, not the size of the table; unless it is within the aim
    # even so.
    found = [(much, name) for much, name, more in grown if not more or (more > 0 and much <= GROWTH_PERCENT)]
    return _worst(aim, GROWTH_PERCENT, "%", found)


def _statements(sizes: Sequence[SizeFigures]) -> list[Check]:
    slowest = [
        (statement, f"{screen.name}, {_at(size)}")
        for size in sizes
        if size.orders >= LARGE
        for screen in size.screens
        for statement in _slowest(screen)
    ]
    return [
        _worst("Slowest statement, on average", STATEMENT_MS, "ms", [(s.mean_ms, where) for s, where in slowest]),
        _worst("Slowest statement, worst click", STATEMENT_MS, "ms", [(s.worst_ms, where) for s, where in slowest]),
    ]


def _slowest(screen: ScreenFigures) -> list[Statement]:
    return [] if screen.sql is None else screen.sql.statements


def _crowds(sizes: Sequence[SizeFigures]) -> list[Check]:
    crowds = [(size.crowd, _at(size)) for size in sizes if size.crowd and size.crowd.sessions >= CROWD]
    return [
        _worst(f"p95 of a click, {CROWD} sessions", CROWD_P95_MS, "ms", [(c.ms.p95, where) for c, where in crowds]),
        _worst("Memory without sessions", BASE_MB, "MB", [(c.before.pss_mb, where) for c, where in crowds]),
        _worst(
            f"Memory with {CROWD} sessions",
            BASE_MB + CROWD * SESSION_MB,
            "MB",
            [(c.after.pss_mb, where) for c, where in crowds],
        ),
    ]


def session_mb(crowd: CrowdFigures) -> float:
    """What one session more took."""
    return (crowd.after.pss_mb - crowd.before.pss_mb) / crowd.sessions


def _worst(aim: str, limit: float, unit: str, found: Iterable[tuple[float, str]]) -> Check:
    measured, where = max(found, default=(None, ""), key=lambda each: each[0])
    return Check(aim, limit, unit, measured, where)


def _of(size: SizeFigures, group: str) -> list[ScreenFigures]:
    return [screen for screen in size.screens if screen.group == group]


def _at(size: SizeFigures) -> str:
    return f"{size.orders:,} orders"
