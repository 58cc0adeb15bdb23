"""A payment as Stripe sees it, in our words: frozen facts that can be kept as JSON, and nothing personal.

Amounts are in cents of their currency, which is lower case as Stripe writes it; moments are UTC.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """Whose money it is: real, Stripe's play money, or nobody's because there is no key."""

    LIVE = "LIVE"
    TEST = "TEST"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class BalanceFacts:
    """A line of the account's balance: what came or went, what Stripe kept of it, and for what (``source``)."""

    id: str
    kind: str
    amount: int
    fee: int
    net: int
    currency: str
    source: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """One attempt to take the money. ``balance`` is None where it was not asked for, or nothing was booked."""

    id: str
    intent_id: str | None
    order_id: str | None
    status: str
    amount: int
    captured: int
    refunded: int
    currency: str
    created_at: datetime
    disputed: bool
    method: str | None
    brand: str | None
    last4: str | None
    failure_code: str | None
    decline_code: str | None
    receipt_url: str | None
    balance: BalanceFacts | None


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money given back. ``request`` is the id of our own intention, where the Desk asked for it."""

    id: str
    intent_id: str | None
    charge_id: str | None
    status: str
    amount: int
    currency: str
    reason: str | None
    failure_reason: str | None
    request: str | None
    balance_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A bank's objection; ``due_at`` is until when it can be answered."""

    id: str
    intent_id: str | None
    charge_id: str | None
    status: str
    amount: int
    currency: str
    reason: str | None
    due_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class IntentFacts:
    """A payment as a whole; ``charge`` is its latest one where it was asked for, ``order_id`` what metadata names."""

    id: str
    status: str
    amount: int
    received: int
    currency: str
    created_at: datetime
    live: bool
    order_id: str | None
    charge_id: str | None
    charge: ChargeFacts | None
    error_code: str | None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """Everything that Stripe says of one payment; of ``charges`` the newest comes first."""

    intent: IntentFacts
    charges: tuple[ChargeFacts, ...]
    refunds: tuple[RefundFacts, ...]
    disputes: tuple[DisputeFacts, ...]

    def kept(self) -> dict[str, Any]:
        """As JSON; ``revived`` reads it."""
        kept: dict[str, Any] = _plain(asdict(self))
        return kept

    @property
    def failed(self) -> tuple[ChargeFacts, ...]:
        """The attempts that brought no money."""
        return tuple(charge for charge in self.charges if charge.status == "failed")


def revived(kept: Mapping[str, Any]) -> PaymentFacts:
    """The facts that ``kept`` was made of. Raises ``KeyError``, ``TypeError`` or ``ValueError`` on anything else."""
    return PaymentFacts(
        _intent(kept["intent"]),
        tuple(_charge(one) for one in kept["charges"]),
        tuple(RefundFacts(**_moments(one)) for one in kept["refunds"]),
        tuple(DisputeFacts(**_moments(one)) for one in kept["disputes"]),
    )


def known_facts(kept: Any) -> PaymentFacts | None:
    """The facts that ``kept`` was made of; None where another version of the Desk kept them otherwise."""
    try:
        return revived(kept)
    except (KeyError, TypeError, ValueError):
        return None


def _intent(kept: Mapping[str, Any]) -> IntentFacts:
    return IntentFacts(**_moments(kept) | {"charge": _charge(kept["charge"]) if kept["charge"] else None})


def _charge(kept: Mapping[str, Any]) -> ChargeFacts:
    balance = BalanceFacts(**_moments(kept["balance"])) if kept["balance"] else None
    return ChargeFacts(**_moments(kept) | {"balance": balance})


def _moments(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value for name, value in kept.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value
