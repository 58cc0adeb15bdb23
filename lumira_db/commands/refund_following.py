"""What follows for a refund that staff asked for, and for deliveries, when Stripe has said something about the money.

Stripe speaks by its answer and by its webhook, in either order; both come here, and the second changes nothing.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit, jobs
from lumira_db.actor import STRIPE
from lumira_db.clock import utcnow
from lumira_db.commands.deliveries import DISPUTED, hold_deliveries, release_deliveries
from lumira_db.models import Order, Refund, RefundNotice, RefundRequest
from lumira_db.payments import Event
from lumira_db.queries.order_payments import standing_dispute
from lumira_db.states import REFUND_OPEN, NoticeState, RefundState

NOTICE_TASK = "lumira.refund_notice"

_OF_STATUS = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
_ACTIONS = {
    RefundState.PENDING: "refund.pending",
    RefundState.SUCCEEDED: "refund.succeed",
    RefundState.FAILED: "refund.fail",
}
_FORWARD = {
    RefundState.PENDING: {RefundState.SUCCEEDED, RefundState.FAILED},
    RefundState.SUCCEEDED: {RefundState.FAILED},
}


def find_request(session: Session, text: str | None) -> RefundRequest | None:
    """The refund of ours that a refund of Stripe's names, locked; anybody can write anything there."""
    try:
        request_id = UUID(text or "")
    except ValueError:
        return None
    return session.get(RefundRequest, request_id, with_for_update=True, populate_existing=True)


def follow_refund(session: Session, order: Order, request: RefundRequest, refund_id: str) -> None:
    """Bring the refund of ours to where the ledger says its refund at Stripe is. Order and request are locked."""
    refund = session.get(Refund, refund_id)
    if refund is None or (refund.intent_id, refund.amount) != (request.intent_id, request.amount):
        return
    target = _OF_STATUS.get(refund.status, RefundState.PENDING)
    before = RefundState(request.state)
    if before not in REFUND_OPEN and target not in _FORWARD.get(before, ()):
        return
    request.state, request.refund_id, request.problem, request.due_at = target, refund.id, refund.failure_reason, None
    request.settled_at = request.settled_at or utcnow()
    after = {"state": target, "refund": str(request.id), "amount": request.amount, "currency": request.currency}
    audit.record(
        session,
        STRIPE,
        _ACTIONS[target],
        "order",
        order.id,
        before={"state": before},
        after=after | {"stripe": refund.id},
        reason=refund.failure_reason,
    )
    session.flush()
    if target is not RefundState.FAILED:
        _owe_notice(session, request)
    release_deliveries(session, STRIPE, order)


def follow_dispute(session: Session, order: Order) -> None:
    """A disputed order's reading is kept back; one whose disputes were won may leave. The order is locked."""
    if session.scalar(select(standing_dispute(order.id))):
        hold_deliveries(session, STRIPE, order.id, DISPUTED)
    else:
        release_deliveries(session, STRIPE, order)


def follow(session: Session, event: Event, order: Order) -> None:
    """What the event means for a refund that staff asked for, and for what waits to be delivered."""
    if event.type.startswith("charge.dispute."):
        session.flush()
        follow_dispute(session, order)
    request = find_request(session, event.facts.get("request"))
    if request is not None and request.order_id == order.id:
        session.flush()
        follow_refund(session, order, request, event.object_id)


def _owe_notice(session: Session, request: RefundRequest) -> None:
    now = utcnow()
    made = session.scalar(
        insert(RefundNotice)
        .values(
            request_id=request.id,
            order_id=request.order_id,
            state=NoticeState.WAITING,
            attempts=0,
            due_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(RefundNotice.request_id)
    )
    if made is not None:
        jobs.defer(session, NOTICE_TASK, {"request_id": str(request.id)}, lock=f"refund-notice:{request.id}")
