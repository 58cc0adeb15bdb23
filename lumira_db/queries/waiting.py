"""What waits for somebody now, whoever looks for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lumira_db.enums import OrderStatus
from lumira_db.models import RefundRequest
from lumira_db.queries.deliveries import count_states
from lumira_db.queries.home import list_mine
from lumira_db.queries.payment_lists import count_events_to_do
from lumira_db.queries.queue import COUNT_CAP, count_queue, oldest_waiting
from lumira_db.queries.reconciliation import count_findings
from lumira_db.states import DeliveryState, RefundState


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts are capped (``queue.COUNT_CAP``). ``oldest``: since when the first order to validate waits (UTC);
    ``held`` orders are the person's own."""

    queue: dict[OrderStatus, int]
    oldest: datetime | None
    held: int = 0
    refunds: int = 0
    findings: int = 0
    events: int = 0
    deliveries: int = 0


def waiting_work(session: Session, staff_id: str, *, now: datetime) -> Waiting:
    """What waits for the experts, and what one of them holds."""
    return Waiting(
        queue=count_queue(session),
        oldest=oldest_waiting(session, OrderStatus.AWAITING_VALIDATION),
        held=len(list_mine(session, staff_id, now=now)),
    )


def waiting_house(session: Session) -> Waiting:
    """What waits for the experts and for the administrators."""
    asked = select(RefundRequest.id).where(RefundRequest.state == RefundState.WAITING_APPROVAL).limit(COUNT_CAP)
    sent = count_states(session)
    return Waiting(
        queue=count_queue(session),
        oldest=oldest_waiting(session, OrderStatus.AWAITING_VALIDATION),
        refunds=session.execute(select(func.count()).select_from(asked.subquery())).scalar_one(),
        findings=count_findings(session),
        events=sum(count_events_to_do(session).values()),
        deliveries=sent[DeliveryState.FAILED] + sent[DeliveryState.BLOCKED],
    )
