"""The mails to staff: the digest, and the word about a limit that is passed. Each in the reader's own language."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import urlencode

from dashboard.alert_words import Warned
from dashboard.analytics.digest import Digest
from dashboard.charts.card import Card
from dashboard.charts.chart import Target
from dashboard.charts.picture import WIDTH, png
from dashboard.documents.mail import Envelope, compose, plain_name
from dashboard.locale import _, get_language
from lumira_db.states import Cadence

_SHEET = 640
_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it, and the address of the Desk that its links begin with."""

    name: str
    email: Address
    public_url: str

    def link(self, target: Target) -> str:
        """The address of a screen."""
        name = "" if target.screen == "home" else target.screen
        query = urlencode(target.query, doseq=True)
        return f"{self.public_url.rstrip('/')}/{name}" + (f"?{query}" if query else "")


def digest_mail(digest: Digest, reader: Reader, *, message_id: str, sender: str, sent_at: datetime) -> EmailMessage:
    """The digest as a mail, its charts inside. Raises ValueError when an address cannot be read."""
    pictures = [(picture, png(picture.chart), _cid(message_id, n)) for n, picture in enumerate(digest.pictures)]
    daily = digest.cadence is Cadence.DAILY
    title = (_("The day at the desk") if daily else _("The week at the desk")) + f" · {digest.days}"
    facts = {
        "digest": digest,
        "title": _("The day at the desk") if daily else _("The week at the desk"),
        "beside": _("compared with {days}").format(days=digest.beside) if digest.beside else "",
        "groups": [(group, _rows(group.cards)) for group in digest.groups],
        "pictures": [(picture, cid) for picture, _png, cid in pictures],
        "picture_width": WIDTH,
    }
    inside = [(cid, content) for _picture, content, cid in pictures]
    return _staff_mail("digest", title, facts, reader, message_id, sender, sent_at, inside)


def alert_mail(warned: Warned, reader: Reader, *, message_id: str, sender: str, sent_at: datetime) -> EmailMessage:
    """The word about a limit that is passed. Raises ValueError when an address cannot be read."""
    facts = {"warned": warned, "title": warned.title}
    return _staff_mail("alert", f"{warned.title} · {warned.figure}", facts, reader, message_id, sender, sent_at, ())


def _staff_mail(
    template: str,
    subject: str,
    facts: Mapping[str, object],
    reader: Reader,
    message_id: str,
    sender: str,
    sent_at: datetime,
    inside: Sequence[tuple[str, bytes]],
) -> EmailMessage:
    account = reader.link(Target("account", {}))
    to = Address(display_name=plain_name(reader.name), addr_spec=reader.email.addr_spec)
    say = {
        "more": _("See it on the Desk"),
        "changes": _("What changed most"),
        "before": _("before: {value}"),
        "waits": _("What waits"),
        "nothing": _("Nothing waits for anybody."),
        "again": _("You will hear of it again only after it has been all right in between."),
        "chosen": _("You chose to receive this mail."),
        "stop": _("Change or stop it in your account"),
    }
    words = {"say": say, "link": reader.link, "language": get_language(), "width": _SHEET, "account": account}
    return compose(
        template,
        subject,
        facts | words,  # type: ignore[operator]
        Envelope(message_id, sender, to, sent_at=sent_at, language=get_language(), unsubscribe=account),
        inside=inside,
    )


def _rows(cards: Sequence[Card]) -> list[Sequence[Card]]:
    return [cards[n : n + _IN_A_ROW] for n in range(0, len(cards), _IN_A_ROW)]


def _cid(message_id: str, number: int) -> str:
    return f"{hashlib.sha256(message_id.encode()).hexdigest()[:24]}-{number}@lumira"
