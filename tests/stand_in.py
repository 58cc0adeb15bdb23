"""Stripe's stand-in on a free port, and the Desk's gateway to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dashboard.embedded.stripe_server.faults import Fault, Faults
from dashboard.embedded.stripe_server.ledger import Ledger
from dashboard.embedded.stripe_server.server import build
from dashboard.embedded.stripe_server.store import Store
from dashboard.gateways.stripe import StripeAccount
from tests.embedded.serving import serving

KEY = "sk_test_of_the_tests"
SECRET = "whsec_of_the_tests"


@dataclass
class StandIn:
    """The stand-in served, and its inside."""

    url: str
    ledger: Ledger
    faults: Faults

    def account(self, *, timeout: float = 5, key: str = KEY, patience: tuple[float, ...] = ()) -> StripeAccount:
        """The Desk's way to it."""
        return StripeAccount(key, self.url, timeout=timeout, patience=patience)

    def pay(self, amount: int = 2900, **more: Any) -> Any:
        """A client pays; the intent."""
        return self.ledger.confirm(self.ledger.create_intent(amount, "eur", **more)["id"])

    def spoil(self, kind: Any, path: str = "/v1/", **more: Any) -> None:
        """Something goes wrong with the next request."""
        self.faults.add(Fault(kind, path, **more))


@contextmanager
def stand_in(webhook_url: str = "") -> Iterator[StandIn]:
    """A stand-in of this test's own, which delivers its events to ``webhook_url``."""
    app, ledger, faults = build(Store(), KEY, webhook_url=webhook_url, webhook_secret=SECRET)
    with serving(app) as browser:
        yield StandIn(str(browser.base_url).rstrip("/"), ledger, faults)
