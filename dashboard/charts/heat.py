"""Values in two dimensions: a cell's colour says how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.charts import palette, words
from dashboard.charts.chart import Chart, Target, figure
from dashboard.locale import _
from lumira_db.metrics import Unit

_CELL = 30
_LOW = 14
_TALL = 40
"""More rows than these are drawn low."""
_AROUND = 110
_WRITTEN = 16
"""Up to so many columns the values stand in their cells."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``more`` is said on hover besides its value."""

    value: float
    more: str = ""
    target: Target | None = None


def heat(
    title: str,
    columns: Sequence[str],
    rows: Sequence[str],
    cells: Mapping[tuple[int, int], Cell],
    *,
    unit: Unit,
    currency: str = "",
) -> Chart:
    """A heat map; ``cells`` are by (row, column), the first row at the top. Cells that are missing stay empty."""
    targets: list[Target | None] = []
    values: list[list[float | None]] = []
    hover: list[list[str]] = []
    places: list[list[int]] = []
    for row, name in enumerate(rows):
        values.append([])
        hover.append([])
        places.append([])
        for column, other in enumerate(columns):
            cell = cells.get((row, column))
            values[-1].append(cell.value if cell else None)
            places[-1].append(len(targets))
            targets.append(cell.target if cell else None)
            said = (
                f"{words.plain(name)}, {words.plain(other)}: <b>{words.value(cell.value, unit, currency)}</b>"
                if cell
                else ""
            )
            hover[-1].append(f"{said}<br>{cell.more}" if cell and cell.more else said)
    written = len(columns) <= _WRITTEN
    trace = {
        "type": "heatmap",
        "z": values,
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "colorscale": palette.scale(),
        "zmin": 0,
        "zmax": max((cell.value for cell in cells.values()), default=1) or 1,
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
        "hoverongaps": False,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": places,
    }
    if written:
        trace["text"] = [[words.tick(v, unit, currency) if v is not None else "" for v in line] for line in values]
        trace["texttemplate"] = "%{text}"
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "automargin": True, "ticks": ""}
    spec = figure(
        title,
        [trace],
        height=_AROUND + (_CELL if len(rows) <= _TALL else _LOW) * max(len(rows), 2),
        xaxis=axis
        | {"tickvals": list(range(len(columns))), "ticktext": list(columns), "range": [-0.5, len(columns) - 0.5]},
        yaxis=axis
        | {"tickvals": list(range(len(rows))), "ticktext": list(rows), "range": [max(len(rows), 1) - 0.5, -0.5]},
    )
    return Chart(title, spec, _alt(title, columns, rows, cells, unit, currency), tuple(targets))


def _alt(
    title: str,
    columns: Sequence[str],
    rows: Sequence[str],
    cells: Mapping[tuple[int, int], Cell],
    unit: Unit,
    currency: str,
) -> str:
    if not cells:
        return _("{title}. Nothing in this period.").format(title=title)
    (row, column), peak = max(cells.items(), key=lambda item: item[1].value)
    return _("{title}. The most is {peak}: {row}, {column}.").format(
        title=title, peak=words.value(peak.value, unit, currency), row=rows[row], column=columns[column]
    )
