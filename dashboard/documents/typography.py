"""French typography on plain text, without a reader ever seeing another text.

Only the kind of a space that is already there changes, invisible break opportunities are added
inside very long words, and characters that cannot be drawn at all are left out.
"""

from __future__ import annotations

import re
import unicodedata

NO_BREAK = "\u00a0"
NARROW = "\u202f"
BREAK_HERE = "\u200b"

_SPACES = "[ \u00a0\u202f]"
_RULES = (
    (re.compile(f"{_SPACES}(?=[;!?])"), NARROW),
    (re.compile(f"{_SPACES}(?=[:»])"), NO_BREAK),
    (re.compile(f"(?<=«){_SPACES}"), NO_BREAK),
    (re.compile(rf"(?<=\d){_SPACES}(?=[%€])"), NARROW),
    (re.compile(rf"(?<=\d){_SPACES}(?=\d{{3}}(?!\d))"), NARROW),
    (re.compile(rf"(?<=\b[nN]°){_SPACES}(?=\d)"), NO_BREAK),
)
_LONG_WORD = re.compile(r"[^\s\-\u00ad\u200b]{31,}")
_LATIN_RUN = re.compile(r"([^\W_]{10}|[^\w\s]{10})(?=[!-~À-ɏ])")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_STEP_NUMBER = re.compile(r"\s*\d{1,2}\s*[.)°:–-]")


def french(text: str) -> str:
    """The text with the spaces that French punctuation wants: never one more, never one fewer."""
    text = drawable(text)
    for pattern, space in _RULES:
        text = pattern.sub(space, text)
    return _LONG_WORD.sub(_breakable, text)


def paragraphs(text: str) -> list[list[str]]:
    """Paragraphs (parted by blank lines) of lines, ready to be set; blank ones left out."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    found = ([french(line) for line in part.split("\n") if line.strip()] for part in _PARAGRAPHS.split(unified))
    return [lines for lines in found if lines]


def line(text: str) -> str:
    """A title or a name on one line, whatever white space it was typed with."""
    return french(" ".join(text.split()))


def drawable(text: str) -> str:
    """The text without what no font draws: controls, lone surrogates, byte order marks.

    Letters are composed (NFC), so that a copied "é" is one character whatever was typed.
    """
    kept = (char for char in text.replace("\t", " ") if char == "\n" or not _undrawable(char))
    return unicodedata.normalize("NFC", "".join(kept))


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left."""
    strong = (unicodedata.bidirectional(char) for char in text)
    return next((way != "L" for way in strong if way in {"L", "R", "AL"}), False)


def already_numbered(steps: tuple[str, ...]) -> bool:
    """Whether every step brings its own number, so that none must be added."""
    return bool(steps) and all(_STEP_NUMBER.match(step) for step in steps)


def _breakable(word: re.Match[str]) -> str:
    """A word too long for a line (an address, a typing accident) with places to break it."""
    return _LATIN_RUN.sub(rf"\1{BREAK_HERE}", word.group())


def _undrawable(char: str) -> bool:
    if unicodedata.category(char) in {"Cc", "Cs"} or char == "\ufeff":
        return True
    return ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"
