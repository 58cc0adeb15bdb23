"""The letters to clients: the mail that carries a reading, in HTML and text, or words for WhatsApp."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    attached = None if attach is None else (attachment_name(info.order_number), attach)
    facts = {"level": plain_name(info.level_name), "attached": attach is not None, "link": link}
    return letter(
        "delivery",
        "Ta lecture est prête",
        greeting(info.first_name, info.order_number) | facts,
        message_id=message_id,
        sender=sender,
        reply_to=reply_to,
        recipient=to_client(recipient, info.client_name),
        pdf=attached,
        sent_at=sent_at,
    )


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands on a mail: addresses, its id with angle brackets, the moment (default: now), its language, and the
    address at which it can be called off, if it can."""

    message_id: str
    sender: str
    recipient: Address
    reply_to: str = ""
    sent_at: datetime | None = None
    language: str = "fr"
    unsubscribe: str = ""


def letter(
    template: str,
    subject: str,
    facts: Mapping[str, object],
    *,
    message_id: str,
    sender: str,
    reply_to: str,
    recipient: Address,
    pdf: tuple[str, bytes] | None = None,
    sent_at: datetime | None = None,
) -> EmailMessage:
    """A mail of the house to a client: ``template`` as text and as HTML, filled with ``facts`` (those of ``greeting``
    among them), the client's name after the ``subject``. Raises ValueError when an address cannot be read."""
    named = f"{subject}, {facts['first_name']}" if facts["first_name"] else subject
    return compose(template, named, facts, Envelope(message_id, sender, recipient, reply_to, sent_at), pdf=pdf)


def compose(
    template: str,
    subject: str,
    facts: Mapping[str, object],
    envelope: Envelope,
    *,
    pdf: tuple[str, bytes] | None = None,
    inside: Sequence[tuple[str, bytes]] = (),
) -> EmailMessage:
    """A mail as text and as HTML, with the pictures ``inside`` it: PNGs by the cid that the HTML calls them.

    Raises ValueError when an address cannot be read.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(envelope.sender)
    message["To"] = envelope.recipient
    if envelope.reply_to:
        message["Reply-To"] = _address(envelope.reply_to)
    message["Subject"] = subject
    message["Date"] = envelope.sent_at or datetime.now(UTC)
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe:
        message["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
    message.set_content(_templates().get_template(f"{template}.txt").render(facts), cte="quoted-printable")
    html = _templates().get_template(f"{template}.html").render(facts)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    for number, (cid, content) in enumerate(inside, start=1):
        part = message.get_body(("html",))
        assert part is not None  # noqa: S101 - added above
        part.add_related(
            content, maintype="image", subtype="png", cid=f"<{cid}>", disposition="inline", filename=f"{number}.png"
        )
    if pdf is not None:
        message.add_attachment(pdf[1], maintype="application", subtype="pdf", filename=pdf[0])
    # Last: adding parts moves every Content- header into the first of them.
    message["Content-Language"] = envelope.language
    _fix_boundaries(message, envelope.message_id)
    return message


def whatsapp_text(info: DeliveryInfo, *, link: str) -> str:
    """The words that the expert sends by WhatsApp, to go into a ``wa.me`` address."""
    facts = greeting(info.first_name, info.order_number) | {"level": plain_name(info.level_name), "link": link}
    return _templates().get_template("whatsapp.txt").render(facts, attached=False).strip()


def greeting(first_name: str, order_number: str) -> dict[str, object]:
    """What every letter says: to whom, and about which order."""
    name = plain_name(first_name)
    turned = any(unicodedata.bidirectional(char) in {"R", "AL"} for char in name)
    return {
        "first_name": name,
        "isolated_name": f"{_ISOLATE}{name}{_END_ISOLATE}" if turned else name,
        "order_number": plain_name(order_number),
    }


def to_client(recipient: str | Address, client_name: str) -> Address:
    """The client's address with their name. Raises ValueError when it cannot be read."""
    address = _address(recipient) if isinstance(recipient, str) else recipient
    return Address(display_name=address.display_name or plain_name(client_name), addr_spec=address.addr_spec)


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
