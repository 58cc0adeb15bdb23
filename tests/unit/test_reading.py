"""Readings in every shape: understood without fail, edited without collateral damage."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumira_db.reading import (
    FIELD_LABELS,
    GROUP_LABELS,
    FieldChange,
    Shape,
    UnknownField,
    apply_edits,
    changed_fields,
    digest,
    domain_key,
    normalise,
    parse,
)

SHAPES: dict[str, Any] = json.loads((Path(__file__).parent.parent / "contract" / "json_shapes.json").read_text())
FRESH = SHAPES["Order.generatedContent (after AI, AWAITING_VALIDATION)"]
SEALED = SHAPES["Order.generatedContent (sealed from Studio, COMPLETED)"]
ADDITIONS = SHAPES["Order.generatedContent (Feb 2026 additions)"]
FLAT = SHAPES["Order.generatedContent (n8n callback, legacy flat)"]

texts = st.text(st.characters(codec="utf-8"), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
KNOWN_KEYS = [
    *("pdf_content", "synthesis", "timeline", "introduction", "archetype_reveal", "sections", "domain", "title"),
    *("content", "karmic_insights", "life_mission", "rituals", "name", "description", "instructions", "conclusion"),
    *("archetype", "keywords", "emotional_state", "key_blockage", "day", "action", "mantra", "actionType", "reading"),
    *("ritual", "blockagesAnalysis", "soulProfile", "lecture", "pdfUrl", "sealedAt"),
]
# JSON that has the keys of a reading in all the wrong places: what a parser trips over.
near_readings = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KNOWN_KEYS) | texts, inner, max_size=6),
    max_leaves=30,
)
readings = st.fixed_dictionaries(
    {},
    optional={
        "pdf_content": near_readings,
        "synthesis": near_readings,
        "timeline": near_readings,
        "reading": near_readings,
        "archetype": near_readings,
        "lecture": near_readings,
        "pdfUrl": texts,
        "something": near_readings,
    },
)


def same_bytes(left: object, right: object) -> bool:
    return json.dumps(left) == json.dumps(right)


def values(raw: object) -> dict[str, str]:
    return {field.path: field.value for field in parse(raw).fields}


# What is understood ------------------------------------------------------------------------


def test_a_fresh_reading_is_read_in_full() -> None:
    reading = parse(FRESH)
    assert reading.shape is Shape.STRUCTURED
    assert reading.archetype == "Le Guide"
    assert reading.archetype_reveal == "Tu portes l'empreinte du Guide…"
    assert [section.domain for section in reading.sections] == ["spirituel", "relations"]
    assert reading.karmic_insights == ("Apprendre à recevoir", "Dire non sans se justifier")
    assert reading.rituals[0].instructions == ("Allumer la bougie", "Écrire une phrase", "Éteindre sans souffler")
    assert [(day.day, day.title, day.action_type) for day in reading.timeline] == [
        (1, "L'Éveil de la voix", "MEDITATION"),
        (2, "Le tri", "RITUAL"),
    ]
    assert reading.unknown == ()
    assert reading.has_content


def test_fields_come_in_reading_order_with_their_addresses() -> None:
    paths = [field.path for field in parse(FRESH).fields]
    assert paths == [
        "pdf_content.introduction",
        "pdf_content.archetype_reveal",
        "pdf_content.sections[0].domain",
        "pdf_content.sections[0].title",
        "pdf_content.sections[0].content",
        "pdf_content.sections[1].domain",
        "pdf_content.sections[1].title",
        "pdf_content.sections[1].content",
        "pdf_content.karmic_insights",
        "pdf_content.life_mission",
        "pdf_content.rituals[0].name",
        "pdf_content.rituals[0].description",
        "pdf_content.rituals[0].instructions",
        "pdf_content.conclusion",
        "synthesis.archetype",
        "synthesis.keywords",
        "synthesis.emotional_state",
        "synthesis.key_blockage",
        "timeline[0].title",
        "timeline[0].action",
        "timeline[0].mantra",
        "timeline[0].actionType",
        "timeline[1].title",
        "timeline[1].action",
        "timeline[1].mantra",
        "timeline[1].actionType",
    ]


def test_every_field_has_a_label_to_show() -> None:
    for raw in (FRESH, SEALED, FLAT, {"timeline": [{"day": "lundi"}]}):
        for field in parse(raw).fields:
            assert field.label_key in FIELD_LABELS
            assert field.group in GROUP_LABELS


def test_a_sealed_reading_is_its_pdf_content_and_never_its_html() -> None:
    reading = parse(SEALED)
    assert reading.lecture == ""
    assert reading.introduction == "…"
    assert reading.unknown == ()
    assert not [field for field in reading.fields if "sealed" in field.path or "pdfUrl" in field.path]


def test_html_is_shown_as_text_when_nothing_else_is_left() -> None:
    html = (
        "<style>p{}</style><h1>Ton&nbsp;année</h1><p>Un\n seuil &amp; <b>toi</b>.</p>"
        "<script>x()</script><ul><li>Un<li>Deux</ul>"
    )
    reading = parse({"lecture": html, "pdf_content": {"introduction": " ", "sections": [{"title": "Seul"}]}})
    assert reading.lecture == "Ton\xa0année\n\nUn seuil & toi.\n\nUn\nDeux"
    assert reading.has_content


def test_the_flat_format_is_readable_and_editable() -> None:
    reading = parse(FLAT)
    assert reading.shape is Shape.LEGACY_FLAT
    assert reading.archetype == "Le Sage"
    assert [passage.label_key for passage in reading.legacy] == [
        "soul_profile",
        "reading",
        "blockages_analysis",
        "ritual",
    ]
    assert [field.path for field in reading.fields] == [
        "archetype",
        "soulProfile",
        "reading",
        "blockagesAnalysis",
        "ritual",
    ]
    assert reading.unknown == ()


@pytest.mark.parametrize("raw", [None, {}, {"pdf_content": None}, {"pdfUrl": "https://x"}, ADDITIONS])
def test_a_document_without_text_is_empty(raw: object) -> None:
    assert parse(raw).shape is Shape.EMPTY
    assert not parse(raw).has_content


@pytest.mark.parametrize("raw", [[], "texte", 3, True, ["a"], {"x": 1}, {"pdf_content": "texte"}])
def test_a_foreign_document_is_shown_as_it_is(raw: object) -> None:
    reading = parse(raw)
    assert reading.shape is Shape.FOREIGN
    assert not reading.has_content
    assert json.loads(reading.unknown[0].json) in (raw, "texte", 1)


def test_unknown_parts_are_kept_to_be_shown() -> None:
    raw = copy.deepcopy(FRESH)
    raw["pdf_content"]["preface"] = {"by": "x"}
    raw["pdf_content"]["sections"][1]["mood"] = 4
    raw["pdf_content"]["life_mission"] = 42
    raw["tarot"] = ["Lune"]
    unknown = {part.path: json.loads(part.json) for part in parse(raw).unknown}
    assert unknown == {
        "pdf_content.sections[1].mood": 4,
        "pdf_content.life_mission": 42,
        "pdf_content.preface": {"by": "x"},
        "tarot": ["Lune"],
    }


def test_sections_may_be_an_object_named_by_domain() -> None:
    raw = {"pdf_content": {"sections": {"santé": {"title": "Souffle", "content": "Respire"}, "a.b c": "Texte"}}}
    reading = parse(raw)
    assert [(s.domain, s.domain_key, s.title, s.content) for s in reading.sections] == [
        ("santé", "sante", "Souffle", "Respire"),
        ("a.b c", None, "", "Texte"),
    ]
    assert [field.path for field in reading.fields if field.label_key == "content"] == [
        "pdf_content.sections.santé.content",
        'pdf_content.sections["a.b c"]',
    ]


def test_days_may_be_named_numbered_or_counted_by_their_object() -> None:
    listed = parse({"timeline": [{"day": "2"}, {"day": "Lundi"}, {"day": 3.0}, {"day": True}, {}]})
    assert [(day.day, day.label) for day in listed.timeline] == [
        (2, ""),
        (None, "Lundi"),
        (3, ""),
        (None, ""),
        (None, ""),
    ]
    assert [day.day for day in parse({"timeline": {"1": {"title": "a"}, "2": "b"}}).timeline] == [1, 2]


def test_a_list_where_a_text_belongs_is_read_as_paragraphs() -> None:
    raw = {"pdf_content": {"introduction": ["Un.", "Deux."], "conclusion": ["Un\nseul.", None, 3, "Deux."]}}
    reading = parse(raw)
    assert reading.introduction == "Un.\n\nDeux."
    assert reading.conclusion == "Un\nseul.\n\nDeux."
    assert reading.field("pdf_content.introduction").kind == "lines"  # type: ignore[union-attr]
    assert reading.field("pdf_content.conclusion[3]").value == "Deux."  # type: ignore[union-attr]


def test_a_missing_text_can_be_written() -> None:
    raw = {"pdf_content": {"sections": [{"domain": "travail"}], "conclusion": None}}
    edited = apply_edits(
        raw,
        {
            "pdf_content.sections[0].content": "Ose.",
            "pdf_content.conclusion": "Va.",
            "pdf_content.karmic_insights": "Recevoir\n\nDonner\n",
        },
    )
    assert edited == {
        "pdf_content": {
            "sections": [{"domain": "travail", "content": "Ose."}],
            "conclusion": "Va.",
            "karmic_insights": ["Recevoir", "Donner"],
        }
    }


def test_words_of_the_reading_are_counted_without_its_labels() -> None:
    raw = {"pdf_content": {"introduction": "L'année s'ouvre, peut-être.", "sections": [{"domain": "travail"}]}}
    assert parse(raw).words == 3


@pytest.mark.parametrize(
    ("name", "key"),
    [("SPIRITUEL", "spirituel"), (" Créativité ", "creativite"), ("finances", "finance"), ("amour", None), ("", None)],
)
def test_a_domain_is_recognised_whatever_its_case_accents_and_plural(name: str, key: str | None) -> None:
    assert domain_key(name) == key


# What is written ---------------------------------------------------------------------------


def test_an_edit_changes_its_address_and_nothing_else() -> None:
    raw = copy.deepcopy(SEALED)
    raw["pdf_content"]["odd"] = [1.50, None, {"z": 1, "a": 2}]
    edited = apply_edits(raw, {"pdf_content.introduction": "Camille,\r\nvoici.\x00"})
    expected = copy.deepcopy(raw)
    expected["pdf_content"]["introduction"] = "Camille,\nvoici."
    assert same_bytes(edited, expected)
    assert raw["pdf_content"]["introduction"] == "…"


def test_an_unknown_address_is_refused_whole() -> None:
    for path in ("pdfUrl", "pdf_content", "pdf_content.sections[9].title", "timeline[0].day", ""):
        with pytest.raises(UnknownField):
            apply_edits(FRESH, {path: "x"})


def test_typed_text_is_not_trimmed() -> None:
    edited = apply_edits(FRESH, {"pdf_content.conclusion": "  Avance \n\n "})
    assert values(edited)["pdf_content.conclusion"] == "  Avance \n\n "


def test_lines_are_split_and_blank_ones_dropped() -> None:
    edited: Any = apply_edits(FRESH, {"synthesis.keywords": "voix\r\n \n\n  seuil, porte\n"})
    assert edited["synthesis"]["keywords"] == ["voix", "  seuil, porte"]


def test_a_list_whose_items_span_lines_is_edited_item_by_item() -> None:
    raw = {"pdf_content": {"karmic_insights": ["Un\ndeux", "Trois"]}}
    edited = apply_edits(raw, {"pdf_content.karmic_insights[1]": "Quatre"})
    assert edited == {"pdf_content": {"karmic_insights": ["Un\ndeux", "Quatre"]}}


def test_line_endings_alone_are_no_edit() -> None:
    raw = {"pdf_content": {"introduction": "a\r\nb"}}
    assert same_bytes(apply_edits(raw, {"pdf_content.introduction": "a\nb"}), raw)


@given(json_values)
def test_any_json_is_parsed_without_raising(raw: object) -> None:
    reading = parse(raw)
    digest(raw)
    assert len({field.path for field in reading.fields}) == len(reading.fields)


@given(readings)
def test_writing_back_what_was_read_changes_nothing(raw: object) -> None:
    assert same_bytes(apply_edits(raw, values(raw)), raw)


def leaves(raw: object, at: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], str]:
    """Every scalar and empty container of a document, by where it stands."""
    if isinstance(raw, dict) and raw:
        parts = raw.items()
    elif isinstance(raw, list) and raw:
        parts = enumerate(raw)  # type: ignore[assignment]
    else:
        return {at: json.dumps(raw)}
    return {where: leaf for key, part in parts for where, leaf in leaves(part, (*at, key)).items()}


@given(readings, st.data())
def test_one_edit_changes_one_leaf_of_the_document(raw: object, data: st.DataObject) -> None:
    fields = [field for field in parse(raw).fields if field.kind != "lines"]
    if not fields:
        return
    field = data.draw(st.sampled_from(fields))
    typed = data.draw(texts)
    before, after = leaves(raw), leaves(apply_edits(raw, {field.path: typed}))
    changed = {where: leaf for where, leaf in after.items() if before.get(where) != leaf}
    if normalise(typed) == normalise(field.value):
        assert changed == {}
    else:
        assert list(changed.values()) == [json.dumps(normalise(typed))]
    assert len(before.keys() - after.keys()) <= 1  # at most the empty object that was filled


@given(readings)
def test_no_text_is_both_a_field_and_unknown(raw: object) -> None:
    reading = parse(raw)
    unknown = {part.path for part in reading.unknown}
    assert not [field.path for field in reading.fields if field.path in unknown]


# Fingerprint and differences ---------------------------------------------------------------


def test_the_digest_ignores_bookkeeping_and_key_order() -> None:
    sealed = {**FRESH, "pdfUrl": "https://x", "pdfKey": "k", "sealedAt": "now", "sealedBy": "e", **ADDITIONS}
    reordered = dict(reversed(list(FRESH.items())))
    assert digest(FRESH) == digest(sealed) == digest(reordered)


def test_the_digest_survives_postgresql_numbers() -> None:
    assert digest({"timeline": [{"day": 1e2}]}) == digest({"timeline": [{"day": 100}]})


@pytest.mark.parametrize("path", [field.path for field in parse(FRESH).fields])
def test_the_digest_changes_with_every_field(path: str) -> None:
    assert digest(apply_edits(FRESH, {path: "autre"})) != digest(FRESH)


def test_the_digest_covers_html_only_where_html_is_what_is_read() -> None:
    assert digest(SEALED) == digest({**SEALED, "lecture": "<p>autre</p>"})
    assert digest({"lecture": "<p>un</p>"}) != digest({"lecture": "<p>autre</p>"})


def test_differences_name_the_field_before_and_after() -> None:
    edited = apply_edits(FRESH, {"synthesis.keywords": "voix", "pdf_content.conclusion": "Va."})
    assert changed_fields(FRESH, edited) == (
        FieldChange("pdf_content.conclusion", "Avance à ton pas, la route est déjà là.", "Va."),
        FieldChange("synthesis.keywords", "transmission\npatience\nancrage\nvoix\nseuil", "voix"),
    )
    assert changed_fields(FRESH, FRESH) == ()
    assert changed_fields(FLAT, None)[-1] == FieldChange("ritual", "…", "")
