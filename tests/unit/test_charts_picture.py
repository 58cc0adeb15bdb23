"""A chart as a picture: the bars of the screen in the colours of the light theme, the same bytes each time."""

import tomllib
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from dashboard.charts import palette
from dashboard.charts.bars import Bar, Part, bars, parted
from dashboard.charts.chart import Chart
from dashboard.charts.picture import LIGHT, WIDTH, png
from dashboard.charts.series import Series, Timeline, over_time
from dashboard.locale import set_language
from lumira_db.metrics import Unit
from lumira_db.periods import Grain

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


def days(count: int) -> Timeline:
    starts = [date(2026, 3, 1) + timedelta(days=n) for n in range(count)]
    return Timeline([(start, start) for start in starts], Grain.DAY)


def over(values: list[float], **more: object) -> Chart:
    series = [Series("Initié", palette.STEEL, values), Series("Intégrale", palette.GOLD, values)]
    return over_time("Revenue", days(len(values)), series, unit=Unit.CENTS, currency="eur", **more)  # type: ignore[arg-type]


def drawn(chart: Chart) -> Image.Image:
    set_language("fr")
    content = png(chart)
    assert content == png(chart)
    return Image.open(BytesIO(content)).convert("RGB")


def seen(image: Image.Image) -> dict[str, int]:
    """How many points have which colour."""
    return {"#{:02X}{:02X}{:02X}".format(*colour): count for count, colour in image.getcolors(1_000_000) or []}  # type: ignore[misc]


def test_the_colours_are_those_of_the_light_theme() -> None:
    theme = tomllib.loads(CONFIG.read_text("utf-8"))["theme"]
    assert list(LIGHT) == theme["light"]["chartCategoricalColors"]


def test_bars_are_as_high_as_their_values_and_in_the_colour_of_their_level() -> None:
    """Both levels have the same values, so they cover the same area; twice the value is twice the area."""
    image = drawn(over([100.0, 200.0, 400.0]))
    assert image.width == 2 * WIDTH
    counts = seen(image)
    steel, gold = (counts["#55708F"], counts["#A87412"])
    assert abs(steel - gold) / steel < 0.06
    lying = bars("x", [Bar("a", 1, palette.RED), Bar("b", 2, palette.GREEN)], unit=Unit.COUNT)
    found = seen(drawn(lying))
    assert found["#2F7D5B"] == pytest.approx(2 * found["#B3353F"], rel=0.02)


@pytest.mark.parametrize(
    "chart",
    [
        over([]),
        over([0.0]),
        over([5.0] * 60, beside=[7.0] * 60, beside_name="before"),
        bars("x", [], unit=Unit.HOURS),
        bars("x", [Bar("ק" * 60, 0, palette.RED)], unit=Unit.COUNT),
        parted("x", ["<b>&", "b"], [Part("p", palette.TEAL, [0, 0])], unit=Unit.COUNT),
    ],
)
def test_nothing_one_point_and_odd_names_can_be_drawn(chart: Chart) -> None:
    assert drawn(chart).height > 40
