"""What a row of the table is made of: small frozen values that know their JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Json = dict[str, Any]


class Cell(Protocol):
    """Anything that can stand in a cell."""

    def encode(self) -> Json | str:
        """The cell as JSON; the keys are those that table/index.js reads."""
        ...


def _filled(kind: str, **parts: Any) -> Json:
    return {"t": kind} | {name: value for name, value in parts.items() if value not in ("", None, False)}


@dataclass(frozen=True, slots=True)
class Text:
    """Running text, with an optional second line and a tooltip; `strong` for what the eye should find first."""

    value: str
    sub: str = ""
    title: str = ""
    strong: bool = False

    def encode(self) -> Json | str:
        if not (self.sub or self.title or self.strong):
            return self.value
        return _filled("text", v=self.value, s=self.sub, h=self.title, b=self.strong)


@dataclass(frozen=True, slots=True)
class Link:
    """A real link. Without `href` it is the row's own; with one it leads elsewhere (a client, say)."""

    text: str
    href: str = ""
    sub: str = ""
    title: str = ""
    mono: bool = False
    copy: bool = False

    def encode(self) -> Json:
        return _filled("link", v=self.text, u=self.href, s=self.sub, h=self.title, m=self.mono, c=self.copy)


@dataclass(frozen=True, slots=True)
class Badge:
    """A state: tone, icon and word together, so that the colour never says it alone. See tones.py for names."""

    text: str
    tone: str = "neutral"
    icon: str = ""
    sub: str = ""
    title: str = ""

    def encode(self) -> Json:
        return _filled("badge", v=self.text, c=self.tone, i=self.icon, s=self.sub, h=self.title)


@dataclass(frozen=True, slots=True)
class Flag:
    """A small sign in a row: an icon whose whole meaning stands in `label` (tooltip, and read aloud)."""

    icon: str
    label: str
    tone: str = "warning"


@dataclass(frozen=True, slots=True)
class Flags:
    """The signs of a row, in the order given; an empty cell when there are none."""

    flags: Sequence[Flag]

    def encode(self) -> Json | str:
        if not self.flags:
            return ""
        return {"t": "flags", "f": [[flag.icon, flag.label, flag.tone] for flag in self.flags]}


@dataclass(frozen=True, slots=True)
class Number:
    """A number already written in the person's language, right-aligned by its column."""

    text: str
    title: str = ""
    tone: str = ""
    sub: str = ""

    def encode(self) -> Json | str:
        if not (self.title or self.tone or self.sub):
            return self.text
        return _filled("number", v=self.text, h=self.title, c=self.tone, s=self.sub)


Money = Number
"""An amount with its currency, written by dashboard.locale."""


@dataclass(frozen=True, slots=True)
class Time:
    """A moment as people say it ("3 hours ago"), the exact one on hover; a tone and icon when it presses."""

    text: str
    exact: str
    tone: str = ""
    icon: str = ""
    sub: str = ""

    def encode(self) -> Json:
        return _filled("time", v=self.text, h=self.exact, c=self.tone, i=self.icon, s=self.sub)


@dataclass(frozen=True, slots=True)
class Mono:
    """An identifier, monospaced, with a button that copies `value`."""

    value: str
    sub: str = ""
    copy: bool = True

    def encode(self) -> Json:
        return _filled("mono", v=self.value, s=self.sub, c=self.copy)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by initials and name; `me` marks the reader of the screen. An empty name is an empty cell."""

    name: str
    me: bool = False
    title: str = ""

    def encode(self) -> Json | str:
        if not self.name:
            return ""
        return _filled("person", v=self.name, i=initials(self.name), me=self.me, h=self.title)


def initials(name: str) -> str:
    """The first letters of the first and last word: "Léa de la Tour" gives LT. Works for any script."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()
