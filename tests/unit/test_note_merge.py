"""Two people's notes become one text, and no word of either is lost."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumira_db.note_merge import Merged, as_typed, compare, merge

WORDS = st.sampled_from(["lundi", "mardi", "rappeler", "Élodie", "l'été", "🌙", ".", ",", "مرحبا"])
TEXTS = st.lists(st.one_of(WORDS, st.sampled_from([" ", "\n"])), max_size=14).map("".join)


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "expected"),
    [
        ("a b c", "a x b c", "a b c y", Merged("a x b c y", True)),
        ("Lundi.", "Lundi.\nRappeler.", "Lundi.\nRembourser.", Merged("Lundi.\nRappeler.\nRembourser.", True)),
        ("", "Rappeler", "Rembourser", Merged("Rappeler Rembourser", True)),
        ("bonjour le monde", "salut le monde", "hello le monde", Merged("salut hello le monde", False)),
        ("un deux", "un", "un deux trois", Merged("un deux trois", False)),
        ("même", "même texte", "même texte", Merged("même texte", True)),
    ],
)
def test_what_only_one_side_changed_is_taken_from_that_side(
    base: str, theirs: str, mine: str, expected: Merged
) -> None:
    merged = merge(base, theirs, mine)
    assert merged == expected


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_no_word_that_either_side_added_is_lost(base: str, theirs: str, mine: str) -> None:
    merged = Counter(_visible(merge(base, theirs, mine).text))
    for side in (theirs, mine):
        added = _visible("".join(one.text for one in compare(base, side) if one.kind == "new"))
        assert not Counter(added) - merged


@given(TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_with_one_side_unchanged_the_other_stands(base: str, other: str) -> None:
    assert merge(base, base, other).text == other
    assert merge(base, other, base).text == other
    assert merge(base, other, other).text == other


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_a_comparison_holds_both_texts_to_the_letter(before: str, after: str) -> None:
    stretches = compare(before, after)
    assert "".join(one.text for one in stretches if one.kind != "new") == before
    assert "".join(one.text for one in stretches if one.kind != "gone") == after


def test_long_notes_are_compared_by_lines_in_good_time() -> None:
    before = "".join(f"Ligne {number} de la note, assez longue pour compter.\n" for number in range(3000))
    changed = [stretch.kind for stretch in compare(before, before + "Une de plus.\n")]
    assert changed == ["same", "new"]


def test_lines_end_in_one_way_and_nothing_is_no_text() -> None:
    assert as_typed("a\r\nb\rc\x00") == "a\nb\nc"
    assert as_typed(None) == ""


def _visible(text: str) -> str:
    return "".join(text.split())
