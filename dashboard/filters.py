"""Addresses become filters: the screen, its export and a colleague's link read the same query the same way.

Whatever is not understood is ignored: an old or hand-made address shows more rows, never an error.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol, TypeVar
from urllib.parse import parse_qs, urlencode

from lumira_db.enums import DeliveryFormat, OrderStatus, UserStatus
from lumira_db.payments import EventState
from lumira_db.queries.audit import AuditFilter
from lumira_db.queries.client_list import ClientListFilter, ClientSort, PathPlace
from lumira_db.queries.deliveries import DeliveryFilter
from lumira_db.queries.orders import OrderFilter, OrderSort
from lumira_db.queries.payment_lists import EventFilter, RefundFilter
from lumira_db.queries.queue import TABS, QueueFilter
from lumira_db.queries.reconciliation import FindingFilter
from lumira_db.states import DeliveryState, FindingKind, FindingState

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
    ``client``, ``odd``, ``sort``, ``asc``."""
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
        odd_amount=_on(query, "odd") or None,
        sort=_one(query, "sort", OrderSort) or OrderSort.CREATED,
        descending=not _on(query, "asc"),
    )


def client_filter(query: Query) -> ClientListFilter:
    """``q``, ``status``, ``tag`` (any of them), ``tag_all``, ``tag_none``, ``source``, ``level``, ``orders_min``,
    ``orders_max``, ``currency``, ``spent_min``, ``spent_max``, ``last``, ``created`` (``first..last``), ``ref``,
    ``profile`` (``1`` or ``0``), ``path``, ``sort``, ``asc``."""
    last_from, last_to = days(query, "last")
    created_from, created_to = days(query, "created")
    return ClientListFilter(
        text=text(query, "q") or "",
        statuses=_several(query, "status", UserStatus),
        tags_any=_several(query, "tag", _word),
        tags_all=_several(query, "tag_all", _word),
        tags_none=_several(query, "tag_none", _word),
        sources=_several(query, "source", _word),
        levels=_several(query, "level", _level),
        orders_min=_one(query, "orders_min", _count),
        orders_max=_one(query, "orders_max", _count),
        currency=(text(query, "currency") or "").lower() or None,
        spent_min=cents(query, "spent_min"),
        spent_max=cents(query, "spent_max"),
        last_order_from=last_from,
        last_order_to=last_to,
        created_from=created_from,
        created_to=created_to,
        has_ref_id=_one(query, "ref", _yes_or_no),
        profile_completed=_one(query, "profile", _yes_or_no),
        places=_several(query, "path", PathPlace),
        sort=_one(query, "sort", ClientSort) or ClientSort.CREATED,
        descending=not _on(query, "asc"),
    )


def delivery_filter(query: Query) -> DeliveryFilter:
    """``state`` and ``channel``."""
    return DeliveryFilter(_several(query, "state", DeliveryState), _one(query, "channel", DeliveryFormat))


def event_filter(query: Query) -> EventFilter:
    """``state``, ``type``, ``about``, ``days``."""
    first, last = days(query, "days")
    return EventFilter(
        _several(query, "state", EventState), _several(query, "type", _word), text(query, "about"), first, last
    )


def refund_filter(query: Query) -> RefundFilter:
    """``refund``, ``about``, ``days``."""
    first, last = days(query, "days")
    return RefundFilter(_several(query, "refund", _word), text(query, "about"), first, last)


def finding_filter(query: Query) -> FindingFilter:
    """``finding`` (open ones unless it says otherwise), ``kind``, ``about``, ``days``."""
    first, last = days(query, "days")
    return FindingFilter(
        _several(query, "finding", FindingState),
        _several(query, "kind", FindingKind),
        text(query, "about"),
        first,
        last,
    )


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


def read(address: str) -> Query:
    """The query of an address that was kept as text (``status=ACTIVE&tag=vip``)."""
    return parse_qs(address, keep_blank_values=False, max_num_fields=MAXIMUM_FIELDS)


def write(query: Query, *, without: Iterable[str] = ()) -> str:
    """The query as an address says it; what it says in the same order is the same."""
    left_out = set(without)
    return urlencode([(key, value) for key in query if key not in left_out for value in query[key]])


def _word(text: str) -> str:
    word = text.replace("\x00", "").strip()[:MAXIMUM_TEXT]
    if not word:
        raise ValueError("nothing to look for")
    return word


def _count(text: str) -> int:
    found = int(text)
    if not 0 <= found <= MAXIMUM_AMOUNT:
        raise ValueError("nobody has so many orders")
    return found


def _yes_or_no(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("neither yes nor no")
    return text == "1"


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
