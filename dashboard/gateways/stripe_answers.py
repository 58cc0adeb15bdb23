"""Stripe's answers read into our own facts: only the fields named here ever leave the gateway.

Nothing else of an answer (names, addresses, e-mails, client secrets) is looked at.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lumira_db.payment_facts import BalanceFacts, ChargeFacts, DisputeFacts, IntentFacts, RefundFacts

Raw = Mapping[str, Any]


def intent_of(item: Raw) -> IntentFacts:
    """A payment intent; its ``latest_charge`` may be expanded."""
    charge = item.get("latest_charge")
    error = item.get("last_payment_error") or {}
    return IntentFacts(
        id=item["id"],
        status=item["status"],
        amount=item["amount"],
        received=item.get("amount_received") or 0,
        currency=item["currency"],
        created_at=_moment(item["created"]),
        live=bool(item.get("livemode")),
        order_id=_metadata(item, "orderId"),
        charge_id=_id(charge),
        charge=charge_of(charge) if isinstance(charge, dict) else None,
        error_code=error.get("decline_code") or error.get("code"),
    )


def charge_of(item: Raw) -> ChargeFacts:
    """A charge; its ``balance_transaction`` may be expanded."""
    details = item.get("payment_method_details") or {}
    method = details.get("type")
    card = details.get(method) or {} if method else {}
    balance = item.get("balance_transaction")
    outcome = item.get("outcome") or {}
    return ChargeFacts(
        id=item["id"],
        intent_id=_id(item.get("payment_intent")),
        order_id=_metadata(item, "orderId"),
        status=item["status"],
        amount=item["amount"],
        captured=item.get("amount_captured") or 0,
        refunded=item.get("amount_refunded") or 0,
        currency=item["currency"],
        created_at=_moment(item["created"]),
        disputed=bool(item.get("disputed")),
        method=method,
        brand=card.get("brand"),
        last4=card.get("last4"),
        failure_code=item.get("failure_code"),
        decline_code=outcome.get("reason") if item["status"] == "failed" else None,
        receipt_url=item.get("receipt_url"),
        balance=balance_of(balance) if isinstance(balance, dict) else None,
    )


def refund_of(item: Raw) -> RefundFacts:
    """A refund."""
    return RefundFacts(
        id=item["id"],
        intent_id=_id(item.get("payment_intent")),
        charge_id=_id(item.get("charge")),
        status=item.get("status") or "pending",
        amount=item["amount"],
        currency=item["currency"],
        reason=item.get("reason"),
        failure_reason=item.get("failure_reason"),
        request=_metadata(item, "lumiraRefund"),
        balance_id=_id(item.get("balance_transaction")),
        created_at=_moment(item["created"]),
    )


def dispute_of(item: Raw) -> DisputeFacts:
    """A dispute."""
    due = (item.get("evidence_details") or {}).get("due_by")
    return DisputeFacts(
        id=item["id"],
        intent_id=_id(item.get("payment_intent")),
        charge_id=_id(item.get("charge")),
        status=item["status"],
        amount=item["amount"],
        currency=item["currency"],
        reason=item.get("reason"),
        due_at=_moment(due) if due else None,
        created_at=_moment(item["created"]),
    )


def balance_of(item: Raw) -> BalanceFacts:
    """A balance transaction."""
    return BalanceFacts(
        id=item["id"],
        kind=item["type"],
        amount=item["amount"],
        fee=item.get("fee") or 0,
        net=item["net"],
        currency=item["currency"],
        source=_id(item.get("source")),
        created_at=_moment(item["created"]),
    )


def _metadata(item: Raw, name: str) -> str | None:
    value = (item.get("metadata") or {}).get(name)
    return value if isinstance(value, str) and value else None


def _id(value: Any) -> str | None:
    """An id, or the id of what was expanded in its place."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) and found else None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
