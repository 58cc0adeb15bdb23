"""Addresses become filters: the screen, its export and a colleague's link read the same query the same way.

Whatever is not understood is ignored: an old or hand-made address shows more rows, never an error.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol, TypeVar

from lumira_db.enums import DeliveryFormat, OrderStatus, UserStatus
from lumira_db.queries.audit import AuditFilter
from lumira_db.queries.clients import ClientFilter
from lumira_db.queries.deliveries import DeliveryFilter
from lumira_db.queries.orders import OrderFilter, OrderSort
from lumira_db.queries.queue import TABS, QueueFilter
from lumira_db.states import DeliveryState

Query = Mapping[str, Sequence[str]]
Value = TypeVar("Value")

MAXIMUM_AMOUNT = 1_000_000
MAXIMUM_TEXT = 200
_LARGEST_LEVEL = 2**31 - 1
_YEARS = range(1900, 3000)


class _Params(Protocol):
    def keys(self) -> Iterable[str]: ...
    def get_all(self, key: str) -> list[str]: ...


def of(params: _Params) -> Query:
    """The query of the address at hand (``st.query_params``)."""
    return {key: params.get_all(key) for key in params.keys()}  # noqa: SIM118


def queue_filter(query: Query, staff_id: str) -> QueueFilter:
    """``tab``, ``level``, ``mine``, ``free``, ``flagged``."""
    tab = _one(query, "tab", OrderStatus)
    return QueueFilter(
        status=tab if tab in TABS else OrderStatus.AWAITING_VALIDATION,
        level=_one(query, "level", _level),
        holder=staff_id if _on(query, "mine") else None,
        free=_on(query, "free"),
        flagged=_on(query, "flagged"),
    )


def order_filter(query: Query) -> OrderFilter:
    """``status``, ``level``, ``created``, ``paid`` (``first..last``), ``currency``, ``min``, ``max``,
    ``client``, ``sort``, ``asc``."""
    created_from, created_to = days(query, "created")
    paid_from, paid_to = days(query, "paid")
    return OrderFilter(
        statuses=_several(query, "status", OrderStatus),
        levels=_several(query, "level", _level),
        created_from=created_from,
        created_to=created_to,
        paid_from=paid_from,
        paid_to=paid_to,
        currency=(text(query, "currency") or "").lower() or None,
        amount_min=cents(query, "min"),
        amount_max=cents(query, "max"),
        client=text(query, "client"),
        client_id=text(query, "client_id"),
        sort=_one(query, "sort", OrderSort) or OrderSort.CREATED,
        descending=not _on(query, "asc"),
    )


def client_filter(query: Query) -> ClientFilter:
    """``q`` and ``status``."""
    return ClientFilter(text=text(query, "q") or "", status=_one(query, "status", UserStatus))


def delivery_filter(query: Query) -> DeliveryFilter:
    """``state`` and ``channel``."""
    return DeliveryFilter(_several(query, "state", DeliveryState), _one(query, "channel", DeliveryFormat))


def audit_filter(query: Query) -> AuditFilter:
    """``who``, ``action``, ``subject``, ``days``."""
    first, last = days(query, "days")
    return AuditFilter(text(query, "who"), text(query, "action"), text(query, "subject"), first, last)


def days(query: Query, name: str) -> tuple[date | None, date | None]:
    """``2026-01-01..2026-01-31``, or a single day; both ends included."""
    raw = text(query, name) or ""
    found = sorted(_parsed(raw.split("..")[:2], _day))
    return (found[0], found[-1]) if found else (None, None)


def cents(query: Query, name: str) -> int | None:
    """An amount written in units of its currency (``49.00``), in cents."""
    found = _one(query, name, float)
    return round(found * 100) if found is not None and 0 <= found <= MAXIMUM_AMOUNT else None


def text(query: Query, name: str) -> str | None:
    """A free text, trimmed; None when empty."""
    values = query.get(name) or ()
    # PostgreSQL refuses NUL in a text; nobody looks for one.
    return (values[0].replace("\x00", "").strip()[:MAXIMUM_TEXT] or None) if values else None


def _level(text: str) -> int:
    level = int(text)
    if abs(level) > _LARGEST_LEVEL:
        raise ValueError("PostgreSQL has no such integer")
    return level


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.year not in _YEARS:
        raise ValueError("the moments around this day do not exist in every zone")
    return day


def _on(query: Query, name: str) -> bool:
    return list(query.get(name) or ()) == ["1"]


def _one(query: Query, name: str, parse: Callable[[str], Value]) -> Value | None:
    found = _several(query, name, parse)
    return found[0] if found else None


def _several(query: Query, name: str, parse: Callable[[str], Value]) -> tuple[Value, ...]:
    return tuple(_parsed(query.get(name) or (), parse))


def _parsed(raw: Sequence[str], parse: Callable[[str], Value]) -> list[Value]:
    found = []
    for part in raw:
        try:
            found.append(parse(part))
        except ValueError:
            continue
    return found
