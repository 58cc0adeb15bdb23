"""What the ledger means for an order (DOMAIN §4): paid, failed, refunded, whatever came first."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import STRIPE
from lumira_db.commands.deliveries import REFUNDED, cancel_waiting_deliveries
from lumira_db.commands.ledger import earlier
from lumira_db.enums import OrderStatus
from lumira_db.models import Order, Payment, Refund
from lumira_db.transitions import Move, can, target_of


def settle_order(session: Session, order: Order) -> None:
    """Bring the order to where its payments say it is. The order is locked."""
    payments = session.scalars(
        select(Payment).where(Payment.order_id == order.id).execution_options(populate_existing=True)
    ).all()
    paid = [payment for payment in payments if _paid_at(payment) is not None]
    if paid:
        _settle_paid(session, order, paid)
        return
    given_up = order.paid_at is None and any(payment.cancelled_at for payment in payments)
    if given_up and can(Move.FAIL_PAYMENT, order.status, ever_paid=False):
        _move(session, order, target_of(Move.FAIL_PAYMENT, order.status, ever_paid=False), Move.FAIL_PAYMENT)


def _settle_paid(session: Session, order: Order, paid: list[Payment]) -> None:
    was_paid = order.paid_at is not None
    _settle_moment(order, paid)
    if can(Move.PAY, order.status, ever_paid=was_paid):
        _move(session, order, target_of(Move.PAY, order.status, ever_paid=was_paid), Move.PAY)
    first = min(paid, key=lambda payment: payment.intent_id)
    if _all_given_back(session, paid):
        if can(Move.REFUND, order.status, ever_paid=True):
            first.refunded_from = order.status
            _move(session, order, target_of(Move.REFUND, order.status, ever_paid=True), Move.REFUND)
            cancel_waiting_deliveries(session, STRIPE, order.id, REFUNDED, force=True)
        return
    known_before = next((payment for payment in paid if payment.refunded_from), None)
    if known_before is not None and order.status is OrderStatus.REFUNDED:
        # Another payment, older than that refund, was told of later: the order never was without money.
        _move(session, order, OrderStatus(str(known_before.refunded_from)), "correct_refund")
        known_before.refunded_from = None


def _settle_moment(order: Order, paid: list[Payment]) -> None:
    """``paidAt`` is when it was first paid. What the platform wrote stands."""
    moment = min(at for payment in paid if (at := _paid_at(payment)) is not None)
    ours = {payment.written_paid_at for payment in paid}
    if order.paid_at is None or order.paid_at in ours:
        order.paid_at = moment
        for payment in paid:
            payment.written_paid_at = moment


def _move(session: Session, order: Order, target: OrderStatus, verb: str) -> None:
    before, order.status = order.status, target
    audit.record(
        session, STRIPE, f"order.{verb}", "order", order.id, before={"status": before}, after={"status": target}
    )


def _all_given_back(session: Session, paid: list[Payment]) -> bool:
    """Whether there was a moment at which nothing was left of all that had been paid until then."""
    given_back = {payment.intent_id: _given_back_at(session, payment) for payment in paid}
    return any(
        all((back := given_back[payment.intent_id]) is not None and back <= moment for payment in _until(paid, moment))
        for moment in given_back.values()
        if moment is not None
    )


def _until(paid: list[Payment], moment: datetime) -> list[Payment]:
    return [payment for payment in paid if (at := _paid_at(payment)) is not None and at <= moment]


def _given_back_at(session: Session, payment: Payment) -> datetime | None:
    """When the last cent of the payment had been given back; None while something is left."""
    refunds = session.execute(
        select(Refund.succeeded_at, Refund.amount)
        .where(Refund.intent_id == payment.intent_id, Refund.succeeded_at.is_not(None))
        .order_by(Refund.succeeded_at)
    )
    left = payment.amount
    by_parts = None
    for at, amount in refunds:
        if left is not None and left > 0:
            left -= amount
            by_parts = at if left <= 0 else None
    return earlier(payment.fully_refunded_at, by_parts)


def _paid_at(payment: Payment) -> datetime | None:
    return payment.succeeded_at or payment.charged_at
