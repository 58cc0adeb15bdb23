"""Every screen, at every size: clicks, statements, fifty people at once, memory, and the start."""

import asyncio
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.aims import CROWD, judge
from benchmarks.clicks import Place, click_through, count_statements
from benchmarks.crowd import crowd
from benchmarks.figures import Spread, percentile
from benchmarks.house import People, server
from benchmarks.results import CrowdFigures, SizeFigures
from benchmarks.screens import Screen, empty, rows_of, screens
from benchmarks.statements import SqlFigures
from benchmarks.store import Store
from benchmarks.suites.base import Bench, Outcome
from benchmarks.suites.screens_tables import tables
from lumira_db.actor import Role


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """How often and how long."""

    rounds: int
    counted: int
    starts: int
    crowd_seconds: float
    crowds: int


_WHOLE = Thoroughness(rounds=40, counted=6, starts=7, crowd_seconds=45, crowds=3)
_QUICK = Thoroughness(rounds=12, counted=3, starts=3, crowd_seconds=15, crowds=1)
_DISTURBED = 0.03
"""The share of the processors which, taken by the host, makes a crowd worth another try: one of two cores away for an
instant holds up everybody at once, and says nothing about the Desk."""


def run(bench: Bench) -> Outcome:
    """Measure all sizes. Raises ``ScreenBroken`` or ``ServerComplained`` when a screen does not work."""
    how = _QUICK if bench.quick else _WHOLE
    stores = [bench.store(size) for size in bench.sizes]
    found = [SizeFigures(each.size.orders, each.size.clients, each.seconds) for each in stores]
    with ExitStack() as stack:
        people = [stack.enter_context(closing(People(each))) for each in stores]
        _starts(bench, how, stores, found)
        _clicks(bench, how, stores, people, found)
        for store, staff, figures in zip(stores, people, found, strict=True):
            figures.crowds = _crowds(bench, how, store, staff)
    return Outcome(tables(found), [asdict(figures) for figures in found], judge(found))


def _starts(bench: Bench, how: Thoroughness, stores: list[Store], found: list[SizeFigures]) -> None:
    with bench.steps.step("Starts") as step:
        for number in range(how.starts):
            for store, figures in zip(stores, found, strict=True):
                step.at(number, how.starts, str(store.size))
                with server(store, _log(bench, store)) as running:
                    figures.ready_ms.append(running.ready_ms)
                    figures.ready_cpu.append(running.ready_cpu)


def _clicks(
    bench: Bench, how: Thoroughness, stores: list[Store], people: list[People], found: list[SizeFigures]
) -> None:
    with ExitStack() as stack:
        places = []
        for store, staff in zip(stores, people, strict=True):
            rows = rows_of(store)
            staff.hold(rows.held)
            running = stack.enter_context(server(store, _log(bench, store)))
            places.append(Place(running, staff, screens(rows)))
        with bench.steps.step("Clicks") as step:
            asyncio.run(click_through(places, how.rounds, step.at))
        for place, figures in zip(places, found, strict=True):
            with bench.steps.step(f"Statements, {place.server.store.size}") as step:
                sql: dict[Screen, SqlFigures] = asyncio.run(count_statements(place, how.counted, step.at))
            figures.screens = place.figures(sql)
            figures.empty = {role.value: Spread.of(place.times[empty(role)]) for role in Role}
            figures.empty_cpu = {role.value: percentile(place.busy[empty(role)], 0.5) for role in Role}


def _crowds(bench: Bench, how: Thoroughness, store: Store, staff: People) -> list[CrowdFigures]:
    """The same crowd again, each time on a new server, until the host leaves one alone."""
    found: list[CrowdFigures] = []
    while len(found) < how.crowds and (not found or found[-1].stolen > _DISTURBED):
        rows = rows_of(store)
        staff.hold(rows.held)
        with server(store, _log(bench, store)) as running, bench.steps.step(f"{CROWD} people, {store.size}") as step:
            working = crowd(running, staff, screens(rows), sessions=CROWD, seconds=how.crowd_seconds, tell=step.at)
            found.append(asyncio.run(working))
    return found


def _log(bench: Bench, store: Store) -> Path:
    return bench.logs / f"server-{store.size.orders}.log"
