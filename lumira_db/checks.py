"""What is looked at in a reading before it may be approved.

A blocking finding stands against the approval; the others are for the expert to weigh.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lumira_db.i18n_marker import N_
from lumira_db.reading import DOMAIN_NAMES, Reading, Section, Shape

TEMPLATES: Mapping[str, str] = {
    "no_content": N_("There is no reading to approve."),
    "placeholder": N_("A placeholder was left in the text: {found}"),
    "empty_section": N_("The section “{title}” has no text."),
    "control_character": N_("The text holds an invisible control character ({found})."),
    "few_sections": N_("The reading has {count} sections instead of eight."),
    "missing_domain": N_("No section is about: {domains}"),
    "duplicate_domain": N_("More than one section is about: {domains}"),
    "timeline_days": N_("The path does not have each of the days 1 to 7 once. Days found: {days}"),
    "short_section": N_("The section “{title}” is very short: {words} words."),
    "other_first_name": N_("The introduction greets {found}; the client's first name is {expected}."),
    "markup": N_("Markup was left in the text: {found}"),
    "garbled": N_("The text looks damaged by a wrong encoding: {found}"),
    "not_delivered": N_("This part is unknown to the Desk and will not be in the PDF: {path}"),
    "unknown_level": N_("The order's level is {level}, which is none of the four."),
}

SHORT_SECTION_WORDS = 40
SECTIONS = 8
DAYS = range(1, 8)
LEVELS = range(1, 5)

_HTML_NAMES = "DIV|SPAN|HTML|BODY|HEAD|TABLE|STRONG|SCRIPT|STYLE|IMG|FONT|CENTER|FORM|INPUT"
_PLACEHOLDERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\{\{[^{}]*\}\}|\{%.*?%\}|\$?\{[^{}\n]{1,60}\}",
        r"\[[A-ZÀ-Þ][A-ZÀ-Þ0-9 _'’-]+\]|\[object Object\]",
        r"(?i)[\[<]\s*(?:(?:ton|votre|le|la)\s+)?(?:pr[ée]nom|nom|date|cliente?|name|first_?name)\b[^\[\]<>\n]*[\]>]",
        r"(?i)\[\s*(?:[àa] compl[ée]ter|ins[ée]rer)[^\]\n]*\]",
        rf"<(?!/?(?:{_HTML_NAMES})\b)[A-ZÀ-Þ][A-ZÀ-Þ _'-]{{2,}}>",
        r"__[A-ZÀ-Þ_]{3,}__|%[A-ZÀ-Þ_]{3,}%",
        # After a number, as in "50 %s", it is a typing error in a percentage.
        r"(?<!\d)(?<!\d[\s\u00a0\u202f])%(?:\(\w+\))?[sd]\b",
        r"\bX{3,}\b|\b(?:TODO|FIXME|TBD)\b|\b[ÀA] COMPL[ÉE]TER\b|\bundefined\b",
        r"(?i)\blorem ipsum\b",
    )
)
_EMPTY_WORDS = frozenset({"null", "none", "n/a", "nan", "tbc"})
_MARKUP = re.compile(
    r"(?i)</?(?:p|br|div|span|h[1-6]|ul|ol|li|strong|em|b|i|u|a|img|table|tr|td|script|style|blockquote|hr|section)"
    r"(?:\s[^<>]*)?/?>|&(?:nbsp|amp|lt|gt|quot|#\d{2,5}|[a-z]{1,6}(?:acute|grave|circ|cedil));"
    r"|\*\*[^*\n]+\*\*|(?m:^#{1,6} \S.*$)|```"
)
_GARBLED = re.compile("\ufffd|Ã[\u0080-\u00bf]|â€[\u0080-\u00bf™œ\u009d]|Â[\u00a0«»°]")
# What has no place in a text: controls, surrogates, and what Unicode promises never to give a meaning.
_UNNAMED = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
_CONTROL = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_UNNAMED}]")
_NAME = r"[A-ZÀ-Þ][\w'’-]+"
_GREETED = rf"(?i:(?:très )?ch[eè]re?|bonjour|bonsoir|salut|coucou|bienvenue)\s+(?P<greeted>{_NAME})"
_GREETING = re.compile(rf"\W*(?:{_GREETED}|(?P<first>{_NAME})\s*,)")
_NO_NAME = frozenset(
    {
        *("aujourd'hui", "ici", "parfois", "souvent", "oui", "non", "depuis", "enfin", "bienvenue", "voici", "voila"),
        *("maintenant", "demain", "hier", "cependant", "pourtant", "alors", "ainsi", "certes", "bientot", "toujours"),
        *("jadis", "autrefois", "ame", "ami", "amie", "toi", "bonjour", "bonsoir", "salut", "cher", "chere", "client"),
        *("cliente", "longtemps", "desormais", "dehors", "ensemble", "d'abord", "cette", "la", "tout", "doucement"),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the checks noticed. ``facts`` fill ``template``; ``path`` is there for a field."""

    code: str
    blocking: bool
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def template(self) -> str:
        """The English sentence, a key of the translation catalogue."""
        return TEMPLATES[self.code]

    @property
    def path(self) -> str | None:
        """The address of the field or section that the finding is about, if it is about one."""
        path = self.facts.get("path")
        return path if isinstance(path, str) else None

    def __str__(self) -> str:
        return self.template.format(**self.facts)


def check_reading(reading: Reading, *, order_level: int | None, client_first_name: str | None) -> tuple[Finding, ...]:
    """Everything worth knowing before the approval, blocking findings first."""
    findings = [*_content(reading), *_texts(reading), *_sections(reading), *_days(reading)]
    findings += _salutation(reading, client_first_name or "")
    if order_level is not None and order_level not in LEVELS:
        findings.append(Finding("unknown_level", blocking=False, facts={"level": order_level}))
    return tuple(sorted(findings, key=lambda finding: not finding.blocking))


def _content(reading: Reading) -> Iterator[Finding]:
    if not reading.has_content:
        yield Finding("no_content", blocking=True)
    for part in reading.unknown:
        if part.path.startswith(("pdf_content", "synthesis", "timeline")):
            yield Finding("not_delivered", blocking=False, facts={"path": part.path})


def _texts(reading: Reading) -> Iterator[Finding]:
    for one in reading.fields:
        yield from _text(one.path, one.value.split("\n") if one.kind == "lines" else [one.value])
    if reading.lecture:
        yield from _text("lecture", [reading.lecture])


def _text(path: str, parts: list[str]) -> Iterator[Finding]:
    for part in parts:
        placeholder = _placeholder(part)
        if placeholder:
            yield Finding("placeholder", blocking=True, facts={"path": path, "found": placeholder})
        control = _CONTROL.search(part)
        if control:
            found = f"U+{ord(control.group()):04X}"
            yield Finding("control_character", blocking=True, facts={"path": path, "found": found})
        for code, pattern in (("markup", _MARKUP), ("garbled", _GARBLED)):
            match = pattern.search(part)
            if match:
                yield Finding(code, blocking=False, facts={"path": path, "found": _excerpt(match.group())})


def _placeholder(text: str) -> str | None:
    if _says_nothing(text):
        return _excerpt(text.strip())
    for pattern in _PLACEHOLDERS:
        match = pattern.search(text)
        if match:
            return _excerpt(match.group())
    return None


def _says_nothing(text: str) -> bool:
    """Whether a text that is not empty stands for a missing one: "…", "---", "null"."""
    said = text.strip()
    return bool(said) and (said.casefold() in _EMPTY_WORDS or all(unicodedata.category(c)[0] in "PZ" for c in said))


def _sections(reading: Reading) -> Iterator[Finding]:
    if reading.shape is not Shape.STRUCTURED:
        return
    for section in reading.sections:
        yield from _section(section)
    if len(reading.sections) < SECTIONS:
        yield Finding("few_sections", blocking=False, facts={"count": len(reading.sections)})
    found = Counter(section.domain_key for section in reading.sections)
    missing = [name for key, name in DOMAIN_NAMES.items() if not found[key]]
    if missing and reading.sections:
        yield Finding("missing_domain", blocking=False, facts={"domains": ", ".join(missing)})
    doubled = [name for key, name in DOMAIN_NAMES.items() if found[key] > 1]
    if doubled:
        yield Finding("duplicate_domain", blocking=False, facts={"domains": ", ".join(doubled)})


def _section(section: Section) -> Iterator[Finding]:
    title = section.title.strip() or DOMAIN_NAMES.get(section.domain_key or "", section.domain)
    words = len(section.content.split())
    if not words and section.title.strip():
        yield Finding("empty_section", blocking=True, facts={"path": section.path, "title": _excerpt(title)})
    elif 0 < words < SHORT_SECTION_WORDS:
        facts: dict[str, str | int] = {"path": section.path, "title": _excerpt(title), "words": words}
        yield Finding("short_section", blocking=False, facts=facts)


def _days(reading: Reading) -> Iterator[Finding]:
    if reading.shape is not Shape.STRUCTURED:
        return
    days = [day.day for day in reading.timeline]
    if sorted(day or 0 for day in days) != list(DAYS):
        shown = ", ".join("?" if day is None else str(day) for day in days) or "–"
        yield Finding("timeline_days", blocking=False, facts={"days": shown})


def _salutation(reading: Reading, first_name: str) -> Iterator[Finding]:
    """Whether the introduction opens with somebody else's name; silent where that is not certain."""
    opening = _GREETING.match(reading.introduction.lstrip())
    expected = _folded(first_name)
    if not opening or not expected or expected in _folded(reading.introduction):
        return
    found = opening["greeted"] or opening["first"]
    if _folded(found) not in _NO_NAME and not _related(_folded(found), expected):
        facts = {"path": "pdf_content.introduction", "found": found, "expected": first_name.strip()}
        yield Finding("other_first_name", blocking=False, facts=facts)


def _folded(name: str) -> str:
    """Lower case without accents, Latin letters only: empty for a name in another script."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("’", "'"))
    return "".join(char for char in plain if char.isascii() and (char.isalpha() or char in "' -")).strip()


def _related(one: str, other: str) -> bool:
    """Anne and Anne-Sophie, or Jean Paul and Jean-Paul, are the same person here."""
    return bool(set(re.split(r"[ -]+", one)) & set(re.split(r"[ -]+", other)))


def _excerpt(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
