"""The components' own files: nothing from data becomes markup, nothing is fetched, no word is hidden in them."""

import re
from pathlib import Path

import pytest

from dashboard.components.assets import squeeze_css, squeeze_js
from dashboard.components.tones import ICONS, level_icon
from dashboard.locale.labels import CHANNEL, CLIENT_STATUS, DELIVERY_STATE, ORDER_STATUS, ROLE, VERSION_ORIGIN

HERE = Path(__file__).parents[2] / "dashboard/components"
SCRIPTS = sorted(HERE.rglob("*.js"))
STYLES = sorted(HERE.rglob("*.css"))


def name(path: Path) -> str:
    return path.relative_to(HERE).as_posix()


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_no_script_can_turn_text_into_markup_or_code(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    for danger in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "DOMParser",
    ):
        assert danger not in source, danger


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES], ids=name)
def test_no_file_names_another_host(path: Path) -> None:
    source = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "//" not in re.sub(r"^\s*//.*$|\s// .*$", "", source, flags=re.MULTILINE)
    assert "@import" not in source


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_no_template_literal_spans_lines_because_squeezing_would_change_it(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        assert line.count("`") % 2 == 0, number


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_no_script_is_longer_than_a_module_may_be(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400


def test_squeezing_drops_comments_and_indentation_and_nothing_else() -> None:
    assert squeeze_js('// why\nconst a = "// not a comment";\n\n  b(); // kept\n') == (
        'const a = "// not a comment";\nb(); // kept\n'
    )
    assert squeeze_css("/* why\n so */\n.a {\n  color: red;\n}\n") == ".a {\ncolor: red;\n}\n"


def test_python_knows_exactly_the_icons_that_are_drawn() -> None:
    source = (HERE / "shared/icons.js").read_text(encoding="utf-8")
    drawn = re.findall(r'^  "?([a-z0-9-]+)"?: "', source, re.MULTILINE)
    assert sorted(drawn) == sorted(ICONS)


def test_every_state_of_the_business_has_an_icon_that_is_drawn() -> None:
    for looks in (ORDER_STATUS, CLIENT_STATUS, DELIVERY_STATE, CHANNEL, ROLE, VERSION_ORIGIN):
        assert {look.icon for look in looks.values()} <= set(ICONS)


def test_a_level_that_the_desk_does_not_know_is_marked_as_such() -> None:
    assert [level_icon(level) for level in (1, 4, 0, 7)] == ["level1", "level4", "alert", "alert"]
