"""Warns once of a limit that is passed, and not again until it was kept."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import SYSTEM
from lumira_db.commands.staff_mails import plan_mail
from lumira_db.models import Alert, MailChoice
from lumira_db.queries.limits import Measured


def judge_limits(session: Session, measured: Iterable[Measured], now: datetime) -> int:
    """Raise what is passed, end what is kept again; of what cannot be told nothing changes. How many were raised."""
    raised = 0
    for one in measured:
        if one.is_passed:
            raised += _raise(session, one, now)
        elif one.bound is not None:
            _end(session, one, now)
    return raised


def _raise(session: Session, one: Measured, now: datetime) -> bool:
    # Of two workers who see it at once one inserts; an alert that is open only learns the newest figure.
    facts = {"value": one.value, "bound": one.bound, "first": one.first, "last": one.last, "measured_at": now}
    alert_id = session.scalar(
        insert(Alert)
        .values(kind=one.kind, raised_at=now, **facts)
        .on_conflict_do_nothing(index_elements=[Alert.kind], index_where=Alert.recovered_at.is_(None))
        .returning(Alert.id)
    )
    if alert_id is None:
        session.execute(update(Alert).where(Alert.kind == one.kind, Alert.recovered_at.is_(None)).values(**facts))
        return False
    for staff_id in session.scalars(select(MailChoice.staff_id).where(MailChoice.alerts)):
        plan_mail(session, staff_id, f"alert:{alert_id}", now, alert_id=alert_id)
    _trace(session, "alert.raise", one)
    return True


def _end(session: Session, one: Measured, now: datetime) -> None:
    ended = session.scalar(
        update(Alert)
        .where(Alert.kind == one.kind, Alert.recovered_at.is_(None))
        .values(value=one.value, measured_at=now, recovered_at=now)
        .returning(Alert.id)
    )
    if ended is not None:
        _trace(session, "alert.end", one)


def _trace(session: Session, action: str, one: Measured) -> None:
    after = {"value": round(one.value, 4), "limit": None if one.bound is None else round(one.bound, 4)}
    audit.record(session, SYSTEM, action, "alert", one.kind, after=after)
