"""The one box: who is meant by what was pasted, why, and what was tried.

Stages go from the unmistakable to the nearly right, and stop as soon as one has answered. What they find is ranked by
the strength of the match, then by how close it is, then by the client's newest order.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.enums import OrderStatus
from lumira_db.folding import distance, fold, mailbox_letters, name_words, sound, words
from lumira_db.models import Client, Order
from lumira_db.queries import search_stages as stages
from lumira_db.queries.clients import ClientRow, client_row
from lumira_db.queries.search_stages import Candidate, Match
from lumira_db.search_terms import Term, TermKind, understand

LIMIT = 10
_BEGINNING = 3
"""So few letters are the beginning of a name, not a name with a mistake."""
_SAME_NAME = 15.0
"""So little is lost by a name that it is taken for the same."""
_TIED = 24
"""How many of equally good matches are told apart by their newest order."""
_STRENGTH = {match: 1000.0 - 40 * place for place, match in enumerate(Match)}
# A name that was begun and one that was misspelt are told apart by how far they are.
_STRENGTH[Match.NAME_TYPO] = _STRENGTH[Match.NAME_START]
_CERTAIN = {
    Match.REF_ID, Match.ORDER_NUMBER, Match.PAYMENT, Match.CHECKOUT, Match.CUSTOMER, Match.ID, Match.ORDER_ID,
    Match.EMAIL, Match.PHONE, Match.MAILBOX, Match.ORDER_EMAIL,
}  # fmt: skip
# Somebody's address is in all their orders: it means the client.
_OF_ONE_ORDER = {Match.ORDER_NUMBER, Match.PAYMENT, Match.CHECKOUT, Match.ORDER_ID}
_KNOWN = _CERTAIN | {Match.PHONE_END, Match.PHONE_START}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a client was found: the kind of match, and what of theirs matched."""

    match: Match
    value: str


@dataclass(frozen=True, slots=True)
class OrderHit:
    """The order by which a client was found."""

    id: str
    number: str
    level: int
    status: OrderStatus
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Hit:
    """A client, the reasons, strongest first, and the order if one was named."""

    client: ClientRow
    reasons: tuple[Reason, ...]
    order: OrderHit | None


@dataclass(frozen=True, slots=True)
class Found:
    """What the text was understood as, and the clients, best first."""

    terms: tuple[Term, ...]
    hits: tuple[Hit, ...]


@dataclass(slots=True)
class _Ranked:
    """A client on the way: the points of each reason that counts."""

    candidate: Candidate
    points: dict[Match, float] = field(default_factory=dict)
    values: dict[Match, str] = field(default_factory=dict)
    order_id: str | None = None

    @property
    def id(self) -> str:
        return self.candidate.id

    @property
    def total(self) -> float:
        # Agreeing reasons add up, so that of two Maries the one with the phone number too comes first.
        best = max(self.points.values())
        return best + 0.1 * (sum(self.points.values()) - best)


def find(session: Session, asked: str, *, year: int, limit: int = LIMIT) -> Found:
    """Who is meant by ``asked``; ``year`` is this year's last two digits (see ``understand``)."""
    terms = understand(asked, year=year)
    if not terms:
        return Found((), ())
    stages.prepare(session)
    ranked: dict[str, _Ranked] = {}
    typed = [form for term in terms if term.kind is TermKind.ORDER_NUMBER for form in term.forms]
    for candidate in stages.exact(session, terms):
        _add(ranked, candidate, 5.0 * typed.index(candidate.value) if candidate.value in typed else 0.0)
    _by_digits(session, terms, ranked)
    if not _certain(ranked):
        _by_parts(session, terms, ranked, words_too=False)
    _by_names(session, terms, ranked)
    if all(each.points.keys() == {Match.NAME_TYPO} for each in ranked.values()):
        _by_parts(session, terms, ranked, words_too=True)
    if not ranked:
        _by_near_phones(session, terms, ranked)
        _by_near_emails(session, terms, ranked)
        _as_last_resort(session, terms, ranked)
    return Found(terms, _hits(session, _best(session, ranked.values(), limit)))


def _by_digits(session: Session, terms: Iterable[Term], ranked: dict[str, _Ranked]) -> None:
    for term in terms:
        if term.kind is TermKind.DIGITS and not any(Match.PHONE in r.points for r in ranked.values()):
            for candidate in stages.phone_digits(session, *term.forms[:2]):
                _add(ranked, candidate, 0.0)


def _by_parts(session: Session, terms: Iterable[Term], ranked: dict[str, _Ranked], *, words_too: bool) -> None:
    """Parts of addresses. A mere word is likelier a name: it counts when nobody is called so."""
    for term in terms:
        if term.kind is TermKind.EMAIL_PART and (words_too or not term.forms[0].isalpha()):
            part = term.forms[0]
            for candidate in stages.email_part(session, part):
                # What was typed whole comes before what goes on after it.
                spare = len(candidate.email.partition("@")[0]) - len(part.partition("@")[0])
                _add(ranked, candidate, min(abs(spare), 30))


def _by_names(session: Session, terms: Sequence[Term], ranked: dict[str, _Ranked]) -> None:
    names = [term for term in terms if term.kind is TermKind.NAME]
    agreed = _credit_names(ranked, names)
    if agreed or _certain(ranked) or (ranked and any(_is_of_an_address(term) for term in terms)):
        return
    for place, term in enumerate(names):
        for candidate in _named(session, term.forms):
            _add(ranked, candidate, _farness(term.forms, candidate) + 25 * place)


def _is_of_an_address(term: Term) -> bool:
    """Whether a part can hardly be a name: marie.dup, martin77, dupont@."""
    return term.kind is TermKind.EMAIL_PART and any(c.isdigit() or c in "@._" for c in term.forms[0])


def _credit_names(ranked: dict[str, _Ranked], names: Iterable[Term]) -> bool:
    """Give those who are known by something else the credit for a name that is theirs too; whether there were any."""
    agreed = False
    for term in names:
        for each in [each for each in ranked.values() if _KNOWN & each.points.keys()]:
            lost = _farness(term.forms, each.candidate)
            if lost < _SAME_NAME:
                agreed = True
                _add(ranked, replace(each.candidate, match=Match.NAME, value=""), lost)
    return agreed


def _named(session: Session, wanted: Sequence[str]) -> list[Candidate]:
    found = stages.names(session, wanted)
    known = bool(found)
    if len(found) < LIMIT:
        found += _begun(session, wanted)
    if not known and len(found) < LIMIT and sum(map(len, wanted)) > _BEGINNING:
        found += stages.near_names(session, wanted) or (_further(session, wanted) if not found else [])
    if not found and len(wanted) == 1 and len(wanted[0]) > 2 * _BEGINNING:
        return stages.glued_names(session, wanted[0])
    if not found and len(wanted) == 2:
        return _few_bear(session, wanted)
    if not found and len(wanted) > 2:
        fewer = [[*wanted[:at], *wanted[at + 1 :]] for at in range(len(wanted))]
        found = [
            each for words in fewer for each in (stages.names(session, words) or stages.near_names(session, words))
        ]
    return found


def _begun(session: Session, wanted: Sequence[str]) -> list[Candidate]:
    """Names that begin so, else names with a word that does: a few letters begin so many words that these are looked
    for only when nobody's name begins with them."""
    found = stages.beginnings(session, wanted)
    if len(found) >= LIMIT or (found and len(wanted[-1]) <= _BEGINNING):
        return found
    return found + (stages.names(session, wanted, begun=1) or stages.names(session, wanted, begun=len(wanted)))


def _further(session: Session, wanted: Sequence[str]) -> list[Candidate]:
    """Two mistakes: a name taken apart and misspelt, else a word with two letters wrong."""
    joined = (near for way in _ways(wanted)[1:] if (near := stages.near_names(session, way)))
    return next(joined, None) or stages.near_names(session, wanted, far=True)


def _ways(wanted: Sequence[str]) -> Sequence[Sequence[str]]:
    """The words; and joined, where one of them is so short that it may be a part of its neighbour."""
    return stages.joined_ways(wanted) if any(len(word) <= _BEGINNING for word in wanted) else (wanted,)


def _few_bear(session: Session, wanted: Sequence[str]) -> list[Candidate]:
    """Who is called by one of the words, when that is a rare one: the other was a nickname, or none of a name."""
    found: list[Candidate] = []
    for word in (word for word in wanted if len(word) > _BEGINNING):
        near = stages.names(session, [word]) or stages.near_names(session, [word])
        found += near if len(near) <= LIMIT else []
    return found


def _by_near_phones(session: Session, terms: Iterable[Term], ranked: dict[str, _Ranked]) -> None:
    for term in terms:
        if term.kind is TermKind.PHONE and len(term.forms[0]) > 7:
            for candidate in stages.near_phones(session, term.forms[0]):
                digits = re.sub(r"\D", "", candidate.value)
                # Both ends are cut alike: what is written before the number itself is no mistake.
                if distance(term.forms[0], digits[-len(term.forms[0]) :]) == 1:
                    _add(ranked, candidate, 0.0)


def _by_near_emails(session: Session, terms: Iterable[Term], ranked: dict[str, _Ranked]) -> None:
    for term in terms:
        if term.kind in (TermKind.EMAIL, TermKind.EMAIL_PART):
            asked = term.forms[0]
            for candidate in stages.near_emails(session, asked):
                far = _address_distance(asked, candidate.email.lower())
                if far <= max(3, len(asked) // 5):
                    _add(ranked, candidate, 10.0 * far)
            local = asked.partition("@")[0]
            if not ranked and len(local) > 4:
                for candidate in stages.email_part(session, local) + _named(session, words(local)[:4]):
                    _add(ranked, candidate, 10.0 * _address_distance(asked, candidate.email.lower()))


def _address_distance(asked: str, email: str) -> float:
    """How far an address is; a wrong provider counts as one mistake at most two."""
    if "@" not in asked:
        return distance(mailbox_letters(asked), mailbox_letters(email))
    local, domain = asked.split("@", 1)
    other, at = email.split("@", 1) if "@" in email else (email, "")
    return min(distance(local, other), distance(mailbox_letters(asked), mailbox_letters(email)) + 0.5) + min(
        distance(domain, at), 2
    )


def _as_last_resort(session: Session, terms: Iterable[Term], ranked: dict[str, _Ranked]) -> None:
    for term in terms:
        part = term.forms[0] if term.kind is TermKind.EMAIL_PART else ""
        if len(part) >= 4:
            for candidate in stages.parts(session, part):
                _add(ranked, candidate, len(candidate.email) / 10)


def _farness(wanted: Sequence[str], candidate: Candidate) -> float:
    """Points lost by a name: letters wrong, and words that nobody asked for. Two words may have been meant as one."""
    return min(_far_from(way, candidate) for way in _ways(wanted))


def _far_from(wanted: Sequence[str], candidate: Candidate) -> float:
    theirs = name_words(candidate.first, candidate.last)
    firsts = fold(candidate.first).split()
    parts = {*firsts, *fold(candidate.last).split()}
    initials = "".join(part[0] for part in firsts)
    lost, met = 0.0, set()
    for place, word in enumerate(wanted, start=1):
        begun = 0.15 if place == len(wanted) else 0.35
        near, best = min((_word_distance(word, other, begun), other) for other in theirs) if theirs else (9.0, "")
        if word == initials and len(word) > 1:
            near, best = 0.3, "".join(firsts)
        lost += 12 * near
        met.add(best)
    spare = sum(1 for part in parts if part not in met and not any(part in joined for joined in met))
    return lost + 3 * spare


def _word_distance(asked: str, other: str, begun: float) -> float:
    """``begun``: what each letter costs that is still to be typed."""
    if other.startswith(asked):
        return begun * min(len(other) - len(asked), 6)
    if asked.replace("h", "") == other.replace("h", ""):
        return 0.3
    # The first letter is seldom the wrong one, and what sounds alike was heard, not mistyped.
    far = distance(asked, other) + (0.4 if asked[:1] != other[:1] else 0.0)
    return far * (0.45 if sound(asked) == sound(other) else 1.0)


def _certain(ranked: dict[str, _Ranked]) -> bool:
    return any(_CERTAIN & each.points.keys() for each in ranked.values())


def _add(ranked: dict[str, _Ranked], candidate: Candidate, lost: float) -> None:
    entry = ranked.setdefault(candidate.id, _Ranked(candidate))
    points = _STRENGTH[candidate.match] - lost
    if points > entry.points.get(candidate.match, float("-inf")):
        entry.points[candidate.match] = points
        entry.values[candidate.match] = candidate.value or _shown(candidate)
    if candidate.match in _OF_ONE_ORDER:
        entry.order_id = entry.order_id or candidate.order_id


def _shown(candidate: Candidate) -> str:
    if candidate.match in (Match.NAME, Match.NAME_START, Match.NAME_TYPO):
        return f"{candidate.first} {candidate.last}".strip()
    return candidate.email


def _best(session: Session, ranked: Iterable[_Ranked], limit: int) -> list[_Ranked]:
    few = sorted(ranked, key=lambda each: (-round(each.total), each.id))[:_TIED]
    if len(few) < 2:
        return few
    recent = stages.last_orders(session, [each.id for each in few])
    few.sort(key=lambda each: recent.get(each.id, ""), reverse=True)
    few.sort(key=lambda each: -round(each.total))
    return few[:limit]


def _hits(session: Session, best: Sequence[_Ranked]) -> tuple[Hit, ...]:
    if not best:
        return ()
    clients = {c.id: client_row(c) for c in session.scalars(select(Client).where(Client.id.in_([e.id for e in best])))}
    named = [each.order_id for each in best if each.order_id]
    orders = {row[0]: OrderHit(*row) for row in session.execute(_ORDER.where(Order.id.in_(named)))} if named else {}
    return tuple(
        Hit(clients[each.id], _reasons(each), orders.get(each.order_id or "")) for each in best if each.id in clients
    )


_ORDER = select(Order.id, Order.order_number, Order.level, Order.status, Order.created_at)


def _reasons(each: _Ranked) -> tuple[Reason, ...]:
    kept = sorted(each.points, key=lambda match: -each.points[match])
    weaker = {Match.MAILBOX: Match.EMAIL, Match.ORDER_EMAIL: Match.EMAIL, Match.PHONE_END: Match.PHONE}
    weaker |= {Match.NAME_START: Match.NAME, Match.PHONE_START: Match.PHONE_END, Match.ORDER_ID: Match.ORDER_NUMBER}
    return tuple(Reason(m, each.values[m]) for m in kept if weaker.get(m) not in each.points)
