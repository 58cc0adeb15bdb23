"""Sending an approved reading: PDF, storage, message. Safe to run again at any point (docs/adr/0007)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import OperationalError

from dashboard.gateways.mail import Mailer, MailRefused, MailUnavailable
from dashboard.gateways.storage import Storage, StorageMissing, StorageUnavailable
from dashboard.gateways.whatsapp import international_digits
from dashboard.settings import Settings
from dashboard.workflows.checkpoints import Checkpoint, passed
from dashboard.workflows.guard import Guard, only_one
from dashboard.workflows.parcels import document_of, message_of
from lumira_db.clock import utcnow
from lumira_db.commands.sending import (
    Parcel,
    await_confirmation,
    begin_sending,
    fail_delivery,
    open_parcel,
    postpone,
    record_pdf,
    record_sent,
)
from lumira_db.engine import Database
from lumira_db.enums import DeliveryFormat
from lumira_db.errors import RecordNotFound
from lumira_db.i18n_marker import N_

logger = logging.getLogger(__name__)

STORAGE_AWAY = N_("The storage could not be reached.")
MAIL_AWAY = N_("The mail server did not take the message for now.")
MAIL_REFUSED = N_("The mail server refused the message.")
NO_PHONE = N_("The client has no usable phone number.")
ORDER_GONE = N_("The order does not exist any more.")
UNEXPECTED = N_("Something went wrong that the Desk did not expect.")

PATIENCE = (0.2, 1.0, 3.0, 5.0)
"""Seconds between the tries to commit that a message has left."""


class Outcome(StrEnum):
    """How a run ended."""

    BUSY = "busy"
    NOTHING_TO_DO = "nothing_to_do"
    STOPPED = "stopped"
    SENT = "sent"
    TO_CONFIRM = "to_confirm"
    POSTPONED = "postponed"
    FAILED = "failed"


def deliver(
    delivery_id: UUID,
    *,
    database: Database,
    storage: Storage,
    mailer: Mailer,
    settings: Settings,
    clock: Callable[[], datetime] = utcnow,
    checkpoint: Checkpoint = passed,
) -> Outcome:
    """Bring one delivery as far as it will go now, as the only one who does.

    Whatever fails is recorded on the delivery, with when to try again; what nobody foresaw is raised too.
    """
    with only_one(database, f"delivery:{delivery_id}") as guard:
        if guard is None:
            return Outcome.BUSY
        try:
            with database.writing() as session:
                parcel = open_parcel(session, delivery_id, clock())
        except RecordNotFound:
            with database.writing() as session:
                fail_delivery(session, delivery_id, ORDER_GONE, may_have_left=False)
            return Outcome.FAILED
        if parcel is None:
            return Outcome.NOTHING_TO_DO
        checkpoint("opened")
        run = _Run(parcel, guard, database, storage, mailer, settings, clock, checkpoint, parcel.may_have_left)
        outcome = run.attempt()
    logger.info("delivery", extra={"delivery": str(delivery_id), "order": parcel.order_number, "outcome": outcome})
    return outcome


@dataclass(slots=True)
class _Run:
    """One attempt, and whether the message may be on its way already."""

    parcel: Parcel
    guard: Guard
    database: Database
    storage: Storage
    mailer: Mailer
    settings: Settings
    clock: Callable[[], datetime]
    checkpoint: Checkpoint
    may_have_left: bool

    def attempt(self) -> Outcome:
        try:
            pdf = self._stored_pdf()
            if pdf is None:
                return Outcome.STOPPED
            if self.parcel.channel is DeliveryFormat.WHATSAPP:
                return self._offer_whatsapp()
            return self._send_mail(pdf)
        except StorageUnavailable as problem:
            return self._postpone(STORAGE_AWAY, str(problem))
        except MailUnavailable as problem:
            self.may_have_left = self.parcel.may_have_left or problem.may_have_left
            return self._postpone(MAIL_AWAY, problem.text)
        except MailRefused as problem:
            self.may_have_left = self.parcel.may_have_left
            return self._fail(MAIL_REFUSED, str(problem))
        except Exception as problem:
            self._postpone(UNEXPECTED, type(problem).__name__)
            raise

    def _stored_pdf(self) -> bytes | None:
        """The PDF as it is in storage; None when the delivery was stopped meanwhile.

        Once it is recorded it is never made anew: what is sent is what ``pdfUrl`` shows.
        """
        from dashboard.documents.pdf import render_pdf

        parcel = self.parcel
        if parcel.pdf_stored:
            try:
                return self.storage.get(parcel.pdf_key).read()
            except StorageMissing:
                logger.warning("stored PDF is gone, made again", extra={"delivery": str(parcel.delivery_id)})
        pdf = render_pdf(document_of(parcel, ZoneInfo(self.settings.timezone)))
        self.checkpoint("rendered")
        self.storage.put(parcel.pdf_key, pdf, "application/pdf")
        self.checkpoint("stored")
        with self.database.writing() as session:
            url = self.storage.object_url(parcel.pdf_key)
            recorded = record_pdf(session, parcel.delivery_id, url, self.clock())
        self.checkpoint("recorded")
        return pdf if recorded else None

    def _send_mail(self, pdf: bytes) -> Outcome:
        parcel = self.parcel
        message = message_of(parcel, pdf, self.settings, self.storage)
        with self.database.writing() as session:
            if not begin_sending(session, parcel.delivery_id):
                return Outcome.STOPPED
        self.checkpoint("sending")
        # The last look before what cannot be taken back: without the guard, somebody else may be sending.
        self.guard.check()
        self.may_have_left = True
        self.mailer.send(message)
        self.checkpoint("sent")
        self._record_sent()
        self.checkpoint("done")
        return Outcome.SENT

    def _record_sent(self) -> None:
        """Commit that it left. A database that restarts just now is waited for: forgetting would send it again."""
        for pause in (*PATIENCE, None):
            try:
                with self.database.writing() as session:
                    record_sent(session, self.parcel.delivery_id, self.clock())
                return
            except OperationalError:
                if pause is None:
                    raise
                time.sleep(pause)

    def _offer_whatsapp(self) -> Outcome:
        if international_digits(self.parcel.recipient) is None:
            return self._fail(NO_PHONE)
        with self.database.writing() as session:
            offered = await_confirmation(session, self.parcel.delivery_id)
        self.checkpoint("done")
        return Outcome.TO_CONFIRM if offered else Outcome.STOPPED

    def _postpone(self, *reasons: str) -> Outcome:
        logger.warning("delivery postponed", extra={"delivery": str(self.parcel.delivery_id), "problem": reasons[-1]})
        with self.database.writing() as session:
            postpone(session, self.parcel.delivery_id, self.clock(), *reasons, may_have_left=self.may_have_left)
        return Outcome.POSTPONED

    def _fail(self, *reasons: str) -> Outcome:
        logger.warning("delivery failed", extra={"delivery": str(self.parcel.delivery_id), "problem": reasons[-1]})
        with self.database.writing() as session:
            fail_delivery(session, self.parcel.delivery_id, *reasons, may_have_left=self.may_have_left)
        return Outcome.FAILED
