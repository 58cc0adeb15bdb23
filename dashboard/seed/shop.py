"""Purchases of stand-alone products, some of them by people who are no clients."""

from random import Random
from typing import Any

from dashboard.seed.catalogue import PRICES
from dashboard.seed.moments import HOUR, cuid, naive
from dashboard.seed.orders import Made

_PRODUCTS = ("initie", "mystique", "profond", "integrale")
_STATUSES = ("COMPLETED", "COMPLETED", "COMPLETED", "PENDING", "PROCESSING", "FAILED", "CANCELLED")


def product_order(rng: Random, made: Made) -> dict[str, Any] | None:
    """A purchase beside every thirtieth order or so."""
    if rng.random() > 0.033:
        return None
    at, number, status = made.planned.at + HOUR, rng.randrange(4), rng.choice(_STATUSES)
    guest = rng.random() < 0.3
    return {
        "id": cuid(rng, at),
        "productId": _PRODUCTS[number],
        "customerId": None if guest else made.person.id,
        "customerEmail": f"invite{rng.randrange(10**6)}@example.org" if guest else made.person.email,
        "amount": PRICES[number + 1],
        "currency": "eur",
        "status": status,
        "paymentIntentId": f"pi_4{rng.getrandbits(88):022x}",
        "completedAt": naive(at + HOUR) if status == "COMPLETED" else None,
        "metadata": None if guest else '{"source":"boutique"}',
        "createdAt": naive(at),
        "updatedAt": naive(at),
    }
