"""The look: every pair of colours that is read or told apart reaches WCAG AA, in both themes and in the sidebar."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit import config

from dashboard.components.tones import TONES

ROOT = Path(__file__).parents[2]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
BASE_CSS = (ROOT / "dashboard/components/shared/base.css").read_text(encoding="utf-8")
FAMILIES = ("red", "orange", "yellow", "blue", "green", "violet", "gray")
NIGHT, GOLD = "#0C1225", "#E8A838"
THEMES = ("light", "dark")
TEXT, MARK = 4.5, 3.0


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, into: str, share: float) -> str:
    pairs = zip((colour[1:3], colour[3:5], colour[5:7]), (into[1:3], into[3:5], into[5:7]), strict=True)
    return "#" + "".join(f"{round(int(a, 16) * share + int(b, 16) * (1 - share)):02X}" for a, b in pairs)


def palette(theme: str) -> dict[str, Any]:
    return {key: value for key, value in CONFIG["theme"][theme].items() if not isinstance(value, dict)}


def sidebar(theme: str) -> dict[str, Any]:
    return palette(theme) | CONFIG["theme"]["sidebar"] | CONFIG["theme"][theme]["sidebar"]


def surfaces() -> Iterator[Any]:
    for theme in THEMES:
        yield pytest.param(palette(theme), id=theme)
        yield pytest.param(sidebar(theme), id=f"{theme}-sidebar")


@pytest.mark.parametrize("colours", list(surfaces()))
def test_text_links_and_active_controls_are_read_on_the_page_and_on_fields(colours: dict[str, Any]) -> None:
    for ground in (colours["backgroundColor"], colours["secondaryBackgroundColor"]):
        for name in ("textColor", "linkColor", "primaryColor", "codeTextColor"):
            assert contrast(colours[name], ground) >= TEXT, (name, ground)
    assert contrast(colours["dataframeHeaderTextColor"], colours["dataframeHeaderBackgroundColor"]) >= TEXT


@pytest.mark.parametrize("colours", list(surfaces()))
def test_a_chosen_pill_is_read_on_its_own_tint_also_under_the_pointer(colours: dict[str, Any]) -> None:
    """Streamlit draws it as primary on a tenth of primary, a fifth when hovered."""
    for share in (0.1, 0.2):
        tint = mixed(colours["primaryColor"], colours["backgroundColor"], share)
        assert contrast(colours["primaryColor"], tint) >= TEXT


@pytest.mark.parametrize("colours", list(surfaces()))
@pytest.mark.parametrize("family", FAMILIES)
def test_every_badge_is_read_on_its_tint_and_on_the_page(colours: dict[str, Any], family: str) -> None:
    ink = colours[f"{family}TextColor"]
    for ground in (f"{family}BackgroundColor", "backgroundColor", "secondaryBackgroundColor"):
        assert contrast(ink, colours[ground]) >= TEXT, ground
    assert contrast(colours[f"{family}Color"], colours["backgroundColor"]) >= MARK


@pytest.mark.parametrize("theme", THEMES)
def test_muted_text_of_the_components_is_still_read_on_every_ground(theme: str) -> None:
    found = re.search(r"--muted: color-mix\(in srgb, var\(--st-text-color\) (\d+)%", BASE_CSS)
    assert found is not None
    colours = palette(theme)
    muted = mixed(colours["textColor"], colours["backgroundColor"], int(found[1]) / 100)
    for ground in (colours["backgroundColor"], colours["secondaryBackgroundColor"]):
        assert contrast(muted, ground) >= TEXT
    assert contrast(muted, mixed(GOLD, colours["backgroundColor"], 0.12)) >= TEXT, "a selected row"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tone", TONES)
def test_every_tone_has_an_ink_that_is_read_on_its_tint(theme: str, tone: str) -> None:
    rule = re.search(rf"^\.tone-{tone} \{{ --ink: (.+?); --tint: (.+?); \}}", BASE_CSS, re.MULTILINE)
    assert rule is not None
    dark = re.search(
        rf'^\.root\[data-theme="dark"\] \.tone-{tone} \{{ --ink: (.+?); --tint: (.+?); \}}', BASE_CSS, re.MULTILINE
    )
    values = (dark or rule).groups() if theme == "dark" else rule.groups()
    ink, tint = (resolved(value, theme) for value in values)
    assert contrast(ink, tint) >= TEXT
    assert contrast(ink, palette(theme)["backgroundColor"]) >= TEXT


def resolved(value: str, theme: str) -> str:
    found = re.fullmatch(r"var\(--st-(\w+)-(text|background)-color\)", value)
    if found is None:
        assert re.fullmatch(r"#[0-9A-F]{6}", value), value
        return value
    return str(palette(theme)[f"{found[1]}{found[2].title()}Color"])


@pytest.mark.parametrize("theme", THEMES)
def test_there_are_ten_chart_colours_that_stand_out_from_the_page(theme: str) -> None:
    colours = palette(theme)
    assert len(colours["chartCategoricalColors"]) == len(set(colours["chartCategoricalColors"])) == 10
    assert len(colours["chartSequentialColors"]) == len(colours["chartDivergingColors"]) == 10
    for colour in colours["chartCategoricalColors"]:
        assert contrast(colour, colours["backgroundColor"]) >= MARK


def test_the_brand_is_night_blue_and_gold() -> None:
    assert CONFIG["theme"]["dark"]["backgroundColor"] == NIGHT
    assert CONFIG["theme"]["light"]["sidebar"]["backgroundColor"] == NIGHT
    assert CONFIG["theme"]["dark"]["primaryColor"] == CONFIG["theme"]["sidebar"]["primaryColor"] == GOLD
    chrome = (ROOT / "dashboard/web/static/screens.css").read_text(encoding="utf-8")
    assert GOLD in chrome
    assert contrast(NIGHT, GOLD) >= 7


def test_every_option_is_one_that_streamlit_knows() -> None:
    known = config.get_config_options()

    def unknown(tree: dict[str, Any], prefix: str = "") -> list[str]:
        found = []
        for name, value in tree.items():
            path = f"{prefix}{name}"
            if path in known:
                continue
            found += unknown(value, f"{path}.") if isinstance(value, dict) else [path]
        return found

    assert unknown(CONFIG) == []


def test_the_options_that_keep_people_and_data_safe_are_set() -> None:
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["toolbarMode"] == "minimal"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["enableAgentApi"] is False
    assert CONFIG["server"]["trustedUserHeaders"] == {"x-lumira-session": "session"}
    assert CONFIG["runner"]["postScriptGC"] is False


def test_nothing_in_the_look_is_fetched_from_another_host() -> None:
    assert "://" not in (ROOT / ".streamlit/config.toml").read_text(encoding="utf-8")
    assert {CONFIG["theme"][name] for name in ("font", "headingFont", "codeFont")} <= {
        "sans-serif",
        "serif",
        "monospace",
    }
