"""``generatedContent`` in every shape that the platform's generations have written, as JSON text."""

import html
import json
from collections.abc import Callable
from random import Random
from typing import Any

from dashboard.seed.moments import DAY, iso
from dashboard.seed.people import Person
from dashboard.seed.prose import make_reading
from dashboard.seed.stories import stories

# Stands for the first name in the readings of the shelf: a character that no text has.
_NAME = "\ue000"
_REALISTIC = 20  # of the shelf's readings, one in so many keeps its full length


class Readings:
    """Where readings come from: written one by one, or, in large numbers, varied from a shelf of short ones."""

    def __init__(self, rng: Random, *, shelf: int = 0) -> None:
        self.rng = rng
        self._shelf = [self._for_shelf(number) for number in range(shelf)]

    def draw(self, person: Person, level: int) -> str:
        """A reading for ``person``, as the generator sends it."""
        if self._shelf:
            return self.rng.choice(self._shelf).replace(_NAME, to_json(person.first)[1:-1])
        data = make_reading(
            self.rng,
            first_name=person.first,
            level=level,
            question=person.question,
            length="long" if level == 4 else "normal",
        )
        return to_json(data)

    def _for_shelf(self, number: int) -> str:
        question, full = self.rng.choice(stories()["questions"]), number % _REALISTIC == 0
        data = make_reading(
            self.rng, first_name=_NAME, level=number % 4 + 1, question=question, length="normal" if full else "short"
        )
        return to_json(data if full else _brief(data))


# As compact as PostgreSQL takes it. One encoder for all: making one takes longer than a small document.
to_json: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def extended(text: str, more: dict[str, Any]) -> str:
    """The JSON object of ``text`` with further keys."""
    return f"{text[:-1]},{to_json(more)[1:]}"


def seal(number: str, at: int, staff_id: str, address: str, *, source: str | None = None) -> dict[str, Any]:
    """What the platform's studio adds when a reading is approved."""
    key = f"readings/{number}/{at}-lecture.pdf"
    sealed = {"sealedAt": iso(at), "sealedBy": staff_id, "pdfUrl": f"{address}/{key}", "pdfKey": key}
    return sealed if source is None else {**sealed, "source": source}


def with_lecture(text: str, at: int, staff_id: str) -> str:
    """Edited in the platform's studio: the whole text once more, as HTML."""
    content = json.loads(text)["pdf_content"]
    parts = [f"<h1>Introduction</h1><p>{html.escape(content['introduction'])}</p>"]
    parts += [f"<h2>{html.escape(s['title'])}</h2><p>{html.escape(s['content'])}</p>" for s in content["sections"]]
    more = {"lecture": "".join(parts), "lastRefinedAt": iso(at), "refinedBy": staff_id}
    return extended(text, more)


def with_history(text: str, at: int, staff_id: str) -> str:
    """As of February 2026: the platform's own versions, a restoration, a regeneration."""
    version = {"content": "<p>ancienne version</p>", "timestamp": iso(at - DAY), "action": "refine"}
    return extended(
        text,
        {
            "contentVersions": [{**version, "expertId": staff_id}],
            "lastRestoredAt": iso(at),
            "restoredBy": staff_id,
            "regeneratedAt": iso(at),
            "regeneratedBy": staff_id,
        },
    )


def legacy(text: str, at: int, number: str) -> str:
    """The flat shape of the first generator."""
    data = json.loads(text)
    content, synthesis = data["pdf_content"], data["synthesis"]
    return to_json(
        {
            "archetype": synthesis["archetype"],
            "reading": "\n\n".join(section["content"] for section in content["sections"]),
            "pdfUrl": f"https://files.example.org/{number}.pdf",
            "audioUrl": f"https://files.example.org/{number}.mp3",
            "mandalaSvg": "<svg xmlns='http://www.w3.org/2000/svg'><circle r='40'/></svg>",
            "ritual": content["rituals"][0]["description"],
            "blockagesAnalysis": synthesis["key_blockage"],
            "soulProfile": synthesis["emotional_state"],
            "generatedAt": iso(at),
        }
    )


def partial(text: str) -> str:
    """Parts missing, parts empty, parts NULL."""
    content = json.loads(text)["pdf_content"]
    kept = {"introduction": content["introduction"], "sections": content["sections"][:3]}
    return to_json({"pdf_content": kept | {"rituals": None, "conclusion": ""}, "synthesis": None, "timeline": []})


def foreign(number: int) -> str:
    """Valid JSON that no program of ours has ever written."""
    shapes: list[Any] = [
        ["une liste", {"de": "choses"}],
        "Une lecture collée telle quelle, sans structure.",
        {"foo": {"bar": [1, 2.5, None, True]}, "schema": "v9"},
        {"pdf_content": "une chaîne à la place d'un objet", "synthesis": []},
        {"pdf_content": {"sections": {"spirituel": "un objet à la place d'une liste"}}, "timeline": {"1": "lundi"}},
        42,
        {"pdf_content": {"sections": [None, "texte nu", {"domain": "astrologie", "content": "domaine inconnu"}]}},
        {},
    ]
    return to_json(shapes[number % len(shapes)])


def _brief(data: dict[str, Any]) -> dict[str, Any]:
    """The same reading with each text cut after its first sentence: what a million of them can weigh."""
    content = data["pdf_content"]
    first: Callable[[str], str] = _first_sentence
    short = {
        "introduction": first(content["introduction"]),
        "archetype_reveal": first(content["archetype_reveal"]),
        "sections": [{**section, "content": first(section["content"])} for section in content["sections"]],
        "karmic_insights": content["karmic_insights"][:2],
        "life_mission": first(content["life_mission"]),
        "rituals": [{**ritual, "instructions": ritual["instructions"][:1]} for ritual in content["rituals"][:1]],
        "conclusion": first(content["conclusion"]),
    }
    days = [{**day, "action": day["title"]} for day in data["timeline"]]
    return {"pdf_content": short, "synthesis": data["synthesis"], "timeline": days}


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".") + "."
