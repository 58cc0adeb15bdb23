"""The figures over five million orders and steps: our statements, the plain ones, and DuckDB over a copy."""

import asyncio
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from benchmarks import analytics_data
from benchmarks.aims import Check
from benchmarks.analytics_questions import COPIED, IN_DUCKDB, NOW, PERIODS, SCREENS, ZONE, Screen, at
from benchmarks.figures import Spread, percentile, ratio
from benchmarks.house import People, Server, server
from benchmarks.kept import kept_store
from benchmarks.peers import peer_python
from benchmarks.store import KEPT, ROOT, Size, Store
from benchmarks.suites.base import Bench, Outcome, Table
from benchmarks.visitor import visit
from dashboard.analytics.section import At
from dashboard.migrate import MIGRATIONS
from lumira_db.actor import Role
from lumira_db.engine import Database
from lumira_db.periods import Period
from lumira_db.queries.facts import window
from lumira_db.replica import Reader

WHOLE, QUICK = Size(5_000_000, 1_000_000), Size(200_000, 40_000)
TOGETHER_MS = 100.0
TIMES_EMPTY = 8.0
_TIMES, _OF_A_PEER, _WARM = 20, 3, 3


@dataclass(frozen=True, slots=True)
class Figures:
    """One screen over one period. ``click``: the statements of its cards and of the ``section`` that asks longest, all
    together; ``everything``: those of its cards and all sections; milliseconds."""

    screen: str
    period: str
    statements: int
    section: str
    click: Spread
    everything: float
    plain: float
    duckdb: float | None


@dataclass(frozen=True, slots=True)
class Clicks:
    """One screen over one period, from the click to the end of its script; nothing of the period was asked before."""

    screen: str
    period: str
    ms: Spread
    times_empty: float


def run(bench: Bench) -> Outcome:
    """Measure every screen over every period."""
    size = QUICK if bench.quick else WHOLE
    with bench.steps.step(f"Database of {size} and as many steps") as step:
        versions = [
            MIGRATIONS / "versions" / name
            for name in ("0012_rollups.py", "0015_work_facts.py", "0021_sums.py", "0023_level_sums.py")
        ]
        made_of = [*versions, Path(analytics_data.__file__)]

        def fill(url: str) -> None:
            now = NOW.replace(tzinfo=None).isoformat()
            analytics_data.fill(
                url,
                orders=size.orders,
                steps=size.orders,
                now=now,
                progress=lambda what, number, total: step.at(number, total, what),
            )

        store = kept_store(bench.running, "analytics", size, made_of=made_of, fill=fill)
    return measure(store, bench.logs, steps=bench.steps)


def measure(store: Store, logs: Path, *, steps: Any) -> Outcome:
    """The same over any database that ``analytics_data`` filled."""
    database = Database(store.url, pool_size=1, application_name="benchmarks")
    with steps.step("Figures in DuckDB"):
        copied = _in_duckdb(store)
    with steps.step("Figures from our sums, and by plain statements"):
        figures = [_measured(database, screen, name, period, copied) for screen, name, period in _asked()]
    database.dispose()
    with steps.step("Clicks"):
        clicks = _clicked(store, logs)
    note = (
        f"{store.size.orders:,} orders and steps. Of our statements those of a click: the cards, and the section that "
        "asks longest (a screen shows one at a time). Plain: what a BI tool would send; fewer statements than ours."
    )
    rows = [*map(asdict, figures), *map(asdict, clicks)]
    return Outcome([_table(figures, [note]), _clicks_table(clicks)], rows, _checks(store, figures, clicks))


def _checks(store: Store, figures: list[Figures], clicks: list[Clicks]) -> list[Check]:
    whole, checks = store.size == WHOLE, []
    for screen in SCREENS:
        slowest = max((each for each in figures if each.screen == screen.name), key=lambda each: each.click.p50)
        where, took = f"{slowest.section}, {slowest.period}", slowest.click.p50 if whole else None
        checks.append(Check(f"/{screen.name}: its statements together", TOGETHER_MS, "ms", took, where))
    for screen in SCREENS:
        longest = max((each for each in clicks if each.screen == screen.name), key=lambda each: each.times_empty)
        times = longest.times_empty if whole else None
        checks.append(Check(f"/{screen.name}: p50 over the empty page's", TIMES_EMPTY, "×", times, longest.period))
    return checks


def _asked() -> Iterator[tuple[Screen, str, Period]]:
    return ((screen, name, period) for screen in SCREENS for name, period in PERIODS.items())


def _measured(database: Database, screen: Screen, name: str, period: Period, copied: dict[str, float]) -> Figures:
    spent: list[float] = []

    def before(*arguments: Any) -> None:
        arguments[4].began = time.perf_counter()

    def after(*arguments: Any) -> None:
        spent.append((time.perf_counter() - arguments[4].began) * 1000)

    event.listen(database.engine, "before_cursor_execute", before)
    event.listen(database.engine, "after_cursor_execute", after)
    reader = Reader(database, None)
    reads = {"": screen.cards, **{section.code: section.read for section in screen.sections}}
    took: dict[str, list[float]] = {code: [] for code in reads}
    statements: dict[str, int] = {}
    for _ in range(_TIMES):
        for code, read in reads.items():
            spent.clear()
            reader.read(partial(_ask, read, period))
            took[code].append(sum(spent))
            statements[code] = len(spent)
    event.remove(database.engine, "before_cursor_execute", before)
    event.remove(database.engine, "after_cursor_execute", after)
    slowest = max((code for code in took if code), key=lambda code: percentile(took[code], 0.5))
    click = Spread.of([cards + section for cards, section in zip(took[""], took[slowest], strict=True)])
    return Figures(
        screen.name,
        name,
        statements[""] + statements[slowest],
        slowest,
        click,
        sum(percentile(one, 0.5) for one in took.values()),
        _plainly(database, screen, period),
        copied.get(f"{screen.name} {name}"),
    )


def _ask(read: Callable[[At], object], period: Period, session: Session) -> None:
    read(at(session, period))


def _clicked(store: Store, logs: Path) -> list[Clicks]:
    people = People(store)
    try:
        with server(store, logs / "analytics.log") as running:
            return asyncio.run(_click(running, people.token(Role.ADMIN)))
    finally:
        people.close()


async def _click(running: Server, token: str) -> list[Clicks]:
    """Each click looks at a day more than the one before, so that the server has not read its figures yet."""
    found = []
    async with visit(running.url, token) as blank, visit(running.url, token) as tab:
        await blank.open("empty")
        for screen, name, period in _asked():
            empty, took = [], []
            for more in range(_TIMES + _WARM):
                days = f"{period.first - timedelta(days=more)}..{period.last}"
                nothing = await blank.click()
                answer = await tab.open(screen.name, urlencode({"period": days}))
                if more >= _WARM:
                    empty.append(nothing.ms)
                    took.append(answer.ms)
            ms = Spread.of(took)
            found.append(Clicks(screen.name, name, ms, ratio(ms.p50, Spread.of(empty).p50)))
    return found


def _plainly(database: Database, screen: Screen, period: Period) -> float:
    values = {**window(period, ZONE), "now": NOW.replace(tzinfo=None), "silence": timedelta(days=7)}
    took = []
    for _ in range(_OF_A_PEER):
        with database.reading() as session:
            began = time.perf_counter()
            for statement in screen.plain:
                session.execute(text(statement), values).all()
            took.append((time.perf_counter() - began) * 1000)
    return min(took)


def _in_duckdb(store: Store) -> dict[str, float]:
    """The fastest time of each screen and period, in milliseconds."""
    asked = []
    for screen, name, period in _asked():
        ends = {end: moment.isoformat() for end, moment in window(period, ZONE).items()}
        asked.append({"name": f"{screen.name} {name}", "statements": IN_DUCKDB[screen.name], **ends})
    told = {
        "folder": str(KEPT / "parquet" / store.url.rpartition("/")[2]),
        "tables": COPIED,
        "asked": asked,
        "times": _OF_A_PEER,
    }
    python = peer_python("bench-figures", "peer_duckdb")
    command = [str(python), str(ROOT / "benchmarks" / "peer_duckdb" / "group_by.py"), store.url]
    answers = subprocess.run(command, input=json.dumps(told), text=True, check=True, capture_output=True).stdout
    return {one["name"]: min(one["ms"]) for one in map(json.loads, answers.splitlines())}


def _table(figures: list[Figures], notes: list[str]) -> Table:
    heads = [
        "Screen and period",
        "Statements",
        "p50 ms",
        "p95 ms",
        "section",
        "all sections ms",
        "plain ms",
        "DuckDB ms",
    ]
    rows = [
        [
            f"/{each.screen} {each.period}",
            str(each.statements),
            f"{each.click.p50:.1f}",
            f"{each.click.p95:.1f}",
            each.section,
            f"{each.everything:.1f}",
            f"{each.plain:.0f}",
            f"{each.duckdb:.0f}" if each.duckdb else "",
        ]
        for each in figures
    ]
    return Table("Figures", heads, rows, notes)


def _clicks_table(clicks: list[Clicks]) -> Table:
    heads = ["Screen and period", "p50 ms", "p95 ms", "× empty", "clicks"]
    rows = [
        [
            f"/{each.screen} {each.period}",
            f"{each.ms.p50:.1f}",
            f"{each.ms.p95:.1f}",
            f"{each.times_empty:.1f}",
            str(each.ms.count),
        ]
        for each in clicks
    ]
    return Table("Clicks on figures, an empty page before each", heads, rows, [])
