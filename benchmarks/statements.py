"""What PostgreSQL did for a click: the differences that it left in ``pg_stat_statements``."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psycopg
from sqlalchemy import make_url

_TEXT = 150
_COUNTS = """
SELECT s.queryid::text || s.userid, s.calls, s.total_exec_time + s.total_plan_time
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = %s
"""
_TEXTS = """
SELECT s.queryid::text || s.userid, s.query
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = %s
"""

Counts = Mapping[str, tuple[int, float]]
"""By statement: how often it ran, and the milliseconds of all its runs."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a screen: milliseconds on average, and in the click where it took longest."""

    text: str
    calls: int
    mean_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class SqlFigures:
    """What a click costs PostgreSQL on average, and its ``statements``, the slowest first."""

    clicks: int
    calls: float
    ms: float
    statements: list[Statement]


class Ledger:
    """Reads the counts of one database."""

    def __init__(self, admin_url: str, url: str) -> None:
        self._connection = psycopg.connect(admin_url, autocommit=True)
        self._name = make_url(url).database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def counts(self) -> Counts:
        """As they stand."""
        rows = self._connection.execute(_COUNTS, [self._name]).fetchall()
        return {key: (calls, ms) for key, calls, ms in rows}

    def figures(self, clicks: Sequence[Counts]) -> SqlFigures:
        """What these clicks cost, each given by its difference."""
        texts: dict[str, str] = dict(self._connection.execute(_TEXTS, [self._name]).fetchall())
        return summary(clicks, texts)


def difference(before: Counts, after: Counts) -> Counts:
    """What ran between two readings."""
    found = {}
    for key, (calls, ms) in after.items():
        calls_before, ms_before = before.get(key, (0, 0.0))
        if calls > calls_before:
            found[key] = calls - calls_before, ms - ms_before
    return found


def summary(clicks: Sequence[Counts], texts: Mapping[str, str]) -> SqlFigures:
    """The figures of several clicks on one screen; ``texts`` names the statements."""
    runs: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for click in clicks:
        for key, counted in click.items():
            runs[key].append(counted)
    statements = [
        Statement(
            shortened(texts.get(key, "?")),
            sum(calls for calls, _ in counted),
            sum(ms for _, ms in counted) / sum(calls for calls, _ in counted),
            max(ms / calls for calls, ms in counted),
        )
        for key, counted in runs.items()
    ]
    statements.sort(key=lambda each: each.mean_ms, reverse=True)
    return SqlFigures(
        len(clicks),
        sum(each.calls for each in statements) / len(clicks),
        sum(each.calls * each.mean_ms for each in statements) / len(clicks),
        statements,
    )


def shortened(statement: str) -> str:
    """One line that still says which statement it is: what it selects matters less than from where."""
    line = " ".join(statement.split())
    line = re.sub(r"^(SELECT )(.{24}).*?( FROM )", r"\1\2…\3", line)
    return line if len(line) <= _TEXT else f"{line[:_TEXT]}…"
