"""An order's payment as the screens show it. Amounts are in cents of the payment's currency, moments in UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lumira_db.payment_facts import PaymentFacts
from lumira_db.states import REFUND_OPEN, NoticeState, PaymentState, RefundReason, RefundState

SETTLED_DISPUTES = ("won", "warning_closed", "prevented")
"""How a dispute ends that leaves the money where it was; every other status stands in the way of a delivery."""
_UNDONE = ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Money that went back, or was to."""

    id: str
    amount: int
    currency: str
    status: str
    failure_reason: str | None
    created_at: datetime

    @property
    def stands(self) -> bool:
        return self.status not in _UNDONE


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A bank's objection; ``due_at`` is until when it can be answered."""

    id: str
    amount: int
    currency: str
    status: str
    reason: str | None
    due_at: datetime | None
    created_at: datetime

    @property
    def stands(self) -> bool:
        return self.status not in SETTLED_DISPUTES


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """A declined attempt to pay; ``code`` is the bank's word for why."""

    at: datetime
    code: str | None


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A refund that staff asked for; ``mail`` is where the client's mail about it stands."""

    id: UUID
    amount: int
    currency: str
    whole: bool
    reason: RefundReason
    note: str
    state: RefundState
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    decided_by_name: str | None
    decided_at: datetime | None
    decision_note: str | None
    refund_id: str | None
    problem: str | None
    due_at: datetime | None
    settled_at: datetime | None
    mail: NoticeState | None

    @property
    def is_open(self) -> bool:
        return self.state in REFUND_OPEN


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment. ``paid`` is what arrived, ``word`` what Stripe last said (at ``said_at``), ``problem`` why it did
    not answer when it was last asked (at ``tried_at``)."""

    intent_id: str
    order_id: str
    paid: int
    currency: str
    paid_at: datetime | None
    cancelled_at: datetime | None
    word: PaymentFacts | None
    said_at: datetime | None
    problem: str | None
    tried_at: datetime | None
    attempts: tuple[AttemptLine, ...]
    refunds: tuple[RefundLine, ...]
    disputes: tuple[DisputeLine, ...]
    requests: tuple[RequestLine, ...]

    @property
    def given_back(self) -> int:
        return sum(line.amount for line in self.refunds if line.stands)

    @property
    def left(self) -> int:
        """What can still be given back, whatever is under way."""
        return max(self.paid - self.given_back, 0)

    @property
    def open_request(self) -> RequestLine | None:
        return next((line for line in self.requests if line.is_open), None)

    @property
    def refundable(self) -> bool:
        """Whether money of it can be asked to be given back now."""
        return bool(self.left) and not self.disputed and self.open_request is None

    @property
    def disputed(self) -> bool:
        return any(line.stands for line in self.disputes)

    @property
    def state(self) -> PaymentState:
        if self.disputed:
            return PaymentState.DISPUTED
        if not self.paid:
            if self.cancelled_at is not None:
                return PaymentState.CANCELLED
            return PaymentState.DECLINED if self.attempts else PaymentState.UNPAID
        if not self.given_back:
            return PaymentState.PAID
        return PaymentState.PARTLY_REFUNDED if self.left else PaymentState.REFUNDED

    @property
    def stamp(self) -> str:
        """What a person saw of the refunds: another one since then makes it another stamp."""
        return f"{self.paid}-{self.given_back}-{len(self.requests)}"
