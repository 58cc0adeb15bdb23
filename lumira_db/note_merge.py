"""Texts of notes side by side: how they differ word by word, and what becomes of two that began as one."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

_PIECES = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")
# Beyond this, a comparison word by word takes seconds; lines are compared instead.
_MANY = 6000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of text: in both, only in the earlier one, or only in the later one."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Merged:
    """Both people's changes in one text. ``clean`` is False where they wrote in the same place: both stand there,
    theirs first."""

    text: str
    clean: bool


def as_typed(text: str | None) -> str:
    """Notes as a text area holds them: lines end in one way only, and nothing is no text."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def compare(before: str, after: str) -> tuple[Stretch, ...]:
    """The way from one text to another, in words."""
    old, new = _pieces(before, after), _pieces(after, before)
    found: list[Stretch] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Stretch("same", "".join(old[a:b])))
            continue
        if b > a:
            found.append(Stretch("gone", "".join(old[a:b])))
        if d > c:
            found.append(Stretch("new", "".join(new[c:d])))
    return tuple(found)


def merge(base: str, theirs: str, mine: str) -> Merged:
    """Apply both changes to ``base``: what only one side touched is taken from that side, line by line, and within
    lines word by word. No word that either side wrote is lost."""
    if theirs in (base, mine):
        return Merged(mine, True)
    if mine == base:
        return Merged(theirs, True)
    pieces = [_pieces(text, base + theirs + mine) for text in (base, theirs, mine)]
    return _merge(*pieces)


def _merge(base: list[str], theirs: list[str], mine: list[str]) -> Merged:
    text: list[str] = []
    clean = True
    at = (0, 0, 0)
    for anchor in [*_anchors(base, theirs, mine), (len(base), len(theirs), len(mine))]:
        was, they, me = (part[start:end] for part, start, end in zip((base, theirs, mine), at, anchor, strict=True))
        if me in (was, they):
            text += they
        elif they == was:
            text += me
        else:
            clean = clean and not was
            text += they + _between(they, me) + me
        if anchor[0] < len(base):
            text.append(base[anchor[0]])
        at = (anchor[0] + 1, anchor[1] + 1, anchor[2] + 1)
    return Merged("".join(text), clean)


def _anchors(base: list[str], theirs: list[str], mine: list[str]) -> list[tuple[int, int, int]]:
    """Pieces that all three share, by their places."""
    in_theirs, in_mine = _matching(base, theirs), _matching(base, mine)
    return [(place, in_theirs[place], in_mine[place]) for place in sorted(in_theirs.keys() & in_mine.keys())]


def _matching(base: list[str], other: list[str]) -> dict[int, int]:
    blocks = difflib.SequenceMatcher(a=base, b=other, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def _between(first: list[str], second: list[str]) -> list[str]:
    """What keeps two texts apart that were written in the same place."""
    apart = not first or not second or first[-1].isspace() or second[0].isspace()
    return [] if apart else ["\n" if "\n" in [*first, *second] else " "]


def _pieces(text: str, other: str) -> list[str]:
    if len(text) + len(other) > _MANY * 6:
        return text.splitlines(keepends=True)
    return _PIECES.findall(text)
