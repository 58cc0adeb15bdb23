"""What an event of Stripe tells us, in our words: plain facts that can be kept, and nothing personal.

``facts`` is what ``desk.stripe_event`` keeps. Each kind of event has its own list of fields; whatever else
the event carries (addresses, card numbers' owners, e-mails) is never read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Raw = Mapping[str, Any]
_LONGEST_TEXT = 500
_LARGEST = 2**63 - 1
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


class EventState(StrEnum):
    """What became of an event."""

    APPLIED = "APPLIED"
    IGNORED = "IGNORED"
    UNMATCHED = "UNMATCHED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Event:
    """An event in our words. ``said_at`` is Stripe's moment (UTC); ``order_id`` what its metadata names."""

    id: str
    type: str
    said_at: datetime
    live: bool
    object_id: str
    object_kind: str
    intent_id: str | None
    order_id: str | None
    facts: Mapping[str, Any]

    def kept(self) -> dict[str, Any]:
        """As JSON; ``revived`` reads it."""
        return {
            "id": self.id,
            "type": self.type,
            "said_at": self.said_at.isoformat(),
            "live": self.live,
            "object_id": self.object_id,
            "object_kind": self.object_kind,
            "intent_id": self.intent_id,
            "order_id": self.order_id,
            "facts": dict(self.facts),
        }


class NotAnEvent(ValueError):
    """What came is no event of Stripe's."""


def revived(kept: Raw) -> Event:
    """The event that ``kept`` was made of."""
    return Event(**{**kept, "said_at": datetime.fromisoformat(kept["said_at"])})


def understood(raw: Any) -> Event:
    """The event that a webhook's body holds. Raises ``NotAnEvent``."""
    try:
        item = raw["data"]["object"]
        read = _READERS.get(raw["type"], _nothing)
        metadata = item.get("metadata") if isinstance(item.get("metadata"), dict) else {}
        return Event(
            id=_text(raw["id"]) or _missing("id"),
            type=_text(raw["type"]) or _missing("type"),
            said_at=_moment(raw["created"]) or _missing("created"),
            live=bool(raw.get("livemode")),
            object_id=_text(item.get("id")) or "",
            object_kind=_text(item.get("object")) or "",
            intent_id=_intent(item),
            order_id=_text(metadata.get("orderId")),
            facts=read(item),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as problem:
        raise NotAnEvent(f"the event lacks {problem}") from None


def for_the_platform(event: Event) -> dict[str, Any]:
    """What ``ProcessedEvent.data`` keeps: the platform's own shape, without the client's address."""
    said: dict[str, Any] = {"id": event.object_id, "object": event.object_kind}
    said |= {name: event.facts[name] for name in ("amount", "currency") if event.facts.get(name) is not None}
    if event.order_id:
        said["metadata"] = {"orderId": event.order_id}
    return said


def _of_intent(item: Raw) -> dict[str, Any]:
    error = item.get("last_payment_error") or {}
    return {
        "amount": _number(item.get("amount_received")) or _number(item["amount"]),
        "currency": _text(item["currency"]),
        "charge": _id(item.get("latest_charge")),
        "error": {
            "charge": _id(error.get("charge")),
            "code": _text(error.get("code")),
            "decline_code": _text(error.get("decline_code")),
            "message": _text(error.get("message")),
        },
    }


def _of_session(item: Raw) -> dict[str, Any]:
    return {
        "amount": _number(item.get("amount_total")),
        "currency": _text(item.get("currency")),
        "session": _text(item["id"]),
        "paid": item.get("payment_status") == "paid",
    }


def _of_charge(item: Raw) -> dict[str, Any]:
    return {
        "amount": _number(item["amount"]),
        "currency": _text(item["currency"]),
        "charge": _text(item["id"]),
        "charged_at": _seconds(item["created"]),
        "refunded": _number(item.get("amount_refunded")) or 0,
        "fully_refunded": item.get("refunded") is True,
    }


def _of_refund(item: Raw) -> dict[str, Any]:
    metadata = item.get("metadata") or {}
    return {
        "amount": _number(item["amount"]),
        "currency": _text(item["currency"]),
        "charge": _id(item.get("charge")),
        "status": _text(item.get("status")) or "pending",
        "reason": _text(item.get("reason")),
        "failure_reason": _text(item.get("failure_reason")),
        "created_at": _seconds(item["created"]),
        "request": _text(metadata.get("lumiraRefund")),
    }


def _of_dispute(item: Raw) -> dict[str, Any]:
    return {
        "amount": _number(item["amount"]),
        "currency": _text(item["currency"]),
        "charge": _id(item.get("charge")),
        "status": _text(item["status"]),
        "reason": _text(item.get("reason")),
        "due_at": _seconds((item.get("evidence_details") or {}).get("due_by")),
        "created_at": _seconds(item["created"]),
    }


def _nothing(_item: Raw) -> dict[str, Any]:
    return {}


_READERS: Mapping[str, Callable[[Raw], dict[str, Any]]] = {
    "payment_intent.succeeded": _of_intent,
    "payment_intent.payment_failed": _of_intent,
    "payment_intent.canceled": _of_intent,
    "checkout.session.completed": _of_session,
    "charge.refunded": _of_charge,
    "refund.created": _of_refund,
    "refund.updated": _of_refund,
    "refund.failed": _of_refund,
    "charge.dispute.created": _of_dispute,
    "charge.dispute.closed": _of_dispute,
}
KNOWN = frozenset(_READERS)
"""The types of events that have an effect; every other one is kept and ignored."""


def _intent(item: Raw) -> str | None:
    if item.get("object") == "payment_intent":
        return _text(item.get("id"))
    return _id(item.get("payment_intent"))


def _id(value: Any) -> str | None:
    """An id, or the id of what was expanded in its place."""
    return _text(value.get("id")) if isinstance(value, dict) else _text(value)


def _text(value: Any) -> str | None:
    """What PostgreSQL can keep of it: a text with NUL or half a character is as good as none."""
    if (
        not isinstance(value, str)
        or not value
        or "\x00" in value
        or any("\ud800" <= char <= "\udfff" for char in value)
    ):
        return None
    return value[:_LONGEST_TEXT]


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST else None


def _seconds(value: Any) -> int | None:
    return _number(value)


def _moment(value: Any) -> datetime | None:
    seconds = _number(value)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _missing(name: str) -> Any:
    raise NotAnEvent(f"the event lacks {name}")
