"""The reading in ``"Order"."generatedContent"``: understood, edited, compared and fingerprinted.

That column is unchecked JSON written by several generations of the platform. `parse` accepts all
of it; `apply_edits` changes the named texts and nothing else. Pure functions, no I/O.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lumira_db.reading_html import plain_text
from lumira_db.reading_scan import LEGACY_KEYS, Scan, Slot, scan
from lumira_db.reading_shapes import (
    DOMAIN_NAMES,
    DOMAINS,
    FIELD_LABELS,
    GROUP_LABELS,
    Field,
    Group,
    Kind,
    Passage,
    Reading,
    Ritual,
    Section,
    Shape,
    TimelineDay,
    UnknownPart,
    domain_key,
)

__all__ = [
    "DOMAINS",
    "DOMAIN_NAMES",
    "FIELD_LABELS",
    "GROUP_LABELS",
    "Field",
    "FieldChange",
    "Group",
    "Kind",
    "Passage",
    "Reading",
    "Ritual",
    "Section",
    "Shape",
    "TimelineDay",
    "UnknownField",
    "UnknownPart",
    "apply_edits",
    "changed_fields",
    "digest",
    "domain_key",
    "normalise",
    "parse",
]

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_PROSE = frozenset({"domain", "day", "action_type", "keywords"})
_NOT_BODY = frozenset({"domain", "title", "name"})


class UnknownField(ValueError):
    """An edit names an address that the document does not have."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"The reading has no field at {path}.")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of two documents; a field that one of them lacks counts as empty there."""

    path: str
    before: str
    after: str


def parse(raw: object) -> Reading:
    """Understand any document, also one that is no reading at all; never raises."""
    found = scan(raw)
    fields = tuple(slot.field for slot in found.slots)
    lecture = _lecture(raw, found)
    return Reading(
        shape=_shape(raw, found, lecture),
        fields=fields,
        introduction=found.introduction,
        archetype=found.archetype,
        archetype_reveal=found.archetype_reveal,
        sections=tuple(found.sections),
        karmic_insights=found.karmic_insights,
        life_mission=found.life_mission,
        rituals=tuple(found.rituals),
        conclusion=found.conclusion,
        keywords=found.keywords,
        emotional_state=found.emotional_state,
        key_blockage=found.key_blockage,
        timeline=tuple(found.timeline),
        legacy=tuple(found.legacy),
        lecture=lecture,
        unknown=tuple(found.unknown),
        has_content=_has_body(fields) or bool(lecture),
        words=sum(_count_words(field) for field in fields) + len(_WORD.findall(lecture)),
    )


def apply_edits(raw: object, edits: Mapping[str, str]) -> object:
    """A copy of the document in which only the named fields have changed.

    Line endings become ``\\n``; NUL and lone surrogates, which PostgreSQL refuses, are removed;
    the text is otherwise kept as typed. A "lines" field drops its blank lines. An edit that says
    what the document already says leaves it byte for byte alone.

    Raises UnknownField when an address is not among ``parse(raw).fields``.
    """
    slots = {slot.field.path: slot for slot in scan(raw).slots}
    document = copy.deepcopy(raw)
    for path, typed in edits.items():
        slot = slots.get(path)
        if slot is None:
            raise UnknownField(path)
        text = normalise(typed)
        if text != normalise(slot.field.value):
            _write(document, slot, text)
    return document


def normalise(text: str) -> str:
    """The text as it is stored: ``\\n`` line endings, nothing that PostgreSQL refuses."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return _SURROGATE.sub("", unified)


def digest(raw: object) -> str:
    """SHA-256 (hex) of everything a client can read in the document.

    Two documents with the same digest make the same PDF: pdfUrl, sealedAt and the other
    bookkeeping of the platform do not count, nor do key order and white space.
    """
    readable: object = raw
    if isinstance(raw, dict):
        keys = ("pdf_content", "synthesis", "timeline", *LEGACY_KEYS)
        readable = {key: raw[key] for key in keys if raw.get(key) is not None}
        lecture = _lecture(raw, scan(raw))
        if lecture:
            readable["lecture"] = lecture
    canonical = json.dumps(
        _plain_numbers(readable), ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=repr
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def changed_fields(before_raw: object, after_raw: object) -> tuple[FieldChange, ...]:
    """The fields that differ between two documents, in the reading order of the later one."""
    before = {field.path: field.value for field in parse(before_raw).fields}
    after = {field.path: field.value for field in parse(after_raw).fields}
    paths = [*after, *(path for path in before if path not in after)]
    changes = (FieldChange(path, before.get(path, ""), after.get(path, "")) for path in paths)
    return tuple(change for change in changes if change.before != change.after)


def _shape(raw: object, found: Scan, lecture: str) -> Shape:
    if isinstance(raw, dict) and found.slots:
        flat = all(slot.field.group == "legacy" for slot in found.slots)
        return Shape.LEGACY_FLAT if flat else Shape.STRUCTURED
    if lecture:
        return Shape.LEGACY_FLAT
    return Shape.FOREIGN if found.unknown else Shape.EMPTY


def _lecture(raw: object, found: Scan) -> str:
    """The studio's HTML as text, when the document holds nothing else to read (else empty)."""
    html = raw.get("lecture") if isinstance(raw, dict) else None
    if not isinstance(html, str) or _has_body(tuple(slot.field for slot in found.slots)):
        return ""
    return plain_text(html)


def _has_body(fields: tuple[Field, ...]) -> bool:
    return any(_is_body(field) and field.value.strip() for field in fields)


def _is_body(field: Field) -> bool:
    """Whether the field belongs to what the client came to read: headings and the path do not."""
    if field.group in {"synthesis", "timeline"} or field.label_key in _NOT_BODY:
        return False
    return not (field.group == "legacy" and field.label_key == "archetype")


def _count_words(field: Field) -> int:
    return 0 if field.label_key in _NOT_PROSE else len(_WORD.findall(field.value))


def _write(document: Any, slot: Slot, text: str) -> None:
    holder = document
    for key in slot.keys[:-1]:
        holder = holder[key]
    value: object = text
    if slot.field.kind == "lines":
        value = [line for line in text.split("\n") if line.strip()]
    holder[slot.keys[-1]] = value


def _plain_numbers(value: object) -> object:
    """The same JSON with whole floats as integers: jsonb gives 1e2 back as 100."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain_numbers(item) for key, item in value.items()}
    return value
