"""What the checks before an approval notice, and what they leave in peace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumira_db.checks import TEMPLATES, Finding, check_reading
from lumira_db.reading import DOMAINS, parse

SHAPES: dict[str, Any] = json.loads((Path(__file__).parent.parent / "contract" / "json_shapes.json").read_text())


def whole_reading() -> dict[str, Any]:
    """A reading that no check has anything to say about."""
    return {
        "pdf_content": {
            "introduction": "Camille, ton année s'ouvre sur un seuil.",
            "sections": [
                {"domain": domain, "title": f"La porte {number}", "content": "Tu avances, et la voie répond. " * 12}
                for number, domain in enumerate(DOMAINS)
            ],
            "conclusion": "Avance à ton pas : 50 % du chemin est fait. « Va » – dit-elle… l'œuvre <3 [sic]",
        },
        "timeline": [{"day": day, "title": "Le tri", "action": "Range."} for day in range(1, 8)],
    }


def codes(raw: object, *, level: int | None = 2, name: str | None = "Camille") -> list[tuple[str, bool]]:
    return [(f.code, f.blocking) for f in check_reading(parse(raw), order_level=level, client_first_name=name)]


def with_conclusion(text: str) -> dict[str, Any]:
    raw = whole_reading()
    raw["pdf_content"]["conclusion"] = text
    return raw


def test_a_whole_reading_has_no_findings() -> None:
    assert codes(whole_reading()) == []


@pytest.mark.parametrize("raw", [None, {}, "texte", {"synthesis": {"archetype": "Le Guide"}}, {"pdf_content": {}}])
def test_no_content_blocks(raw: object) -> None:
    assert ("no_content", True) in codes(raw)


@pytest.mark.parametrize(
    "left",
    [
        "Chère {{ prenom }}, avance.",
        "Chère {prenom}, avance.",
        "Chère ${client.name}, avance.",
        "Chère [NOM], avance.",
        "Chère [Prénom du client], avance.",
        "Chère <PRENOM>, avance.",
        "Chère <prénom>, avance.",
        "Bonjour %s, avance.",
        "Bonjour %(name)s, avance.",
        "Le XXX de ton thème.",
        "TODO",
        "La suite est À COMPLÉTER.",
        "[à compléter]",
        "Lorem ipsum dolor",
        "…",
        " ... ",
        "[…]",
        "null",
        "Né le undefined",
        "[object Object]",
    ],
)
def test_an_unfilled_placeholder_blocks(left: str) -> None:
    assert codes(with_conclusion(left)) == [("placeholder", True)]


@pytest.mark.parametrize(
    "text",
    ["Il reste 50 %dans l'élan", "L'arcane XX", "Tu crées {", "✨", "Elle dit : « … » puis rit.", "a < b > c", "[sic]"],
)
def test_ordinary_text_is_no_placeholder(text: str) -> None:
    assert codes(with_conclusion(text)) == []


def test_a_placeholder_names_its_field_and_what_was_found() -> None:
    raw = whole_reading()
    raw["pdf_content"]["karmic_insights"] = ["Recevoir", "…"]
    (finding,) = check_reading(parse(raw), order_level=1, client_first_name=None)
    assert finding == Finding("placeholder", True, {"path": "pdf_content.karmic_insights", "found": "…"})
    assert str(finding) == "A placeholder was left in the text: …"


def test_a_titled_section_without_text_blocks() -> None:
    raw = whole_reading()
    raw["pdf_content"]["sections"][3]["content"] = " \n"
    assert codes(raw) == [("empty_section", True)]


@pytest.mark.parametrize("char", ["\x07", "\x7f", "\x85", "\ud800", "\ufffe"])
def test_control_characters_block(char: str) -> None:
    assert codes(with_conclusion(f"Avance{char} à ton pas")) == [("control_character", True)]


def test_white_space_joiners_and_other_scripts_are_no_control_characters() -> None:
    assert codes(with_conclusion("a\tb\r\nc\u202f! \u200dé ❤️ 👩‍👧 נועה محمد \u00ad")) == []


def test_sections_missing_doubled_or_short_are_told_without_blocking() -> None:
    raw = whole_reading()
    sections = raw["pdf_content"]["sections"]
    sections[0]["content"] = "Trop court."
    sections[1]["domain"] = "Santé"
    del sections[2]
    assert codes(raw) == [
        ("short_section", False),
        ("few_sections", False),
        ("missing_domain", False),
        ("duplicate_domain", False),
    ]
    texts = [str(f) for f in check_reading(parse(raw), order_level=1, client_first_name=None)]
    assert "No section is about: Relations, Mission" in texts
    assert "More than one section is about: Santé" in texts


@pytest.mark.parametrize("days", [[], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 6], [1, 2, 3, 4, 5, 6, 8], ["x"] * 7])
def test_a_path_without_its_seven_days_is_told(days: list[object]) -> None:
    raw = whole_reading()
    raw["timeline"] = [{"day": day, "title": "Le tri"} for day in days]
    assert codes(raw) == [("timeline_days", False)]


def test_days_may_come_in_any_order() -> None:
    raw = whole_reading()
    raw["timeline"].reverse()
    assert codes(raw) == []


@pytest.mark.parametrize("opening", ["Sophie, ton année", "Chère Sophie, ton année", "Bonjour Sophie ! Ton année"])
def test_a_greeting_to_somebody_else_is_told(opening: str) -> None:
    raw = whole_reading()
    raw["pdf_content"]["introduction"] = opening
    assert codes(raw, name="Camille") == [("other_first_name", False)]
    assert codes(raw, name="sophie ") == []
    assert codes(raw, name="Anne-Sophie") == []


@pytest.mark.parametrize(
    ("opening", "name"),
    [
        ("Aujourd’hui, tu entres", "Camille"),
        ("Chère âme, tu entres", "Camille"),
        ("Tu entres, Sophie", "Camille"),
        ("Mohamed, tu entres", "محمد"),
        ("Helene, tu entres", "Hélène"),
        ("Sophie, tu entres", ""),
        ("Sophie, tu entres", None),
    ],
)
def test_an_uncertain_greeting_is_left_in_peace(opening: str, name: str | None) -> None:
    raw = whole_reading()
    raw["pdf_content"]["introduction"] = opening
    assert codes(raw, name=name) == []


@pytest.mark.parametrize("left", ["<p>Va</p>", "<script>x()</script>", "Va<br/>loin", "Va&nbsp;!", "**Va**", "## Va"])
def test_markup_left_in_the_text_is_told(left: str) -> None:
    assert codes(with_conclusion(left)) == [("markup", False)]


def test_damaged_text_is_told() -> None:
    assert codes(with_conclusion("Ton annÃ©e")) == [("garbled", False)]


def test_a_part_that_the_pdf_leaves_out_is_told() -> None:
    raw = whole_reading()
    raw["pdf_content"]["preface"] = "Lis-moi"
    raw["contentVersions"] = []
    assert codes(raw) == [("not_delivered", False)]


def test_an_unknown_level_is_told() -> None:
    assert codes(whole_reading(), level=7) == [("unknown_level", False)]


def test_the_flat_format_is_not_asked_for_sections_or_days() -> None:
    assert codes({"archetype": "Le Sage", "reading": "Texte complet."}) == []


def test_the_elided_example_blocks_on_its_placeholders_only() -> None:
    raw = SHAPES["Order.generatedContent (sealed from Studio, COMPLETED)"]
    assert {code for code, blocking in codes(raw) if blocking} == {"placeholder"}


@given(st.text(), st.text(), st.none() | st.integers())
def test_any_text_is_checked_without_raising_and_every_finding_can_be_said(text: str, name: str, level: int) -> None:
    raw = {"pdf_content": {"introduction": text, "sections": [{"title": text, "content": text, "domain": text}]}}
    for finding in check_reading(parse(raw), order_level=level, client_first_name=name):
        assert finding.code in TEMPLATES
        assert str(finding)
