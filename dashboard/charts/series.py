"""Values over time: stacked bars, shares, and areas where bars would be too many to be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.charts import palette, words
from dashboard.charts.chart import Chart, Spec, Target, figure, value_axis
from dashboard.locale import _
from lumira_db.metrics import Unit
from lumira_db.periods import Grain

_BARS = 200
"""More buckets than these are drawn as areas."""
_TICKS = 8
_ROOM = 7
"""As many bars as fill the width: fewer stand in the middle, no wider."""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour over time: a value and a target a bucket; ``cents`` or whatever the unit says."""

    name: str
    colour: str
    values: Sequence[float]
    targets: Sequence[Target | None] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The buckets of a chart: first and last day of each as far as they lie in the period; ``running`` says that the
    last goes on."""

    buckets: Sequence[tuple[date, date]]
    grain: Grain
    running: bool = False

    def name(self, place: int) -> str:
        """A bucket in words, marked when it goes on."""
        said = words.bucket(*self.buckets[place], self.grain)
        last = place == len(self.buckets) - 1
        return _("{period} (in progress)").format(period=said) if self.running and last else said


def over_time(
    title: str,
    timeline: Timeline,
    series: Sequence[Series],
    *,
    unit: Unit,
    currency: str = "",
    shares: bool = False,
    adds_up: bool = True,
    beside: Sequence[float] = (),
    beside_name: str = "",
) -> Chart:
    """Series stacked on each other, bucket by bucket; ``shares`` shows each as a part of its bucket. What is counted at
    a moment does not add up over the period.

    ``beside`` is the total of what the period is compared with, drawn as a line.
    """
    count = len(timeline.buckets)
    totals = [sum(one.values[place] for one in series) for place in range(count)]
    names = [timeline.name(place) for place in range(count)]
    targets: list[Target | None] = []
    traces = []
    for one in series:
        heights = [_share(v, totals[place]) if shares else v for place, v in enumerate(one.values)]
        hover = [
            _hover(names[place], one.name, value, totals[place], unit, currency)
            for place, value in enumerate(one.values)
        ]
        places = list(range(len(targets), len(targets) + count))
        traces.append(_trace(one, heights, hover, places, areas=count > _BARS, running=timeline.running))
        targets.extend(one.targets or [None] * count)
    if beside and not shares:
        traces.append(_line(beside_name, list(beside)[:count], unit, currency))
    highest = 1.0 if shares else max([*totals, *list(beside)[:count], 0])
    spec = figure(
        title,
        traces,
        barmode="stack",
        bargap=0.25 if count <= 62 else 0.1,
        xaxis=_time_axis(timeline),
        yaxis=value_axis(highest, Unit.SHARE if shares else unit, currency),
    )
    spec["layout"]["showlegend"] = len(traces) > 1
    return Chart(title, spec, _alt(title, names, totals, unit, currency, adds_up=adds_up), tuple(targets))


def _trace(
    one: Series, heights: Sequence[float], hover: Sequence[str], places: Sequence[int], *, areas: bool, running: bool
) -> Spec:
    count = len(heights)
    common: Spec = {
        "name": words.plain(one.name),
        "x": list(range(count)),
        "y": list(heights),
        "hovertext": list(hover),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": list(places),
    }
    if areas:
        marker = {"size": 7, "opacity": 0, "maxdisplayed": _BARS, "color": one.colour}
        line = {"width": 1, "color": one.colour}
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "stackgroup": "one",
            "line": line,
            "marker": marker,
        } | common
    # What goes on is paler: it will grow.
    opacity = [0.55 if running and place == count - 1 else 1 for place in range(count)]
    still = {"marker": {"opacity": 0.8}}
    return {"type": "bar", "marker": {"color": one.colour, "opacity": opacity}, "unselected": still} | common


def _line(name: str, values: Sequence[float], unit: Unit, currency: str) -> Spec:
    hover = [f"{name}<br><b>{words.value(value, unit, currency)}</b>" for value in values]
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(values) == 1 else "lines",
        "name": name,
        "x": list(range(len(values))),
        "y": list(values),
        "line": {"dash": "dot", "width": 2, "color": palette.FAINT, "shape": "linear"},
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _hover(bucket: str, name: str, value: float, total: float, unit: Unit, currency: str) -> str:
    said = f"{bucket}<br>{words.plain(name)}: <b>{words.value(value, unit, currency)}</b>"
    if not total or total == value:
        return said
    part = _("{share} of {total}").format(
        share=words.value(value / total, Unit.SHARE), total=words.value(total, unit, currency)
    )
    return f"{said}<br>{part}"


def _time_axis(timeline: Timeline) -> Spec:
    count = len(timeline.buckets)
    every = max(1, -(-count // _TICKS))
    places = list(range(0, count, every))
    spare = max(0.0, (_ROOM - count) / 2)
    return {
        "tickvals": places,
        "ticktext": [words.bucket_tick(timeline.buckets[place][0], timeline.grain) for place in places],
        "range": [-0.5 - spare, count - 0.5 + spare],
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
        "title": {"text": ""},
    }


def _share(value: float, total: float) -> float:
    return value / total if total else 0.0


def _alt(title: str, names: Sequence[str], totals: Sequence[float], unit: Unit, currency: str, *, adds_up: bool) -> str:
    if not any(totals):
        return _("{title}. Nothing in this period.").format(title=title)
    peak = max(range(len(totals)), key=totals.__getitem__)
    if adds_up:
        said = _("{title}. In all {total}; the most is {peak}: {when}.")
    else:
        said = _("{title}. At the end {total}; the most is {peak}: {when}.")
    return said.format(
        title=title,
        total=words.value(sum(totals) if adds_up else totals[-1], unit, currency),
        peak=words.value(totals[peak], unit, currency),
        when=names[peak],
    )
