"""A month of a shop as Stripe would tell it: signed events in the order in which things happened.

Everything comes from the stand-in's own ledger, so shapes and sums are those that it answers over HTTP.
"""

import random
from dataclasses import dataclass
from typing import Any

from dashboard.embedded.stripe_server.ledger import Ledger, Refused
from dashboard.embedded.stripe_server.store import Store, Wanted

START = 1_760_000_000
_DAY = 86_400


@dataclass
class Clock:
    """Unix seconds that only move when told to."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Month:
    """The events in order, and the ledger that they came from."""

    events: list[dict[str, Any]]
    ledger: Ledger


def month(order_ids: list[str], seed: int) -> Month:
    """What happens to these orders' payments: most succeed, some are declined first, cancelled, refunded in part or
    whole, disputed, or paid twice."""
    rng, clock, store = random.Random(seed), Clock(), Store()
    ledger = Ledger(store, clock)
    with store.change():
        for order_id in order_ids:
            clock.now = START + rng.random() * 25 * _DAY
            _one(ledger, clock, rng, order_id)
    events: list[dict[str, Any]] = []
    last = None
    while True:
        page, more = store.page(Wanted("event", 100, starting_after=last))
        events += page
        if not more:
            break
        last = page[-1]["id"]
    # Newest first, as Stripe lists them; two of one second in the order in which they were made.
    return Month(events[::-1], ledger)


def _one(ledger: Ledger, clock: Clock, rng: random.Random, order_id: str) -> None:
    amount = rng.choice((900, 2900, 5900, 9900))
    intent = ledger.create_intent(amount, "eur", metadata={"orderId": order_id}, receipt_email="zoe@example.org")
    fate = rng.random()
    if fate < 0.15:
        _wait(clock, rng)
        _declined(ledger, intent["id"])
    if fate < 0.05:
        _wait(clock, rng)
        ledger.cancel(intent["id"], "abandoned")
        return
    _wait(clock, rng)
    paid = ledger.confirm(intent["id"])
    if rng.random() < 0.7:
        ledger.complete_checkout(intent["id"])
    if rng.random() < 0.02:
        _wait(clock, rng)
        ledger.confirm(ledger.create_intent(amount, "eur", metadata={"orderId": order_id})["id"])
    if fate > 0.8:
        _refunds(ledger, clock, rng, paid["latest_charge"], amount)
    elif fate > 0.77:
        _wait(clock, rng)
        dispute = ledger.open_dispute(paid["latest_charge"])
        if rng.random() < 0.6:
            _wait(clock, rng)
            ledger.close_dispute(dispute["id"], won=rng.random() < 0.5)


def _refunds(ledger: Ledger, clock: Clock, rng: random.Random, charge: str, amount: int) -> None:
    for part in [amount // 3, None] if rng.random() < 0.5 else [rng.choice((None, amount // 2))]:
        _wait(clock, rng)
        refund = ledger.refund(charge, part, status=rng.choice(("succeeded", "succeeded", "pending")))
        if refund["status"] == "pending":
            _wait(clock, rng)
            ledger.settle_refund(refund["id"], failed="expired_or_canceled_card" if rng.random() < 0.3 else None)


def _declined(ledger: Ledger, intent: str) -> None:
    try:
        ledger.confirm(intent, "pm_card_chargeDeclined")
    except Refused:
        return
    raise AssertionError("the card should have been declined")


def _wait(clock: Clock, rng: random.Random) -> None:
    clock.now += 1 + rng.random() * 600
