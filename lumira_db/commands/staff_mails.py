"""What staff get by mail: what they chose, and the worker's steps of each mail (docs/adr/0024-digest-and-alerts.md)."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit, jobs
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands.sending import BACK_OFF, MAXIMUM_ATTEMPTS
from lumira_db.models import MailChoice, Staff, StaffAccount, StaffMail
from lumira_db.periods import Period
from lumira_db.permissions import Permission, allows, require
from lumira_db.reasons import joined
from lumira_db.states import Cadence, StaffMailState

TASK = "lumira.tell_staff"
KEEP = timedelta(days=90)
_OPEN = (StaffMailState.WAITING, StaffMailState.SENDING)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is to leave: to whom, as who they are now, in which language (None: never chosen); a digest of
    ``period``, or the words about an alert."""

    mail_id: UUID
    to: Actor
    language: str | None
    cadence: Cadence | None
    period: Period | None
    alert_id: int | None


def choose_mails(session: Session, actor: Actor, *, cadence: Cadence | None, alerts: bool) -> None:
    """Say what one wants by mail: the digest (None: no) and what passes its limit, which only some may know."""
    require(actor, Permission.SEE_OPERATIONS)
    if alerts:
        require(actor, Permission.SEE_REVENUE)
    present = session.get(MailChoice, actor.id, with_for_update=True, populate_existing=True)
    before = {"digest": present.cadence, "alerts": present.alerts} if present else {"digest": None, "alerts": False}
    after = {"digest": cadence, "alerts": alerts}
    if before == after:
        return
    values = {"cadence": cadence, "alerts": alerts, "chosen_at": utcnow()}
    row = insert(MailChoice).values(staff_id=actor.id, **values)
    session.execute(row.on_conflict_do_update(index_elements=[MailChoice.staff_id], set_=values))
    audit.record(session, actor, "account.mails", "staff", actor.id, before=before, after=after)


def ask_for_digest(session: Session, actor: Actor, cadence: Cadence, period: Period, now: datetime) -> bool:
    """Have the digest of a period sent to oneself at once; False when it was asked for in this minute already."""
    require(actor, Permission.SEE_OPERATIONS)
    about = f"asked:{cadence.lower()}:{now:%Y-%m-%dT%H:%M}"
    return plan_mail(session, actor.id, about, now, cadence=cadence, days=(period.first, period.last))


def plan_mail(
    session: Session,
    staff_id: str,
    about: str,
    now: datetime,
    *,
    cadence: Cadence | None = None,
    days: tuple[date, date] | None = None,
    alert_id: int | None = None,
) -> bool:
    """Intend a mail, and hand it to the worker; False when it is intended already, whoever was faster."""
    first, last = days or (None, None)
    mail_id = session.scalar(
        insert(StaffMail)
        .values(
            id=uuid.uuid4(),
            staff_id=staff_id,
            about=about,
            cadence=cadence,
            first=first,
            last=last,
            alert_id=alert_id,
            due_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[StaffMail.staff_id, StaffMail.about])
        .returning(StaffMail.id)
    )
    if mail_id is None:
        return False
    _schedule(session, mail_id, None)
    return True


def begin_mail(session: Session, mail_id: UUID, now: datetime) -> Letter | None:
    """Begin an attempt: from here on it counts as possibly sent. None when it is over, not due, or nobody's.

    Who may not see it any more, or no longer wants it, gets none; what was asked for by hand is wanted.
    """
    mail = session.get(StaffMail, mail_id, with_for_update=True, populate_existing=True)
    if mail is None or mail.state not in _OPEN or mail.due_at is None or mail.due_at > now:
        return None
    found = session.execute(
        select(Staff, StaffAccount.role, StaffAccount.language, MailChoice)
        .outerjoin(StaffAccount, StaffAccount.staff_id == Staff.id)
        .outerjoin(MailChoice, MailChoice.staff_id == Staff.id)
        .where(Staff.id == mail.staff_id, Staff.is_active)
    ).first()
    to = None if found is None else Actor(found[0].id, found[0].name, found[0].email, Role(found[1] or found[0].role))
    if found is None or to is None or not _is_wanted(mail, to, found[3]):
        mail.state, mail.due_at = StaffMailState.DROPPED, None
        return None
    if mail.attempts >= MAXIMUM_ATTEMPTS:
        # It was never told what came of its last attempts: whatever happens there happens every time.
        mail.state, mail.due_at = StaffMailState.FAILED, None
        return None
    mail.state, mail.attempts = StaffMailState.SENDING, mail.attempts + 1
    mail.due_at = now + BACK_OFF[min(mail.attempts, len(BACK_OFF)) - 1]
    period = Period(mail.first, mail.last) if mail.first is not None and mail.last is not None else None
    cadence = Cadence(mail.cadence) if mail.cadence else None
    return Letter(mail_id, to, found[2], cadence, period, mail.alert_id)


def record_mail_sent(session: Session, mail_id: UUID, now: datetime) -> None:
    """The server took the message."""
    mail = _locked(session, mail_id)
    if mail.state in _OPEN:
        mail.state, mail.sent_at, mail.due_at, mail.last_error = StaffMailState.SENT, now, None, None


def postpone_mail(session: Session, mail_id: UUID, now: datetime, *reasons: str) -> None:
    """The attempt failed for now: wait longer each time, and give up after the last attempt."""
    mail = _locked(session, mail_id)
    if mail.state not in _OPEN:
        return
    if mail.attempts >= MAXIMUM_ATTEMPTS:
        fail_mail(session, mail_id, *reasons)
        return
    mail.last_error = joined(*reasons)
    mail.due_at = now + BACK_OFF[max(mail.attempts, 1) - 1]
    session.flush()
    _schedule(session, mail_id, mail.due_at)


def fail_mail(session: Session, mail_id: UUID, *reasons: str) -> None:
    """The attempt failed for good."""
    mail = _locked(session, mail_id)
    if mail.state in _OPEN:
        mail.state, mail.due_at, mail.last_error = StaffMailState.FAILED, None, joined(*reasons)


def purge_mails(session: Session, now: datetime) -> None:
    """Forget mails of long ago; no digest is made so late."""
    session.execute(delete(StaffMail).where(StaffMail.created_at < now - KEEP, StaffMail.due_at.is_(None)))


def _is_wanted(mail: StaffMail, to: Actor, choice: MailChoice | None) -> bool:
    if mail.alert_id is not None:
        return allows(to, Permission.SEE_REVENUE) and choice is not None and choice.alerts
    asked = mail.about.startswith("asked:")
    return allows(to, Permission.SEE_OPERATIONS) and (asked or (choice is not None and choice.cadence == mail.cadence))


def _locked(session: Session, mail_id: UUID) -> StaffMail:
    return session.get_one(StaffMail, mail_id, with_for_update=True, populate_existing=True)


def _schedule(session: Session, mail_id: UUID, at: datetime | None) -> None:
    jobs.defer(session, TASK, {"mail_id": str(mail_id)}, at=at, lock=f"staff-mail:{mail_id}")
