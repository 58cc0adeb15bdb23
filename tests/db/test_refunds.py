"""Refunds as people decide on them: never more than was paid, one at a time, and what they and disputes hold back."""

import threading
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands import refunds
from lumira_db.commands.decisions import approve_order
from lumira_db.commands.deliveries import DISPUTED, REFUND_ASKED, retry_delivery
from lumira_db.commands.payment_words import keep_silence, keep_word
from lumira_db.commands.payments import receive_event
from lumira_db.commands.refunding import begin_refund, record_refund, record_refusal
from lumira_db.commands.sending import open_parcel
from lumira_db.engine import Database
from lumira_db.enums import DeliveryFormat, OrderStatus
from lumira_db.errors import (
    DeliveryStopped,
    InvalidInput,
    PaymentDisputed,
    PaymentUnknown,
    ReasonRequired,
    RefundOver,
    RefundTooLarge,
    RefundUnderWay,
    Refusal,
    SecondPersonNeeded,
    StaleRecord,
)
from lumira_db.models import (
    AuditEntry,
    Delivery,
    DeliveryState,
    Order,
    Payment,
    RefundNotice,
    RefundRequest,
    row_version,
)
from lumira_db.payment_facts import ChargeFacts, IntentFacts, PaymentFacts, RefundFacts
from lumira_db.payments import understood
from lumira_db.queries.flags import Flag
from lumira_db.queries.order_payments import list_payments
from lumira_db.queries.workbench import find_workbench
from lumira_db.states import RefundReason, RefundState
from tests.db.test_payments import NOW, event, refund
from tests.factories import make_claim, make_order, make_staff

R, S, D = RefundState, OrderStatus, DeliveryState


def paid_order(session: Session, *, status: OrderStatus = S.COMPLETED, amount: int = 2900) -> Order:
    """An order whose payment ``pi_1`` arrived as Stripe's events told."""
    order = make_order(session, status=status, amount=amount, level=2, payment_intent_id="pi_1")
    moment = order.paid_at
    session.add(
        Payment(
            intent_id="pi_1", order_id=order.id, charge_id="ch_1", amount=amount, currency="eur", succeeded_at=moment
        )
    )
    session.flush()
    return order


def wanted(session: Session, order: Order, amount: int = 2900, **more: Any) -> refunds.Wanted:
    (payment,) = list_payments(session, [order.id])
    made = refunds.Wanted(
        uuid4(), payment.intent_id, payment.stamp, amount, amount, RefundReason.GOODWILL, "geste commercial"
    )
    return replace(made, **more)


def ask(session: Session, who: Actor, order: Order, amount: int = 2900, *, limit: int = 10_000, **more: Any) -> UUID:
    form = wanted(session, order, amount, **more)
    refunds.request_refund(session, who, order.id, form, limit=limit)
    return form.id


def state(session: Session, request_id: UUID) -> RefundState:
    return RefundState(session.get_one(RefundRequest, request_id).state)


def answered(request_id: UUID, amount: int, *, status: str = "succeeded", number: str = "re_1") -> RefundFacts:
    """Stripe's answer to the refund."""
    moment = utcnow().replace(microsecond=0)
    return RefundFacts(number, "pi_1", "ch_1", status, amount, "eur", None, None, str(request_id), None, moment)


def carried_out(session: Session, request_id: UUID, amount: int, **more: Any) -> None:
    assert begin_refund(session, request_id, utcnow()) is not None
    record_refund(session, request_id, answered(request_id, amount, **more))


def delivery_of(session: Session, order: Order) -> Delivery:
    """The order approved by an expert; what is to be sent."""
    expert = make_staff(session)
    make_claim(session, order, expert, expires_at=utcnow().replace(year=2100))
    seen = session.execute(select(row_version("Order")).select_from(Order).where(Order.id == order.id)).scalar_one()
    approved = approve_order(
        session,
        expert,
        order.id,
        seen=seen,
        channel=DeliveryFormat.EMAIL,
        undo_seconds=0,
        sender_domain="lumira.example",
    )
    return session.get_one(Delivery, approved.delivery_id)


def dispute(status: str, kind: str = "created", number: str = "1") -> Any:
    item = {"id": "du_1", "object": "dispute", "amount": 2900, "currency": "eur", "status": status, "charge": "ch_1"}
    more = {
        "payment_intent": "pi_1",
        "created": NOW,
        "evidence_details": {"due_by": NOW + 900_000},
        "reason": "fraudulent",
    }
    at = NOW + (60 if kind == "closed" else 0)
    return understood(event(f"charge.dispute.{kind}", item | more, number=f"d{number}", at=at))


def test_up_to_the_limit_one_person_is_enough_above_it_two_are_needed(session: Session) -> None:
    """Who asked cannot approve; somebody else can, once."""
    order, boss, other = paid_order(session), make_staff(session, Role.ADMIN), make_staff(session, Role.ADMIN)
    request = ask(session, boss, order, 1000, limit=999)
    assert state(session, request) is R.WAITING_APPROVAL
    assert begin_refund(session, request, utcnow()) is None
    with pytest.raises(SecondPersonNeeded):
        refunds.approve_refund(session, boss, request)
    refunds.approve_refund(session, other, request)
    with pytest.raises(RefundOver):
        refunds.decline_refund(session, other, request, reason="trop tard")
    carried_out(session, request, 1000)
    assert state(session, ask(session, boss, order, 999, limit=999)) is R.COMMITTED
    audit.flush(session)
    told = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert told == ["refund.request", "refund.approve", "refund.send", "refund.succeed", "refund.request"]


@pytest.mark.parametrize(("currency", "most"), [("eur", 1000), ("jpy", 10), ("kwd", 10_000)])
def test_the_limit_is_as_many_units_in_every_currency(session: Session, currency: str, most: int) -> None:
    """Of yen there are no cents, of dinars thousandths."""
    order, boss = paid_order(session, amount=20_000), make_staff(session, Role.ADMIN)
    order.currency = session.get_one(Payment, "pi_1").currency = currency
    session.flush()
    assert state(session, ask(session, boss, order, most, limit=1000)) is R.COMMITTED
    session.execute(delete(RefundRequest))
    assert state(session, ask(session, boss, order, most + 1, limit=1000)) is R.WAITING_APPROVAL


def test_what_became_another_orders_payment_is_not_given_back_here(session: Session) -> None:
    order, boss, other = paid_order(session), make_staff(session, Role.ADMIN), make_staff(session, Role.ADMIN)
    request = ask(session, boss, order, 1000, limit=999)
    order.payment_intent_id = None
    session.flush()
    session.get_one(Payment, "pi_1").order_id = make_order(session, payment_intent_id="pi_1").id
    session.flush()
    with pytest.raises(PaymentUnknown):
        refunds.approve_refund(session, other, request)
    assert state(session, request) is R.WAITING_APPROVAL


def test_never_is_more_given_back_than_was_paid(session: Session) -> None:
    """What was refunded at Stripe's own pages counts too; what a bank returned does not."""
    order, boss = paid_order(session), make_staff(session, Role.ADMIN)
    receive_event(session, understood(event("refund.created", refund(amount=900))))
    with pytest.raises(RefundTooLarge) as refused:
        ask(session, boss, order, 2001)
    assert refused.value.facts["left"].cents == 2000
    receive_event(
        session, understood(event("refund.failed", refund(amount=900, status="failed"), at=NOW + 9, number="2"))
    )
    request = ask(session, boss, order, 2900)
    with pytest.raises(RefundUnderWay):
        ask(session, boss, order, 1)
    carried_out(session, request, 2900, number="re_2")
    with pytest.raises(RefundTooLarge):
        ask(session, boss, order, 1)
    assert order.status is S.REFUNDED


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"confirmed": 999}, InvalidInput),
        ({"confirmed": None}, InvalidInput),
        ({"amount": 0, "confirmed": 0}, InvalidInput),
        ({"amount": -5, "confirmed": -5}, InvalidInput),
        ({"note": " . "}, ReasonRequired),
        ({"stamp": "2900-900-1"}, StaleRecord),
        ({"intent_id": "pi_of_another"}, PaymentUnknown),
    ],
)
def test_what_was_not_typed_with_care_is_refused(
    session: Session, more: dict[str, Any], refusal: type[Refusal]
) -> None:
    """The amount twice, a reason, on what the screen showed."""
    order, boss = paid_order(session), make_staff(session, Role.ADMIN)
    with pytest.raises(refusal):
        ask(session, boss, order, **({"amount": 1000} | more))
    assert session.scalars(select(RefundRequest)).all() == []


def test_a_form_sent_twice_is_one_refund_and_so_are_two_tabs(session: Session) -> None:
    """The second click finds its own refund; the other tab, which saw nothing of it, is told so."""
    order, boss = paid_order(session), make_staff(session, Role.ADMIN)
    form, other_tab = wanted(session, order, 500), wanted(session, order, 500)
    for _ in range(2):
        refunds.request_refund(session, boss, order.id, form, limit=10_000)
    carried_out(session, form.id, 500)
    assert refunds.request_refund(session, boss, order.id, form, limit=10_000) is R.SUCCEEDED
    with pytest.raises(StaleRecord):
        refunds.request_refund(session, boss, order.id, other_tab, limit=10_000)
    assert len(session.scalars(select(RefundRequest)).all()) == 1


def test_of_two_administrators_at_once_one_asks(database: Database) -> None:
    """The other one is told of the refund that is under way."""
    with database.writing() as session:
        order = paid_order(session)
        people = [make_staff(session, Role.ADMIN) for _ in range(2)]
        forms = [wanted(session, order) for _ in people]
    together, outcomes = threading.Barrier(2), []

    def work(who: Actor, form: refunds.Wanted) -> None:
        together.wait()
        try:
            with database.writing() as session:
                outcomes.append(refunds.request_refund(session, who, order.id, form, limit=10_000))
        except Refusal as refusal:
            outcomes.append(type(refusal))

    threads = [threading.Thread(target=work, args=pair) for pair in zip(people, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == sorted(map(str, (R.COMMITTED, RefundUnderWay)))


def test_a_full_refund_keeps_the_delivery_back_and_a_no_lets_it_go(session: Session) -> None:
    """Asked for, nothing leaves; declined or refused, it leaves after all; made, it never does."""
    order, boss, other = (
        paid_order(session, status=S.AWAITING_VALIDATION),
        *(make_staff(session, Role.ADMIN) for _ in "ab"),
    )
    delivery = delivery_of(session, order)
    request = ask(session, boss, order, limit=0)
    assert (delivery.state, delivery.last_error) == (D.BLOCKED, REFUND_ASKED)
    with pytest.raises(DeliveryStopped):
        retry_delivery(session, boss, delivery.id)
    refunds.decline_refund(session, other, request, reason="La lecture est prête")
    assert delivery.state == D.WAITING
    refused = ask(session, boss, order)
    begin_refund(session, refused, utcnow())
    record_refusal(session, refused, utcnow(), "charge_disputed")
    assert (state(session, refused), delivery.state) == (R.REFUSED, D.WAITING)
    withdrawn = ask(session, boss, order)
    refunds.withdraw_refund(session, boss, withdrawn)
    assert (state(session, withdrawn), delivery.state) == (R.WITHDRAWN, D.WAITING)
    carried_out(session, ask(session, boss, order), 2900)
    assert (order.status, delivery.state) == (S.REFUNDED, D.CANCELLED)


def test_a_partial_refund_leaves_order_and_delivery_as_they_are(session: Session) -> None:
    """And the client is told of it all the same."""
    order, boss = paid_order(session, status=S.AWAITING_VALIDATION), make_staff(session, Role.ADMIN)
    delivery = delivery_of(session, order)
    request = ask(session, boss, order, 900)
    carried_out(session, request, 900)
    assert (order.status, delivery.state) == (S.COMPLETED, D.WAITING)
    assert session.get_one(RefundNotice, request).state == "WAITING"


def test_a_refund_that_waits_for_the_bank_is_not_given_back_yet(session: Session) -> None:
    """It may come back weeks later; the order's status then stays where it was."""
    order, boss = paid_order(session), make_staff(session, Role.ADMIN)
    request = ask(session, boss, order, 900)
    carried_out(session, request, 900, status="pending")
    assert state(session, request) is R.PENDING
    late = refund(
        id="re_1", amount=900, status="failed", metadata={"lumiraRefund": str(request)}, failure_reason="lost"
    )
    receive_event(session, understood(event("refund.failed", late, at=int(utcnow().timestamp()) + 60)))
    assert (state(session, request), order.status) == (R.FAILED, S.COMPLETED)


def test_a_refund_that_names_no_request_of_ours_or_a_foreign_one_moves_none(session: Session) -> None:
    """Anybody with access to Stripe can write anything there."""
    order, boss = paid_order(session), make_staff(session, Role.ADMIN)
    request = ask(session, boss, order, 900)
    for number, named in enumerate(("nonsense", str(uuid4()), str(request)), start=5):
        strange = refund(id=f"re_{number}", amount=100, metadata={"lumiraRefund": named})
        receive_event(session, understood(event("refund.created", strange, number=str(number))))
    assert state(session, request) is R.COMMITTED


def test_what_was_sent_cannot_be_withdrawn_but_tried_again(session: Session) -> None:
    """Once Stripe may have heard of it."""
    order, boss = paid_order(session), make_staff(session, Role.ADMIN)
    request = ask(session, boss, order, 900)
    assert begin_refund(session, request, utcnow()) is not None
    assert begin_refund(session, request, utcnow()) is None
    with pytest.raises(RefundOver):
        refunds.withdraw_refund(session, boss, request)
    refunds.retry_refund(session, boss, request)
    assert begin_refund(session, request, utcnow()) is not None


def test_a_dispute_flags_the_order_and_holds_its_delivery_until_it_is_won(session: Session) -> None:
    """Approving stays possible; nothing leaves, and nothing is refunded twice, while the bank has the money."""
    order, boss = paid_order(session, status=S.AWAITING_VALIDATION), make_staff(session, Role.ADMIN)
    receive_event(session, dispute("needs_response"))
    bench = find_workbench(session, order.id, staff_id=boss.id, now=utcnow())
    assert bench is not None
    assert Flag.DISPUTED in bench.flags
    delivery = delivery_of(session, order)
    assert open_parcel(session, delivery.id, utcnow()) is None
    assert (delivery.state, delivery.last_error) == (D.BLOCKED, DISPUTED)
    with pytest.raises(PaymentDisputed):
        ask(session, boss, order)
    receive_event(session, dispute("won", "closed", "2"))
    assert delivery.state == D.WAITING
    assert open_parcel(session, delivery.id, utcnow()) is not None


def test_a_dispute_holds_what_waits_already_and_a_lost_one_for_good(session: Session) -> None:
    """The order keeps its state: Stripe has not said that it is refunded."""
    order = paid_order(session, status=S.AWAITING_VALIDATION)
    delivery = delivery_of(session, order)
    receive_event(session, dispute("needs_response"))
    assert (delivery.state, delivery.last_error) == (D.BLOCKED, DISPUTED)
    receive_event(session, dispute("lost", "closed", "2"))
    assert (delivery.state, order.status) == (D.BLOCKED, S.COMPLETED)


def test_stripes_last_word_stands_where_no_event_ever_came(session: Session) -> None:
    """A payment older than the Desk: asked, it can be refunded, and the order is over; silence forgets nothing."""
    order, boss = (
        make_order(session, status=S.COMPLETED, amount=2900, payment_intent_id="pi_1"),
        make_staff(session, Role.ADMIN),
    )
    with pytest.raises(PaymentUnknown):
        ask(session, boss, order)
    now = utcnow()
    charge = ChargeFacts(
        *("ch_1", "pi_1", order.id, "succeeded", 2900, 2900, 0, "eur", now, False, "card", "visa", "4242"),
        *(None, None, None, None),
    )
    intent = IntentFacts("pi_1", "succeeded", 2900, 2900, "eur", now, True, order.id, "ch_1", charge, None)
    keep_word(session, "pi_1", order.id, PaymentFacts(intent, (charge,), (), ()), now)
    keep_silence(session, "pi_1", order.id, "TOO_SLOW", utcnow())
    (payment,) = list_payments(session, [order.id])
    assert (payment.left, payment.problem, payment.said_at) == (2900, "TOO_SLOW", now)
    carried_out(session, ask(session, boss, order), 2900)
    assert order.status is S.REFUNDED
