"""The payment panel of an order: what each role sees, what an administrator can do, and what Stripe's silence costs."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from dashboard import context, payment_desk
from dashboard.settings import get_settings
from lumira_db.actor import Role
from lumira_db.clock import utcnow
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import Dispute, Order, Payment, PaymentWord, RefundRequest
from lumira_db.states import RefundState
from tests.factories import make_order, make_products, make_staff
from tests.stand_in import KEY, StandIn, stand_in
from tests.ui.conftest import Open
from tests.ui.test_screens import shown


@pytest.fixture
def stripe(desk: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """The stand-in, which the Desk asks."""
    with stand_in() as served:
        monkeypatch.setenv("STRIPE_API_KEY", KEY)
        monkeypatch.setenv("LUMIRA_STRIPE_API_BASE", served.url)
        monkeypatch.setenv("LUMIRA_STRIPE_TIMEOUT_SECONDS", "0.5")
        for cached in (get_settings, context.stripe):
            cached.cache_clear()
        yield served
        payment_desk.settle()
    for cached in (get_settings, context.stripe):
        cached.cache_clear()


def paid(desk: Database, intent: str, amount: int = 2900) -> str:
    """An order of 29 € whose payment arrived."""
    with desk.writing() as session:
        make_products(session)
        order = make_order(session, status=OrderStatus.COMPLETED, level=2, amount=2900, payment_intent_id=intent)
        known = {"order_id": order.id, "amount": amount, "currency": "eur", "succeeded_at": order.paid_at}
        session.add(Payment(intent_id=intent, **known))
        return order.id


def test_what_stripe_says_is_kept_and_shown_with_its_time(desk: Database, stripe: StandIn, open_screen: Open) -> None:
    """Card, fee and net, a difference to the price, refunds; a silence later changes nothing but says so."""
    intent = stripe.pay(3000)
    stripe.ledger.refund(intent["latest_charge"], 500)
    order_id = paid(desk, intent["id"], 3000)
    with desk.writing() as session:
        who = make_staff(session, Role.ADMIN)
    open_screen("order", who, id=order_id, part="payment")
    payment_desk.settle()
    screen = open_screen("order", who, id=order_id, part="payment")
    said = shown(screen)
    for words in (
        "Visa ···· 4242",
        "€0.70",
        "€29.30",
        "€25.00",
        "a difference of €1.00",
        "Stripe's last word",
        "Test mode",
    ):
        assert words in said
    stripe.spoil("hang", seconds=1)
    screen.button(key=f"payment.ask.{intent['id']}").click().run()
    assert not screen.exception
    payment_desk.settle()
    said = shown(screen.run())
    assert "Stripe takes too long to answer." in said
    assert "Visa ···· 4242" in said
    with desk.writing() as session:
        session.query(PaymentWord).one().tried_at -= timedelta(minutes=2)
    open_screen("order", who, id=order_id, part="payment")
    payment_desk.settle()
    # Whoever comes later is not told of an old failure.
    assert "too long to answer" not in shown(open_screen("order", who, id=order_id, part="payment"))


def test_support_sees_the_state_and_can_move_nothing(desk: Database, stripe: StandIn, open_screen: Open) -> None:
    """Neither a refund nor a decision on one, and a dispute with its day."""
    order_id = paid(desk, stripe.pay()["id"])
    now = utcnow()
    with desk.writing() as session:
        support, admin, boss = make_staff(session, Role.SUPPORT), *(make_staff(session, Role.ADMIN) for _ in "ab")
        intent = session.query(Payment).one().intent_id
        own = {"order_id": order_id, "intent_id": intent, "amount": 2900, "currency": "eur"}
        asked = {"idempotency_key": "k", "note": "geste", "asked_by": boss.id, "asked_by_name": boss.name}
        request = RefundRequest(
            id=uuid4(), reason="GOODWILL", state=RefundState.WAITING_APPROVAL, whole=True, **own, **asked
        )
        session.add(request)
        session.add(PaymentWord(intent_id=intent, order_id=order_id, tried_at=now))
    acts = {f"refund.approve.{request.id}", f"refund.decline.{request.id}"}
    seen = open_screen("order", support, id=order_id, part="payment")
    assert "Waits for a second person" in shown(seen)
    assert not acts & {button.key for button in seen.button}
    assert acts <= {button.key for button in open_screen("order", admin, id=order_id, part="payment").button}
    own_page = open_screen("order", boss, id=order_id, part="payment")
    assert not acts & {button.key for button in own_page.button}
    own_page.button(key=f"refund.withdraw.{request.id}").click().run()
    with desk.writing() as session:
        assert session.get_one(RefundRequest, request.id).state == RefundState.WITHDRAWN
        dispute = {"status": "needs_response", "due_at": now + timedelta(days=3), "created_at": now, "said_at": now}
        session.add(Dispute(id="du_1", **own, **dispute))
    disputed = open_screen("order", admin, id=order_id, part="payment")
    assert "Nothing is sent while it stands." in shown(disputed)
    assert f"payment.refund.{intent}" not in {button.key for button in disputed.button}


def test_a_second_administrator_approves_from_the_page(desk: Database, stripe: StandIn, open_screen: Open) -> None:
    """And an order without any payment says so."""
    order_id = paid(desk, stripe.pay()["id"])
    with desk.writing() as session:
        admin, boss = make_staff(session, Role.ADMIN), make_staff(session, Role.ADMIN)
        empty = make_order(session, payment_intent_id=None).id
        intent = session.query(Payment).one().intent_id
        own = {"order_id": order_id, "intent_id": intent, "amount": 900, "currency": "eur", "reason": "OTHER"}
        asked = {"idempotency_key": "k", "note": "geste", "asked_by": boss.id, "asked_by_name": boss.name}
        request = RefundRequest(id=uuid4(), state=RefundState.WAITING_APPROVAL, whole=False, **own, **asked)
        session.add(request)
    open_screen("order", admin, id=order_id, part="payment").button(key=f"refund.approve.{request.id}").click().run()
    with desk.reading() as session:
        row = session.get_one(RefundRequest, request.id)
        assert (row.state, row.decided_by) == (RefundState.COMMITTED, admin.id)
        assert session.get_one(Order, order_id).status is OrderStatus.COMPLETED
    assert "No payment was begun for this order." in shown(open_screen("order", admin, id=empty, part="payment"))
