"""Values side by side: one bar a thing, or several where each thing has parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.charts import words
from dashboard.charts.chart import Chart, Spec, Target, figure, value_axis
from dashboard.locale import _
from lumira_db.metrics import Unit

_LINE = 34
_AROUND = 96
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing: its name, its value, what stands at its end (else the value), what is said besides on hover."""

    name: str
    value: float
    colour: str
    target: Target | None = None
    end: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of every bar: the values of all things in their order."""

    name: str
    colour: str
    values: Sequence[float]
    targets: Sequence[Target | None] = ()


def bars(title: str, rows: Sequence[Bar], *, unit: Unit, currency: str = "") -> Chart:
    """Horizontal bars, the first at the top, each with its value at the end."""
    ends = [row.end or words.value(row.value, unit, currency) for row in rows]
    hover = [
        "<br>".join(part for part in (f"{words.plain(row.name)}: <b>{end}</b>", row.more) if part)
        for row, end in zip(rows, ends, strict=True)
    ]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [row.value for row in rows],
        "y": list(range(len(rows))),
        "marker": {"color": [row.colour for row in rows]},
        "text": ends,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": list(range(len(rows))),
        "width": 0.62,
    }
    highest = max((row.value for row in rows), default=0)
    axis = value_axis(highest, unit, currency) | {"range": [0, highest * 1.18 or 1], "showgrid": True}
    spec = figure(
        title,
        [trace],
        height=_height(len(rows)),
        xaxis=axis,
        yaxis=_things([row.name for row in rows]),
    )
    said = "; ".join(f"{row.name}: {end}" for row, end in zip(rows, ends, strict=True))
    return Chart(title, spec, _alt(title, said), tuple(row.target for row in rows))


def parted(title: str, names: Sequence[str], parts: Sequence[Part], *, unit: Unit, shares: bool = False) -> Chart:
    """Horizontal bars of parts; ``shares`` makes all equally long."""
    totals = [sum(part.values[place] for part in parts) for place in range(len(names))]
    traces: list[Spec] = []
    targets: list[Target | None] = []
    for part in parts:
        lengths = [v / totals[n] if shares and totals[n] else 0.0 if shares else v for n, v in enumerate(part.values)]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": words.plain(part.name),
                "x": lengths,
                "y": list(range(len(names))),
                "marker": {"color": part.colour},
                "hovertext": [_hover(names[n], part.name, v, totals[n], unit) for n, v in enumerate(part.values)],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "customdata": list(range(len(targets), len(targets) + len(names))),
                "width": 0.62,
            }
        )
        targets.extend(part.targets or [None] * len(names))
    highest = 1.0 if shares else max(totals, default=0)
    spec = figure(
        title,
        traces,
        height=_height(len(names)) + 16,
        barmode="stack",
        xaxis=value_axis(highest, Unit.SHARE if shares else unit),
        yaxis=_things(names),
    )
    said = "; ".join(
        f"{name}: " + ", ".join(f"{part.name} {words.value(part.values[n], unit)}" for part in parts)
        for n, name in enumerate(names)
    )
    return Chart(title, spec, _alt(title, said), tuple(targets))


def _things(names: Sequence[str]) -> Spec:
    return {
        "tickvals": list(range(len(names))),
        "ticktext": [words.plain(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…") for name in names],
        "range": [max(len(names), 1) - 0.5, -0.5],
        "fixedrange": True,
        "showgrid": False,
        "automargin": True,
        "ticks": "",
        "title": {"text": ""},
    }


def _height(count: int) -> int:
    return _AROUND + _LINE * max(count, 2)


def _hover(thing: str, part: str, value: float, total: float, unit: Unit) -> str:
    said = f"{words.plain(thing)}<br>{words.plain(part)}: <b>{words.value(value, unit)}</b>"
    return f"{said}<br>{words.value(value / total, Unit.SHARE)}" if total else said


def _alt(title: str, said: str) -> str:
    return _("{title}. {values}.").format(title=title, values=said) if said else _nothing(title)


def _nothing(title: str) -> str:
    return _("{title}. Nothing in this period.").format(title=title)
