"""Clients who may be one person: the same telephone, the same mailbox, or the same name and day of birth.

Pairs are read from what is known to be shared (``desk.client_likeness``), so a page costs what it shows. Two accounts
that share something with more than ``CROWD`` have it from a shop or a family, and are not paired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from sqlalchemy import Text, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql import bindparam

from lumira_db.models import Client
from lumira_db.queries.clients import ClientRow, client_row

CROWD = 8
PAGE = 50


class Likeness(StrEnum):
    """What two clients have in common."""

    PHONE = "phone"
    MAILBOX = "mailbox"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clients, the older account first, and what they have in common, spelled out."""

    first: ClientRow
    second: ClientRow
    why: tuple[tuple[Likeness, str], ...]


@dataclass(frozen=True, slots=True)
class PairPage:
    """Pairs in the order of what they have in common; ``next`` is where the page after them begins."""

    pairs: tuple[Pair, ...]
    next: str | None


_DISMISSED = """
EXISTS (SELECT FROM desk.not_same_client n WHERE n.first_id = least({a}, {b}) AND n.second_id = greatest({a}, {b}))
"""
_BORN = """COALESCE(to_char({u}."dateOfBirth", 'YYYY-MM-DD'), {p}."birthDate")"""
_NAME = """desk.fold({u}."lastName" || ' ' || {u}."firstName")"""

_WALK = text("""
    SELECT value, array_agg(client_id) AS ids FROM desk.client_likeness
    WHERE kind = :kind AND value > :after GROUP BY value HAVING count(*) <= :crowd ORDER BY value LIMIT :limit
""")

_OF_ONE = text(
    f"""
    WITH me AS (
        SELECT u.id, desk.phone(u.phone) AS phone, desk.mailbox(u.email) AS mailbox, {_NAME.format(u="u")} AS name,
            {_BORN.format(u="u", p="p")} AS born
        FROM "User" u LEFT JOIN "UserProfile" p ON p."userId" = u.id WHERE u.id = :id
    ), likely AS (
        (SELECT o.id, 'phone' AS kind, me.phone AS likeness FROM me JOIN "User" o
            ON o.phone IS NOT NULL AND desk.phone(o.phone) = me.phone WHERE length(me.phone) >= 8 LIMIT :limit)
        UNION ALL
        (SELECT o.id, 'mailbox', me.mailbox FROM me JOIN "User" o ON desk.mailbox(o.email) = me.mailbox LIMIT :limit)
        UNION ALL
        (SELECT o.id, 'name', me.name || ', ' || me.born FROM me
            JOIN "User" o ON {_NAME.format(u="o")} = me.name
            LEFT JOIN "UserProfile" p ON p."userId" = o.id
            WHERE me.born <> '' AND {_BORN.format(u="o", p="p")} = me.born LIMIT :limit)
    )
    SELECT l.id, l.kind, l.likeness FROM likely l
    WHERE l.id <> :id AND NOT {_DISMISSED.format(a="l.id", b="CAST(:id AS text)")}
    """  # noqa: S608 - expressions of this module
)
_RULED_OUT = text(
    """
    SELECT n.first_id, n.second_id FROM desk.not_same_client n
    JOIN unnest(:firsts, :seconds) AS wanted (first_id, second_id) USING (first_id, second_id)
    """
).bindparams(bindparam("firsts", type_=ARRAY(Text)), bindparam("seconds", type_=ARRAY(Text)))


def list_duplicates_of(session: Session, client_id: str) -> tuple[Pair, ...]:
    """The clients who may be the same person as this one, with the reasons; those ruled out left out."""
    why: dict[str, list[tuple[Likeness, str]]] = {}
    for row in session.execute(_OF_ONE, {"id": client_id, "limit": CROWD + 1}):
        why.setdefault(row.id, []).append((Likeness(row.kind), row.likeness))
    if not why:
        return ()
    rows = _clients(session, [client_id, *why])
    own = rows.get(client_id)
    if own is None:
        return ()
    return tuple(Pair(own, rows[other], tuple(reasons)) for other, reasons in why.items() if other in rows)


def list_pairs(session: Session, kind: Likeness, *, after: str = "", limit: int = PAGE) -> PairPage:
    """Pairs that have ``kind`` in common, from ``after`` on, as the worker knew them a moment ago."""
    values = {"kind": kind.value, "after": after, "crowd": CROWD, "limit": limit}
    groups = session.execute(_WALK, values).all()
    pairs: list[tuple[str, str, str]] = []
    for group in groups:
        said = ", ".join(group.value.split("|", 1)) if kind is Likeness.NAME else group.value
        pairs += [(min(two), max(two), said) for two in combinations(group.ids, 2)]
    ruled_out = _ruled_out(session, pairs)
    kept = [one for one in pairs if one[:2] not in ruled_out]
    rows = _clients(session, [id_ for one in kept for id_ in one[:2]])
    found = [Pair(*_by_age(rows[a], rows[b]), ((kind, said),)) for a, b, said in kept if a in rows and b in rows]
    return PairPage(tuple(found), groups[-1].value if len(groups) == limit else None)


def _by_age(one: ClientRow, other: ClientRow) -> tuple[ClientRow, ClientRow]:
    return (one, other) if one.created_at <= other.created_at else (other, one)


def _ruled_out(session: Session, pairs: Sequence[tuple[str, str, str]]) -> set[tuple[str, str]]:
    wanted = {"firsts": [one[0] for one in pairs], "seconds": [one[1] for one in pairs]}
    return {(row.first_id, row.second_id) for row in session.execute(_RULED_OUT, wanted)} if pairs else set()


def _clients(session: Session, ids: Sequence[str]) -> dict[str, ClientRow]:
    return {one.id: client_row(one) for one in session.scalars(select(Client).where(Client.id.in_(set(ids))))}
