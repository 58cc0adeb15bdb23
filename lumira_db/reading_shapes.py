"""What a reading is once it has been understood: frozen values, no I/O.

`lumira_db.reading` makes these from the unchecked JSON of ``"Order"."generatedContent"``.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from lumira_db.i18n_marker import N_

Kind = Literal["line", "text", "lines"]
"""How a field is typed: one line, running text, or a list of strings written one per line."""

Group = Literal[
    "introduction",
    "archetype",
    "section",
    "karmic",
    "mission",
    "ritual",
    "conclusion",
    "synthesis",
    "timeline",
    "legacy",
]

DOMAINS = (
    "spirituel",
    "relations",
    "mission",
    "creativite",
    "emotions",
    "travail",
    "sante",
    "finance",
)
"""The eight domains, in the order of the contract's ``InsightCategory``."""

DOMAIN_NAMES: dict[str, str] = {
    "spirituel": "Spirituel",
    "relations": "Relations",
    "mission": "Mission",
    "creativite": "Créativité",
    "emotions": "Émotions",
    "travail": "Travail",
    "sante": "Santé",
    "finance": "Finances",
}
"""The domains as the client reads them; readings are in French whatever the screen's language."""

GROUP_LABELS: dict[str, str] = {
    "introduction": N_("Introduction"),
    "archetype": N_("Archetype"),
    "section": N_("Section"),
    "karmic": N_("Karmic insights"),
    "mission": N_("Life mission"),
    "ritual": N_("Ritual"),
    "conclusion": N_("Conclusion"),
    "synthesis": N_("Synthesis"),
    "timeline": N_("Seven days"),
    "legacy": N_("Earlier format"),
}

FIELD_LABELS: dict[str, str] = {
    "introduction": N_("Introduction"),
    "archetype_reveal": N_("Archetype revealed"),
    "domain": N_("Domain"),
    "title": N_("Title"),
    "content": N_("Text"),
    "karmic_insights": N_("Karmic insights"),
    "life_mission": N_("Life mission"),
    "name": N_("Name"),
    "description": N_("Description"),
    "instructions": N_("Steps"),
    "conclusion": N_("Conclusion"),
    "archetype": N_("Archetype"),
    "keywords": N_("Keywords"),
    "emotional_state": N_("Emotional state"),
    "key_blockage": N_("Main blockage"),
    "day": N_("Day"),
    "action": N_("Action"),
    "mantra": N_("Mantra"),
    "action_type": N_("Kind of action"),
    "reading": N_("Reading"),
    "ritual": N_("Ritual"),
    "blockages_analysis": N_("Blockages"),
    "soul_profile": N_("Soul profile"),
}


class Shape(StrEnum):
    """Which of the forms found in real data the document has."""

    EMPTY = "EMPTY"
    STRUCTURED = "STRUCTURED"
    LEGACY_FLAT = "LEGACY_FLAT"
    FOREIGN = "FOREIGN"


@dataclass(frozen=True, slots=True)
class Field:
    """One editable text of the reading.

    ``path`` is its address, stable as long as the document keeps its structure
    (``pdf_content.sections[2].content``). ``position`` counts from 0 within the list that the
    field belongs to (sections, rituals, days) and is None elsewhere. ``domain`` is what the
    document says, not normalised, and empty outside sections. ``value`` of a "lines" field is
    its strings joined with newlines.
    """

    path: str
    group: Group
    label_key: str
    kind: Kind
    value: str
    position: int | None = None
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One of the eight sections; any part may be empty."""

    path: str
    domain: str
    title: str
    content: str

    @property
    def domain_key(self) -> str | None:
        """The domain among ``DOMAINS``, or None when it is none of them."""
        return domain_key(self.domain)


@dataclass(frozen=True, slots=True)
class Ritual:
    path: str
    name: str
    description: str
    instructions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """A day of the path. ``label`` holds what the document calls the day when it is no number."""

    path: str
    day: int | None
    label: str
    title: str
    action: str
    mantra: str
    action_type: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of the earlier flat format; ``label_key`` is a key of ``FIELD_LABELS``."""

    path: str
    label_key: str
    text: str


@dataclass(frozen=True, slots=True)
class UnknownPart:
    """Something the document holds and the Desk has no name for; ``json`` is fit to show."""

    path: str
    json: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading as a person reads it, whatever the shape of its document.

    ``fields`` are in reading order. ``lecture`` is the plain text of the studio's HTML, filled
    only when nothing else can be read. ``words`` counts what the client is given to read.
    """

    shape: Shape
    fields: tuple[Field, ...] = ()
    introduction: str = ""
    archetype: str = ""
    archetype_reveal: str = ""
    sections: tuple[Section, ...] = ()
    karmic_insights: tuple[str, ...] = ()
    life_mission: str = ""
    rituals: tuple[Ritual, ...] = ()
    conclusion: str = ""
    keywords: tuple[str, ...] = ()
    emotional_state: str = ""
    key_blockage: str = ""
    timeline: tuple[TimelineDay, ...] = ()
    legacy: tuple[Passage, ...] = ()
    lecture: str = ""
    unknown: tuple[UnknownPart, ...] = ()
    has_content: bool = False
    words: int = 0

    def field(self, path: str) -> Field | None:
        """The field at this address, or None."""
        return next((field for field in self.fields if field.path == path), None)


def domain_key(name: str) -> str | None:
    """The domain that a name means, accents, case and plural aside; None for any other word."""
    folded = unicodedata.normalize("NFKD", name.strip().casefold())
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    for domain in DOMAINS:
        if plain.rstrip("s") == domain.rstrip("s"):
            return domain
    return None
