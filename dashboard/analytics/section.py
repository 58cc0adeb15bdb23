"""A section of a screen of figures: what it reads, and the charts and tables that it draws of that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashboard.analytics.look import Look
from dashboard.charts.chart import Chart
from dashboard.charts.sheet import Sheet

Data = TypeVar("Data")


@dataclass(frozen=True, slots=True)
class At:
    """What there is to read from: an open session, what is looked at, the zone of business days, and now."""

    session: Session
    look: Look
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart and the table behind it; either may be missing."""

    chart: Chart | None
    sheet: Sheet | None


@dataclass(frozen=True, slots=True)
class Section(Generic[Data]):
    """``draw`` is pure and draws one currency, where there are any. ``metrics`` are the codes of what is shown;
    ``by_grain``, ``by_measure`` and ``by_share`` say what can be chosen."""

    code: str
    title: str
    metrics: tuple[str, ...]
    read: Callable[[At], Data]
    draw: Callable[[Data, Look, str], Sequence[Panel]]
    currencies: Callable[[Data], Sequence[str]] | None = None
    by_grain: bool = False
    by_measure: bool = False
    by_share: bool = False
    everybodys: bool = False
    """Whether it shows the work of all, which nobody sees who sees their own alone."""

    def panels(self, data: Any, look: Look) -> tuple[Panel, ...]:
        """Everything that is drawn; without a currency all of them, one after the other."""
        if self.currencies is None:
            return tuple(self.draw(data, look, ""))
        found = list(self.currencies(data)) if look.currency is None else [look.currency]
        return tuple(panel for currency in found or [look.currency or ""] for panel in self.draw(data, look, currency))
