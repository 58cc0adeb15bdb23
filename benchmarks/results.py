"""The shapes of what the suite of screens finds out."""

from dataclasses import dataclass, field

from benchmarks.figures import Spread
from benchmarks.machine import Use
from benchmarks.statements import SqlFigures


@dataclass(frozen=True, slots=True)
class ScreenFigures:
    """One screen at one size. ``group`` is the screen's address, ``times_empty`` its p50 over the empty page's.

    ``cpu_ms`` is what the server's processor spent on the middle click: it says what the screen itself costs, also on
    a machine that is busy with other things. PostgreSQL's part is not in it.
    """

    name: str
    group: str
    ms: Spread
    times_empty: float
    cpu_ms: float
    cpu_times_empty: float
    kilobytes: float
    rows: int
    sql: SqlFigures | None = None


@dataclass(frozen=True, slots=True)
class CrowdFigures:
    """Many sessions at once. ``cpu`` is the server's share of one core, ``stolen`` what the host took of it all,
    ``before`` the server without a session."""

    sessions: int
    seconds: float
    ms: Spread
    by_screen: dict[str, Spread]
    cpu: float
    stolen: float
    before: Use
    after: Use


@dataclass(slots=True)
class SizeFigures:
    """Everything that was measured at one size."""

    orders: int
    clients: int
    seed_seconds: float
    empty: dict[str, Spread] = field(default_factory=dict)
    empty_cpu: dict[str, float] = field(default_factory=dict)
    screens: list[ScreenFigures] = field(default_factory=list)
    ready_ms: list[float] = field(default_factory=list)
    ready_cpu: list[float] = field(default_factory=list)
    crowds: list[CrowdFigures] = field(default_factory=list)

    @property
    def crowd(self) -> CrowdFigures | None:
        """The one of which the host took the least, whatever it measured."""
        return min(self.crowds, key=lambda each: each.stolen, default=None)
