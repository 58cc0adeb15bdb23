"""Every legal move of an order's status (DOMAIN §4). Buttons and commands read this one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lumira_db.enums import OrderStatus
from lumira_db.errors import ForbiddenTransition

_S = OrderStatus


class Move(StrEnum):
    """A business verb that changes an order's status."""

    PAY = "pay"
    FAIL_PAYMENT = "fail_payment"
    START_PRODUCTION = "start_production"
    RECEIVE_READING = "receive_reading"
    FAIL_PRODUCTION = "fail_production"
    APPROVE = "approve"
    REQUEST_REVISION = "request_revision"
    REJECT = "reject"
    REOPEN = "reopen"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Transition:
    """A move's starting points and its end.

    ``paid_before`` narrows FAILED as a starting point: True, only when the order was once paid;
    False, only when it never was.
    """

    sources: frozenset[OrderStatus]
    target: OrderStatus
    paid_before: bool | None = None


TRANSITIONS: Mapping[Move, Transition] = {
    Move.PAY: Transition(frozenset({_S.PENDING, _S.FAILED}), _S.PAID, paid_before=False),
    Move.FAIL_PAYMENT: Transition(frozenset({_S.PENDING}), _S.FAILED),
    Move.START_PRODUCTION: Transition(frozenset({_S.PAID, _S.FAILED}), _S.PROCESSING, paid_before=True),
    Move.RECEIVE_READING: Transition(frozenset({_S.PROCESSING}), _S.AWAITING_VALIDATION),
    Move.FAIL_PRODUCTION: Transition(frozenset({_S.PROCESSING}), _S.FAILED),
    Move.APPROVE: Transition(frozenset({_S.AWAITING_VALIDATION}), _S.COMPLETED),
    Move.REQUEST_REVISION: Transition(frozenset({_S.AWAITING_VALIDATION}), _S.PROCESSING),
    Move.REJECT: Transition(frozenset({_S.AWAITING_VALIDATION}), _S.PROCESSING),
    Move.REOPEN: Transition(frozenset({_S.COMPLETED}), _S.AWAITING_VALIDATION),
    Move.REFUND: Transition(
        frozenset({_S.PAID, _S.PROCESSING, _S.AWAITING_VALIDATION, _S.COMPLETED, _S.FAILED}),
        _S.REFUNDED,
        paid_before=True,
    ),
}


def can(move: Move, status: OrderStatus, *, ever_paid: bool) -> bool:
    """Whether the move is legal from ``status``; ``ever_paid`` is ``paidAt IS NOT NULL``."""
    transition = TRANSITIONS[move]
    if status not in transition.sources:
        return False
    if status is OrderStatus.FAILED and transition.paid_before is not None:
        return ever_paid is transition.paid_before
    return True


def target_of(move: Move, status: OrderStatus, *, ever_paid: bool) -> OrderStatus:
    """The status after the move. Raises ``ForbiddenTransition``, naming both ends, when it is illegal."""
    transition = TRANSITIONS[move]
    if not can(move, status, ever_paid=ever_paid):
        raise ForbiddenTransition(source=status, target=transition.target)
    return transition.target
