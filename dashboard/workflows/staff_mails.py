"""Telling staff by mail: the digest of a period, or that a limit is passed. One mail under one Message-ID however often
it is tried (docs/adr/0024-digest-and-alerts.md)."""

import logging
from collections.abc import Callable
from contextvars import copy_context
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID
from zoneinfo import ZoneInfo

from dashboard.gateways.mail import Mailer, MailRefused, MailUnavailable, recipient_address, sender_domain
from dashboard.settings import Settings
from dashboard.workflows.checkpoints import Checkpoint, passed
from dashboard.workflows.deliver import MAIL_AWAY, MAIL_REFUSED
from dashboard.workflows.guard import only_one
from lumira_db.clock import utcnow
from lumira_db.commands.alerts import judge_limits
from lumira_db.commands.digests import plan_digests
from lumira_db.commands.staff_mails import Letter, begin_mail, fail_mail, postpone_mail, record_mail_sent
from lumira_db.engine import Database
from lumira_db.queries.limits import Limits, find_alert, measure

logger = logging.getLogger(__name__)


def plan(database: Database, settings: Settings, *, clock: Callable[[], datetime] = utcnow) -> int:
    """Intend the digests that are due; how many."""
    with database.writing() as session:
        return plan_digests(session, clock(), zone=ZoneInfo(settings.timezone), hour=settings.digest_hour)


def watch(database: Database, settings: Settings, *, clock: Callable[[], datetime] = utcnow) -> int:
    """Hold the figures against their limits; how many were passed anew."""
    promise = {level: timedelta(hours=hours) for level, hours in settings.promise_hours.items()}
    with database.reading() as session:
        measured = measure(session, limits_of(settings), zone=ZoneInfo(settings.timezone), now=clock(), promise=promise)
    with database.writing() as session:
        return judge_limits(session, measured, clock())


def limits_of(settings: Settings) -> Limits:
    """The limits that the settings name."""
    return Limits(
        settings.alert_late_orders,
        settings.alert_conversion,
        settings.alert_refunds,
        settings.alert_days,
        settings.alert_least,
    )


def tell_staff(
    mail_id: UUID,
    *,
    database: Database,
    mailer: Mailer,
    settings: Settings,
    clock: Callable[[], datetime] = utcnow,
    checkpoint: Checkpoint = passed,
) -> bool:
    """Send one mail to one member of staff, as the only one who does; whether it left."""
    with only_one(database, f"staff-mail:{mail_id}") as guard:
        if guard is None:
            return False
        with database.writing() as session:
            letter = begin_mail(session, mail_id, clock())
        if letter is None:
            return False
        checkpoint("sending")
        try:
            # The language is that of this mail, not of what the thread does next.
            message = copy_context().run(_written, letter, database, settings, clock())
            guard.check()
            mailer.send(message)
        except MailUnavailable as problem:
            with database.writing() as session:
                postpone_mail(session, mail_id, clock(), MAIL_AWAY, problem.text)
            return False
        except MailRefused as problem:
            with database.writing() as session:
                fail_mail(session, mail_id, MAIL_REFUSED, str(problem))
            return False
        checkpoint("sent")
        with database.writing() as session:
            record_mail_sent(session, mail_id, clock())
    logger.info("staff told", extra={"mail": str(mail_id)})
    return True


def _written(letter: Letter, database: Database, settings: Settings, now: datetime) -> EmailMessage:
    # Charts and figures are loaded by the first mail, not by every start of the worker.
    from dashboard.alert_words import warned
    from dashboard.analytics.digest import read_digest
    from dashboard.documents.staff_mail import Reader, alert_mail, digest_mail
    from dashboard.locale import choose_language, set_language

    set_language(choose_language(letter.language, settings.language))
    reader = Reader(letter.to.name, recipient_address(letter.to.email), settings.public_url)
    envelope = {
        "message_id": f"<staff-{letter.mail_id}@{sender_domain(settings)}>",
        "sender": settings.mail_from,
        "sent_at": now,
    }
    with database.reading() as session:
        if letter.alert_id is not None:
            alert = find_alert(session, letter.alert_id)
            if alert is None:
                raise MailRefused(0, "the alert is gone")
            return alert_mail(warned(alert), reader, **envelope)  # type: ignore[arg-type]
        if letter.cadence is None or letter.period is None:
            raise MailRefused(0, "a digest of no period")
        zone = ZoneInfo(settings.timezone)
        digest = read_digest(session, letter.to, letter.cadence, letter.period, zone=zone, now=now)
    return digest_mail(digest, reader, **envelope)  # type: ignore[arg-type]
