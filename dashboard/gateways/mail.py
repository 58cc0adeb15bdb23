"""Mail, by SMTP. Nothing here ever logs a body, or an address beyond its mask."""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Literal, Protocol

from dashboard.settings import Settings

logger = logging.getLogger(__name__)

_ADDRESS = re.compile(r"[^\s<>()\"',;:]+@[^\s<>()\"',;:]+")
_LONGEST_REPLY = 200
_UNREADABLE = "the address cannot be read"
# The server wants another account or encryption of us: the message is sound, the settings are not.
_OUR_FAULT = frozenset({530, 534, 535, 538})


class MailRefused(Exception):
    """The server will never take this message: ``code`` and ``text`` are its own, addresses masked."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = mask_addresses(text)[:_LONGEST_REPLY]
        super().__init__(f"{code} {self.text}".strip())


class MailUnavailable(Exception):
    """The message was not taken for now. ``may_have_left``: the connection broke before the server's answer."""

    def __init__(self, text: str, *, may_have_left: bool = False) -> None:
        self.text = mask_addresses(text)[:_LONGEST_REPLY]
        self.may_have_left = may_have_left
        super().__init__(self.text)


@dataclass(frozen=True, slots=True)
class MailReceipt:
    """The server has taken responsibility for the message."""

    message_id: str


class Mailer(Protocol):
    """Sends one message to the recipient in its ``To``."""

    def send(self, message: EmailMessage) -> MailReceipt:
        """Return once the server has acknowledged it. Raises ``MailRefused``, ``MailUnavailable``."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """``Mailer`` over one SMTP server; a connection a message. ``timeout`` in seconds, for each exchange."""

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    password: str = ""
    timeout: float = 20.0

    def send(self, message: EmailMessage) -> MailReceipt:
        sender, recipient = _envelope(message, "From"), _envelope(message, "To")
        with _translated(may_have_left=False):
            server = self._connect()
        try:
            with _translated(may_have_left=True):
                server.send_message(message, from_addr=sender, to_addrs=[recipient])
            _take_leave(server)
        finally:
            server.close()
        logger.info("mail taken", extra={"recipient": mask(recipient)})
        return MailReceipt(str(message["Message-ID"]))

    def _connect(self) -> smtplib.SMTP:
        if not self.host:
            raise MailUnavailable("no mail server is configured")
        context = ssl.create_default_context()
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.tls == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


def make_mailer(settings: Settings) -> SmtpMailer:
    """The server that the settings name. Connects to nothing yet."""
    return SmtpMailer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_tls,
        settings.smtp_user,
        settings.smtp_password.get_secret_value(),
    )


def mask(address: str) -> str:
    """An address fit for a log: ``c…@example.org``."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…{at}{domain}" if at else "…"


def mask_addresses(text: str) -> str:
    """Somebody else's words on one line, with every address in them masked."""
    return _ADDRESS.sub(lambda found: mask(found.group()), " ".join(text.split()))


def sender_domain(settings: Settings) -> str:
    """The domain of our Message-IDs: that of the sender."""
    return parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"


def recipient_address(address: str) -> Address:
    """An address of our data, for a ``To``. Raises ``MailRefused`` where nobody could be meant."""
    try:
        return Address(addr_spec=address.strip())
    except (MessageError, ValueError, IndexError):  # the last one for "name@", a defect of the library
        raise MailRefused(0, _UNREADABLE) from None


def _envelope(message: EmailMessage, header: Literal["From", "To"]) -> str:
    """The one address of a header, its domain as DNS spells it, so that SMTPUTF8 is rarely needed."""
    addresses: tuple[Address, ...] = getattr(message[header], "addresses", ())
    if len(addresses) != 1 or not addresses[0].username or not addresses[0].domain:
        raise MailRefused(0, _UNREADABLE)
    name, domain = addresses[0].username, addresses[0].domain
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{name}@{domain}"


def _take_leave(server: smtplib.SMTP) -> None:
    """The message is acknowledged: how the conversation ends changes nothing."""
    with suppress(smtplib.SMTPException, OSError):
        if server.sock is not None:
            server.sock.settimeout(2)
        server.quit()


@contextmanager
def _translated(*, may_have_left: bool) -> Iterator[None]:
    """Say what went wrong in our terms; ``may_have_left`` once the message itself is under way."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _refusal(code, text) from None
    except smtplib.SMTPResponseException as error:
        if may_have_left and error.smtp_code not in _OUR_FAULT:
            raise _refusal(error.smtp_code, error.smtp_error) from None
        raise MailUnavailable(f"{error.smtp_code} {_text(error.smtp_error)}") from None
    except smtplib.SMTPNotSupportedError as error:
        raise MailRefused(0, str(error)) from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnavailable(f"{type(error).__name__}: {error}", may_have_left=may_have_left) from error


def _refusal(code: int, text: bytes | str) -> MailRefused | MailUnavailable:
    said = _text(text)
    return MailRefused(code, said) if code >= 500 else MailUnavailable(f"{code} {said}")


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
