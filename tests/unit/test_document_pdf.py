"""The PDF says, to the letter, what was approved, and looks after French typography."""

from __future__ import annotations

import io
import json
import re
import resource
import time
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.documents.document import ReadingDocument, attachment_name, french_date, level_name
from dashboard.documents.pdf import render_pdf
from dashboard.documents.typography import already_numbered, french, is_right_to_left, paragraphs
from lumira_db.reading import DOMAINS, parse

SHAPES: dict[str, Any] = json.loads((Path(__file__).parent.parent / "contract" / "json_shapes.json").read_text())
FRESH = SHAPES["Order.generatedContent (after AI, AWAITING_VALIDATION)"]
FLAT = SHAPES["Order.generatedContent (n8n callback, legacy flat)"]
PARAGRAPH = (
    "Tu avances dans une saison où tout ce qui semblait figé commence à bouger ; ce n’est pas un hasard si, depuis "
    "vingt-quatre semaines, tu te réveilles avant l'aube avec cette question : « Que reste-t-il à transmettre ? » "
    "L'œuvre intérieure, difficilement officielle, affleure silencieusement — et peut-être y a-t-il là un appel. "
)


def document(raw: object, *, client: str = "Camille Lefèvre", level: int = 2) -> ReadingDocument:
    return ReadingDocument(
        order_number="LU260130-001",
        level=level,
        level_name=level_name(level),
        client_name=client,
        first_name="Camille",
        date=date(2026, 3, 1),
        reading=parse(raw),
    )


def long_reading() -> dict[str, Any]:
    return {
        "pdf_content": {
            "introduction": PARAGRAPH * 4,
            "sections": [
                {"domain": domain, "title": f"La porte {number}", "content": "\n\n".join([PARAGRAPH * 2] * 6)}
                for number, domain in enumerate(DOMAINS, start=1)
            ],
            "karmic_insights": ["Apprendre à recevoir", "Dire non"],
            "life_mission": PARAGRAPH,
            "rituals": [{"name": "Bougie du lundi", "description": PARAGRAPH, "instructions": ["Allumer", "Souffler"]}],
            "conclusion": PARAGRAPH * 2,
        },
        "synthesis": FRESH["synthesis"],
        "timeline": [{"day": day, "title": f"Pas {day}", "action": PARAGRAPH, "mantra": "Va."} for day in range(1, 8)],
    }


def pages(pdf: bytes) -> list[str]:
    """The text of each page, without its running header and page number."""
    texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    bodies = [re.sub(r"\A.*\n|\n?\d+\Z", "", text) for text in texts[1:]]
    return [texts[0], *bodies]


def as_read(text: str) -> str:
    """What a reader sees: breaks of lines and kinds of spaces aside.

    A word broken at the end of a line shows as U+00AD there; a line that ends with a written
    hyphen or dash gets no space from the extraction's line break.
    """
    joined = unicodedata.normalize("NFC", text).replace("\u00ad\n", "").replace("\u00ad", "")
    return re.sub(r"(?<=[-–—/]) ", "", " ".join(joined.split()))


def body(raw: object, **about: Any) -> str:
    return as_read("\n".join(pages(render_pdf(document(raw, **about)))))


def written(raw: object) -> list[str]:
    """Every text that the expert approved, one line or paragraph at a time."""
    return [
        as_read(line)
        for field in parse(raw).fields
        if field.label_key not in {"domain", "action_type"}
        for line in field.value.split("\n")
        if line.strip()
    ]


# To the letter -----------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [FRESH, FLAT, long_reading()], ids=["fresh", "flat", "long"])
def test_every_approved_text_is_in_the_pdf(raw: object) -> None:
    text = body(raw)
    assert [line for line in written(raw) if line not in text] == []


def test_the_parts_come_in_the_order_of_the_reading() -> None:
    text = body(long_reading())
    order = ["Pour commencer", "Le Guide", *(f"La porte {n}" for n in range(1, 9)), "Tes leçons karmiques"]
    order += [
        "Ta mission de vie",
        "Tes rituels",
        "Bougie du lundi",
        "Tes sept jours",
        "Pas 1",
        "Pas 7",
        "Pour la route",
    ]
    places = [text.rindex(heading) for heading in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "hostile",
    [
        '#panic("non") #read("reading.typ") $x^2$ *gras* _italique_ @ref <label> `code` [a] {b} \\n \\ / // ~ = + ^',
        "= Titre\n- puce\n+ numéro\n/ terme: x\n1. un\n",
        "Des tirets - – — -- --- et l'apostrophe ' ’ ‘, des guillemets \" “ ” « » „",
        "peut-être, vingt-quatre, arc-en-ciel, c'est-à-dire, va-t-en, ",
        "L'œuvre, Æther, ŒUVRE, difficile, officielle, affliger, souffler, fjord, Thé, ﬁn",
        "50 % à 3 000 € ; n° 7 : oui ! non ? « peut-être » …",
        "Sans espace: oui; non! quoi? «là»",
        "Emoji 🌙✨ ❤️ 👩‍👩‍👧 🔮 et signes ☽ ☉ ♈ ✦ ★ → ∞ ½ © ®",
        "e\u0301 compose\u0301 et ñ ß ø ł ğ ș Ω я",
        "tab\tulation  double  espace \u202f!",
    ],
)
def test_hostile_text_is_printed_literally(hostile: str) -> None:
    raw = {
        "pdf_content": {"introduction": hostile, "sections": [{"domain": "x", "title": hostile, "content": hostile}]}
    }
    text = body(raw)
    assert [line for line in written(raw) if line not in text] == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.text(
            st.sampled_from("aefiltsvéèêçàùœÆÉ'’\"«»-–—…;:!?.,()[]{}#*_$@<>`\\/=+~^&%0123456789 \u00a0\u202f"),
            max_size=40,
        ),
        min_size=1,
        max_size=12,
    )
)
def test_any_french_text_survives_typesetting(words: list[str]) -> None:
    raw = {"pdf_content": {"conclusion": " ".join(words)}}
    # Without spaces: a line may end inside "a!b", where the extraction's line break is no space.
    text = "".join(body(raw).split())
    assert [line for line in written(raw) if "".join(line.split()) not in text] == []


def test_words_are_hyphenated_and_written_hyphens_stay_hyphens() -> None:
    words = "transformation extraordinairement silencieusement peut-être " * 20
    raw = {"pdf_content": {"conclusion": words, "introduction": words}}
    extracted = "\n".join(pages(render_pdf(document(raw))))
    assert extracted.count("\u00ad\n") >= 10
    assert extracted.replace("-\n", "-").count("peut-être") == 40
    assert as_read(extracted).count(as_read(words)) == 2


def test_a_very_long_word_is_broken_without_gaining_a_letter() -> None:
    word = "https://exemple.org/" + "abcdefghij" * 40
    pdf = render_pdf(document({"pdf_content": {"conclusion": word}}))
    assert word in "".join("".join(pages(pdf)).split())


def test_right_to_left_text_keeps_its_letters() -> None:
    pdf = render_pdf(document({"pdf_content": {"conclusion": "שלום נועה"}}, client="נועה לוי"))
    texts = pages(pdf)
    assert set("נועה לוי") <= set(texts[0])
    assert set("שלום נועה") <= set(texts[1])


def test_controls_and_broken_characters_neither_fail_nor_show() -> None:
    raw = {"pdf_content": {"conclusion": "Avance\x07\x00 à\ud800 ton\ufffe pas\ufeff."}}
    assert "Avance à ton pas." in body(raw)


def test_a_character_that_no_bundled_font_has_does_not_stop_the_pdf() -> None:
    assert "Avance" in body({"pdf_content": {"conclusion": "Avance 日本 \U000f1234"}})


# What is around it -------------------------------------------------------------------------


def test_the_cover_says_whose_reading_it_is() -> None:
    cover = as_read(pages(render_pdf(document(FRESH, client="Éloïse d'Œuvre-Hœst")))[0])
    for said in ("Lecture Mystique", "Éloïse d'Œuvre-Hœst", "1er mars 2026", "Commande LU260130-001"):
        assert said in cover


def test_headings_name_the_domains_and_the_days_in_french() -> None:
    raw = {
        "pdf_content": {"sections": [{"domain": "creativite", "content": "a"}, {"domain": "Amour", "content": "b"}]},
        "timeline": [{"day": 2, "action": "b", "actionType": "JOURNALING"}, {"day": 1, "action": "a"}, {"day": 3}],
    }
    text = body(raw)
    assert "CRÉATIVITÉ a Amour b" in text
    assert text.index("Jour 1") < text.index("Jour 2 · Écriture")
    assert "Jour 3" not in text


def test_steps_are_numbered_unless_they_bring_their_numbers() -> None:
    plain = body({"pdf_content": {"rituals": [{"name": "Feu", "instructions": ["Allumer", "Écrire"]}]}})
    assert "1. Allumer 2. Écrire" in plain
    own = body({"pdf_content": {"rituals": [{"instructions": "1) Allumer\n2) Écrire"}]}})
    assert "1) Allumer 2) Écrire" in own
    assert "1. " not in own


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "texte",
        {"pdf_content": {}, "synthesis": {}, "timeline": []},
        {"pdf_content": {"sections": [{}, {"title": " "}], "rituals": [{}], "karmic_insights": [""]}, "timeline": [{}]},
    ],
)
def test_missing_parts_leave_no_heading(raw: object) -> None:
    inner = "".join(pages(render_pdf(document(raw)))[1:])
    assert inner.strip() == ""


def test_html_of_the_studio_is_printed_when_nothing_else_is_left() -> None:
    assert "Ta lecture Ton année s'ouvre." in body({"lecture": "<h2>Ton année</h2> s'ouvre."})


@pytest.mark.parametrize("client", ["", "W" * 5000, "x " * 900, "محمد العربي", "\x00\n"])
def test_any_name_leaves_the_cover_one_page(client: str) -> None:
    pdf = render_pdf(document({"pdf_content": {"introduction": "Bonjour."}}, client=client))
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 2


def test_the_pdf_names_its_title_author_and_language_and_is_tagged() -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(document(FRESH))))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("Lecture Mystique – Camille Lefèvre", "Oracle Lumira")
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "fr-FR"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    assert reader.outline


def test_the_pages_are_a5() -> None:
    box = pypdf.PdfReader(io.BytesIO(render_pdf(document(FRESH)))).pages[0].mediabox
    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == (148, 210)


def test_the_same_document_gives_the_same_bytes() -> None:
    assert render_pdf(document(FRESH)) == render_pdf(document(json.loads(json.dumps(FRESH))))


def test_a_long_reading_is_typeset_well_under_a_second() -> None:
    raw = long_reading()
    assert sum(len(field.value) for field in parse(raw).fields) > 35_000
    render_pdf(document(raw))
    started = time.perf_counter()
    pdf = render_pdf(document({**raw, "archetype": "autre"}))
    assert time.perf_counter() - started < 1
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) >= 20


def test_typesetting_many_readings_does_not_make_the_process_grow() -> None:
    def megabytes() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

    def render(number: int) -> None:
        raw = long_reading()
        for section in raw["pdf_content"]["sections"]:
            section["content"] = section["content"].replace("Tu ", f"Tu, {number}, ")
        render_pdf(document(raw))

    for number in range(3):
        render(number)
    before = megabytes()
    for number in range(3, 13):
        render(number)
    assert megabytes() - before < 60


# Typography on the text --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "set_as"),
    [
        ("oui ; non ! quoi ?", "oui\u202f; non\u202f! quoi\u202f?"),
        ("ceci : « là »", "ceci\u00a0: «\u00a0là\u00a0»"),
        ("50 % de 3 000 €", "50\u202f% de 3\u202f000\u202f€"),
        ("oui; non! «là»", "oui; non! «là»"),
        ("en 2026 12 pas", "en 2026 12 pas"),
    ],
)
def test_spaces_before_french_punctuation_do_not_break(typed: str, set_as: str) -> None:
    assert french(typed) == set_as


@given(st.text())
def test_typography_changes_kinds_of_spaces_and_nothing_else(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(c for c in composed if unicodedata.category(c) not in {"Cc", "Cs"} or c in "\t\n")
    expected = [c for c in visible if c not in "\ufeff\u200b" and not c.isspace() and ord(c) & 0xFFFE != 0xFFFE]
    kept = [c for c in french(text) if c != "\u200b" and not c.isspace()]
    assert kept == [c for c in expected if not "\ufdd0" <= c <= "\ufdef"]


def test_paragraphs_are_parted_by_blank_lines() -> None:
    assert paragraphs("a\r\nb\n \n\n\nc\u2028d\n\n \n") == [["a", "b"], ["c", "d"]]
    assert paragraphs(" \n ") == []


def test_direction_follows_the_first_letter() -> None:
    assert is_right_to_left("… 12 שלום abc")
    assert not is_right_to_left("12 abc שלום")
    assert not is_right_to_left("🌙 12")


def test_steps_count_as_numbered_only_together() -> None:
    assert already_numbered(("1. a", "2) b", " 3 - c"))
    assert not already_numbered(("1. a", "b"))
    assert not already_numbered(())


def test_names_are_written_as_the_client_knows_them() -> None:
    assert [level_name(level) for level in (1, 2, 3, 4, 7)] == [
        "Initié",
        "Mystique",
        "Profond",
        "Intégrale",
        "Niveau 7",
    ]
    assert (french_date(date(2026, 8, 1)), french_date(date(2026, 12, 31))) == ("1er août 2026", "31 décembre 2026")
    assert attachment_name("LU260130-001") == "lecture-LU260130-001.pdf"
    assert attachment_name("../é\n") == "lecture------.pdf"
