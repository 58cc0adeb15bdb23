"""The mail that tells a client of money given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage

from babel.numbers import format_currency

from dashboard.documents.document import level_name
from dashboard.documents.mail import greeting, letter, to_client
from lumira_db.currencies import units


@dataclass(frozen=True, slots=True)
class RefundInfo:
    """A refund as its client knows it; ``amount`` in cents. ``whole``: the order is over with it."""

    order_number: str
    level: int
    client_name: str
    first_name: str
    amount: int
    currency: str
    whole: bool


def refund_mail(
    info: RefundInfo,
    *,
    message_id: str,
    sender: str,
    reply_to: str,
    recipient: str | Address,
    sent_at: datetime | None = None,
) -> EmailMessage:
    """The mail; arguments as for ``delivery_mail``. Raises ValueError when an address cannot be read."""
    amount = format_currency(units(info.amount, info.currency), info.currency.upper(), locale="fr_FR")
    facts = {"level": level_name(info.level), "amount": amount, "whole": info.whole}
    return letter(
        "refund",
        "Ta commande est remboursée" if info.whole else "Un remboursement est en route",
        greeting(info.first_name, info.order_number) | facts,
        message_id=message_id,
        sender=sender,
        reply_to=reply_to,
        recipient=to_client(recipient, info.client_name),
        sent_at=sent_at,
    )
