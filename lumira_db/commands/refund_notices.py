"""The worker's steps of the mail that tells a client of a refund: once, under one Message-ID (as docs/adr/0007)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db import audit, jobs
from lumira_db.actor import SYSTEM
from lumira_db.commands.refund_following import NOTICE_TASK
from lumira_db.commands.sending import BACK_OFF, MAXIMUM_ATTEMPTS
from lumira_db.models import Client, Order, RefundNotice, RefundRequest
from lumira_db.reasons import joined
from lumira_db.states import NoticeState

_OPEN = (NoticeState.WAITING, NoticeState.SENDING)


@dataclass(frozen=True, slots=True)
class Notice:
    """What the mail says, and to whom; ``amount`` in cents. ``whole``: the order is over with it."""

    request_id: UUID
    order_number: str
    level: int
    recipient: str
    first_name: str
    last_name: str
    amount: int
    currency: str
    whole: bool


def begin_notice(session: Session, request_id: UUID, now: datetime) -> Notice | None:
    """Begin an attempt: from here on it counts as possibly sent. None when it is over or not due."""
    notice = session.get(RefundNotice, request_id, with_for_update=True, populate_existing=True)
    if notice is None or notice.state not in _OPEN or notice.due_at is None or notice.due_at > now:
        return None
    notice.state, notice.attempts = NoticeState.SENDING, notice.attempts + 1
    notice.due_at = now + BACK_OFF[0]
    request, order, client = session.execute(
        select(RefundRequest, Order, Client)
        .join(Order, Order.id == RefundRequest.order_id)
        .join(Client, Client.id == Order.client_id)
        .where(RefundRequest.id == request_id)
    ).one()
    return Notice(
        request_id,
        order.order_number,
        order.level,
        client.email,
        client.first_name,
        client.last_name,
        request.amount,
        request.currency,
        request.whole,
    )


def record_notice_sent(session: Session, request_id: UUID, now: datetime) -> None:
    """The server took the message."""
    notice = session.get_one(RefundNotice, request_id, with_for_update=True, populate_existing=True)
    if notice.state in _OPEN:
        notice.state, notice.sent_at, notice.due_at, notice.last_error = NoticeState.SENT, now, None, None
        _trace(session, notice, "refund.notify")


def postpone_notice(session: Session, request_id: UUID, now: datetime, *reasons: str) -> None:
    """The attempt failed for now: wait longer each time, and give up after the last attempt."""
    notice = session.get_one(RefundNotice, request_id, with_for_update=True, populate_existing=True)
    if notice.state not in _OPEN:
        return
    if notice.attempts >= MAXIMUM_ATTEMPTS:
        fail_notice(session, request_id, *reasons)
        return
    notice.last_error = joined(*reasons)
    notice.due_at = now + BACK_OFF[max(notice.attempts, 1) - 1]
    session.flush()
    lock = f"refund-notice:{request_id}"
    jobs.defer(session, NOTICE_TASK, {"request_id": str(request_id)}, at=notice.due_at, lock=lock)


def fail_notice(session: Session, request_id: UUID, *reasons: str) -> None:
    """The attempt failed for good."""
    notice = session.get_one(RefundNotice, request_id, with_for_update=True, populate_existing=True)
    if notice.state in _OPEN:
        notice.state, notice.due_at, notice.last_error = NoticeState.FAILED, None, joined(*reasons)
        _trace(session, notice, "refund.notify_failed")


def _trace(session: Session, notice: RefundNotice, action: str) -> None:
    after = {"refund": str(notice.request_id), "state": notice.state}
    audit.record(session, SYSTEM, action, "order", notice.order_id, after=after, reason=notice.last_error)
