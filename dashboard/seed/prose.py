"""French readings of realistic length, composed from fragments: for the seed and for the demo's generator.

The fragments are in ``fragments/*.toml``. They address the client as "tu" and nothing in them agrees with the
client's gender. The same state of the random generator gives the same reading.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Literal

Length = Literal["short", "normal", "long"]
DOMAINS = ("spirituel", "relations", "mission", "creativite", "emotions", "travail", "sante", "finance")
_QUOTED = 240


@dataclass(frozen=True)
class _Plan:
    """How many sentences of each kind a reading of some length takes."""

    opens: int
    see: int
    knot: int
    step: int
    shared: int
    closes: int
    opening: int
    figure: int
    insights: int
    rituals: int
    conclusion: int


_PLANS: dict[Length, _Plan] = {
    "short": _Plan(1, 1, 0, 1, 0, 1, opening=2, figure=1, insights=3, rituals=1, conclusion=2),
    "normal": _Plan(1, 3, 1, 1, 2, 1, opening=5, figure=4, insights=4, rituals=2, conclusion=4),
    "long": _Plan(4, 8, 5, 6, 9, 3, opening=12, figure=12, insights=12, rituals=10, conclusion=12),
}


@lru_cache(maxsize=1)
def _fragments() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted((Path(__file__).parent / "fragments").glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


class _Voice:
    """Draws fragments and fills their blanks; a shared sentence is told once in a reading."""

    def __init__(self, rng: Random, first_name: str) -> None:
        self.rng, self.all = rng, _fragments()
        self._fixed = {"prenom": first_name}
        shared = self.all["shared"]
        self._shared = cycle(rng.sample(shared, len(shared)))

    def one(self, kind: str, **blanks: str) -> str:
        """One fragment of a kind."""
        return self.fill(self.rng.choice(self.all[kind]), **blanks)

    def some(self, fragments: list[str], count: int) -> list[str]:
        """``count`` different fragments (all, where there are fewer), in the order they were written in."""
        chosen = sorted(self.rng.sample(range(len(fragments)), min(count, len(fragments))))
        return [self.fill(fragments[index]) for index in chosen]

    def shared(self, count: int) -> list[str]:
        """``count`` sentences that fit anywhere."""
        return [self.fill(next(self._shared)) for _ in range(count)]

    def fill(self, fragment: str, **blanks: str) -> str:
        """The fragment with its blanks filled."""
        if "{" not in fragment:
            return fragment
        drawn = {name: self.rng.choice(self.all[name]) for name in ("moment", "duree", "saison", "geste")}
        return fragment.format(**self._fixed, **drawn, **blanks)


def make_reading(
    rng: Random,
    *,
    first_name: str,
    level: int,
    question: str | None,
    instructions: str | None = None,
    length: Length = "normal",
) -> dict[str, Any]:
    """The ``generatedContent`` of a reading that awaits validation: ``pdf_content``, ``synthesis``, ``timeline``.

    A higher ``level`` has more rituals and insights. ``instructions`` (of a revision) are quoted at the start and
    taken up in the sections of the domains that they name, in the first one otherwise.
    """
    voice, plan = _Voice(rng, first_name), _PLANS[length]
    more = min(max(level, 1), 4) - 1
    figure = rng.choice(voice.all["archetypes"])
    asked = _quoted(instructions)
    return {
        "pdf_content": {
            "introduction": _introduction(voice, plan, _quoted(question), asked),
            "archetype_reveal": _paragraphs(_archetype(voice, plan, figure), 5),
            "sections": [
                {"domain": domain, **_section(voice, plan, domain, revised=domain in _concerned(asked))}
                for domain in DOMAINS
            ],
            "karmic_insights": voice.some(voice.all["insight"], plan.insights + more),
            "life_mission": " ".join(voice.one(f"mission_{part}") for part in ("open", "then", "close")),
            "rituals": [_ritual(ritual) for ritual in rng.sample(voice.all["rituals"], min(plan.rituals + more, 12))],
            "conclusion": _paragraphs(voice.some(voice.all["conclusion"], plan.conclusion), 4),
        },
        "synthesis": {
            "archetype": figure["name"],
            "keywords": rng.sample(voice.all["keywords"], 5),
            "emotional_state": voice.one("emotional_state"),
            "key_blockage": voice.one("key_blockage"),
        },
        "timeline": [_day(rng, number, day["ways"]) for number, day in enumerate(voice.all["days"], 1)],
    }


def _introduction(voice: _Voice, plan: _Plan, question: str, asked: str) -> str:
    about = voice.one("question", question=question) if question else voice.one("silence")
    revised = [voice.one("revision", instructions=asked)] if asked else []
    first = " ".join([voice.one("greeting"), *revised, about])
    rest = [*voice.some(voice.all["opening"], plan.opening), voice.one("promise")]
    return f"{first}\n\n{_paragraphs(rest, 5)}"


def _archetype(voice: _Voice, plan: _Plan, figure: dict[str, Any]) -> Iterator[str]:
    yield voice.one("archetype_open", de=figure["de"])
    yield from figure["text"]
    yield from voice.some(voice.all["archetype_shared"], plan.figure)


def _section(voice: _Voice, plan: _Plan, domain: str, *, revised: bool) -> dict[str, str]:
    fragments = voice.all[domain]
    told = voice.some(fragments["open"], plan.opens)
    if revised:
        told.append(voice.one("revision_section"))
    told += voice.some(fragments["see"], plan.see)
    told += voice.some(fragments["knot"], plan.knot)
    for sentence in voice.shared(plan.shared):  # anywhere after the opening
        told.insert(voice.rng.randint(2, len(told)), sentence)
    told += voice.some(fragments["step"], plan.step)
    told += voice.some(fragments["close"], plan.closes)
    return {"title": voice.rng.choice(fragments["titles"]), "content": _paragraphs(told, 4)}


def _ritual(ritual: dict[str, Any]) -> dict[str, Any]:
    return {"name": ritual["name"], "description": ritual["description"], "instructions": list(ritual["steps"])}


def _day(rng: Random, number: int, ways: list[dict[str, str]]) -> dict[str, Any]:
    way = rng.choice(ways)
    named = {name: way[name] for name in ("title", "action", "mantra")}
    return {"day": number, **named, "actionType": way["type"]}


def _paragraphs(sentences: "Iterator[str] | list[str]", size: int) -> str:
    """The sentences in paragraphs of ``size``; a last one alone joins the paragraph before it."""
    told = list(sentences)
    starts = list(range(0, len(told), size))
    if len(starts) > 1 and len(told) - starts[-1] == 1:
        starts.pop()
    ends = [*starts[1:], len(told)]
    return "\n\n".join(" ".join(told[start:end]) for start, end in zip(starts, ends, strict=True))


def _quoted(text: str | None) -> str:
    """On one line and short enough to quote; empty for nothing."""
    line = " ".join((text or "").split())
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1].rstrip()}…"


def _concerned(asked: str) -> tuple[str, ...]:
    """The domains that instructions name; the first one when they name none, none without instructions."""
    if not asked:
        return ()
    plain = asked.lower().replace("é", "e")
    named = tuple(domain for domain in DOMAINS if domain.rstrip("s") in plain)
    return named or DOMAINS[:1]
