"""A chart: the figure as plain data, what it says in words, and where each of its marks leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.charts.words import tick
from lumira_db.metrics import Unit

Spec = dict[str, Any]

HEIGHT = 340
_STEPS = (1, 2, 2.5, 5, 10)
_TICKS = 5
_HOURS = (1, 2, 3, 6, 12, 24, 48, 72, 120, 168, 240, 336, 720, 1440, 2880, 8760)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a mark leads: a screen and its query. ``count`` is how many rows the list shows there; None where it is
    no list that the figure counts."""

    screen: str
    query: Mapping[str, str | Sequence[str]]
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """``figure`` is what plotly draws. A mark's ``customdata`` is its place in ``targets``; ``alt`` is what the
    chart says to who does not see it."""

    title: str
    figure: Spec
    alt: str
    targets: tuple[Target | None, ...] = ()

    @property
    def has_marks(self) -> bool:
        """Whether anything is drawn at all, be it zeros."""
        return any(_has_marks(trace) for trace in self.figure["data"])

    @property
    def shows_anything(self) -> bool:
        """Whether there is a mark to be seen."""
        axis = "x" if any(trace.get("orientation") == "h" for trace in self.figure["data"]) else "y"
        return any(value for trace in self.figure["data"] for value in trace.get(axis, ()))

    def target(self, place: object) -> Target | None:
        """Where the mark with this ``customdata`` leads; the browser may say anything."""
        while isinstance(place, list) and place:
            place = place[0]
        return self.targets[place] if isinstance(place, int) and 0 <= place < len(self.targets) else None


def _has_marks(trace: Spec) -> bool:
    if "z" in trace:
        return any(value is not None for line in trace["z"] for value in line)
    return bool(len(trace.get("x", ())))


def figure(title: str, traces: Sequence[Spec], *, height: int = HEIGHT, **layout: Any) -> Spec:
    """A figure in the common manner: a title at the left, no frame, nothing that zooms."""
    common: Spec = {
        "title": {
            "text": title,
            "x": 0,
            "y": 1,
            "xref": "container",
            "yref": "container",
            "xanchor": "left",
            "yanchor": "top",
            "pad": {"t": 4},
            "font": {"size": 16},
        },
        "height": height,
        # Room for the title and, on the plot, two lines of the legend, however high the chart is.
        "margin": {"l": 8, "r": 8, "t": 76 if len(traces) > 1 else 40, "b": 8},
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
        "dragmode": False,
        "showlegend": len(traces) > 1,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yanchor": "bottom",
            "traceorder": "normal",
            "title": {"text": ""},
            # A picture has the machine's fonts only: in another one its words would be wider than was measured.
            "font": {"family": "system-ui, sans-serif"},
        },
        "barcornerradius": 2,
    }
    # Plotly refuses a figure of nothing; a trace of nothing keeps the axes.
    return {"data": list(traces) or [{"type": "bar", "x": [], "y": []}], "layout": common | layout}


def value_axis(highest: float, unit: Unit, currency: str = "") -> Spec:
    """An axis from 0 to a little above the highest value, with a handful of round ticks in the person's language."""
    step = _step(max(highest, 1 if unit is Unit.COUNT else 1e-9), unit)
    count = max(1, -(-highest // step))
    values = [step * number for number in range(int(count) + 1)]
    return {
        "tickvals": values,
        "ticktext": [tick(value, unit, currency) for value in values],
        "range": [0, max(highest * 1.04, step)],
        "fixedrange": True,
        "automargin": True,
        "title": {"text": ""},
        "zeroline": False,
    }


def _step(highest: float, unit: Unit) -> float:
    if unit is Unit.HOURS:
        return next((step for step in _HOURS if highest / step <= _TICKS), highest / _TICKS)
    rough = highest / _TICKS
    power = 10.0 ** (len(f"{rough:.0f}") - 1 if rough >= 1 else -_zeros(rough))
    step = next(power * factor for factor in _STEPS if power * factor >= rough * 0.999)
    return max(step, 1.0) if unit is Unit.COUNT else step


def _zeros(value: float) -> int:
    """How many places behind the point the first digit of a value below 1 stands."""
    zeros = 0
    while value < 1:
        value *= 10
        zeros += 1
    return zeros
