"""The figures of the screens as tables."""

from collections.abc import Sequence

from benchmarks.aims import session_mb
from benchmarks.figures import growth, percentile
from benchmarks.results import ScreenFigures, SizeFigures
from benchmarks.statements import Statement
from benchmarks.suites.base import Table

_SLOWEST = 6


def tables(sizes: Sequence[SizeFigures]) -> list[Table]:
    """One after the other as they are read: clicks, statements, the slowest, the crowd, the start."""
    return [
        *(_clicks(size) for size in sizes),
        *([_growth(sizes[0], sizes[-1])] if len(sizes) > 1 else []),
        *(_statements(size) for size in sizes),
        *(_crowd(size) for size in sizes if size.crowd),
        _machine(sizes),
    ]


def _clicks(size: SizeFigures) -> Table:
    rows = [
        [
            f"empty, {role.lower()}",
            _ms(ms.p50),
            _ms(ms.p95),
            "1.0",
            _ms(size.empty_cpu[role]),
            "1.0",
            "",
            "",
            str(ms.count),
        ]
        for role, ms in size.empty.items()
    ]
    rows += [
        [
            screen.name,
            _ms(screen.ms.p50),
            _ms(screen.ms.p95),
            f"{screen.times_empty:.1f}",
            _ms(screen.cpu_ms),
            f"{screen.cpu_times_empty:.1f}",
            f"{screen.kilobytes:.0f}",
            str(screen.rows),
            str(screen.ms.count),
        ]
        for screen in size.screens
    ]
    heads = ["Screen", "p50 ms", "p95 ms", "× empty", "server's cpu ms", "× empty", "kB", "rows", "clicks"]
    return Table(f"A click, {size.orders:,} orders", heads, rows)


def _growth(small: SizeFigures, large: SizeFigures) -> Table:
    before = {screen.name: screen for screen in small.screens}
    rows = [
        [
            screen.name,
            _ms(before[screen.name].ms.p50),
            _ms(screen.ms.p50),
            f"{growth(before[screen.name].ms.p50, screen.ms.p50):+.0%}",
            f"{growth(before[screen.name].cpu_ms, screen.cpu_ms):+.0%}",
            f"{before[screen.name].rows} → {screen.rows}",
        ]
        for screen in large.screens
        if screen.name in before
    ]
    heads = ["Screen", f"p50 at {small.orders:,}", f"p50 at {large.orders:,}", "growth", "server's cpu", "rows"]
    note = (
        "The aims about growth compare what shows as many rows at both sizes: more rows are more to draw. What shows "
        "more and is within the aim all the same counts too."
    )
    return Table("Growth", heads, rows, [note])


def _statements(size: SizeFigures) -> Table:
    rows = [_statement_row(screen) for screen in size.screens if screen.sql]
    every = [(s, screen) for screen in size.screens if screen.sql for s in screen.sql.statements]
    slowest: dict[str, tuple[Statement, ScreenFigures]] = {}
    for statement, screen in sorted(every, key=lambda each: each[0].mean_ms, reverse=True):
        slowest.setdefault(statement.text, (statement, screen))
    notes = [
        f"{statement.mean_ms:.1f} ms (worst {statement.worst_ms:.1f}), {screen.name}: {statement.text}"
        for statement, screen in list(slowest.values())[:_SLOWEST]
    ]
    heads = ["Screen", "statements", "ms of SQL", "slowest ms", "its worst ms"]
    return Table(f"SQL of a click with empty caches, {size.orders:,} orders", heads, rows, notes)


def _statement_row(screen: ScreenFigures) -> list[str]:
    if screen.sql is None:
        return [screen.name]
    slowest = max((s.mean_ms for s in screen.sql.statements), default=0.0)
    worst = max((s.worst_ms for s in screen.sql.statements), default=0.0)
    return [screen.name, f"{screen.sql.calls:.1f}", _ms(screen.sql.ms), _ms(slowest), _ms(worst)]


def _crowd(size: SizeFigures) -> Table:
    if size.crowd is None:
        return Table("", [], [])
    crowd = size.crowd
    spreads = {"all clicks": crowd.ms, **dict(sorted(crowd.by_screen.items()))}
    rows = [[name, _ms(ms.p50), _ms(ms.p95), _ms(ms.p99), str(ms.count)] for name, ms in spreads.items()]
    before, after = crowd.before, crowd.after
    per_click = crowd.cpu * crowd.seconds * 1000 / crowd.ms.count
    notes = [
        f"Server: {crowd.cpu:.0%} of a core over {crowd.seconds:.0f} s, {per_click:.1f} ms of it a click.",
        f"The host gave {crowd.stolen:.1%} of the processors to others meanwhile.",
        f"Memory without sessions: PSS {before.pss_mb:.0f} MB, USS {before.uss_mb:.0f}, RSS {before.rss_mb:.0f}.",
        f"Memory with {crowd.sessions}: PSS {after.pss_mb:.0f} MB, USS {after.uss_mb:.0f}, RSS {after.rss_mb:.0f}.",
        f"One session more: {session_mb(crowd):.2f} MB.",
    ]
    if len(size.crowds) > 1:
        tries = ", ".join(f"{each.ms.p95:.1f} ms ({each.stolen:.1%})" for each in size.crowds)
        notes.append(f"Of {len(size.crowds)}, the one of which the host took the least. All, p95 of a click: {tries}.")
    heads = ["Click", "p50 ms", "p95 ms", "p99 ms", "clicks"]
    return Table(f"{crowd.sessions} people at once, {size.orders:,} orders", heads, rows, notes)


def _machine(sizes: Sequence[SizeFigures]) -> Table:
    rows = [
        [
            f"{size.orders:,} orders",
            _ms(min(size.ready_ms)),
            _ms(percentile(size.ready_ms, 0.5)),
            _ms(percentile(size.ready_cpu, 0.5)),
            str(len(size.ready_ms)),
            f"{size.clients:,}",
            f"{size.seed_seconds:.0f}",
        ]
        for size in sizes
    ]
    heads = [
        "Size",
        "ready ms, fastest",
        "ready ms, median",
        "of it on a processor",
        "starts",
        "clients",
        "seeded in s",
    ]
    return Table("The start", heads, rows)


def _ms(value: float) -> str:
    return f"{value:.1f}"
