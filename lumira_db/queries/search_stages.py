"""The looking-up of the search: each function is one statement that an index answers, bounded and unsorted.

However common a name is, no statement reads more than ``CANDIDATES`` rows of the table: ranking is done with those.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.folding import fold, mailbox, near_keys, near_letters
from lumira_db.search_terms import Term, TermKind

CANDIDATES = 200


class Match(StrEnum):
    """Why a client was found; the strongest first."""

    REF_ID = "ref_id"
    ORDER_NUMBER = "order_number"
    PAYMENT = "payment"
    CHECKOUT = "checkout"
    CUSTOMER = "customer"
    ID = "id"
    ORDER_ID = "order_id"
    EMAIL = "email"
    PHONE = "phone"
    MAILBOX = "mailbox"
    ORDER_EMAIL = "order_email"
    NAME = "name"
    EMAIL_START = "email_start"
    PHONE_END = "phone_end"
    PHONE_START = "phone_start"
    NAME_START = "name_start"
    EMAIL_END = "email_end"
    EMAIL_TYPO = "email_typo"
    NAME_TYPO = "name_typo"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client that a statement found, with what it is compared by. ``order_id``: by way of this order."""

    match: Match
    id: str
    first: str
    last: str
    email: str
    value: str
    order_id: str | None = None


_CLIENT = 'c.id, c."firstName", c."lastName", c.email'
_EMAIL = "lower(left(email, 300))"
_WORDS = 'desk.name_words(desk.fold("firstName"), desk.fold("lastName"))'
_VECTOR = f"array_to_tsvector({_WORDS})"
_KEYS = f"desk.typo_keys({_WORDS}, desk.mailbox_letters(email))"
_PARTS = """lower(((((((' '::text || COALESCE("refId", ''::text)) || ' '::text) || email) || ' '::text)
    || "firstName") || ' '::text) || "lastName")"""


def prepare(session: Session) -> None:
    """For this transaction: no plan that reads a table through, and none that is compiled."""
    session.execute(text("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"))


def exact(session: Session, terms: Sequence[Term]) -> list[Candidate]:
    """Whatever is unmistakable, all in one statement: numbers, ids, addresses, phones."""
    parts: list[str] = []
    values: dict[str, object] = {}
    for number, (match, kinds, condition) in enumerate(_OF_CLIENT):
        forms = _forms(terms, kinds, match)
        if forms:
            parts.append(
                f"(SELECT '{match}', {_CLIENT}, NULL, {_SHOWN[match]} FROM \"User\" c "  # noqa: S608
                f"WHERE {condition.format(f'v{number}')} LIMIT {CANDIDATES})"
            )
            values[f"v{number}"] = forms
    for number, (match, kinds, condition, shown) in enumerate(_OF_ORDER, start=len(_OF_CLIENT)):
        forms = _forms(terms, kinds, match)
        if forms:
            parts.append(
                f'(SELECT \'{match}\', {_CLIENT}, o.id, {shown} FROM "Order" o JOIN "User" c ON c.id = o."userId" '  # noqa: S608
                f"WHERE {condition.format(f'v{number}')} LIMIT {CANDIDATES})"
            )
            values[f"v{number}"] = forms
    if not parts:
        return []
    rows = session.execute(text(" UNION ALL ".join(parts)), values)
    return [
        Candidate(Match(match), client, first, last, email, shown or "", order_id)
        for match, client, first, last, email, order_id, shown in rows
    ]


_PHONE_END = "c.phone IS NOT NULL AND reverse(desk.phone(c.phone)) LIKE ANY (CAST(:{} AS text[]))"
_OF_CLIENT: tuple[tuple[Match, tuple[TermKind, ...], str], ...] = (
    (
        Match.REF_ID,
        (TermKind.REF_ID,),
        'c."refId" IS NOT NULL AND upper(left(c."refId", 60)) = ANY (CAST(:{} AS text[]))',
    ),
    (Match.CUSTOMER, (TermKind.CUSTOMER,), 'c."stripeCustomerId" = ANY (CAST(:{} AS text[]))'),
    (Match.ID, (TermKind.ID,), "c.id = ANY (CAST(:{} AS text[]))"),
    (Match.EMAIL, (TermKind.EMAIL,), "lower(left(c.email, 300)) = ANY (CAST(:{} AS text[]))"),
    (Match.MAILBOX, (TermKind.EMAIL,), "desk.mailbox(c.email) = ANY (CAST(:{} AS text[]))"),
    (Match.PHONE, (TermKind.PHONE,), _PHONE_END),
)
_OF_ORDER = (
    (Match.ORDER_NUMBER, (TermKind.ORDER_NUMBER,), 'o."orderNumber" = ANY (CAST(:{} AS text[]))', 'o."orderNumber"'),
    (Match.PAYMENT, (TermKind.PAYMENT,), 'o."paymentIntentId" = ANY (CAST(:{} AS text[]))', 'o."paymentIntentId"'),
    (
        Match.CHECKOUT,
        (TermKind.CHECKOUT,),
        'o."stripeSessionId" IS NOT NULL AND left(o."stripeSessionId", 300) = ANY (CAST(:{} AS text[]))',
        'o."stripeSessionId"',
    ),
    (Match.ORDER_ID, (TermKind.ID,), "o.id = ANY (CAST(:{} AS text[]))", "o.id"),
    (Match.ORDER_EMAIL, (TermKind.EMAIL,), 'o."userEmail" = ANY (CAST(:{} AS text[]))', 'o."userEmail"'),
)
_SHOWN = {Match.REF_ID: 'c."refId"', Match.CUSTOMER: 'c."stripeCustomerId"', Match.ID: "c.id", Match.PHONE: "c.phone"}
_SHOWN |= {Match.EMAIL: "c.email", Match.MAILBOX: "c.email"}


def _forms(terms: Iterable[Term], kinds: tuple[TermKind, ...], match: Match) -> list[str]:
    forms = [form for term in terms if term.kind in kinds for form in term.forms]
    if match is Match.MAILBOX:
        return [place for form in forms if (place := mailbox(form))]
    return [f"{form[::-1]}%" for form in forms] if match is Match.PHONE else forms


def phone_digits(session: Session, digits: str, national: str) -> list[Candidate]:
    """Phones that end, or begin, with these digits (``national``: without what says France)."""
    found = _clients(
        session,
        Match.PHONE_END,
        "phone IS NOT NULL AND reverse(desk.phone(phone)) LIKE :digits",
        {"digits": f"{digits[::-1]}%"},
        shown="c.phone",
    )
    if len(found) < CANDIDATES and len(national) > 3:
        condition = "phone IS NOT NULL AND desk.phone(phone) LIKE :digits"
        found += _clients(session, Match.PHONE_START, condition, {"digits": f"{national}%"}, shown="c.phone")
    return found


def names(session: Session, wanted: Sequence[str], *, begun: bool = False) -> list[Candidate]:
    """Clients with all of these words in their name; with ``begun`` each may be the beginning of one."""
    match = Match.NAME_START if begun else Match.NAME
    long = [word for word in wanted if len(word) > 1]
    initials = [word for word in wanted if len(word) == 1]
    if not long:
        return []
    conditions, values = [f"{_VECTOR} @@ CAST(:asked AS tsquery)"], {"asked": _tsquery(long, begun=begun)}
    for number, initial in enumerate(initials):
        # A letter alone would be found in half of the index: it is looked at in the few that the others leave.
        conditions.append(
            f'(desk.fold(left("firstName", 4)) LIKE :i{number} OR desk.fold(left("lastName", 4)) LIKE :i{number})'
        )
        values[f"i{number}"] = f"{initial}%"
    return _clients(session, match, " AND ".join(conditions), values)


def near_names(session: Session, wanted: Sequence[str], *, far: bool = False) -> list[Candidate]:
    """Clients whose name has a near miss of each word that is long enough to have one."""
    long = [word for word in wanted if len(word) > 2]
    if not long:
        return []
    keys = _hashes(session, [near_keys(word, far=far) for word in long])
    conditions = [f"{_KEYS} && CAST(:k{number} AS integer[])" for number in range(len(keys))]
    values = {f"k{number}": hashed for number, hashed in enumerate(keys)}
    return _clients(session, Match.NAME_TYPO, " AND ".join(conditions), values)


def near_emails(session: Session, email: str) -> list[Candidate]:
    """Clients with nearly this address: at the same provider first, then anywhere."""
    keys = near_letters(email)
    if not keys:
        return []
    values: dict[str, object] = {"keys": _hashes(session, [keys])[0]}
    condition = f"{_KEYS} && CAST(:keys AS integer[])"
    domain = email.partition("@")[2]
    there = f"{condition} AND {_EMAIL} LIKE :there"
    found = _clients(session, Match.EMAIL_TYPO, there, values | {"there": f"%@{_escaped(domain)}"}) if domain else []
    return found or _clients(session, Match.EMAIL_TYPO, condition, values)


def email_part(session: Session, part: str) -> list[Candidate]:
    """Addresses that begin with the part, or that end with it when it begins with @."""
    if part.startswith("@"):
        pattern = {"part": f"{_escaped(part[::-1])}%"}
        return _clients(session, Match.EMAIL_END, f"reverse({_EMAIL}) LIKE :part", pattern)
    return _clients(session, Match.EMAIL_START, f"{_EMAIL} LIKE :part", {"part": f"{_escaped(part)}%"})


def parts(session: Session, part: str) -> list[Candidate]:
    """Clients with this text anywhere in their refId, address or name; the last resort."""
    return _clients(session, Match.PART, f"{_PARTS} LIKE :part", {"part": f"%{_escaped(part)}%"})


def last_orders(session: Session, clients: Sequence[str]) -> dict[str, str]:
    """The moment of each client's newest order, as sortable text; those without one are missing."""
    rows = session.execute(
        text(
            """SELECT c.id, max(o."createdAt")::text FROM unnest(CAST(:clients AS text[])) AS c (id)
            JOIN "Order" o ON o."userId" = c.id GROUP BY c.id"""
        ),
        {"clients": list(clients)},
    )
    return {client: moment for client, moment in rows}  # noqa: C416 - rows, not pairs


def _clients(
    session: Session, match: Match, condition: str, values: Mapping[str, object], *, shown: str = "''"
) -> list[Candidate]:
    statement = f'SELECT {_CLIENT}, {shown} FROM "User" c WHERE {condition} LIMIT {CANDIDATES}'  # noqa: S608
    return [Candidate(match, *row) for row in session.execute(text(statement), values)]


def _hashes(session: Session, keys: Sequence[Iterable[str]]) -> list[list[int]]:
    """The keys as the index holds them. They are handed over as values: PostgreSQL plans for what it sees."""
    flat = [key for group in keys for key in group]
    rows = session.execute(
        text("SELECT key, hashtext(key) FROM unnest(CAST(:keys AS text[])) AS key"), {"keys": list(set(flat))}
    )
    hashed: dict[str, int] = {key: number for key, number in rows}  # noqa: C416 - rows, not pairs
    return [[hashed[key] for key in group] for group in keys]


def _tsquery(wanted: Sequence[str], *, begun: bool) -> str:
    """All the words, or all with two neighbours joined (jean luc is also jeanluc)."""
    ways = [wanted]
    if len(wanted) > 1:
        ways += [(*wanted[:at], wanted[at] + wanted[at + 1], *wanted[at + 2 :]) for at in range(len(wanted) - 1)]
    if len(wanted) > 2:
        ways.append(("".join(wanted),))
    end = ":*" if begun else ""
    quoted = [" & ".join(f"'{word}'{end}" for word in map(_quoted, way)) for way in ways]
    return " | ".join(f"({way})" for way in quoted)


def _quoted(word: str) -> str:
    return fold(word).replace("\\", "").replace("'", "") or "-"


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
