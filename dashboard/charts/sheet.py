"""The table behind a chart: the same on screen and in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dashboard.charts import words
from dashboard.charts.chart import Target
from lumira_db.metrics import Unit

Kind = Unit | Literal["text", "level"]
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name in the person's language and what it holds; ``level`` is the number of a level."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Line:
    """One row, and the list of what it counts."""

    values: tuple[Value, ...]
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of figures. ``currency`` is that of its amounts, ``""`` when it has none; the last line may be the
    ``total``."""

    title: str
    fields: Sequence[Field]
    lines: Sequence[Line]
    currency: str = ""
    total: Line | None = None


def shown(value: Value, kind: Kind, currency: str) -> str:
    """A value of a table, written out; levels and texts are not for this."""
    if isinstance(value, str):
        return value
    return words.value(value, kind, currency) if isinstance(kind, Unit) else str(value)
