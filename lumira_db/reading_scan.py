"""One walk over the unchecked JSON of a reading: finds every text, its address and its place.

The walk never raises: whatever has another type than expected is either shown as what it is
(a list of strings where a text is expected stays a list) or set aside as unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from lumira_db.reading_shapes import Field, Group, Kind, Passage, Ritual, Section, TimelineDay, UnknownPart

Keys = tuple[str | int, ...]

LEGACY_KEYS = {
    "archetype": "archetype",
    "soulProfile": "soul_profile",
    "reading": "reading",
    "blockagesAnalysis": "blockages_analysis",
    "ritual": "ritual",
}
"""Texts of the flat format, in reading order, with the label each one has."""

BOOKKEEPING = frozenset(
    {
        "pdfUrl",
        "pdfKey",
        "sealedAt",
        "sealedBy",
        "source",
        "lecture",
        "lastRefinedAt",
        "refinedBy",
        "contentVersions",
        "lastRestoredAt",
        "restoredBy",
        "regeneratedAt",
        "regeneratedBy",
        "audioUrl",
        "mandalaSvg",
        "generatedAt",
    }
)
"""Keys that the platform writes beside the text: known, never edited, not part of the reading."""

PDF_KEYS = (
    "introduction",
    "archetype_reveal",
    "sections",
    "karmic_insights",
    "life_mission",
    "rituals",
    "conclusion",
)
SECTION_KEYS = ("domain", "title", "content")
RITUAL_KEYS = ("name", "description", "instructions")
SYNTHESIS_KEYS = ("archetype", "keywords", "emotional_state", "key_blockage")
DAY_KEYS = ("day", "title", "action", "mantra", "actionType")


@dataclass(frozen=True, slots=True)
class Slot:
    """A field and the keys that lead to its value; the last key may be missing in the document."""

    field: Field
    keys: Keys


@dataclass(frozen=True, slots=True)
class Member:
    """A section, ritual or day as it stands in the document, with the name its container gives it."""

    keys: Keys
    value: object
    name: str = ""


@dataclass(slots=True)
class Scan:
    """What a walk has found so far."""

    slots: list[Slot] = field(default_factory=list)
    unknown: list[UnknownPart] = field(default_factory=list)
    introduction: str = ""
    archetype_reveal: str = ""
    sections: list[Section] = field(default_factory=list)
    karmic_insights: tuple[str, ...] = ()
    life_mission: str = ""
    rituals: list[Ritual] = field(default_factory=list)
    conclusion: str = ""
    archetype: str = ""
    keywords: tuple[str, ...] = ()
    emotional_state: str = ""
    key_blockage: str = ""
    timeline: list[TimelineDay] = field(default_factory=list)
    legacy: list[Passage] = field(default_factory=list)

    def strings(
        self,
        keys: Keys,
        value: object,
        group: Group,
        label_key: str,
        kind: Kind,
        position: int | None = None,
        domain: str = "",
    ) -> tuple[str, ...]:
        """Take what stands at this place as one or several strings, and make it editable.

        A string stays one field. A list whose strings each fit on a line becomes one "lines"
        field, any other list one field a string. A missing value becomes an empty field.
        """

        def add(at: Keys, kind: Kind, text: str) -> None:
            self.slots.append(Slot(Field(address(at), group, label_key, kind, text, position, domain), at))

        if value is None:
            add(keys, kind, "")
            return ()
        if isinstance(value, str):
            add(keys, "text" if kind == "lines" or "\n" in value else kind, value)
            return (value,) if value else ()
        if not isinstance(value, list):
            self.set_aside(keys, value)
            return ()
        if all(fits_a_line(item) for item in value):
            add(keys, "lines", "\n".join(value))
            return tuple(value)
        for index, item in enumerate(value):
            if isinstance(item, str):
                add((*keys, index), "text", item)
            elif item is not None:
                self.set_aside((*keys, index), item)
        return tuple(item for item in value if isinstance(item, str) and item)

    def text(
        self,
        keys: Keys,
        value: object,
        group: Group,
        label_key: str,
        kind: Kind,
        position: int | None = None,
        domain: str = "",
    ) -> str:
        """Like `strings`, for a place that holds one text; a list counts as its paragraphs."""
        separator = "\n\n" if kind == "text" else "\n"
        return separator.join(self.strings(keys, value, group, label_key, kind, position, domain))

    def set_aside(self, keys: Keys, value: object) -> None:
        """Remember a part that has no name here, to be shown and left alone."""
        self.unknown.append(UnknownPart(address(keys), as_json(value)))

    def set_aside_others(self, keys: Keys, value: dict[str, object], known: tuple[str, ...]) -> None:
        for key, part in value.items():
            if key not in known and part is not None:
                self.set_aside((*keys, key), part)


def scan(raw: object) -> Scan:
    """Walk the whole document."""
    found = Scan()
    if raw is None:
        return found
    if not isinstance(raw, dict):
        found.set_aside((), raw)
        return found
    _pdf_content(found, raw.get("pdf_content"))
    _synthesis(found, raw.get("synthesis"))
    _timeline(found, raw.get("timeline"))
    _legacy(found, raw)
    known = ("pdf_content", "synthesis", "timeline", *LEGACY_KEYS, *BOOKKEEPING)
    found.set_aside_others((), raw, known)
    return found


def _pdf_content(found: Scan, value: object) -> None:
    at: Keys = ("pdf_content",)
    if not isinstance(value, dict):
        if value is not None:
            found.set_aside(at, value)
        return
    get = value.get
    found.introduction = found.text((*at, "introduction"), get("introduction"), "introduction", "introduction", "text")
    found.archetype_reveal = found.text(
        (*at, "archetype_reveal"), get("archetype_reveal"), "archetype", "archetype_reveal", "text"
    )
    for position, member in enumerate(_members(found, (*at, "sections"), get("sections"), SECTION_KEYS)):
        _section(found, member, position)
    found.karmic_insights = found.strings(
        (*at, "karmic_insights"), get("karmic_insights"), "karmic", "karmic_insights", "lines"
    )
    found.life_mission = found.text((*at, "life_mission"), get("life_mission"), "mission", "life_mission", "text")
    for position, member in enumerate(_members(found, (*at, "rituals"), get("rituals"), RITUAL_KEYS)):
        _ritual(found, member, position)
    found.conclusion = found.text((*at, "conclusion"), get("conclusion"), "conclusion", "conclusion", "text")
    found.set_aside_others(at, value, PDF_KEYS)


def _section(found: Scan, member: Member, position: int) -> None:
    keys, item = member.keys, member.value
    if not isinstance(item, dict):
        content = found.text(keys, item, "section", "content", "text", position, member.name)
        found.sections.append(Section(address(keys), member.name, "", content))
        return
    said = item.get("domain")
    domain = said if isinstance(said, str) else member.name
    if "domain" in item or not member.name:
        found.text((*keys, "domain"), said, "section", "domain", "line", position, domain)
    title = found.text((*keys, "title"), item.get("title"), "section", "title", "line", position, domain)
    content = found.text((*keys, "content"), item.get("content"), "section", "content", "text", position, domain)
    found.sections.append(Section(address(keys), domain, title, content))
    found.set_aside_others(keys, item, SECTION_KEYS)


def _ritual(found: Scan, member: Member, position: int) -> None:
    keys, item = member.keys, member.value
    if not isinstance(item, dict):
        text = found.text(keys, item, "ritual", "description", "text", position)
        found.rituals.append(Ritual(address(keys), "", text, ()))
        return
    name = found.text((*keys, "name"), item.get("name"), "ritual", "name", "line", position)
    description = found.text((*keys, "description"), item.get("description"), "ritual", "description", "text", position)
    steps = found.strings(
        (*keys, "instructions"), item.get("instructions"), "ritual", "instructions", "lines", position
    )
    if isinstance(item.get("instructions"), str):
        steps = tuple(line for step in steps for line in step.splitlines() if line.strip())
    found.rituals.append(Ritual(address(keys), name, description, steps))
    found.set_aside_others(keys, item, RITUAL_KEYS)


def _synthesis(found: Scan, value: object) -> None:
    at: Keys = ("synthesis",)
    if not isinstance(value, dict):
        if value is not None:
            found.set_aside(at, value)
        return
    get = value.get
    found.archetype = found.text((*at, "archetype"), get("archetype"), "synthesis", "archetype", "line")
    found.keywords = found.strings((*at, "keywords"), get("keywords"), "synthesis", "keywords", "lines")
    found.emotional_state = found.text(
        (*at, "emotional_state"), get("emotional_state"), "synthesis", "emotional_state", "text"
    )
    found.key_blockage = found.text((*at, "key_blockage"), get("key_blockage"), "synthesis", "key_blockage", "text")
    found.set_aside_others(at, value, SYNTHESIS_KEYS)


def _timeline(found: Scan, value: object) -> None:
    for position, member in enumerate(_members(found, ("timeline",), value, DAY_KEYS)):
        keys, item = member.keys, member.value
        if not isinstance(item, dict):
            action = found.text(keys, item, "timeline", "action", "text", position)
            day, label = _day_named(member.name)
            found.timeline.append(TimelineDay(address(keys), day, label, "", action, "", ""))
            continue
        day, label = _day(found, member, item.get("day"), position)
        texts = [
            found.text((*keys, key), item.get(key), "timeline", label_key, kind, position)
            for key, label_key, kind in _DAY_TEXTS
        ]
        found.timeline.append(TimelineDay(address(keys), day, label, *texts))
        found.set_aside_others(keys, item, DAY_KEYS)


_DAY_TEXTS: tuple[tuple[str, str, Kind], ...] = (
    ("title", "title", "line"),
    ("action", "action", "text"),
    ("mantra", "mantra", "line"),
    ("actionType", "action_type", "line"),
)


def _day(found: Scan, member: Member, value: object, position: int) -> tuple[int | None, str]:
    """The number of a day and, where the document gives it another name, that name."""
    keys: Keys = (*member.keys, "day")
    if value is None:
        return _day_named(member.name)
    if isinstance(value, int) and not isinstance(value, bool):
        return value, ""
    if isinstance(value, float) and value.is_integer():
        return int(value), ""
    if not isinstance(value, str):
        found.set_aside(keys, value)
        return None, ""
    return _day_named(found.text(keys, value, "timeline", "day", "line", position))


def _day_named(name: str) -> tuple[int | None, str]:
    plain = name.strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= 4:
        return int(plain), ""
    return None, plain


def _legacy(found: Scan, raw: dict[str, object]) -> None:
    for key, label_key in LEGACY_KEYS.items():
        value = raw.get(key)
        if value is None:
            continue
        kind: Kind = "line" if key == "archetype" else "text"
        text = found.text((key,), value, "legacy", label_key, kind)
        if key == "archetype":
            found.archetype = found.archetype or text
        elif text:
            found.legacy.append(Passage(key, label_key, text))


def _members(found: Scan, keys: Keys, value: object, own: tuple[str, ...]) -> Iterator[Member]:
    """The members of a list that real data also holds as an object, as one member, or as a text.

    An object with one of a member's ``own`` keys is itself the only member; any other object
    names its members by its keys.
    """
    if isinstance(value, list):
        members = [Member((*keys, index), item) for index, item in enumerate(value)]
    elif isinstance(value, dict) and not any(key in value for key in own):
        members = [Member((*keys, key), item, str(key)) for key, item in value.items()]
    else:
        members = [Member(keys, value)]
    for member in members:
        if isinstance(member.value, dict | str):
            yield member
        elif member.value is not None:
            found.set_aside(member.keys, member.value)


def fits_a_line(item: object) -> bool:
    """Whether this is a string that survives being written as one line among others."""
    return isinstance(item, str) and "\n" not in item and "\r" not in item and bool(item.strip())


def address(keys: Keys) -> str:
    """The keys as one line: ``pdf_content.sections[2].content``; ``$`` is the document itself."""
    path = ""
    for key in keys:
        if isinstance(key, int):
            path += f"[{key}]"
        elif isinstance(key, str) and key.isidentifier():
            path += f".{key}" if path else key
        else:
            path += f"[{as_json(key)}]"
    return path or "$"


def as_json(value: object) -> str:
    """The value as indented JSON; anything JSON cannot say is shown as Python would."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2, default=repr)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return text.encode("utf-8", "backslashreplace").decode()
