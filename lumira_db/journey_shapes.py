"""The JSON of chats and of the Akashic record, of whatever shape: what is understood, and the rest as it is.

The contract keeps these columns unchecked (DOMAIN §1): nothing here raises, and nothing is left out.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

Speaker = Literal["client", "oracle", "unknown"]
_SPEAKERS: Mapping[str, Speaker] = {"user": "client", "client": "client", "assistant": "oracle", "oracle": "oracle"}
_LONGEST_REST = 20_000


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; ``at`` is None when no moment can be read, ``rest`` what else it carries (JSON)."""

    speaker: Speaker
    text: str
    at: datetime | None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class DomainMemory:
    """What the oracle remembers of one domain."""

    domain: str
    summary: str
    updated_at: datetime | None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class MemoryMoment:
    """One entry of the oracle's memory."""

    at: datetime | None
    topic: str
    insights: str
    sentiment: str
    rest: str = ""


def parse_messages(value: Any) -> tuple[Message, ...]:
    """A conversation in its order; a shape that is no list becomes one message of an unknown speaker."""
    return tuple(_message(item) for item in _items(value))


def parse_domains(value: Any) -> tuple[DomainMemory, ...]:
    """The memory by domain, in the order of the document."""
    if isinstance(value, dict):
        return tuple(_domain(str(name), item) for name, item in value.items())
    return tuple(_domain("", item) for item in _items(value))


def parse_history(value: Any) -> tuple[MemoryMoment, ...]:
    """The memory's entries, the newest first as far as they carry a moment."""
    found = [_moment(item) for item in _items(value)]
    oldest = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda one: one.at or oldest, reverse=True))


def folded(text: str) -> str:
    """Text as it is searched: without accents and case."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def moment_of(value: Any) -> datetime | None:
    """A moment as JSON carries it: ISO text, or milliseconds since 1970."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _items(value: Any) -> list[Any]:
    if value is None or value == {} or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _message(item: Any) -> Message:
    if not isinstance(item, dict):
        return Message("unknown", _text(item), None)
    known = dict(item)
    role, text, at = known.pop("role", None), known.pop("content", None), known.pop("timestamp", None)
    moment = moment_of(at)
    rest = known | ({"timestamp": at} if at is not None and moment is None else {})
    speaker = _SPEAKERS.get(str(role).lower(), "unknown")
    if speaker == "unknown" and role is not None:
        rest["role"] = role
    return Message(speaker, _text(text), moment, _rest(rest))


def _domain(name: str, item: Any) -> DomainMemory:
    if not isinstance(item, dict):
        return DomainMemory(name, _text(item), None)
    known = dict(item)
    summary, at = known.pop("summary", None), known.pop("lastUpdated", None)
    moment = moment_of(at)
    rest = known | ({"lastUpdated": at} if at is not None and moment is None else {})
    return DomainMemory(name, _text(summary), moment, _rest(rest))


def _moment(item: Any) -> MemoryMoment:
    if not isinstance(item, dict):
        return MemoryMoment(None, "", _text(item), "")
    known = dict(item)
    at = known.pop("date", None)
    topic, insights, sentiment = (_text(known.pop(name, None)) for name in ("topic", "insights", "sentiment"))
    moment = moment_of(at)
    rest = known | ({"date": at} if at is not None and moment is None else {})
    return MemoryMoment(moment, topic, insights, sentiment, _rest(rest))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)[:_LONGEST_REST]


def _rest(rest: dict[str, Any]) -> str:
    return json.dumps(rest, ensure_ascii=False, indent=1)[:_LONGEST_REST] if rest else ""
