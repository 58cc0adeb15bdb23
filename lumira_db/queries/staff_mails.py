"""What a member of staff gets by mail."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.models import MailChoice, StaffMail
from lumira_db.states import Cadence, StaffMailState


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody wants by mail, and what became of the last one (moment in UTC)."""

    cadence: Cadence | None = None
    alerts: bool = False
    last_state: StaffMailState | None = None
    last_at: datetime | None = None


def get_chosen(session: Session, staff_id: str) -> Chosen:
    """What the person chose; nothing when they never did."""
    choice = session.get(MailChoice, staff_id)
    last = session.execute(
        select(StaffMail.state, StaffMail.sent_at, StaffMail.created_at)
        .where(StaffMail.staff_id == staff_id)
        .order_by(StaffMail.created_at.desc())
        .limit(1)
    ).first()
    return Chosen(
        cadence=Cadence(choice.cadence) if choice and choice.cadence else None,
        alerts=bool(choice and choice.alerts),
        last_state=StaffMailState(last[0]) if last else None,
        last_at=(last[1] or last[2]) if last else None,
    )
