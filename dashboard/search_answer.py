"""What the search found, in the person's words: the palette's JSON and what support's home shows."""

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.locale import _, ngettext
from dashboard.locale.labels import LEVELS, label, level_name, level_tone, look_of
from dashboard.navigation import address
from lumira_db.enums import UserStatus
from lumira_db.i18n_marker import N_
from lumira_db.queries.search import Found, Hit
from lumira_db.queries.search_stages import Match
from lumira_db.search_terms import Term, TermKind

LONGEST_SHOWN = 80
REASONS: Mapping[Match, str] = {
    Match.REF_ID: N_("refId"),
    Match.ORDER_NUMBER: N_("Order number"),
    Match.PAYMENT: N_("Stripe payment"),
    Match.CHECKOUT: N_("Stripe checkout"),
    Match.CUSTOMER: N_("Stripe customer"),
    Match.ID: N_("Id"),
    Match.ORDER_ID: N_("Id of the order"),
    Match.EMAIL: N_("E-mail address"),
    Match.MAILBOX: N_("Same mailbox"),
    Match.ORDER_EMAIL: N_("E-mail address of an order"),
    Match.EMAIL_START: N_("Beginning of the e-mail address"),
    Match.EMAIL_END: N_("E-mail provider"),
    Match.EMAIL_TYPO: N_("E-mail address with a mistake"),
    Match.PHONE: N_("Phone"),
    Match.PHONE_END: N_("Last digits of the phone"),
    Match.PHONE_TYPO: N_("Phone with a wrong digit"),
    Match.PHONE_START: N_("First digits of the phone"),
    Match.NAME: N_("Name"),
    Match.NAME_START: N_("Beginning of the name"),
    Match.NAME_TYPO: N_("Name that sounds or is written alike"),
    Match.PART: N_("Part of the refId, address or name"),
}
TERMS: Mapping[TermKind, str] = {
    TermKind.REF_ID: N_("refId"),
    TermKind.ORDER_NUMBER: N_("Order number"),
    TermKind.PAYMENT: N_("Stripe payment"),
    TermKind.CHECKOUT: N_("Stripe checkout"),
    TermKind.CUSTOMER: N_("Stripe customer"),
    TermKind.ID: N_("Id"),
    TermKind.EMAIL: N_("E-mail address"),
    TermKind.PHONE: N_("Phone"),
    TermKind.DIGITS: N_("Digits of a phone"),
    TermKind.EMAIL_PART: N_("Part of an e-mail address"),
    TermKind.NAME: N_("Name"),
}


def answer(found: Found) -> dict[str, Any]:
    """Everything that the palette shows, ready to be shown as text."""
    count = len(found.hits)
    return {
        "hits": [_hit(hit) for hit in found.hits],
        "count": ngettext("{count} hit", "{count} hits", count).format(count=count),
        "none": _("Nobody found") if found.terms else _("There is nothing here to search for"),
        "tried_label": _("This was looked for:"),
        "tried": tried(found.terms),
    }


def tried(terms: Iterable[Term]) -> list[list[str]]:
    """What the text was understood as: kind and value."""
    return [[_(TERMS[term.kind]), term.shown[:LONGEST_SHOWN]] for term in terms]


def _hit(hit: Hit) -> dict[str, Any]:
    client, order = hit.client, hit.order
    name = client.name or client.email
    shown: dict[str, Any] = {
        "ref": client.ref_id or "",
        "why": [[_(REASONS[r.match]), "" if r.value == name else r.value[:LONGEST_SHOWN]] for r in hit.reasons[:3]],
        "facts": [text for text in (client.email, client.phone) if text],
        "badges": [_badge(client.status)] if client.status is not UserStatus.ACTIVE or order is None else [],
    }
    if order is None:
        place = {"name": name, "href": address("client", id=client.id), "place": ["client", client.id], "client": None}
        return shown | place
    level = [level_name(order.level), level_tone(order.level), f"level{order.level}" if order.level in LEVELS else ""]
    return shown | {
        "name": order.number,
        "href": address("order", id=order.id),
        "place": ["order", order.id],
        "client": [address("client", id=client.id), client.id, name],
        "badges": [level, _badge(order.status), *shown["badges"]],
    }


def _badge(value: Any) -> list[str]:
    look = look_of(value)
    return [label(value), look.tone, look.icon]
