"""What is searched for in the measurement: every kind of query, about clients drawn from the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import psycopg
from sqlalchemy import make_url


@dataclass(frozen=True, slots=True)
class Query:
    """One search and the client who is meant; "" where many are."""

    kind: str
    text: str
    id: str


@dataclass(frozen=True, slots=True)
class _Drawn:
    id: str
    ref_id: str
    email: str
    first: str
    last: str
    phone: str
    number: str
    payment: str


_DRAW = """
SELECT c.id, c."refId", c.email, c."firstName", c."lastName", c.phone, o."orderNumber", o."paymentIntentId"
FROM "User" c TABLESAMPLE BERNOULLI (1) REPEATABLE (7)
JOIN LATERAL (SELECT "orderNumber", "paymentIntentId" FROM "Order" WHERE "userId" = c.id LIMIT 1) o ON true
WHERE c."refId" IS NOT NULL AND c.phone IS NOT NULL AND length(c."lastName") > 4 AND length(c."firstName") > 3
ORDER BY md5(c.id) LIMIT %s
"""
_COMMON = """
SELECT "lastName" FROM "User" TABLESAMPLE BERNOULLI (5) REPEATABLE (7) GROUP BY 1 ORDER BY count(*) DESC LIMIT 20
"""


def queries(url: str, count: int) -> list[Query]:
    """``count`` of each kind, shuffled, the same at every run over the same database."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        drawn = [_Drawn(*row) for row in connection.execute(_DRAW, [count])]
        common = [str(row[0]) for row in connection.execute(_COMMON)]
    rng = Random(3)
    found = [query for one in drawn for query in _about(one, rng)]
    found += [Query("common last name", name, "") for name in common]
    found += [Query("beginning of a common name", name[:3].lower(), "") for name in common]
    rng.shuffle(found)
    return found


def _about(one: _Drawn, rng: Random) -> Iterator[Query]:
    year, number = one.ref_id.split("-")[2:]
    digits = "".join(c for c in one.phone if c.isdigit())[-9:]
    pairs = " ".join((f"0{digits}")[at : at + 2] for at in range(0, 10, 2))
    local, _, domain = one.email.partition("@")
    yield Query("refId", one.ref_id, one.id)
    yield Query("refId as it is said", f"lum c {year} {number}", one.id)
    yield Query("order number", one.number, one.id)
    yield Query("payment", one.payment, one.id)
    yield Query("id", one.id, one.id)
    yield Query("e-mail", one.email, one.id)
    yield Query("e-mail with a mistake", f"{_mistaken(local, rng)}@{domain}", one.id)
    yield Query("beginning of an e-mail", local, one.id)
    yield Query("phone", pairs, one.id)
    yield Query("phone, international", f"+33{digits}", one.id)
    yield Query("last six digits", digits[-6:], "")
    yield Query("name", f"{one.first} {one.last}", one.id)
    yield Query("name, the other way round", f"{one.last} {one.first}".lower(), one.id)
    yield Query("name with a mistake", f"{one.first} {_mistaken(one.last, rng)}", one.id)
    yield Query("beginning of a name", f"{one.first} {one.last[:3]}", "")
    yield Query("nobody", f"{_mistaken(one.first, rng)}qx {one.last}zk", "")
    yield Query("a whole message", _message(one, pairs), one.id)


def _mistaken(word: str, rng: Random) -> str:
    """One letter left out, doubled, changed about or wrong; never the first."""
    at = rng.randrange(1, max(2, len(word) - 1))
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + rng.choice("aeinrst") + word[at + 1 :]


def _message(one: _Drawn, phone: str) -> str:
    return (
        f"De : {one.first} {one.last} <{one.email}>\nÀ : contact@example.org\nObjet : TR: ma lecture\n\n"
        f"Bonjour, je n'ai toujours rien reçu pour ma commande {one.number}.\n"
        f"Vous pouvez me joindre au {phone}.\n\nCordialement,\n{one.first} {one.last}\nEnvoyé de mon téléphone"
    )
