"""The figures over five million orders and steps: our statements, the plain ones, and DuckDB over a copy."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from benchmarks import analytics_data
from benchmarks.aims import Check
from benchmarks.analytics_questions import COPIED, IN_DUCKDB, NOW, PERIODS, SCREENS, ZONE, Screen
from benchmarks.figures import Spread
from benchmarks.kept import kept_store
from benchmarks.peers import peer_python
from benchmarks.store import KEPT, ROOT, Size, Store
from benchmarks.suites.base import Bench, Outcome, Table
from dashboard.migrate import MIGRATIONS
from lumira_db.engine import Database
from lumira_db.periods import Period
from lumira_db.queries.facts import window

WHOLE, QUICK = Size(5_000_000, 1_000_000), Size(200_000, 40_000)
TOGETHER_MS = 100.0
_TIMES, _OF_A_PEER = 20, 3


@dataclass(frozen=True, slots=True)
class Figures:
    """One screen over one period: all its statements together; None where a peer took too long."""

    screen: str
    period: str
    statements: int
    ours: Spread
    plain: float | None
    duckdb: float | None


def run(bench: Bench) -> Outcome:
    """Measure every screen over every period."""
    size = QUICK if bench.quick else WHOLE
    with bench.steps.step(f"Database of {size} and as many steps") as step:
        versions = [
            MIGRATIONS / "versions" / name for name in ("0012_rollups.py", "0015_work_facts.py", "0021_sums.py")
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
    return measure(store, steps=bench.steps)


def measure(store: Store, *, steps: Any) -> Outcome:
    """The same over any database that ``analytics_data`` filled."""
    database = Database(store.url, pool_size=1, application_name="benchmarks")
    with steps.step("Figures in DuckDB"):
        copied = _in_duckdb(store)
    with steps.step("Figures from our sums, and by plain statements"):
        figures = [_measured(database, screen, name, period, copied) for screen, name, period in _asked()]
    database.dispose()
    whole = store.size == WHOLE
    checks = []
    for screen in SCREENS:
        of = [each for each in figures if each.screen == screen.name]
        slowest = max(of, key=lambda each: each.ours.p50)
        measured = slowest.ours.p50 if whole else None
        checks.append(Check(f"{screen.name}: its statements together", TOGETHER_MS, "ms", measured, slowest.period))
    notes = [
        f"{store.size.orders:,} orders and steps. Plain: the statements that a BI tool would send; fewer than ours."
    ]
    return Outcome([_table(figures, notes)], [asdict(each) for each in figures], checks)


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
    took, statements = [], 0
    for _ in range(_TIMES):
        spent.clear()
        with database.reading() as session:
            screen.ask(session, period)
        took.append(sum(spent))
        statements = len(spent)
    event.remove(database.engine, "before_cursor_execute", before)
    event.remove(database.engine, "after_cursor_execute", after)
    plain = _plainly(database, screen, period)
    return Figures(screen.name, name, statements, Spread.of(took), plain, copied.get(f"{screen.name} {name}"))


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
    heads = ["Screen and period", "Statements", "p50 ms", "p95 ms", "plain GROUP BY ms", "DuckDB ms"]
    rows = [
        [
            f"{each.screen} {each.period}",
            str(each.statements),
            f"{each.ours.p50:.1f}",
            f"{each.ours.p95:.1f}",
            f"{each.plain:.0f}" if each.plain else "",
            f"{each.duckdb:.0f}" if each.duckdb else "",
        ]
        for each in figures
    ]
    return Table("Figures", heads, rows, notes)
