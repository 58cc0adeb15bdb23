"""An address as values: what its parts are called and how each is understood. What is not understood is left out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol, TypeVar
from urllib.parse import parse_qs, urlencode

from lumira_db.currencies import smallest

Query = Mapping[str, Sequence[str]]
Value = TypeVar("Value")

MAXIMUM_AMOUNT = 1_000_000
MAXIMUM_TEXT = 200
MAXIMUM_FIELDS = 1_000
_LARGEST_LEVEL = 2**31 - 1
_YEARS = range(1900, 3000)


class _Params(Protocol):
    def keys(self) -> Iterable[str]: ...
    def get_all(self, key: str) -> list[str]: ...


def of(params: _Params) -> Query:
    """The query of the address at hand (``st.query_params``)."""
    return {key: params.get_all(key) for key in params.keys()}  # noqa: SIM118


def days(query: Query, name: str) -> tuple[date | None, date | None]:
    """``2026-01-01..2026-01-31``, or a single day; both ends included."""
    raw = text(query, name) or ""
    found = sorted(parsed(raw.split("..")[:2], day_of))
    return (found[0], found[-1]) if found else (None, None)


def amount(query: Query, name: str, currency: str | None) -> int | None:
    """An amount written in units of ``currency`` (``49.00``), in its smallest unit; without one, in cents."""
    found = one(query, name, float)
    return smallest(found, currency or "") if found is not None and 0 <= found <= MAXIMUM_AMOUNT else None


def text(query: Query, name: str) -> str | None:
    """A free text, trimmed; None when empty."""
    values = query.get(name) or ()
    # PostgreSQL refuses NUL in a text; nobody looks for one.
    return (values[0].replace("\x00", "").strip()[:MAXIMUM_TEXT] or None) if values else None


def read(address: str) -> Query:
    """The query of an address that was kept as text (``status=ACTIVE&tag=vip``)."""
    return parse_qs(address, keep_blank_values=False, max_num_fields=MAXIMUM_FIELDS)


def write(query: Query, *, without: Iterable[str] = ()) -> str:
    """The query as an address says it; what it says in the same order is the same."""
    left_out = set(without)
    return urlencode([(key, value) for key in query if key not in left_out for value in query[key]])


def word(text: str) -> str:
    """A text to look for. Raises ``ValueError`` when it is empty."""
    found = text.replace("\x00", "").strip()[:MAXIMUM_TEXT]
    if not found:
        raise ValueError("nothing to look for")
    return found


def count_of(text: str) -> int:
    """How many. Raises ``ValueError`` when nobody has so many."""
    found = int(text)
    if not 0 <= found <= MAXIMUM_AMOUNT:
        raise ValueError("nobody has so many orders")
    return found


def yes_or_no_of(text: str) -> bool:
    """``1`` or ``0``. Raises ``ValueError`` for anything else."""
    if text not in {"0", "1"}:
        raise ValueError("neither yes nor no")
    return text == "1"


def level_of(text: str) -> int:
    """A level, known or not. Raises ``ValueError`` when PostgreSQL has no such integer."""
    level = int(text)
    if abs(level) > _LARGEST_LEVEL:
        raise ValueError("PostgreSQL has no such integer")
    return level


def day_of(text: str) -> date:
    """A business day. Raises ``ValueError`` when it is none, or in no year that we know the clock of."""
    day = date.fromisoformat(text)
    if day.year not in _YEARS:
        raise ValueError("the moments around this day do not exist in every zone")
    return day


def on(query: Query, name: str) -> bool:
    """Whether a narrowing is switched on."""
    return list(query.get(name) or ()) == ["1"]


def one(query: Query, name: str, parse: Callable[[str], Value]) -> Value | None:
    """The first of the values named so that is understood."""
    found = several(query, name, parse)
    return found[0] if found else None


def several(query: Query, name: str, parse: Callable[[str], Value]) -> tuple[Value, ...]:
    """Every value named so that is understood."""
    return tuple(parsed(query.get(name) or (), parse))


def parsed(raw: Sequence[str], parse: Callable[[str], Value]) -> list[Value]:
    """What of ``raw`` is understood."""
    found = []
    for part in raw:
        try:
            found.append(parse(part))
        except ValueError:
            continue
    return found
