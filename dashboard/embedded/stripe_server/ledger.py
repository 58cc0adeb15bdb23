"""What happens to money at the stand-in: payments succeed or fail, are refunded, disputed and paid out.

Amounts are in cents. Every change leaves an event with a snapshot of the object, as Stripe's do.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from dashboard.embedded.stripe_server.store import Object, Store

API_VERSION = "2026-10-28.basil"
_DECLINES = {
    "pm_card_chargeDeclined": ("generic_decline", "Your card was declined."),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("insufficient_funds", "Your card has insufficient funds."),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "Your card has expired."),
}
_DISPUTED = "pm_card_createDispute"
_CARDS = {"pm_card_mastercard": ("mastercard", "4444"), "pm_card_amex": ("amex", "0005")}
_SEPA = "pm_sepa_debit"
REASONS = ("duplicate", "fraudulent", "requested_by_customer")
_DISPUTE_DAYS = 9
HOLDER = "Titulaire Inconnue"
"""On every card: whose name it is must never reach the Desk."""


class Refused(Exception):
    """Stripe's answer to what cannot be done: an HTTP status and its documented error."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        self.status = status
        self.error = {"type": "invalid_request_error", "code": code, "message": message} | more
        super().__init__(message)


class Ledger:
    """The business of one account in test mode. ``clock`` gives unix seconds, ``ids`` a new id after a prefix; of what
    happened before ``told_since`` no event is remembered, as Stripe forgets them after thirty days."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float] = time.time,
        ids: Callable[[str], str] = lambda prefix: new_id(prefix),
        told_since: float = 0,
    ) -> None:
        self.store = store
        self._clock = clock
        self._ids = ids
        self._told_since = told_since
        self.endpoints: list[str] = []

    def now(self) -> int:
        return int(self._clock())

    def create_intent(self, amount: int, currency: str, **more: Any) -> Object:
        """A payment that waits for its card."""
        if amount < 50:
            raise Refused(400, "amount_too_small", "Amount must be at least €0.50 eur", param="amount")
        intent: Object = {
            "id": more.pop("id", None) or self._ids("pi_"),
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "currency": currency,
            "created": more.pop("created", None) or self.now(),
            "status": "requires_payment_method",
            "latest_charge": None,
            "last_payment_error": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "customer": None,
            "description": None,
            "receipt_email": None,
            "metadata": {},
            "livemode": False,
        } | more
        intent["client_secret"] = f"{intent['id']}_secret_{self._ids('')}"
        self.store.put(intent)
        self._tell("payment_intent.created", intent)
        return intent

    def confirm(self, intent_id: str, payment_method: str = "pm_card_visa") -> Object:
        """Take the money; a declined card leaves the intent where it was and raises ``Refused`` (402)."""
        intent = self.need(intent_id)
        if intent["status"] in ("succeeded", "canceled"):
            raise Refused(
                400,
                "payment_intent_unexpected_state",
                f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}.",
            )
        declined = _DECLINES.get(payment_method)
        charge = self._charge(intent, declined, payment_method)
        intent["latest_charge"] = charge["id"]
        if declined:
            error = {"type": "card_error", "code": "card_declined", "decline_code": declined[0], "message": declined[1]}
            intent |= {"status": "requires_payment_method", "last_payment_error": error | {"charge": charge["id"]}}
            self.store.put(intent)
            self._tell("charge.failed", charge)
            self._tell("payment_intent.payment_failed", intent)
            raise Declined(error, charge["id"], intent)
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
        self.store.put(intent)
        self._tell("charge.succeeded", charge)
        self._tell("payment_intent.succeeded", intent)
        if payment_method == _DISPUTED:
            self.open_dispute(charge["id"])
        return intent

    def cancel(self, intent_id: str, reason: str | None = None) -> Object:
        """Give the payment up. Refused once it has succeeded."""
        intent = self.need(intent_id)
        if intent["status"] in ("succeeded", "canceled"):
            raise Refused(
                400,
                "payment_intent_unexpected_state",
                f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            )
        intent |= {"status": "canceled", "canceled_at": self.now(), "cancellation_reason": reason}
        self.store.put(intent)
        self._tell("payment_intent.canceled", intent)
        return intent

    def complete_checkout(self, intent_id: str, session_id: str | None = None) -> Object:
        """The checkout page that led to this payment is done."""
        intent = self.need(intent_id)
        session = {
            "id": session_id or self._ids("cs_test_"),
            "object": "checkout.session",
            "created": self.now(),
            "amount_total": intent["amount"],
            "currency": intent["currency"],
            "payment_intent": intent_id,
            "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
            "status": "complete",
            "mode": "payment",
            "metadata": intent["metadata"],
            "livemode": False,
        }
        self.store.put(session)
        self._tell("checkout.session.completed", session)
        return session

    def refund(
        self,
        charge_id: str,
        amount: int | None = None,
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
        status: str = "succeeded",
    ) -> Object:
        """Give money back, at most what is left of the charge."""
        charge = self.need(charge_id)
        left = charge["amount_captured"] - charge["amount_refunded"]
        if charge["status"] != "succeeded" or left == 0:
            raise Refused(400, "charge_already_refunded", f"Charge {charge_id} has already been refunded.")
        if charge["disputed"]:
            raise Refused(400, "charge_disputed", f"Charge {charge_id} has been charged back; cannot issue a refund.")
        wanted = left if amount is None else amount
        if wanted < 1:
            raise Refused(400, "parameter_invalid_integer", "Invalid positive integer", param="amount")
        if wanted > left:
            message = f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({left})"
            raise Refused(400, "amount_too_large", message, param="amount")
        refund: Object = {
            "id": self._ids("re_"),
            "object": "refund",
            "amount": wanted,
            "balance_transaction": None,
            "charge": charge_id,
            "created": self.now(),
            "currency": charge["currency"],
            "failure_reason": None,
            "metadata": dict(metadata or {}),
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": status,
        }
        booked = self._book("refund", -wanted, charge["currency"], refund["id"], fee=0)
        refund["balance_transaction"] = booked["id"]
        self.store.put(refund)
        charge["amount_refunded"] += wanted
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self.store.put(charge)
        self._tell("refund.created", refund)
        self._tell("charge.refunded", charge)
        return refund

    def settle_refund(self, refund_id: str, *, failed: str | None = None) -> Object:
        """A pending refund arrives, or any refund comes back from the bank (``failed`` says why)."""
        refund = self.need(refund_id)
        if failed:
            refund |= {"status": "failed", "failure_reason": failed}
            charge = self.need(refund["charge"])
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            self.store.put(charge)
            self._book("refund_failure", refund["amount"], refund["currency"], refund_id, fee=0)
        else:
            refund["status"] = "succeeded"
        self.store.put(refund)
        self._tell("refund.updated", refund)
        if failed:
            self._tell("refund.failed", refund)
        return refund

    def open_dispute(self, charge_id: str, reason: str = "fraudulent") -> Object:
        """The client's bank takes the money back, for now."""
        charge = self.need(charge_id)
        dispute: Object = {
            "id": self._ids("du_"),
            "object": "dispute",
            "amount": charge["amount"],
            "charge": charge_id,
            "created": self.now(),
            "currency": charge["currency"],
            "evidence_details": {"due_by": self.now() + _DISPUTE_DAYS * 86_400, "has_evidence": False},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        }
        charge["disputed"] = True
        self.store.put(charge)
        self.store.put(dispute)
        self._book("adjustment", -charge["amount"], charge["currency"], dispute["id"], fee=1500)
        self._tell("charge.dispute.created", dispute)
        return dispute

    def close_dispute(self, dispute_id: str, *, won: bool) -> Object:
        """The bank has decided."""
        dispute = self.need(dispute_id)
        dispute["status"] = "won" if won else "lost"
        self.store.put(dispute)
        if won:
            charge = self.need(dispute["charge"])
            charge["disputed"] = False
            self.store.put(charge)
            self._book("adjustment", dispute["amount"], dispute["currency"], dispute_id, fee=0)
        self._tell("charge.dispute.closed", dispute)
        return dispute

    def pay_out(self, amount: int, currency: str) -> Object:
        """Money leaves for the merchant's bank account."""
        payout: Object = {
            "id": self._ids("po_"),
            "object": "payout",
            "amount": amount,
            "arrival_date": self.now() + 2 * 86_400,
            "created": self.now(),
            "currency": currency,
            "status": "paid",
        }
        self.store.put(payout)
        self._book("payout", -amount, currency, payout["id"], fee=0)
        self._tell("payout.paid", payout)
        return payout

    def need(self, object_id: str) -> Object:
        """The object. Raises ``Refused`` (404)."""
        found = self.store.find(object_id)
        if found is None:
            raise Refused(404, "resource_missing", f"No such object: '{object_id}'", param="id")
        return found

    def _charge(self, intent: Object, declined: tuple[str, str] | None, payment_method: str) -> Object:
        amount, created = intent["amount"], max(self.now(), intent["created"])
        charge: Object = {
            "id": self._ids("ch_"),
            "object": "charge",
            "amount": amount,
            "amount_captured": 0 if declined else amount,
            "amount_refunded": 0,
            "balance_transaction": None,
            "billing_details": {"email": intent["receipt_email"], "name": HOLDER, "phone": None},
            "captured": not declined,
            "created": created,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "disputed": False,
            "failure_code": "card_declined" if declined else None,
            "failure_message": declined[1] if declined else None,
            "livemode": False,
            "metadata": intent["metadata"],
            "outcome": {"type": "issuer_declined" if declined else "authorized", "reason": (declined or [None])[0]},
            "paid": not declined,
            "payment_intent": intent["id"],
            "payment_method": payment_method,
            "payment_method_details": _details(payment_method),
            "receipt_email": intent["receipt_email"],
            "receipt_url": None if declined else f"https://pay.stripe.com/receipts/payment/{self._ids('')}",
            "refunded": False,
            "status": "failed" if declined else "succeeded",
        }
        if not declined:
            fee = round(amount * 0.015) + 25
            charge["balance_transaction"] = self._book(
                "charge", amount, charge["currency"], charge["id"], fee, created
            )["id"]
        return self.store.put(charge)

    def _book(self, kind: str, amount: int, currency: str, source: str, fee: int, created: int | None = None) -> Object:
        details = [{"amount": fee, "currency": currency, "description": "Stripe processing fees", "type": "stripe_fee"}]
        return self.store.put(
            {
                "id": self._ids("txn_"),
                "object": "balance_transaction",
                "amount": amount,
                "created": created or self.now(),
                "currency": currency,
                "fee": fee,
                "fee_details": details if fee else [],
                "net": amount - fee,
                "source": source,
                "status": "available",
                "type": kind,
            }
        )

    def _tell(self, kind: str, item: Object) -> None:
        if self.now() < self._told_since:
            return
        event: Object = {
            "id": self._ids("evt_"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": {"object": item},
            "livemode": False,
            "pending_webhooks": len(self.endpoints),
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.store.put(event)
        self.store.owe(event["id"], self.endpoints, self._clock())


class Declined(Refused):
    """The card was declined: 402, and the intent as it is now."""

    def __init__(self, error: Mapping[str, Any], charge: str, intent: Object) -> None:
        super().__init__(402, str(error["code"]), str(error["message"]))
        self.error = dict(error) | {"charge": charge, "payment_intent": intent}


def _details(payment_method: str) -> Object:
    if payment_method == _SEPA:
        return {"type": "sepa_debit", "sepa_debit": {"last4": "3000", "country": "FR"}}
    brand, last4 = _CARDS.get(payment_method, ("visa", "4242"))
    return {"type": "card", "card": {"brand": brand, "last4": last4, "country": "FR"}}


def new_id(prefix: str) -> str:
    """An id as Stripe's look."""
    return prefix + secrets.token_hex(12)
