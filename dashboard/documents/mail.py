"""The message that carries a reading to its client: a mail in HTML and text, or words for WhatsApp."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from dashboard.documents.document import DeliveryInfo, attachment_name

# Characters that turn the direction of the text around them: never part of a name.
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_LONGEST_NAME = 80


def delivery_mail(
    info: DeliveryInfo,
    *,
    attach: bytes | None,
    link: str | None,
    message_id: str,
    sender: str,
    reply_to: str,
    recipient: str | Address,
    sent_at: datetime | None = None,
) -> EmailMessage:
    """The mail with the PDF attached, or behind a link, or both.

    ``message_id`` comes with its angle brackets, ``sender`` and ``reply_to`` as ``Name <address>``
    or an address alone (an empty ``reply_to`` leaves answers to the sender). With the same
    ``sent_at`` (default: now) the same arguments give the same bytes.

    Raises ValueError when there is neither PDF nor link, when the link is no web address, or when
    an address cannot be read.
    """
    if attach is None and link is None:
        raise ValueError("A delivery needs the PDF or a link to it.")
    if link is not None and not link.startswith(("https://", "http://")):
        raise ValueError("The link to the PDF is no web address.")
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender)
    message["To"] = _recipient(recipient, info.client_name)
    if reply_to:
        message["Reply-To"] = _address(reply_to)
    first_name = plain_name(info.first_name)
    message["Subject"] = f"Ta lecture est prête, {first_name}" if first_name else "Ta lecture est prête"
    message["Date"] = sent_at or datetime.now(UTC)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    facts = _facts(info, attached=attach is not None, link=link)
    message.set_content(_templates().get_template("delivery.txt").render(facts), cte="quoted-printable")
    html = _templates().get_template("delivery.html").render(facts)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    if attach is not None:
        name = attachment_name(info.order_number)
        message.add_attachment(attach, maintype="application", subtype="pdf", filename=name)
    message["Content-Language"] = "fr"  # last: adding parts moves every Content- header into the first of them
    _fix_boundaries(message, message_id)
    return message


def whatsapp_text(info: DeliveryInfo, *, link: str) -> str:
    """The words that the expert sends by WhatsApp, to go into a ``wa.me`` address."""
    return _templates().get_template("whatsapp.txt").render(_facts(info, attached=False, link=link)).strip()


def plain_name(name: str) -> str:
    """A name fit for a header or a greeting: one line, no controls, nothing that turns the text around."""
    kept = (
        char
        for char in name
        if char.isspace() or (char not in _TURNING and unicodedata.category(char) not in {"Cc", "Cs"})
    )
    return " ".join("".join(kept).split())[:_LONGEST_NAME].strip()


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("dashboard.documents"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _facts(info: DeliveryInfo, *, attached: bool, link: str | None) -> dict[str, object]:
    first_name = plain_name(info.first_name)
    turned = any(unicodedata.bidirectional(char) in {"R", "AL"} for char in first_name)
    return {
        "first_name": first_name,
        "isolated_name": f"{_ISOLATE}{first_name}{_END_ISOLATE}" if turned else first_name,
        "level": plain_name(info.level_name),
        "order_number": plain_name(info.order_number),
        "attached": attached,
        "link": link,
    }


def _recipient(recipient: str | Address, client_name: str) -> Address:
    address = _address(recipient) if isinstance(recipient, str) else recipient
    return Address(display_name=address.display_name or plain_name(client_name), addr_spec=address.addr_spec)


def _address(text: str) -> Address:
    name, addr_spec = parseaddr(text)
    unreadable = ValueError("An address of the message cannot be read.")
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise unreadable
    try:
        address = Address(display_name=name, addr_spec=addr_spec)
    except (MessageError, ValueError, IndexError):  # the last one for "name@", a defect of the library
        raise unreadable from None
    if not address.username or not address.domain:
        raise unreadable
    return address


def _fix_boundaries(message: EmailMessage, message_id: str) -> None:
    """Part the message by its own id instead of by chance, so that a second sending is the same."""
    seed = hashlib.sha256(message_id.encode()).hexdigest()[:32]
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"lumira-{number}-{seed}")
