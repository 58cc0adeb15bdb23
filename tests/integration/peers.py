"""The Desk's delivery with real peers around it: database, storage, mailbox."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.orm import undefer

from dashboard.embedded import mailstore, s3
from dashboard.embedded.mail import Mailbox
from dashboard.gateways.mail import Mailer, SmtpMailer
from dashboard.gateways.storage import S3Storage, Storage
from dashboard.settings import Settings
from dashboard.workflows.deliver import Outcome, deliver
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.decisions import approve_order
from lumira_db.engine import Database
from lumira_db.enums import DeliveryFormat
from lumira_db.models import Delivery, Order
from tests.factories import make_claim, make_client, make_order, make_staff


def storage_of(server: s3.Storage) -> S3Storage:
    """The bucket of a running S3 server."""
    return S3Storage(
        server.bucket,
        region=s3.REGION,
        endpoint=server.url,
        access_key=server.access_key,
        secret_key=server.secret_key,
    )


def until(happened: Callable[[], Any], seconds: float = 90) -> Any:
    """What ``happened`` returns as soon as it is true; fails when it never is, even on a machine that is busy."""
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
    return found


def let_go(database: Database) -> None:
    """Wait until PostgreSQL has noticed that a killed process is gone and released what it held alone."""
    held = text(
        "SELECT count(*) FROM pg_locks JOIN pg_database AS own ON own.oid = database"
        " WHERE locktype = 'advisory' AND datname = current_database()"
    )

    def free() -> bool:
        with database.reading() as session:
            return session.scalar(held) == 0

    until(free)


@dataclass
class Desk:
    """One Desk of a test, and the questions that tests ask."""

    database: Database
    url: str
    server: s3.Storage
    mailbox: Mailbox
    storage: Storage
    mailer: Mailer
    settings: Settings

    @classmethod
    def make(cls, database: Database, url: str, server: s3.Storage, mailbox: Mailbox) -> "Desk":
        settings = Settings(
            database_url=SecretStr(url),
            smtp_host=mailbox.host,
            smtp_port=mailbox.port,
            smtp_tls="none",
            mail_from="Oracle Lumira <oracle@lumira.example>",
        )
        mailer = SmtpMailer(mailbox.host, mailbox.port, "none", timeout=5)
        return cls(database, url, server, mailbox, storage_of(server), mailer, settings)

    def environment(self, **more: str) -> dict[str, str]:
        """What a process of this Desk finds in its environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LUMIRA_", "AWS_"))}
        own = {
            "DATABASE_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.server.access_key,
            "AWS_SECRET_ACCESS_KEY": self.server.secret_key,
            "AWS_REGION": s3.REGION,
            "AWS_ENDPOINT_URL": self.server.url,
            "LUMIRA_S3_BUCKET": self.server.bucket,
            "LUMIRA_SMTP_HOST": self.mailbox.host,
            "LUMIRA_SMTP_PORT": str(self.mailbox.port),
            "LUMIRA_SMTP_TLS": "none",
            "LUMIRA_MAIL_FROM": self.settings.mail_from,
        }
        return {**kept, **own, **more}

    def approve(
        self,
        *,
        channel: DeliveryFormat = DeliveryFormat.EMAIL,
        undo_seconds: int = 0,
        order: dict[str, Any] | None = None,
        **client: Any,
    ) -> UUID:
        """Approve a new order of a new client, as an expert does; the delivery's id."""
        with self.database.writing() as session:
            expert = make_staff(session)
            made = make_order(session, make_client(session, **client), **(order or {}))
            make_claim(session, made, expert, expires_at=utcnow().replace(year=2100))
            order_id = made.id
        return self.approve_again(order_id, expert, channel=channel, undo_seconds=undo_seconds)

    def approve_again(
        self,
        order_id: str,
        expert: Actor,
        *,
        channel: DeliveryFormat = DeliveryFormat.EMAIL,
        undo_seconds: int = 0,
    ) -> UUID:
        """Approve an order that the expert holds."""
        with self.database.writing() as session:
            seen = session.connection().exec_driver_sql(
                'SELECT xmin::text FROM "Order" WHERE id = %(id)s', {"id": order_id}
            )
            approved = approve_order(
                session,
                expert,
                order_id,
                seen=seen.scalar_one(),
                channel=channel,
                undo_seconds=undo_seconds,
                sender_domain="lumira.example",
            )
        return approved.delivery_id

    def deliver(self, delivery_id: UUID, **other: Any) -> Outcome:
        """Run the delivery here and now."""
        tools: dict[str, Any] = {
            "database": self.database,
            "storage": self.storage,
            "mailer": self.mailer,
            "settings": self.settings,
        }
        return deliver(delivery_id, **(tools | other))

    def delivery(self, delivery_id: UUID) -> Delivery:
        with self.database.reading() as session:
            return session.get_one(Delivery, delivery_id)

    def order_of(self, delivery_id: UUID) -> Order:
        """The order with its reading."""
        with self.database.reading() as session:
            delivery = session.get_one(Delivery, delivery_id)
            return session.get_one(Order, delivery.order_id, options=[undefer(Order.generated_content)])

    def mails(self) -> list[mailstore.Mail]:
        return mailstore.list_mails(self.mailbox.folder)

    def submissions(self) -> list[mailstore.Submission]:
        return mailstore.list_submissions(self.mailbox.folder)

    def objects(self, delivery_id: UUID) -> list[str]:
        """What is stored for the delivery's order."""
        number = self.order_of(delivery_id).order_number
        return [found.key for found in storage_of(self.server).list(f"readings/{number}/")]
