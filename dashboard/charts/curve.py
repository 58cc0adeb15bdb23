"""A share that falls in steps, such as who is still walking."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.charts import palette, words
from dashboard.charts.chart import Chart, Target, figure, value_axis
from dashboard.locale import _
from lumira_db.metrics import Unit


@dataclass(frozen=True, slots=True)
class Step:
    """From ``x`` on the share is this; ``hover`` is what is said of it, ``target`` where a click leads."""

    x: float
    share: float
    hover: str
    target: Target | None = None


def steps(title: str, points: Sequence[Step], *, axis: str) -> Chart:
    """A stair from 100 % downwards; ``axis`` names what runs along."""
    last = max((point.x for point in points), default=0)
    line = {
        "type": "scatter",
        "mode": "lines+markers" if len(points) <= 40 else "lines",
        "x": [point.x for point in points],
        "y": [point.share for point in points],
        "line": {"shape": "hv", "width": 2.5, "color": palette.TEAL},
        "marker": {"size": 6, "color": palette.TEAL},
        "hovertext": [point.hover for point in points],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": list(range(len(points))),
    }
    spec = figure(
        title,
        [line],
        xaxis={
            "title": {"text": axis},
            "range": [-0.4, max(last * 1.03, 7)],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
        },
        yaxis=value_axis(1.0, Unit.SHARE),
    )
    if not points:
        alt = _("{title}. Nothing in this period.").format(title=title)
    else:
        end = words.value(points[-1].share, Unit.SHARE)
        alt = _("{title}. It ends at {share} after {days} days.").format(
            title=title, share=end, days=words.tick(last, Unit.COUNT)
        )
    return Chart(title, spec, alt, tuple(point.target for point in points))
