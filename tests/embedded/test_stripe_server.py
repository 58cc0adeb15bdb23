"""The stand-in for Stripe, asked through Stripe's own library as the Desk asks it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import stripe

from dashboard.embedded.stripe_server.faults import Fault, Faults
from dashboard.embedded.stripe_server.ledger import Ledger
from dashboard.embedded.stripe_server.server import build
from dashboard.embedded.stripe_server.store import Store
from tests.embedded.serving import serving

KEY = "sk_test_of_the_tests"


@dataclass
class Account:
    """The stand-in served, its inside, and a client of it."""

    url: str
    ledger: Ledger
    faults: Faults

    def client(self, *, timeout: float = 5, retries: int = 0, key: str = KEY) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=timeout),
        )

    def pay(self, amount: int = 2900, **more: Any) -> Any:
        return self.ledger.confirm(self.ledger.create_intent(amount, "eur", **more)["id"])


@pytest.fixture
def account() -> Iterator[Account]:
    app, ledger, faults = build(Store(), KEY)
    with serving(app) as browser:
        yield Account(str(browser.base_url).rstrip("/"), ledger, faults)


def test_a_payment_is_made_and_explained(account: Account) -> None:
    """Intent, charge, fee and net hang together, and ``expand`` brings them in one answer."""
    made = account.client().v1.payment_intents.create(
        {
            "amount": 2900,
            "currency": "eur",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "metadata": {"orderId": "o1"},
            "expand": ["latest_charge.balance_transaction"],
        }
    )
    charge: Any = made.latest_charge
    assert (made.status, made.amount_received, made.metadata["orderId"]) == ("succeeded", 2900, "o1")
    booked = charge.balance_transaction
    assert (booked.amount, booked.fee, booked.net, booked.source) == (2900, 69, 2831, charge.id)
    assert charge.payment_method_details.card.last4 == "4242"


def test_a_declined_card_says_so_and_the_intent_can_be_tried_again(account: Account) -> None:
    """The decline is an error of its documented kind, an event, and no money."""
    intent = account.ledger.create_intent(900, "eur")
    with pytest.raises(stripe.CardError) as declined:
        account.client().v1.payment_intents.confirm(
            intent["id"], {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}
        )
    assert (declined.value.code, declined.value.http_status) == ("card_declined", 402)
    assert account.client().v1.payment_intents.confirm(intent["id"]).status == "succeeded"
    kinds = [event.type for event in account.client().v1.events.list({"limit": 100}).data]
    assert kinds.count("payment_intent.payment_failed") == kinds.count("payment_intent.succeeded") == 1


def test_no_more_is_refunded_than_was_paid(account: Account) -> None:
    """Part after part until nothing is left; what goes beyond is refused and leaves no trace."""
    charge, refunds = account.pay(2900)["latest_charge"], account.client().v1.refunds
    refunds.create({"charge": charge, "amount": 900, "reason": "requested_by_customer"})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        refunds.create({"charge": charge, "amount": 2001})
    assert refunds.create({"charge": charge}).amount == 2000
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"charge": charge, "amount": 1})
    assert refused.value.code == "charge_already_refunded"
    kept: Any = account.client().v1.charges.retrieve(charge)
    assert (kept.amount_refunded, kept.refunded, len(refunds.list({"charge": charge}).data)) == (2900, True, 2)


def test_a_key_has_one_effect_and_one_answer(account: Account) -> None:
    """The same request again is answered again; another request under the same key is refused."""
    charge, refunds = account.pay()["latest_charge"], account.client().v1.refunds
    first = refunds.create({"charge": charge, "amount": 500}, {"idempotency_key": "k1"})
    again = refunds.create({"charge": charge, "amount": 500}, {"idempotency_key": "k1"})
    assert (first.id, len(refunds.list({"charge": charge}).data)) == (again.id, 1)
    with pytest.raises(stripe.IdempotencyError):
        refunds.create({"charge": charge, "amount": 600}, {"idempotency_key": "k1"})


def test_lists_go_page_by_page_within_a_span_of_time(account: Account) -> None:
    """Newest first, no row twice or left out, ``created`` at both ends, either direction."""
    for number in range(25):
        account.pay(1000 + number, created=1_700_000_000 + number)
    intents = account.client().v1.payment_intents
    span: Any = {"gte": 1_700_000_005, "lt": 1_700_000_020}
    walked = [i.amount for i in intents.list({"limit": 4, "created": span}).auto_paging_iter()]
    assert walked == [1000 + number for number in range(19, 4, -1)]
    third = intents.list({"limit": 3}).data[2]
    before = intents.list({"limit": 2, "ending_before": third.id})
    assert [i.amount for i in before.data] == [1024, 1023]
    with pytest.raises(stripe.InvalidRequestError):
        intents.list({"limit": 101})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("rate_limit", stripe.RateLimitError), ("lock_timeout", stripe.StripeError), ("error", stripe.APIError)],
)
def test_a_bad_day_is_an_error_without_effect(account: Account, kind: Any, expected: type[Exception]) -> None:
    """And it passes."""
    charge = account.pay()["latest_charge"]
    account.faults.add(Fault(kind, "/v1/refunds"))
    with pytest.raises(expected):
        account.client().v1.refunds.create({"charge": charge})
    assert account.ledger.need(charge)["amount_refunded"] == 0
    assert account.client().v1.refunds.create({"charge": charge}).amount == 2900


@pytest.mark.parametrize("fault", [Fault("hang", "/v1/refunds", seconds=3), Fault("lost", "/v1/refunds")])
def test_an_answer_can_be_lost_after_the_effect(account: Account, fault: Fault) -> None:
    """The client knows nothing, the money has moved; the same key tells what happened."""
    charge = account.pay()["latest_charge"]
    account.faults.add(fault)
    asked: Any = ({"charge": charge, "amount": 700}, {"idempotency_key": "k"})
    with pytest.raises(stripe.APIConnectionError):
        account.client(timeout=1).v1.refunds.create(*asked)
    assert account.ledger.need(charge)["amount_refunded"] == 700
    assert account.client().v1.refunds.create(*asked).amount == 700
    assert account.ledger.need(charge)["amount_refunded"] == 700


def test_a_foreign_key_opens_nothing(account: Account) -> None:
    """An unknown secret key is refused."""
    with pytest.raises(stripe.AuthenticationError):
        account.client(key="sk_test_of_somebody_else").v1.charges.list()


def test_the_key_may_come_as_a_name_without_a_password(account: Account) -> None:
    """As `curl -u` says it in Stripe's own examples."""
    address = f"{account.url}/v1/charges"
    assert httpx.get(address, auth=(KEY, ""), trust_env=False).status_code == 200
    assert httpx.get(address, auth=("sk_test_of_somebody_else", ""), trust_env=False).status_code == 401


def test_disputes_take_the_money_and_may_give_it_back(account: Account) -> None:
    """With the day until which one can answer."""
    charge = account.pay()["latest_charge"]
    dispute = account.ledger.open_dispute(charge)
    found = account.client().v1.disputes.list({"charge": charge}).data[0]
    assert (found.id, found.status) == (dispute["id"], "needs_response")
    assert found.evidence_details.due_by > time.time()
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        account.client().v1.refunds.create({"charge": charge})
    account.ledger.close_dispute(dispute["id"], won=True)
    sums = [row.amount for row in account.client().v1.balance_transactions.list({"limit": 100}).data]
    assert sorted(sums) == [-2900, 2900, 2900]


def test_what_others_do_is_made_to_happen_over_http(account: Account) -> None:
    """The demo and the browser tests play clients and banks from outside."""
    paid = httpx.post(f"{account.url}/_stand_in/pay", json={"amount": 900, "metadata": {"orderId": "o9"}}).json()
    assert account.ledger.need(paid["latest_charge"])["metadata"] == {"orderId": "o9"}
    refused = httpx.post(f"{account.url}/_stand_in/refund", json={"charge_id": paid["latest_charge"], "amount": 901})
    assert refused.status_code == 400
