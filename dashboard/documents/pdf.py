"""The reading as a PDF: A5, French typography, the same bytes for the same document.

The text reaches the template as JSON only, so nothing in it can act as typst code.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import typst

from dashboard.documents.document import ReadingDocument, french_date
from dashboard.documents.typography import already_numbered, drawable, is_right_to_left, line, paragraphs
from lumira_db.reading import DOMAIN_NAMES, Ritual, Section, TimelineDay, domain_key

_ACTIONS = {
    "MANTRA": "Mantra",
    "RITUAL": "Rituel",
    "JOURNALING": "Écriture",
    "MEDITATION": "Méditation",
    "REFLECTION": "Réflexion",
}
_LEGACY_HEADINGS = {
    "soul_profile": "Ton profil d’âme",
    "reading": "Ta lecture",
    "blockages_analysis": "Ce qui te retient",
    "ritual": "Ton rituel",
}
# From this length on, a section opens on a page of its own.
_LONG_SECTION = 1200
# Up to this length, a day is kept whole on its page.
_LONG_DAY = 1000
# typst keeps what it computed for the next ten compilations: 12 MB a long reading, for nothing here.
_COMPILATIONS_KEPT = 10
# A longer name would push the cover over to a second page.
_LONGEST_NAME = 120


def render_pdf(document: ReadingDocument) -> bytes:
    """Typeset the reading, bookkeeping aside; every part that is missing leaves no trace.

    Meets PDF/UA-1 as long as the bundled fonts (Latin, Greek, Cyrillic, Hebrew, Arabic, the
    scripts of India and emoji among them) have every character. A text that needs another font
    is set with what the machine has, and then depends on the machine.
    """
    data = json.dumps(_data(document))
    try:
        return _compile(data, fonts=_bundled_fonts(), standards=["ua-1"])
    except typst.TypstError:
        return _compile(data, fonts=_all_fonts(), standards=[])
    finally:
        _forget()


def _compile(data: str, *, fonts: typst.Fonts, standards: list[Any]) -> bytes:
    template = files("dashboard.documents") / "reading.typ"
    return typst.compile(str(template), sys_inputs={"data": data}, font_paths=fonts, pdf_standards=standards)


def _forget() -> None:
    """Let typst drop what it kept of this reading, or the process would grow by 130 MB."""
    for _ in range(_COMPILATIONS_KEPT):
        typst.compile(b"", font_paths=_bundled_fonts())


@cache
def _bundled_fonts() -> typst.Fonts:
    """Typst's own fonts and those of the fonts package: the same on every machine."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(files("manimgx_fonts"))])


@cache
def _all_fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, font_paths=[str(files("manimgx_fonts"))])


def _data(document: ReadingDocument) -> dict[str, Any]:
    """What the template reads. Texts are lists of paragraphs, see `_prose`; names are strings."""
    reading = document.reading
    usual_length = sum(len(section.content) for section in reading.sections) / max(1, len(reading.sections))
    return {
        "title": drawable(f"Lecture {document.level_name} – {document.client_name or document.order_number}"),
        "order": line(document.order_number),
        "level": line(document.level_name),
        "client": line(_shortened(document.client_name)),
        "day": french_date(document.date),
        "date": [document.date.year, document.date.month, document.date.day],
        "spacious": usual_length >= _LONG_SECTION,
        "introduction": _prose(reading.introduction),
        "archetype": {
            "name": line(reading.archetype),
            "reveal": _prose(reading.archetype_reveal),
            "keywords": [line(word) for word in reading.keywords if word.strip()],
            "state": _prose(reading.emotional_state),
            "blockage": _prose(reading.key_blockage),
        },
        "sections": [_section(section) for section in reading.sections if (section.title + section.content).strip()],
        "karmic": [_prose(insight) for insight in reading.karmic_insights if insight.strip()],
        "mission": _prose(reading.life_mission),
        "rituals": [_ritual(ritual) for ritual in reading.rituals if _says_something(ritual)],
        "days": _days(reading.timeline),
        "conclusion": _prose(reading.conclusion),
        "legacy": [
            {"heading": _LEGACY_HEADINGS[passage.label_key], "text": _prose(passage.text)} for passage in reading.legacy
        ],
        "lecture": _prose(reading.lecture),
    }


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _prose(text: str) -> list[dict[str, Any]]:
    return [{"lines": lines, "rtl": is_right_to_left(lines[0])} for lines in paragraphs(text)]


def _section(section: Section) -> dict[str, Any]:
    key = domain_key(section.domain)
    domain = DOMAIN_NAMES[key].upper() if key else line(section.domain)
    return {"domain": domain, "title": line(section.title), "text": _prose(section.content)}


def _ritual(ritual: Ritual) -> dict[str, Any]:
    steps = tuple(step for step in ritual.instructions if step.strip())
    return {
        "name": line(ritual.name),
        "text": _prose(ritual.description),
        "steps": [_prose(step) for step in steps],
        "numbered": already_numbered(steps),
    }


def _says_something(ritual: Ritual) -> bool:
    return bool("".join((ritual.name, ritual.description, *ritual.instructions)).strip())


def _days(timeline: tuple[TimelineDay, ...]) -> list[dict[str, Any]]:
    """The days that have a text, in the order of their numbers where all have one."""
    days = [day for day in timeline if (day.title + day.action + day.mantra).strip()]
    if all(day.day is not None for day in days):
        days.sort(key=lambda day: day.day or 0)
    return [_day(number, day) for number, day in enumerate(days, start=1)]


def _day(number: int, day: TimelineDay) -> dict[str, Any]:
    shown = number if day.day is None else day.day
    return {
        "label": line(day.label) or f"Jour {shown}",
        "phase": shown if 1 <= shown <= 7 else None,
        "long": len(day.action) > _LONG_DAY,
        "title": line(day.title),
        "text": _prose(day.action),
        "mantra": _prose(day.mantra),
        "action": _ACTIONS.get(day.action_type.strip().upper(), line(day.action_type)),
    }
