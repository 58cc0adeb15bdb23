"""The one box over a million clients: in the database, in the browser, and beside Django's admin."""

import json
import shutil
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from sqlalchemy import event

from benchmarks.aims import Check
from benchmarks.figures import Spread
from benchmarks.house import People, server
from benchmarks.peers import peer_python
from benchmarks.search_queries import Query, queries
from benchmarks.search_store import QUICK, WHOLE, search_store
from benchmarks.store import ROOT, Store, read_into_memory
from benchmarks.suites.base import Bench, Outcome, Table
from dashboard.auth.requests import SESSION_COOKIE
from lumira_db.actor import Role
from lumira_db.engine import Database
from lumira_db.queries.search import find

IN_DATABASE_MS, ON_SCREEN_MS = 50.0, 300.0
_EACH, _EACH_QUICK, _OF_THE_PEER, _ON_SCREEN = 60, 15, 6, 40

_PAINTED = """async (text) => {
  const field = [...document.querySelectorAll("*")].map((n) => n.shadowRoot?.querySelector("textarea")).find(Boolean);
  const list = field.getRootNode().querySelector(".hits");
  const began = performance.now();
  const shown = new Promise((done) => new MutationObserver((_, me) => {
    if (!list.children.length) return;
    me.disconnect();
    requestAnimationFrame(() => done(performance.now() - began));
  }).observe(list, { childList: true }));
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  return Promise.race([shown, new Promise((done) => setTimeout(() => done(-1), 5000))]);
}"""


@dataclass(frozen=True, slots=True)
class Figures:
    """One kind of query: in the database, as a whole with ranking, and how often the right one was first."""

    kind: str
    database: Spread
    whole: Spread
    statements: float
    first: float | None
    peer: Spread | None = None
    peer_first: float | None = None


def run(bench: Bench) -> Outcome:
    """Measure every kind of query. The peer is asked fewer times: it takes seconds."""
    size = QUICK if bench.quick else WHOLE
    with bench.steps.step(f"Database of {size.clients:,} clients"):
        store = search_store(bench.running, size)
    return measure(store, bench.logs, quick=bench.quick, steps=bench.steps)


def measure(store: Store, logs: Path, *, quick: bool, steps: Any) -> Outcome:
    """The same over any database that ``search_data`` filled."""
    asked = queries(store.url, _EACH_QUICK if quick else _EACH)
    with steps.step("The database into memory"):
        read_into_memory(store)
    with steps.step("Searches in the database"):
        found = _in_database(store, asked)
    with steps.step("The same searches in Django's admin"):
        peer = _peer(store, asked)
    with steps.step("Searches in the browser"):
        painted = _on_screen(store, [q for q in asked if q.id][:_ON_SCREEN], logs)
    figures = [_figures(kind, found[kind], peer.get(kind)) for kind in sorted(found)]
    slowest = max(figures, key=lambda each: each.database.p95)
    whole = store.size == WHOLE
    checks = [
        Check(
            "p95 of every kind of search, in the database",
            IN_DATABASE_MS,
            "ms",
            slowest.database.p95 if whole else None,
            slowest.kind,
        ),
        Check("p95 of the first hit on screen", ON_SCREEN_MS, "ms", painted.p95 if whole else None),
    ]
    notes = [
        f"{store.size.clients:,} clients, {store.size.orders:,} orders, in memory as after a day of work.",
        f"Last key to first hit on screen, the palette's pause of 120 ms included, {painted.count} searches: "  # noqa: ISC004
        f"p50 {painted.p50:.0f} ms, p95 {painted.p95:.0f} ms.",
    ]
    return Outcome([_table(figures, notes)], {"kinds": [asdict(f) for f in figures], "screen": asdict(painted)}, checks)


@dataclass(frozen=True, slots=True)
class _Timed:
    query: Query
    database: float
    whole: float
    statements: int
    right: bool


def _in_database(store: Store, asked: Iterable[Query]) -> dict[str, list[_Timed]]:
    database = Database(store.url, pool_size=1, application_name="benchmarks")
    spent: list[float] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def before(*arguments: Any) -> None:
        arguments[4].began = time.perf_counter()

    @event.listens_for(database.engine, "after_cursor_execute")
    def after(*arguments: Any) -> None:
        spent.append((time.perf_counter() - arguments[4].began) * 1000)

    found: dict[str, list[_Timed]] = defaultdict(list)
    for query in asked:
        with database.reading() as session:
            session.connection()
            spent.clear()
            began = time.perf_counter()
            hits = find(session, query.text, year=26).hits
            whole = (time.perf_counter() - began) * 1000
        right = bool(hits) and hits[0].client.id == query.id
        found[query.kind].append(_Timed(query, sum(spent), whole, len(spent), right))
    database.dispose()
    return found


def _peer(store: Store, asked: Iterable[Query]) -> dict[str, list[dict[str, Any]]]:
    """Ask Django's admin in its own environment, a few queries of each kind."""
    python = peer_python("bench", "peer")
    lines, counts = [], dict[str, int]()
    for query in asked:
        counts[query.kind] = counts.get(query.kind, 0) + 1
        if counts[query.kind] <= _OF_THE_PEER:
            lines.append(json.dumps(asdict(query)))
    command = [str(python), str(ROOT / "benchmarks" / "peer_django" / "admin_search.py"), store.url]
    answers = subprocess.run(command, input="\n".join(lines), text=True, check=True, capture_output=True).stdout
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in answers.splitlines():
        answer = json.loads(line)
        found[answer["kind"]].append(answer)
    return found


def _on_screen(store: Store, asked: list[Query], logs: Path) -> Spread:
    """From the last key to the painted first hit, in the palette over a list."""
    people = People(store)
    with server(store, logs / "search.log") as running, sync_playwright() as playwright:
        found = (shutil.which(name) for name in ("chromium-headless-shell", "chromium", "chromium-browser"))
        browser = playwright.chromium.launch(executable_path=next(filter(None, found), None))
        context = browser.new_context(locale="fr-FR")
        context.add_cookies([{"name": SESSION_COOKIE, "value": people.token(Role.ADMIN), "url": running.url}])
        page = context.new_page()
        page.goto(f"{running.url}/staff")
        page.locator(".st-key-shell-search button").wait_for()
        page.locator(".st-key-shell-search button").click()
        times = [float(page.evaluate(_PAINTED, query.text)) for query in asked]
        browser.close()
    people.close()
    return Spread.of([each for each in times[2:] if each >= 0])


def _figures(kind: str, timed: list[_Timed], peer: list[dict[str, Any]] | None) -> Figures:
    meant = [each.right for each in timed if each.query.id]
    theirs = [each["right"] for each in peer or ()] if meant else []
    return Figures(
        kind,
        Spread.of([each.database for each in timed]),
        Spread.of([each.whole for each in timed]),
        sum(each.statements for each in timed) / len(timed),
        sum(meant) / len(meant) if meant else None,
        Spread.of([each["ms"] for each in peer]) if peer else None,
        sum(theirs) / len(theirs) if theirs else None,
    )


def _table(figures: list[Figures], notes: list[str]) -> Table:
    heads = [
        "Query",
        "p50 ms",
        "p95 ms",
        "with ranking p95",
        "right one first",
        "Django p50",
        "Django p95",
        "its first",
    ]
    rows = [
        [
            each.kind,
            f"{each.database.p50:.1f}",
            f"{each.database.p95:.1f}",
            f"{each.whole.p95:.1f}",
            _share(each.first),
            f"{each.peer.p50:.0f}" if each.peer else "",
            f"{each.peer.p95:.0f}" if each.peer else "",
            _share(each.peer_first),
        ]
        for each in figures
    ]
    return Table("Search", heads, rows, notes)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
