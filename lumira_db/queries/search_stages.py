"""The looking-up of the search: each function is one statement that an index answers, bounded and unsorted.

However common a name is, no statement reads more than ``CANDIDATES`` rows of the table: ranking is done with those.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.folding import fold, mailbox, near_keys
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
    PHONE_TYPO = "phone_typo"
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
_KEYS = f"desk.typo_keys({_WORDS})"
_ORDERS = ("""desk.fold("lastName" || ' ' || "firstName")""", """desk.fold("firstName" || ' ' || "lastName")""")
_PARTS = """lower(((((((' '::text || COALESCE("refId", ''::text)) || ' '::text) || email) || ' '::text)
    || "firstName") || ' '::text) || "lastName")"""


def prepare(session: Session) -> None:
    """For this transaction: no plan that reads a table through, and none that is compiled."""
    session.execute(text("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"))


def exact(session: Session, terms: Sequence[Term]) -> list[Candidate]:
    """Whatever is unmistakable, all in one statement: numbers, ids, addresses, phones."""
    asked = list(_lookups(terms))
    if not asked:
        return []
    parts = [
        f"(SELECT '{look.match}', {_CLIENT}, {look.order}, {look.shown} FROM {look.source} "  # noqa: S608
        f"WHERE {look.condition.format(f':v{number}')} LIMIT {CANDIDATES})"
        for number, (look, _) in enumerate(asked)
    ]
    values = {f"v{number}": value for number, (_, value) in enumerate(asked)}
    rows = session.execute(text(" UNION ALL ".join(parts)), values)
    return [
        Candidate(Match(match), client, first, last, email, shown or "", order_id)
        for match, client, first, last, email, order_id, shown in rows
    ]


@dataclass(frozen=True, slots=True)
class _Look:
    """One way to be found exactly: the terms of a kind, the condition that an index answers, and what is shown."""

    match: Match
    kind: TermKind
    condition: str
    shown: str
    source: str = '"User" c'
    order: str = "NULL"


_ANY = "{} = ANY (CAST({{}} AS text[]))"
_BY_ORDER = {"source": '"Order" o JOIN "User" c ON c.id = o."userId"', "order": "o.id"}
_PHONE_END = "c.phone IS NOT NULL AND reverse(desk.phone(c.phone)) LIKE {}"
_REF = _ANY.format('upper(left(c."refId", 60))')
_SESSION = _ANY.format('left(o."stripeSessionId", 300)')
_LOOKS = (
    _Look(Match.REF_ID, TermKind.REF_ID, f'c."refId" IS NOT NULL AND {_REF}', 'c."refId"'),
    _Look(Match.CUSTOMER, TermKind.CUSTOMER, _ANY.format('c."stripeCustomerId"'), 'c."stripeCustomerId"'),
    _Look(Match.ID, TermKind.ID, _ANY.format("c.id"), "c.id"),
    _Look(Match.EMAIL, TermKind.EMAIL, _ANY.format("lower(left(c.email, 300))"), "c.email"),
    _Look(Match.MAILBOX, TermKind.EMAIL, _ANY.format("desk.mailbox(c.email)"), "c.email"),
    _Look(Match.PHONE, TermKind.PHONE, _PHONE_END, "c.phone"),
    _Look(Match.ORDER_NUMBER, TermKind.ORDER_NUMBER, _ANY.format('o."orderNumber"'), 'o."orderNumber"', **_BY_ORDER),
    _Look(Match.PAYMENT, TermKind.PAYMENT, _ANY.format('o."paymentIntentId"'), 'o."paymentIntentId"', **_BY_ORDER),
    _Look(
        Match.CHECKOUT,
        TermKind.CHECKOUT,
        f'o."stripeSessionId" IS NOT NULL AND {_SESSION}',
        'o."stripeSessionId"',
        **_BY_ORDER,
    ),
    _Look(Match.ORDER_ID, TermKind.ID, _ANY.format("o.id"), "o.id", **_BY_ORDER),
    _Look(Match.ORDER_EMAIL, TermKind.EMAIL, _ANY.format('o."userEmail"'), 'o."userEmail"', **_BY_ORDER),
)


def _lookups(terms: Sequence[Term]) -> Iterator[tuple[_Look, object]]:
    for look in _LOOKS:
        forms = [form for term in terms if term.kind is look.kind for form in term.forms]
        if look.match is Match.PHONE:
            # An index answers LIKE for one pattern at a time.
            yield from ((look, f"{form[::-1]}%") for form in forms)
        elif look.match is Match.MAILBOX:
            forms = [place for form in forms if (place := mailbox(form))]
            yield from [(look, forms)] * bool(forms)
        elif forms:
            yield look, forms


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


def near_phones(session: Session, national: str) -> list[Candidate]:
    """Phones of which one half is right: of a digit that is wrong, and of most two that were changed about, one half
    knows nothing. What is left is compared digit by digit."""
    half = (len(national) + 1) // 2
    begun = _clients(
        session,
        Match.PHONE_TYPO,
        "phone IS NOT NULL AND desk.phone(phone) LIKE :digits",
        {"digits": f"{national[:half]}%"},
        shown="c.phone",
    )
    ended = {"digits": f"{national[half:][::-1]}%"}
    condition = "phone IS NOT NULL AND reverse(desk.phone(phone)) LIKE :digits"
    return begun + _clients(session, Match.PHONE_TYPO, condition, ended, shown="c.phone")


def names(session: Session, wanted: Sequence[str], *, begun: int = 0) -> list[Candidate]:
    """Clients with all of these words in their name; the last ``begun`` may be beginnings of one."""
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


def beginnings(session: Session, wanted: Sequence[str]) -> list[Candidate]:
    """Clients whose whole name, in either order, begins with these words, the last of them perhaps unfinished.

    However many they are, only as many are read as are taken."""
    begun = _escaped(" ".join(wanted)) + "%"
    parts = [
        f"(SELECT {_CLIENT}, '' FROM \"User\" c WHERE {order} LIKE :begun LIMIT {CANDIDATES // 2})"  # noqa: S608
        for order in _ORDERS
    ]
    rows = session.execute(text(" UNION ALL ".join(parts)), {"begun": begun})
    return [Candidate(Match.NAME_START, *row) for row in rows]


def near_names(session: Session, wanted: Sequence[str], *, far: bool = False) -> list[Candidate]:
    """Clients whose name has a near miss of each word that is long enough to have one."""
    long = [word for word in wanted if len(word) > 2]
    if not long:
        return []
    keys = _hashes(session, [near_keys(word, far=far) for word in long])
    conditions = [f"{_KEYS} && CAST(:k{number} AS integer[])" for number in range(len(keys))]
    values = {f"k{number}": hashed for number, hashed in enumerate(keys)}
    return _clients(session, Match.NAME_TYPO, " AND ".join(conditions), values)


def glued_names(session: Session, word: str) -> list[Candidate]:
    """Clients whose first and last name make this one word, in either order."""
    ways = ((word[:at], word[at:]) for at in range(3, len(word) - 2))
    asked = " | ".join(f"('{_quoted(one)}' & '{_quoted(other)}')" for one, other in ways)
    return _clients(session, Match.NAME, f"{_VECTOR} @@ CAST(:asked AS tsquery)", {"asked": asked}) if asked else []


def near_emails(session: Session, email: str) -> list[Candidate]:
    """Clients with nearly this address: a mistake leaves the provider wrong and the rest right, or one of the two
    halves of what stands before the @."""
    local, _, domain = email.partition("@")
    if len(local) < 3:
        return []
    # Enough of a half to be rare, and a length that is nearly right: what is left is compared letter by letter.
    middle = (len(local) + 1) // 2
    near = f"{_EMAIL} LIKE :begun AND length(email) BETWEEN :length - 2 AND :length + 2"
    values = {"length": len(email)}
    whole = _clients(session, Match.EMAIL_TYPO, f"{_EMAIL} LIKE :begun", {"begun": f"{_escaped(local)}@%"})
    ended = _clients(
        session,
        Match.EMAIL_TYPO,
        f"reverse({_EMAIL}) LIKE :ended AND length(email) BETWEEN :length - 2 AND :length + 2",
        values | {"ended": f"{_escaped(email[middle:][::-1])}%"},
    )
    begun = values | {"begun": f"{_escaped(local[:middle])}%{_escaped(f'@{domain}' if domain else '')}"}
    return whole + ended + _clients(session, Match.EMAIL_TYPO, near, begun)


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


def _tsquery(wanted: Sequence[str], *, begun: int) -> str:
    """All the words, or all with two neighbours joined (jean luc is also jeanluc); the last ``begun`` as beginnings."""
    return " | ".join(f"({' & '.join(_lexemes(way, begun))})" for way in joined_ways(wanted))


def joined_ways(wanted: Sequence[str]) -> list[Sequence[str]]:
    """The words, and the words with two neighbours joined, or all of them."""
    ways = [wanted]
    if len(wanted) > 1:
        ways += [(*wanted[:at], wanted[at] + wanted[at + 1], *wanted[at + 2 :]) for at in range(len(wanted) - 1)]
    if len(wanted) > 2:
        ways.append(("".join(wanted),))
    return ways


def _lexemes(way: Sequence[str], begun: int) -> Iterator[str]:
    for left, word in zip(range(len(way), 0, -1), way, strict=True):
        yield f"'{_quoted(word)}'{':*' if left <= begun else ''}"


def _quoted(word: str) -> str:
    return fold(word).replace("\\", "").replace("'", "") or "-"


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
