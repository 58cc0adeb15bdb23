"""Real peers for the gateways and workflows: an S3 server and a mailbox."""

from collections.abc import Iterator

import pytest

from dashboard.embedded import s3
from dashboard.embedded.mail import Mailbox, temporary_mailbox
from dashboard.gateways.mail import SmtpMailer
from dashboard.gateways.storage import S3Storage
from lumira_db.engine import Database
from tests.integration.peers import Desk, storage_of


@pytest.fixture(scope="session")
def s3_server() -> Iterator[s3.Storage]:
    """An S3 server for this process's tests."""
    with s3.temporary_s3() as server:
        yield server


@pytest.fixture
def storage(s3_server: s3.Storage) -> S3Storage:
    """The bucket of that server."""
    return storage_of(s3_server)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """An empty mailbox of this test's own."""
    with temporary_mailbox() as box:
        yield box


@pytest.fixture
def mailer(mailbox: Mailbox) -> SmtpMailer:
    """The way into that mailbox."""
    return SmtpMailer(mailbox.host, mailbox.port, "none", timeout=5)


@pytest.fixture
def desk(database: Database, database_url: str, s3_server: s3.Storage, mailbox: Mailbox) -> Desk:
    """A Desk of this test's own around an empty database."""
    return Desk.make(database, database_url, s3_server, mailbox)
