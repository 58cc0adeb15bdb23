"""The readings that the seed and the demo's generator compose."""

import json
import re
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from dashboard.seed.prose import DOMAINS, make_reading
from lumira_db.enums import PathActionType


def reading(seed: int = 1, **options: Any) -> dict[str, Any]:
    return make_reading(Random(seed), **{"first_name": "Élise", "level": 2, "question": None, **options})


def texts(value: object) -> list[str]:
    """Every text in a document."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


def test_the_same_seed_gives_the_same_reading_and_another_seed_another() -> None:
    assert reading(7) == reading(7)
    assert reading(7) != reading(8)


def test_a_reading_has_the_eight_sections_and_seven_days_in_order() -> None:
    made = reading()
    assert [section["domain"] for section in made["pdf_content"]["sections"]] == list(DOMAINS)
    assert [day["day"] for day in made["timeline"]] == [1, 2, 3, 4, 5, 6, 7]
    assert {day["actionType"] for seed in range(20) for day in reading(seed)["timeline"]} <= {
        kind.value for kind in PathActionType
    }
    assert len(made["synthesis"]["keywords"]) == 5


@pytest.mark.parametrize(
    ("length", "least", "most"), [("short", 4_500, 8_000), ("normal", 9_000, 14_000), ("long", 31_000, 38_000)]
)
def test_a_reading_has_a_realistic_length(length: str, least: int, most: int) -> None:
    for seed in range(50):
        made = reading(seed, level=seed % 4 + 1, length=length)
        assert least < sum(map(len, texts(made))) < most


@pytest.mark.parametrize("length", ["short", "normal", "long"])
def test_no_blank_is_left_and_no_sentence_is_told_twice(length: str) -> None:
    for seed in range(50):
        made = reading(seed, length=length)
        told = [part for text in texts(made) for part in re.split(r"(?<=[.!?…])\s+", text) if len(part) > 60]
        assert not any("{" in text or "  " in text for text in texts(made))
        assert not [first for first, second in pairwise(sorted(told)) if first == second]


def test_the_question_is_quoted_whole_unless_it_is_very_long() -> None:
    asked = "Dois-je quitter l'atelier {maintenant} ?"
    assert f"« {asked} »" in reading(question=asked)["pdf_content"]["introduction"]
    assert "…" in reading(question="très " * 200)["pdf_content"]["introduction"]


def test_a_revision_quotes_its_instructions_and_reworks_the_domains_that_they_name() -> None:
    before, after = reading(3), reading(3, instructions="Plus de concret sur le travail et la santé.")
    assert "« Plus de concret sur le travail et la santé. »" in after["pdf_content"]["introduction"]
    reworked = [section["domain"] for section in after["pdf_content"]["sections"] if is_reworked(section["content"])]
    assert reworked == ["travail", "sante"]
    assert not any(is_reworked(section["content"]) for section in before["pdf_content"]["sections"])


def is_reworked(content: str) -> bool:
    return any(mark in content for mark in ("a été approfondi", "a été repris", "se lit désormais"))


@pytest.mark.parametrize("level", [0, 1, 4, 7, -3])
def test_an_unknown_level_and_a_strange_name_are_no_obstacle(level: int) -> None:
    made = reading(level=level, first_name='<b>D\'Arc</b> {0} "مريم" 🌙')
    assert '<b>D\'Arc</b> {0} "مريم" 🌙, ' in made["pdf_content"]["introduction"]
    assert json.loads(json.dumps(made)) == made
