"""What every suite gets and gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.aims import Check
from benchmarks.store import Size, Store, store
from dashboard.embedded.postgres import Postgres
from dashboard.embedded.steps import Steps


@dataclass(frozen=True)
class Bench:
    """One run: the databases, where progress is told and logs are kept, and how thorough it is."""

    running: Postgres
    steps: Steps
    logs: Path
    sizes: Sequence[Size]
    quick: bool

    def store(self, size: Size) -> Store:
        """The database of this size, seeded if need be."""
        with self.steps.step(f"Database of {size}") as step:
            return store(self.running, size, lambda number, total, what: step.at(number, total, what))


@dataclass(frozen=True)
class Table:
    """Figures to print: the first column names, the others are numbers."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """What a suite found: ``tables`` for people, ``data`` for programs, and the aims."""

    tables: list[Table]
    data: Any
    checks: list[Check] = field(default_factory=list)
