"""Telling a client of a refund: one mail, under one Message-ID however often it is tried."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from dashboard.gateways.mail import Mailer, MailRefused, MailUnavailable, recipient_address, sender_domain
from dashboard.settings import Settings
from dashboard.workflows.checkpoints import Checkpoint, passed
from dashboard.workflows.deliver import MAIL_AWAY, MAIL_REFUSED
from dashboard.workflows.guard import only_one
from lumira_db.clock import utcnow
from lumira_db.commands.refund_notices import (
    Notice,
    begin_notice,
    fail_notice,
    postpone_notice,
    record_notice_sent,
)
from lumira_db.engine import Database

logger = logging.getLogger(__name__)


def tell_client(
    request_id: UUID,
    *,
    database: Database,
    mailer: Mailer,
    settings: Settings,
    clock: Callable[[], datetime] = utcnow,
    checkpoint: Checkpoint = passed,
) -> bool:
    """Send the mail about one refund, as the only one who does; whether it left."""
    with only_one(database, f"refund-notice:{request_id}") as guard:
        if guard is None:
            return False
        with database.writing() as session:
            notice = begin_notice(session, request_id, clock())
        if notice is None:
            return False
        checkpoint("sending")
        guard.check()
        try:
            _send(notice, mailer, settings)
        except MailUnavailable as problem:
            with database.writing() as session:
                postpone_notice(session, request_id, clock(), MAIL_AWAY, problem.text)
            return False
        except MailRefused as problem:
            with database.writing() as session:
                fail_notice(session, request_id, MAIL_REFUSED, str(problem))
            return False
        checkpoint("sent")
        with database.writing() as session:
            record_notice_sent(session, request_id, clock())
    logger.info("refund notice sent", extra={"refund": str(request_id)})
    return True


def _send(notice: Notice, mailer: Mailer, settings: Settings) -> None:
    from dashboard.documents.refund_mail import RefundInfo, refund_mail

    info = RefundInfo(
        order_number=notice.order_number,
        level=notice.level,
        client_name=f"{notice.first_name} {notice.last_name}".strip(),
        first_name=notice.first_name,
        amount=notice.amount,
        currency=notice.currency,
        whole=notice.whole,
    )
    mailer.send(
        refund_mail(
            info,
            message_id=f"<refund-{notice.request_id}@{sender_domain(settings)}>",
            sender=settings.mail_from,
            reply_to=settings.mail_reply_to,
            recipient=recipient_address(notice.recipient),
        )
    )
