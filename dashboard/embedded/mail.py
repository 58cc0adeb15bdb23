"""The demo's mail server: it accepts every mail, keeps it in a folder and sends nothing on.

``python -m dashboard.embedded.mail --port 2525 --dir mails``
"""

import argparse
import asyncio
import smtplib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.embedded import mailstore
from dashboard.embedded.home import LOOPBACK, Home, free_port
from dashboard.embedded.supervisor import Part

# aiosmtpd is imported where it serves: whoever only starts the server, or reads the mails, does without it.
if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

_SIZE_LIMIT = 40_000_000


class Keeper:
    """Answers 250 to a mail once it is safe on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: "SMTP", _session: "Session", envelope: "Envelope") -> str:
        """Keep the mail. The server answers 451, so that the sender tries again, when this raises OSError."""
        content = envelope.original_content or b""
        recipients = [str(recipient) for recipient in envelope.rcpt_tos]
        try:
            kept = mailstore.keep(self._folder, content, str(envelope.mail_from or ""), recipients)
        except OSError as error:
            return f"451 The mail could not be written: {error.strerror}"
        return f"250 Kept as {kept.mail_id}"


@dataclass(frozen=True)
class Mailbox:
    """A running mail server and the folder that its mails go to (read it with ``mailstore``)."""

    port: int
    folder: Path
    host: str = LOOPBACK

    def part(self) -> Part:
        """The server as a child process, for the supervisor."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        module = "dashboard.embedded.mail"
        command = [sys.executable, "-m", module, "--port", str(self.port), "--dir", str(self.folder)]
        return Part(name="mail", command=command, ready=self.answers, cwd=Path(__file__).parents[2], grace=1.0)

    def answers(self) -> bool:
        """Whether the server accepts connections."""
        try:
            with smtplib.SMTP(self.host, self.port, timeout=2) as client:
                client.noop()
        except OSError:  # smtplib's own errors are of this kind too
            return False
        return True


def home_mailbox(home: Home) -> Mailbox:
    """The mail server of a demo's folder."""
    return Mailbox(home.port("mail"), home.root / "mail")


@contextmanager
def temporary_mailbox() -> Iterator[Mailbox]:
    """A mail server within this process and an empty folder for tests, gone afterwards."""
    from aiosmtpd.controller import Controller

    with tempfile.TemporaryDirectory(prefix="lumira-mail-") as folder:
        mailbox = Mailbox(free_port(), Path(folder))
        controller = Controller(
            Keeper(mailbox.folder), mailbox.host, mailbox.port, data_size_limit=_SIZE_LIMIT, enable_SMTPUTF8=True
        )
        controller.start()
        try:
            yield mailbox
        finally:
            controller.stop()


async def _serve(port: int, folder: Path) -> None:
    from aiosmtpd.smtp import SMTP

    def connection() -> SMTP:
        return SMTP(Keeper(folder), data_size_limit=_SIZE_LIMIT, enable_SMTPUTF8=True, ident="Lumira mailbox")

    server = await asyncio.get_running_loop().create_server(connection, LOOPBACK, port)
    await server.serve_forever()


def main() -> None:
    """Serve until a signal ends the process: every acknowledged mail is on disk, so there is nothing to finish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True, help="where mails are kept")
    arguments = parser.parse_args()
    arguments.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(_serve(arguments.port, arguments.dir))


if __name__ == "__main__":
    main()
