"""The stand-in's side of orders that a seed invented: what Stripe would know of them, oddities included.

Everything follows from the order alone, so the same orders make the same account. Orders are taken one by one: a
hundred thousand need no more memory than one.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from random import Random
from typing import NamedTuple

from dashboard.embedded.stripe_server.ledger import Ledger, Refused
from dashboard.embedded.stripe_server.store import Object, Store, Wanted

HOUR, DAY = 3600, 86_400
EVENTS_KEPT = 30 * DAY
"""How long Stripe remembers its events, in seconds."""
_METHODS = (
    *("pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_mastercard"),
    *("pm_card_mastercard", "pm_card_amex", "pm_sepa_debit"),
)
_DECLINED = (
    "pm_card_chargeDeclined",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_chargeDeclinedExpiredCard",
)
_SMALLEST = 50
# Of the orders that wait for validation, these (counted from the oldest) have trouble with their money.
_DISPUTED_OPEN, _PARTLY_REFUNDED, _PAID_TWICE, _STRAY = 9, 11, 12, 13


class Bought(NamedTuple):
    """An order as the database has it; ``amount`` in cents, moments in unix seconds."""

    id: str
    intent: str
    session: str | None
    amount: int
    currency: str
    status: str
    created: int
    paid: int | None


def mirror(orders: Iterable[Bought], store: Store, now: float) -> int:
    """Fill an empty store with what belongs to ``orders``; how many payments that made."""
    glass, count = _Glass(store, int(now)), 0
    with store.change():
        for order in orders:
            count += glass.reflect(order)
    return count


def remembered(store: Store) -> Iterator[Object]:
    """The events of the account, the oldest first."""
    found: list[Object] = []
    last = None
    while True:
        page, more = store.page(Wanted("event", 100, starting_after=last))
        found += page
        if not more:
            return iter(reversed(found))
        last = page[-1]["id"]


class _Glass:
    """One mirroring under way."""

    def __init__(self, store: Store, now: int) -> None:
        self._now, self._moment, self._awaiting = now, now, 0
        self._rng = Random(0)  # noqa: S311 invents data, guards nothing
        self._ledger = Ledger(store, lambda: self._moment, self._new_id, told_since=now - EVENTS_KEPT)

    def reflect(self, order: Bought) -> int:
        if order.amount < _SMALLEST:
            return 0
        self._rng.seed(order.intent)
        self._moment = order.created
        fate = self._rng.random()
        if order.paid is not None and fate < 0.003:
            return 0  # paid here, unknown there
        amount = order.amount + 100 if order.paid is not None and 0.003 <= fate < 0.01 else order.amount
        self._begin(order, amount)
        if order.paid is None:
            self._unpaid(order, fate)
            return 1
        if 0.1 < fate < 0.2:
            self._decline(order.intent)
        charge = self._pay(order, order.intent, order.paid)
        if order.session:
            self._ledger.complete_checkout(order.intent, order.session)
        return 1 + self._afterwards(order, charge, fate)

    def _afterwards(self, order: Bought, charge: str, fate: float) -> int:
        """What befell the payment later; how many more payments that made."""
        ledger, paid = self._ledger, order.paid or order.created
        if order.status == "AWAITING_VALIDATION":
            self._awaiting += 1
        trouble = self._awaiting if order.status == "AWAITING_VALIDATION" else 0
        if order.status == "REFUNDED":
            self._later(paid, self._rng.randint(1, 72) * HOUR)
            if fate < 0.5:
                ledger.refund(charge, order.amount // 3, reason="requested_by_customer")
                self._later(self._moment, 2 * HOUR)
            ledger.refund(charge, reason="requested_by_customer")
        elif trouble == _DISPUTED_OPEN or (not trouble and fate > 0.985):
            self._dispute(charge, paid, fate if not trouble else 0)
        elif trouble == _PARTLY_REFUNDED or (not trouble and 0.96 < fate <= 0.985):
            self._later(paid, 20 * HOUR)
            ledger.refund(charge, order.amount // 4, reason="requested_by_customer")
        elif trouble == _PAID_TWICE or (not trouble and 0.95 < fate <= 0.96):
            return self._twice(order)
        elif trouble == _STRAY or (not trouble and 0.945 < fate <= 0.95):
            self._later(paid, HOUR)
            stray = ledger.create_intent(2900, "eur", metadata={"orderId": f"gone-{order.id}"})
            ledger.confirm(stray["id"])
            return 1
        return 0

    def _begin(self, order: Bought, amount: int) -> None:
        self._ledger.create_intent(
            amount, order.currency, id=order.intent, created=order.created, metadata={"orderId": order.id}
        )

    def _unpaid(self, order: Bought, fate: float) -> None:
        if fate < 0.4:
            self._decline(order.intent)
        if order.status == "FAILED":
            self._later(order.created, DAY)
            self._ledger.cancel(order.intent, "abandoned")

    def _decline(self, intent: str) -> None:
        with suppress(Refused):
            self._ledger.confirm(intent, self._rng.choice(_DECLINED))

    def _pay(self, order: Bought, intent: str, at: int) -> str:
        self._moment = at
        charge: str = self._ledger.confirm(intent, self._rng.choice(_METHODS))["latest_charge"]
        return charge

    def _dispute(self, charge: str, paid: int, fate: float) -> None:
        self._later(paid, 30 * HOUR)
        dispute = self._ledger.open_dispute(charge, self._rng.choice(("fraudulent", "product_not_received")))
        if fate > 0.99:
            self._later(self._moment, 6 * DAY)
            self._ledger.close_dispute(dispute["id"], won=fate > 0.995)

    def _twice(self, order: Bought) -> int:
        self._later(order.paid or order.created, HOUR)
        again = self._ledger.create_intent(order.amount, order.currency, metadata={"orderId": order.id})
        self._ledger.confirm(again["id"])
        return 1

    def _later(self, moment: int, seconds: int) -> None:
        """So much later, or as late as it can be by now."""
        self._moment = max(moment, min(moment + seconds, self._now - 60))

    def _new_id(self, prefix: str) -> str:
        return f"{prefix}{self._rng.getrandbits(96):024x}"
