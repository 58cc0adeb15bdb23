"""The gateway to Stripe, against the stand-in over HTTP."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.embedded.home import free_port
from dashboard.embedded.stripe_server.ledger import Refused
from dashboard.gateways.stripe import (
    Span,
    StripeAccount,
    StripeMissing,
    StripeRefused,
    StripeUnavailable,
    Trouble,
    dashboard_url,
)
from lumira_db.payment_facts import Mode, revived
from tests.stand_in import StandIn, stand_in


@pytest.fixture
def stripe() -> Iterator[StandIn]:
    with stand_in() as served:
        yield served


def test_a_payment_is_told_whole_and_without_its_person(stripe: StandIn) -> None:
    """Status, card, fee and net, the attempts before, refunds and disputes; no address and no holder."""
    intent = stripe.ledger.create_intent(2900, "eur", metadata={"orderId": "o1"}, receipt_email="zoe@example.org")
    with pytest.raises(Refused):
        stripe.ledger.confirm(intent["id"], "pm_card_chargeDeclinedExpiredCard")
    charge = stripe.ledger.confirm(intent["id"])["latest_charge"]
    stripe.ledger.refund(charge, 900, metadata={"lumiraRefund": "r1"})
    stripe.ledger.open_dispute(charge)
    told = stripe.account().payment(intent["id"])
    assert (told.intent.status, told.intent.received, told.intent.order_id) == ("succeeded", 2900, "o1")
    paid = told.intent.charge
    assert paid is not None
    assert paid.balance is not None
    assert (paid.method, paid.brand, paid.last4, paid.refunded) == ("card", "visa", "4242", 900)
    assert (paid.balance.fee, paid.balance.net) == (69, 2831)
    assert [(one.failure_code, one.decline_code) for one in told.failed] == [("card_declined", "expired_card")]
    assert [(one.amount, one.request) for one in told.refunds] == [(900, "r1")]
    assert told.disputes[0].due_at is not None
    assert "zoe" not in str(asdict(told))
    assert revived(told.kept()) == told


def test_the_same_key_is_the_same_refund(stripe: StandIn) -> None:
    """Asked twice, given once; it carries the id of our intention, by which it is found again."""
    intent, account = stripe.pay()["id"], stripe.account()
    asked: Any = {"key": "k1", "request": "r1", "reason": "requested_by_customer"}
    assert account.refund(intent, 700, **asked) == account.refund(intent, 700, **asked)
    assert [(one.amount, one.request) for one in account.refunds_of(intent)] == [(700, "r1")]
    with pytest.raises(StripeRefused) as refused:
        account.refund(intent, 2201, key="k2", request="r2", reason=None)
    assert refused.value.code == "amount_too_large"
    with pytest.raises(StripeMissing):
        account.payment("pi_unknown")


@pytest.mark.parametrize(
    ("fault", "trouble", "may_have_moved"),
    [
        ({"kind": "rate_limit"}, Trouble.BUSY, False),
        ({"kind": "lock_timeout"}, Trouble.BUSY, True),
        ({"kind": "error"}, Trouble.BROKEN, True),
        ({"kind": "hang", "seconds": 3}, Trouble.TOO_SLOW, True),
        ({"kind": "lost"}, Trouble.UNREACHABLE, True),
    ],
)
def test_a_bad_day_is_told_apart_from_a_no(stripe: StandIn, fault: Any, trouble: Trouble, may_have_moved: bool) -> None:
    """What went wrong, and whether the money may have moved all the same."""
    intent = stripe.pay()["id"]
    stripe.spoil(**fault, path="/v1/refunds")
    with pytest.raises(StripeUnavailable) as problem:
        stripe.account(timeout=0.5).refund(intent, 700, key="k", request="r", reason=None)
    assert (problem.value.trouble, problem.value.may_have_moved) == (trouble, may_have_moved)


def test_nobody_there_and_no_key_move_nothing(stripe: StandIn) -> None:
    """A refused connection, a foreign key and no key at all are told apart; none of them moved anything."""
    for account, trouble in (
        (StripeAccount("sk_test_x", f"http://127.0.0.1:{free_port()}"), Trouble.UNREACHABLE),
        (stripe.account(key="sk_test_of_another"), Trouble.MISCONFIGURED),
        (stripe.account(key=""), Trouble.MISCONFIGURED),
    ):
        with pytest.raises(StripeUnavailable) as problem:
            account.refund("pi_1", 1, key="k", request="r", reason=None)
        assert (problem.value.trouble, problem.value.may_have_moved) == (trouble, False)


def test_a_walk_goes_through_every_page_of_a_span_and_a_bad_moment(stripe: StandIn) -> None:
    """Newest first, each once, from its first second up to but without its last; a 429 in the middle is waited out."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(230):
        stripe.pay(1000 + number, created=int(start.timestamp()) + number)
    span = Span(start + timedelta(seconds=5), start + timedelta(seconds=225))
    account = stripe.account(patience=(0, 0))
    walk = account.intents(span)
    first = next(walk)
    stripe.spoil("rate_limit", times=2)
    assert [first.amount, *(one.amount for one in walk)] == [1000 + number for number in range(224, 4, -1)]
    assert first.charge is not None
    assert first.charge.id == first.charge_id
    stripe.spoil("error", times=3)
    everything = Span()
    with pytest.raises(StripeUnavailable):
        next(account.balance(everything))
    assert {one.balance.net for one in account.charges(everything) if one.balance} == {
        one.net for one in account.balance(everything)
    }
    assert len([*account.events(everything, ("payment_intent.succeeded",))]) == 230


def test_the_mode_is_read_from_the_key() -> None:
    """And Stripe's own pages are those of the mode."""
    assert [StripeAccount(key).mode for key in ("", "sk_test_1", "rk_live_1")] == [Mode.NONE, Mode.TEST, Mode.LIVE]
    assert dashboard_url(Mode.TEST, "payments", "pi_1") == "https://dashboard.stripe.com/test/payments/pi_1"
    assert dashboard_url(Mode.LIVE, "payments", "pi_1") == "https://dashboard.stripe.com/payments/pi_1"


def test_the_library_is_loaded_when_stripe_is_first_asked() -> None:
    """A server that starts does not wait for it."""
    code = (
        "import sys; from dashboard.settings import Settings; from dashboard.gateways.stripe import make_stripe;"
        "make_stripe(Settings(stripe_api_key='sk_test_1')); sys.exit('stripe' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
