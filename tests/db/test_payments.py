"""Stripe's events: each counts once, in whatever order and however often it comes."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.commands import payments
from lumira_db.commands.payments import receive_event
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import (
    AuditEntry,
    Client,
    Dispute,
    Order,
    Payment,
    PaymentAttempt,
    ProcessedEvent,
    Refund,
    StripeEvent,
)
from lumira_db.payments import EventState, NotAnEvent, understood
from tests.factories import make_client, make_order
from tests.stripe_month import month

S = OrderStatus
NOW = 1_770_000_000


def event(kind: str, item: dict[str, Any], *, at: int = NOW, number: str = "1") -> dict[str, Any]:
    """An event as Stripe words it."""
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": kind,
        "created": at,
        "livemode": True,
        "data": {"object": item},
    }


def intent(order: Order | None = None, **values: Any) -> dict[str, Any]:
    """A payment intent."""
    metadata = {"orderId": order.id, "email": "zoe@example.org"} if order is not None else {}
    own = {"id": "pi_1", "object": "payment_intent", "amount": 900, "currency": "eur", "latest_charge": "ch_1"}
    return own | {"metadata": metadata, "receipt_email": "zoe@example.org"} | values


def charge(**values: Any) -> dict[str, Any]:
    """A charge that was given back in full."""
    own = {"id": "ch_1", "object": "charge", "amount": 900, "amount_refunded": 900, "currency": "eur", "refunded": True}
    return own | {"payment_intent": "pi_1", "created": NOW - 60, "metadata": {}} | values


def refund(**values: Any) -> dict[str, Any]:
    """A refund of a third."""
    own = {"id": "re_1", "object": "refund", "amount": 300, "currency": "eur", "status": "succeeded", "reason": None}
    return own | {"charge": "ch_1", "payment_intent": "pi_1", "created": NOW, "metadata": {}} | values


def take(session: Session, *raw: dict[str, Any]) -> list[EventState]:
    """The events, one after the other."""
    return [receive_event(session, understood(one)).state for one in raw]


def state(order: Order) -> OrderStatus:
    return order.status


def unpaid(session: Session, status: OrderStatus = S.PENDING, **values: Any) -> Order:
    return make_order(session, status=status, paid_at=None, payment_intent_id=None, **values)


def test_a_success_pays_the_order_at_stripes_moment(session: Session) -> None:
    """PENDING becomes PAID, and so does a checkout that had been given up."""
    for number, status in enumerate((S.PENDING, S.FAILED)):
        order = unpaid(session, status)
        said = event("payment_intent.succeeded", intent(order, id=f"pi_{number}"), number=str(number))
        assert take(session, said) == [EventState.APPLIED]
        assert (order.status, order.paid_at) == (S.PAID, datetime.fromtimestamp(NOW, UTC))


@pytest.mark.parametrize("status", [S.PROCESSING, S.AWAITING_VALIDATION, S.COMPLETED, S.REFUNDED, S.FAILED])
def test_a_late_success_never_pulls_an_order_back(session: Session, status: OrderStatus) -> None:
    """What was paid, and went on or failed in production since, stays where it is, and keeps its moment."""
    order = make_order(session, status=status)
    paid_at = order.paid_at
    take(session, event("payment_intent.succeeded", intent(order)))
    assert (order.status, order.paid_at) == (status, paid_at)


def test_the_same_event_counts_once(session: Session) -> None:
    """The second time it is known, and changes nothing."""
    order = unpaid(session)
    said = understood(event("payment_intent.succeeded", intent(order)))
    assert [receive_event(session, said).repeated for _ in range(3)] == [False, True, True]
    assert len(session.scalars(select(ProcessedEvent)).all()) == 1


def test_the_platforms_own_row_is_no_obstacle(session: Session) -> None:
    """Both get Stripe's events; whoever comes second finds the row and does its own part."""
    order = unpaid(session)
    session.add(ProcessedEvent(event_id="evt_1", event_type="payment_intent.succeeded"))
    session.flush()
    assert take(session, event("payment_intent.succeeded", intent(order))) == [EventState.APPLIED]
    assert state(order) is S.PAID


def test_a_cancelled_payment_fails_only_what_was_never_paid(session: Session) -> None:
    """Before or after the success of another try."""
    order = unpaid(session)
    take(session, event("payment_intent.canceled", intent(order, id="pi_0"), number="0"))
    assert state(order) is S.FAILED
    take(session, event("payment_intent.succeeded", intent(order), number="1"))
    assert state(order) is S.PAID
    take(session, event("payment_intent.canceled", intent(order, id="pi_2"), number="2"))
    assert state(order) is S.PAID


def test_a_decline_is_kept_and_changes_nothing(session: Session) -> None:
    """The client may try another card."""
    order = unpaid(session)
    error = {
        "charge": "ch_9",
        "code": "card_declined",
        "decline_code": "expired_card",
        "message": "Your card has expired.",
    }
    take(session, event("payment_intent.payment_failed", intent(order, last_payment_error=error)))
    kept = session.scalars(select(PaymentAttempt)).one()
    assert (order.status, kept.decline_code) == (S.PENDING, "expired_card")


def test_a_partial_refund_is_in_the_ledger_and_leaves_the_order(session: Session) -> None:
    """Part after part; with the last the order is refunded."""
    order = make_order(session, status=S.COMPLETED, payment_intent_id="pi_1")
    take(session, event("payment_intent.succeeded", intent(order), number="0"))
    take(session, event("refund.created", refund(), number="1"))
    assert state(order) is S.COMPLETED
    take(session, event("refund.created", refund(id="re_2", amount=600), number="2"))
    assert state(order) is S.REFUNDED
    kept = session.execute(select(Refund.amount, Refund.order_id).order_by(Refund.id)).all()
    assert [tuple(row) for row in kept] == [(300, order.id), (600, order.id)]


def test_a_refund_that_overtakes_the_payment_waits_for_nobody(session: Session) -> None:
    """The order ends refunded and paid at the right moment, whichever came first."""
    order = unpaid(session)
    order.payment_intent_id = "pi_1"
    session.flush()
    take(session, event("charge.refunded", charge(), number="1"))
    assert (order.status, order.paid_at) == (S.REFUNDED, datetime.fromtimestamp(NOW - 60, UTC))
    take(session, event("payment_intent.succeeded", intent(order), at=NOW - 59, number="2"))
    assert (order.status, order.paid_at) == (S.REFUNDED, datetime.fromtimestamp(NOW - 59, UTC))


def test_one_payment_of_two_given_back_leaves_the_order_paid(session: Session) -> None:
    """Paid twice by mistake: what was too much goes back, the order stays."""
    order = unpaid(session)
    take(session, event("payment_intent.succeeded", intent(order), number="1"))
    take(session, event("payment_intent.succeeded", intent(order, id="pi_2", latest_charge="ch_2"), number="2"))
    take(session, event("charge.refunded", charge(), number="3"))
    assert state(order) is S.PAID
    take(session, event("charge.refunded", charge(id="ch_2", payment_intent="pi_2"), number="4"))
    assert state(order) is S.REFUNDED


def test_a_second_payment_told_of_after_the_refund_of_the_first_sets_it_right(session: Session) -> None:
    """Unless it was made after everything had been given back: then the order is over."""
    for number, at, expected in (("1", NOW - 30, S.PAID), ("2", NOW + 30, S.REFUNDED)):
        order = unpaid(session)
        first, second = f"pi_a{number}", f"pi_b{number}"
        take(session, event("payment_intent.succeeded", intent(order, id=first), at=NOW - 60, number=f"a{number}"))
        take(session, event("charge.refunded", charge(id=f"ch_{number}", payment_intent=first), number=f"b{number}"))
        assert state(order) is S.REFUNDED
        take(session, event("payment_intent.succeeded", intent(order, id=second), at=at, number=f"c{number}"))
        assert order.status is expected


def test_an_event_of_no_known_order_is_kept_and_tried_again(session: Session) -> None:
    """As soon as the order is there, the retry finds it; nothing is lost meanwhile."""
    said = event("payment_intent.succeeded", intent(metadata={"orderId": "cnew"}))
    assert take(session, said) == [EventState.UNMATCHED]
    row = session.scalars(select(StripeEvent)).one()
    assert row.due_at is not None
    order = unpaid(session, id="cnew")
    row.due_at = datetime.fromtimestamp(NOW - 10**6, UTC)
    session.flush()
    received = payments.retry_due_event(session, row.id)
    assert received is not None
    session.refresh(row)
    assert (received.state, state(order)) == (EventState.APPLIED, S.PAID)
    assert not row.due_at


def test_an_unknown_kind_is_kept_and_ignored(session: Session) -> None:
    """Stripe adds kinds at will."""
    assert take(session, event("entitlements.active_entitlement_summary.updated", {"id": "x"})) == [EventState.IGNORED]


def test_nothing_personal_is_kept(session: Session) -> None:
    """Neither address nor name nor card, in no row of ours and none of the platform's."""
    order = unpaid(session)
    personal = {"billing_details": {"name": "Zoé Martin", "email": "zoe@example.org"}, "shipping": {"phone": "+336"}}
    take(session, event("payment_intent.succeeded", intent(order, **personal), number="1"))
    take(session, event("charge.refunded", charge(**personal, receipt_email="zoe@example.org"), number="2"))
    rows = [*session.scalars(select(StripeEvent.facts)), *session.scalars(select(ProcessedEvent.data))]
    assert len(rows) == 4
    assert not [row for row in rows if any(word in str(row) for word in ("zoe", "Zoé", "+336"))]


@pytest.mark.parametrize(
    "raw", [None, [], "x", {}, {"id": "evt", "type": "a"}, {"id": 1, "type": "a", "created": 1, "data": {"object": {}}}]
)
def test_what_is_no_event_is_refused(raw: Any) -> None:
    """By its own name, not with a crash."""
    with pytest.raises(NotAnEvent):
        understood(raw)


def test_a_failed_event_is_kept_with_its_error_and_can_be_tried_again(session: Session) -> None:
    """Its effect comes with the retry, once."""
    order = unpaid(session)
    said = understood(event("payment_intent.succeeded", intent(order)))
    payments.keep_failed_event(session, said, "KeyError")
    row = session.scalars(select(StripeEvent)).one()
    assert (row.state, row.error, row.due_at is not None) == (EventState.FAILED, "KeyError", True)
    assert state(order) is S.PENDING
    assert receive_event(session, said).state is EventState.APPLIED
    assert (state(order), row.error) == (S.PAID, None)


def outcome(session: Session) -> dict[str, list[Any]]:
    """All that a month of events has left, whatever order they came in."""
    kept: dict[str, list[Any]] = {
        "orders": [(o.id, o.status, o.paid_at, o.payment_intent_id, o.stripe_session_id) for o in _all(session, Order)],
        "attempts": [(a.id, a.intent_id, a.at, a.decline_code) for a in _all(session, PaymentAttempt)],
        "refunds": [(r.id, r.order_id, r.amount, r.status, r.succeeded_at) for r in _all(session, Refund)],
        "disputes": [(d.id, d.order_id, d.status, d.amount) for d in _all(session, Dispute)],
        "events": [(e.id, e.state, e.order_id) for e in _all(session, StripeEvent)],
        "processed": [row.event_id for row in sorted(_all(session, ProcessedEvent), key=lambda r: r.event_id)],
    }
    kept["payments"] = [
        (p.intent_id, p.order_id, p.charge_id, p.amount, p.succeeded_at, p.cancelled_at, p.fully_refunded_at)
        for p in session.scalars(select(Payment).order_by(Payment.intent_id))
    ]
    return kept


def _all(session: Session, kind: Any) -> Iterable[Any]:
    return session.scalars(select(kind).order_by(kind.id).execution_options(populate_existing=True)).all()


def shuffled(events: list[dict[str, Any]], seed: int) -> Iterator[dict[str, Any]]:
    """Up to an hour late, a third of them twice."""
    rng = random.Random(seed)
    sent = [(one["created"] + rng.random() * 3600, one) for one in events for _ in range(1 + (rng.random() < 0.3))]
    yield from (one for _when, one in sorted(sent, key=lambda pair: pair[0]))


@pytest.mark.parametrize("seed", [1])
def test_a_month_shuffled_and_doubled_ends_as_the_month_in_order(database: Database, seed: int) -> None:
    """To the cent, to the second, row by row."""
    ids = [f"corder{number:03d}" for number in range(30)]
    told = month(ids, seed)
    outcomes = []
    for events in (told.events, list(shuffled(told.events, seed))):
        with database.writing() as session:
            client = make_client(session)
            for order_id in ids:
                make_order(session, client, id=order_id, status=S.PENDING, payment_intent_id=None)
        for one in events:
            with database.writing() as session:
                receive_event(session, understood(one))
        with database.writing() as session:
            outcomes.append(outcome(session))
            for kind in (
                ProcessedEvent,
                StripeEvent,
                Dispute,
                Refund,
                PaymentAttempt,
                Payment,
                AuditEntry,
                Order,
                Client,
            ):
                session.query(kind).delete()
    in_order, out_of_order = outcomes
    assert {status for _id, status, *_rest in in_order["orders"]} >= {S.PAID, S.REFUNDED, S.FAILED}
    for part, rows in in_order.items():
        assert rows == out_of_order[part], part
