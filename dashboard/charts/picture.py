"""A chart of bars as a PNG, for where no browser draws it: the figure that plotly gets, drawn with Pillow.

It knows what the charts of a mail are made of, no more: stacked upright bars with a dotted line beside them, and lying
bars with their values at the end (docs/adr/0024-digest-and-alerts.md). The title stands above it, as text.
"""

from functools import cache
from html import unescape
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from dashboard.charts import palette
from dashboard.charts.chart import Chart, Spec

WIDTH = 576
"""As wide as it is shown, in CSS pixels; the picture has twice as many, for screens that show them."""
_SCALE = 2
_HEIGHT, _LINE = 220, 30
_TEXT, _SMALL = 13, 12
_INK, _SOFT, _RULE, _PAPER = "#24283a", "#5a6074", "#e7e3d8", "#ffffff"
# Those of the light theme (.streamlit/config.toml): a mail is paper. A test holds the two together.
LIGHT = (
    *("#55708F", "#17807F", "#7653B5", "#A87412", "#3563A8"),
    *("#B4561A", "#2F7D5B", "#A63A6B", "#B3353F", "#6A6F7E"),
)
_COLOURS = dict(
    zip(
        (
            *(palette.STEEL, palette.TEAL, palette.VIOLET, palette.GOLD, palette.BLUE),
            *(palette.ORANGE, palette.GREEN, palette.ROSE, palette.RED, palette.GREY),
        ),
        LIGHT,
        strict=True,
    )
)


def png(chart: Chart) -> bytes:
    """The chart as a PNG of ``WIDTH`` at double density; the same chart always gives the same bytes."""
    traces: list[Spec] = chart.figure["data"]
    layout: Spec = chart.figure["layout"]
    lying = any(trace.get("orientation") == "h" for trace in traces)
    named = [trace for trace in traces if trace.get("name")] if layout.get("showlegend") else []
    top = 28 if named else 6
    rows = len(layout["yaxis"].get("tickvals", ())) if lying else 0
    height = top + (max(rows, 1) * _LINE + 26 if lying else _HEIGHT)
    sheet = _Sheet(height)
    sheet.legend(named)
    plot = _lying if lying else _upright
    plot(sheet, traces, layout, top)
    return sheet.bytes()


class _Sheet:
    """A drawing measured in CSS pixels."""

    def __init__(self, height: int) -> None:
        self.height = height
        self.image = Image.new("RGB", (WIDTH * _SCALE, height * _SCALE), _PAPER)
        self._draw = ImageDraw.Draw(self.image)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        corners = [round(value * _SCALE) for value in (left, top, right, bottom)]
        if corners[2] > corners[0] and corners[3] > corners[1]:
            self._draw.rectangle((corners[0], corners[1], corners[2] - 1, corners[3] - 1), fill=colour)

    def text(self, x: float, y: float, said: str, *, anchor: str = "lm", size: int = _SMALL, ink: str = _SOFT) -> None:
        self._draw.text((x * _SCALE, y * _SCALE), unescape(said), font=_font(size), anchor=anchor, fill=ink)

    def dotted(self, points: list[tuple[float, float]], colour: str) -> None:
        for (left, top), (right, bottom) in pairwise(points):
            steps = max(1, round(((right - left) ** 2 + (bottom - top) ** 2) ** 0.5 / 4))
            for step in range(0, steps, 2):
                x, y = left + (right - left) * step / steps, top + (bottom - top) * step / steps
                self.box(x - 1, y - 1, x + 1, y + 1, colour)

    def legend(self, traces: list[Spec]) -> None:
        x = 0.0
        for trace in traces:
            self.box(x, 5, x + 10, 15, _named(trace))
            self.text(x + 15, 10, trace["name"])
            x += 15 + width_of(trace["name"]) + 16

    def bytes(self) -> bytes:
        written = BytesIO()
        self.image.save(written, "PNG", optimize=True)
        return written.getvalue()


def width_of(said: str, size: int = _SMALL) -> float:
    """How wide a text is drawn, in CSS pixels."""
    return _font(size).getlength(unescape(said)) / _SCALE


def _upright(sheet: _Sheet, traces: list[Spec], layout: Spec, top: int) -> None:
    across, up = layout["xaxis"], layout["yaxis"]
    left = max((width_of(said) for said in up["ticktext"]), default=0) + 8
    floor = sheet.height - 24
    low, high = across["range"]
    each, tall = (WIDTH - left) / (high - low), floor - top - 6

    def height_of(value: float) -> float:
        return float(floor - tall * value / up["range"][1])

    for value, said in zip(up["tickvals"], up["ticktext"], strict=True):
        if value <= up["range"][1]:
            y = height_of(value)
            sheet.box(left, y, WIDTH, y + 1, _RULE)
            sheet.text(left - 8, y, said, anchor="rm")
    for place, said in zip(across["tickvals"], across["ticktext"], strict=True):
        middle = left + (place - low) * each
        # The first and the last must not stick out.
        half = width_of(said) / 2
        sheet.text(min(max(middle, half), WIDTH - half), floor + 13, said, anchor="mm")
    reached: dict[int, float] = {}
    for trace in traces:
        if trace["type"] == "bar":
            for place, value, colour in zip(trace["x"], trace["y"], _colours(trace, len(trace["x"])), strict=True):
                below = reached.get(place, 0.0)
                reached[place] = below + value
                middle, half = left + (place - low) * each, each * (1 - layout.get("bargap", 0.25)) / 2
                sheet.box(middle - half, height_of(below + value), middle + half, height_of(below), colour)
    for trace in traces:
        if trace["type"] == "scatter":
            points = [(left + (x - low) * each, height_of(y)) for x, y in zip(trace["x"], trace["y"], strict=True)]
            sheet.dotted(points, _SOFT)


def _lying(sheet: _Sheet, traces: list[Spec], layout: Spec, top: int) -> None:
    things, along = layout["yaxis"], layout["xaxis"]
    ends = [said for trace in traces for said in trace.get("text", ())]
    left = min(max((width_of(said, _TEXT) for said in things["ticktext"]), default=0) + 10, WIDTH * 0.4)
    right = WIDTH - max((width_of(said) for said in ends), default=0) - 8
    longest = (
        max((sum(trace["x"][n] for trace in traces) for n in range(len(things["tickvals"]))), default=0)
        if ends
        else along["range"][1]
    )
    floor = sheet.height - 22
    for value, said in zip(along["tickvals"], along["ticktext"], strict=True):
        x = left + (right - left) * value / (longest or 1)
        if value <= longest:
            sheet.box(x, top, x + 1, floor, _RULE)
            half = width_of(said) / 2
            sheet.text(min(max(x, half), WIDTH - half), floor + 12, said, anchor="mm")
    for place, name in enumerate(things["ticktext"]):
        middle, x = top + place * _LINE + _LINE / 2, left
        sheet.text(0, middle, name, size=_TEXT, ink=_INK)
        for trace in traces:
            end = x + (right - left) * trace["x"][place] / (longest or 1)
            sheet.box(x, middle - 9, end, middle + 9, _colours(trace, len(trace["x"]))[place])
            x = end
        for trace in traces:
            if "text" in trace:
                sheet.text(x + 6, middle, trace["text"][place])


def _colours(trace: Spec, count: int) -> list[str]:
    """The colour of each bar, paler where the screen draws it so."""
    marker: Any = trace.get("marker") or trace.get("line") or {}
    colours, opacity = marker.get("color"), marker.get("opacity", 1)
    each = list(colours) if isinstance(colours, list) else [colours] * count
    shades = list(opacity) if isinstance(opacity, list) else [opacity] * count
    return [_mixed(_solid(colour), shade) for colour, shade in zip(each, shades, strict=False)]


def _named(trace: Spec) -> str:
    """The colour by which a trace is known: none of its bars need be there, or at full strength."""
    colour = (trace.get("marker") or trace.get("line") or {}).get("color", palette.FAINT)
    return _solid(colour[0] if isinstance(colour, list) else colour)


def _solid(colour: str) -> str:
    return _COLOURS.get(colour, _SOFT if colour == palette.FAINT else colour)


def _mixed(colour: str, opacity: float) -> str:
    parts = (round(int(colour[n : n + 2], 16) * opacity + 255 * (1 - opacity)) for n in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # The family of the PDF: on every machine, whatever is installed there.
    return ImageFont.truetype(str(files("manimgx_fonts") / "NotoSans[wght].ttf"), size * _SCALE)
