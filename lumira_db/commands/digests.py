"""Whose digest is due: one for each person and period, however often and by however many it is looked for."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.commands.staff_mails import plan_mail
from lumira_db.models import MailChoice, Staff
from lumira_db.periods import Period
from lumira_db.states import Cadence


def plan_digests(session: Session, now: datetime, *, zone: ZoneInfo, hour: int) -> int:
    """Intend the digests whose hour (of the zone's clock) has come, and those that a worker which was away has missed
    of the newest period; how many there were."""
    wanted = session.execute(
        select(MailChoice.staff_id, MailChoice.cadence, MailChoice.chosen_at)
        .join(Staff, Staff.id == MailChoice.staff_id)
        .where(MailChoice.cadence.is_not(None), Staff.is_active)
        .order_by(MailChoice.staff_id)
    ).all()
    planned = 0
    for staff_id, chosen, chosen_at in wanted:
        cadence = Cadence(str(chosen))
        period = newest_period(cadence, now.astimezone(zone).date())
        due = datetime.combine(period.last + timedelta(days=1), time(hour), zone)
        if chosen_at <= due <= now:
            about = f"{cadence.lower()}:{period.first.isoformat()}"
            planned += plan_mail(session, staff_id, about, now, cadence=cadence, days=(period.first, period.last))
    return planned


def newest_period(cadence: Cadence, today: date) -> Period:
    """The last business day or week (from Monday) that is over."""
    if cadence is Cadence.DAILY:
        yesterday = today - timedelta(days=1)
        return Period(yesterday, yesterday)
    monday = today - timedelta(days=today.weekday() + 7)
    return Period(monday, monday + timedelta(days=6))
