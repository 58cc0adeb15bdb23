"""Addresses become filters: the screen, its export and a colleague's link read the same query the same way.

Whatever is not understood is ignored: an old or hand-made address shows more rows, never an error.
"""

from dashboard.address_query import (
    Query,
    amount,
    count_of,
    days,
    level_of,
    of,
    on,
    one,
    read,
    several,
    text,
    word,
    write,
    yes_or_no_of,
)
from dashboard.behind_filters import client_behind, order_behind
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

__all__ = [
    "Query",
    "audit_filter",
    "client_filter",
    "days",
    "delivery_filter",
    "of",
    "order_filter",
    "queue_filter",
    "read",
    "text",
    "write",
]


def queue_filter(query: Query, staff_id: str) -> QueueFilter:
    """``tab``, ``level``, ``mine``, ``free``, ``flagged``."""
    tab = one(query, "tab", OrderStatus)
    return QueueFilter(
        status=tab if tab in TABS else OrderStatus.AWAITING_VALIDATION,
        level=one(query, "level", level_of),
        holder=staff_id if on(query, "mine") else None,
        free=on(query, "free"),
        flagged=on(query, "flagged"),
    )


def order_filter(query: Query) -> OrderFilter:
    """``status``, ``level``, ``created``, ``paid`` (``first..last``), ``currency``, ``min``, ``max``,
    ``client``, ``odd``, ``sort``, ``asc``; and what a figure adds
    (``behind_filters``)."""
    created_from, created_to = days(query, "created")
    paid_from, paid_to = days(query, "paid")
    currency = _currency(query)
    return OrderFilter(
        statuses=several(query, "status", OrderStatus),
        levels=several(query, "level", level_of),
        created_from=created_from,
        created_to=created_to,
        paid_from=paid_from,
        paid_to=paid_to,
        currency=currency,
        amount_min=amount(query, "min", currency),
        amount_max=amount(query, "max", currency),
        client=text(query, "client"),
        client_id=text(query, "client_id"),
        odd_amount=on(query, "odd") or None,
        sort=one(query, "sort", OrderSort) or OrderSort.CREATED,
        descending=not on(query, "asc"),
        behind=order_behind(query),
    )


def client_filter(query: Query) -> ClientListFilter:
    """``q``, ``status``, ``tag`` (any of them), ``tag_all``, ``tag_none``, ``source``, ``level``, ``orders_min``,
    ``orders_max``, ``currency``, ``spent_min``, ``spent_max``, ``last``, ``created`` (``first..last``), ``ref``,
    ``profile`` (``1`` or ``0``), ``path``, ``sort``, ``asc``; and what a figure adds (``behind_filters``)."""
    last_from, last_to = days(query, "last")
    created_from, created_to = days(query, "created")
    currency = _currency(query)
    return ClientListFilter(
        text=text(query, "q") or "",
        statuses=several(query, "status", UserStatus),
        tags_any=several(query, "tag", word),
        tags_all=several(query, "tag_all", word),
        tags_none=several(query, "tag_none", word),
        sources=several(query, "source", word),
        levels=several(query, "level", level_of),
        orders_min=one(query, "orders_min", count_of),
        orders_max=one(query, "orders_max", count_of),
        currency=currency,
        spent_min=amount(query, "spent_min", currency),
        spent_max=amount(query, "spent_max", currency),
        last_order_from=last_from,
        last_order_to=last_to,
        created_from=created_from,
        created_to=created_to,
        has_ref_id=one(query, "ref", yes_or_no_of),
        profile_completed=one(query, "profile", yes_or_no_of),
        places=several(query, "path", PathPlace),
        sort=one(query, "sort", ClientSort) or ClientSort.CREATED,
        descending=not on(query, "asc"),
        behind=client_behind(query),
    )


def delivery_filter(query: Query) -> DeliveryFilter:
    """``state``, ``channel``, ``about``, ``days``."""
    first, last = days(query, "days")
    return DeliveryFilter(
        several(query, "state", DeliveryState), one(query, "channel", DeliveryFormat), text(query, "about"), first, last
    )


def event_filter(query: Query) -> EventFilter:
    """``state``, ``type``, ``about``, ``days``."""
    first, last = days(query, "days")
    return EventFilter(
        several(query, "state", EventState), several(query, "type", word), text(query, "about"), first, last
    )


def refund_filter(query: Query) -> RefundFilter:
    """``refund``, ``about``, ``days``."""
    first, last = days(query, "days")
    return RefundFilter(several(query, "refund", word), text(query, "about"), first, last)


def finding_filter(query: Query) -> FindingFilter:
    """``finding`` (open ones unless it says otherwise), ``kind``, ``about``, ``days``."""
    first, last = days(query, "days")
    return FindingFilter(
        several(query, "finding", FindingState),
        several(query, "kind", FindingKind),
        text(query, "about"),
        first,
        last,
    )


def audit_filter(query: Query) -> AuditFilter:
    """``who``, ``action``, ``subject``, ``days``."""
    first, last = days(query, "days")
    return AuditFilter(text(query, "who"), text(query, "action"), text(query, "subject"), first, last)


def _currency(query: Query) -> str | None:
    return (text(query, "currency") or "").lower() or None
