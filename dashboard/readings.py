"""A reading, understood and checked once for each state of its order: it would be a sixth of every click on it."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lumira_db.checks import Finding, check_reading
from lumira_db.queries.workbench import Workbench
from lumira_db.reading import parse
from lumira_db.reading_shapes import Reading

# As many as people at work; a reading with its parts is some 60 kB.
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class _Seen:
    """A state of an order: its version changes with every write, so the content needs no comparing."""

    order_id: str
    version: str
    level: int
    first_name: str | None
    content: Any = field(compare=False)


def understood(bench: Workbench) -> tuple[Reading, tuple[Finding, ...]]:
    """The parts of the order's reading, and what the checks find in it."""
    return _understood(_Seen(bench.id, bench.version, bench.level, bench.client.first_name, bench.content))


@lru_cache(maxsize=_REMEMBERED)
def _understood(seen: _Seen) -> tuple[Reading, tuple[Finding, ...]]:
    found = parse(seen.content)
    return found, check_reading(found, order_level=seen.level, client_first_name=seen.first_name)
