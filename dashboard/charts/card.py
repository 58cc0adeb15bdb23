"""A figure on a card: its value, how it changed, and its course in one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dashboard.charts import words
from dashboard.charts.chart import Target
from dashboard.locale import _, decimal, percent
from lumira_db.metrics import METRICS, Unit

Good = Literal["up", "down", "neither"]
_ALL_OVER = 10.0
"""A change of more than tenfold says nothing in percent."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure stands to the one it is compared with: in words, its direction, and whether that is good.

    ``relative`` is the change as a part of what was (0.5: half more), None where that says nothing.
    """

    text: str
    direction: Literal["up", "down", "same"]
    tone: Literal["success", "danger", "neutral"]
    before: str
    relative: float | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A figure; ``code`` is that of its metric. ``spark`` is its course; ``note`` is said in a line of its own."""

    code: str
    name: str
    value: str
    change: Change | None = None
    spark: Sequence[float | None] = ()
    note: str = ""
    target: Target | None = None


def card(
    code: str,
    value: float | None,
    before: float | None = None,
    *,
    currency: str = "",
    good: Good = "up",
    compared: bool = False,
    spark: Sequence[float | None] = (),
    note: str = "",
    target: Target | None = None,
) -> Card:
    """The card of a metric. ``compared`` says that there is something to compare with, even if ``before`` is None."""
    metric = METRICS[code]
    change = _change(value, before, metric.unit, currency, good) if compared else None
    shown = words.value(value, metric.unit, currency)
    return Card(code, _(metric.name), shown, change, tuple(spark), note, target)


def _change(value: float | None, before: float | None, unit: Unit, currency: str, good: Good) -> Change:
    was = words.value(before, unit, currency)
    if value is None or before is None:
        return Change("", "same", "neutral", was)
    if value == before:
        return Change(_("no change"), "same", "neutral", was)
    direction: Literal["up", "down"] = "up" if value > before else "down"
    tone: Literal["success", "danger", "neutral"] = "neutral" if good == "neither" else "danger"
    if direction == good:
        tone = "success"
    relative = value / before - 1 if before > 0 else None
    if unit is Unit.SHARE:
        # The change of a share is said in points: 10 % of 10 % would be misread.
        points = abs(value - before) * 100
        return Change(_("{points} pts").format(points=decimal(points, 1)), direction, tone, was, relative)
    if before <= 0 or abs(value / before) > _ALL_OVER:
        return Change(words.value(abs(value - before), unit, currency), direction, tone, was, relative)
    return Change(percent(abs(value / before - 1)), direction, tone, was, relative)
