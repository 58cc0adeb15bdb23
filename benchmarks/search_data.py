"""A million invented clients and two million orders for the search: cheap rows, names spread as they are in life.

Only what is searched is filled. A few names are borne by thousands, most by a handful (Zipf); one client in three
writes an address that has nothing to do with the name, phones are written in every way, some refIds are missing.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import psycopg

from dashboard.seed.bare import bare
from dashboard.seed.stories import stories
from lumira_db.engine import parse_url

VERSION = 2
_COLUMNS = {
    "User": '"id","refId","email","firstName","lastName","phone","stripeCustomerId","createdAt","updatedAt"',
    "Order": '"id","orderNumber","userId","userEmail","level","amount","status","paymentIntentId","stripeSessionId",'
    '"paidAt","formData","createdAt","updatedAt"',
}
_SYLLABLES = """
ba be bi bo bou bra bre ca cha che co cou da de du fa fe fo fou ga gau ge gi go gra gue ha he jo ju la lam le li lo ma
mar me mo mon mou na ni no pa pe pi poi por pra ra re ri ro rou sa se si so ta the ti tou va vi
| ba bi bou cha ci do fa ga gui la le li lo ma mi mo na ni no pi ra re ri ro se sa ta te ti va vi zi
| ard aud ault aux eau el elle er et ez ier in ine ion is iot ois on ot ou oux ret rie rt sset ud y
| a ane aine e ette iane ie ien in ine is line lle lie ric rine son tte tien y
"""
_HEADS, _MIDDLES, _TAILS, _FIRST_TAILS = (part.split() for part in _SYLLABLES.split("|"))
_PROVIDERS = ("gmail.com", "orange.fr", "hotmail.fr", "free.fr", "yahoo.fr", "outlook.com", "wanadoo.fr", "sfr.fr")
_PHONES = (
    "+33{0}{1}{2}{3}{4}",
    "0{0}{1}{2}{3}{4}",
    "0{0} {1} {2} {3} {4}",
    "+33 {0} {1} {2} {3} {4}",
    "0{0}.{1}.{2}.{3}.{4}",
)


@dataclass(frozen=True, slots=True)
class Names:
    """First and last names, the commonest first, and how often each is borne."""

    first: Sequence[str]
    first_weights: Sequence[float]
    last: Sequence[str]
    last_weights: Sequence[float]


@dataclass(frozen=True, slots=True)
class Made:
    """One client as it was made."""

    id: str
    ref_id: str | None
    email: str
    first: str
    last: str
    phone: str | None
    customer: str | None

    def line(self, moment: str) -> tuple[object, ...]:
        known = (self.id, self.ref_id, self.email, self.first, self.last, self.phone, self.customer)
        return (*known, moment, moment)


def names(rng: Random, *, firsts: int = 6_000, lasts: int = 60_000) -> Names:
    """Real ones first, then as many made of syllables as are wanted."""
    told = stories()
    first = list(dict.fromkeys(told["first_names"]))
    last = list(dict.fromkeys(told["last_names"]))
    first += _made(rng, firsts - len(first), _FIRST_TAILS, set(first))
    last += _made(rng, lasts - len(last), _TAILS, set(last))
    return Names(first, _summed(len(first), 0.75), last, _summed(len(last), 0.62))


def clients(rng: Random, count: int) -> Iterator[Made]:
    """So many clients, in the order in which they came."""
    told = names(rng)
    for number in range(count):
        first = rng.choices(told.first, cum_weights=told.first_weights)[0]
        last = rng.choices(told.last, cum_weights=told.last_weights)[0]
        if rng.random() < 0.04:
            first = f"{first}-{rng.choice(told.first[:200])}"
        year = 24 + number * 3 // count
        yield Made(
            id=f"cm{number:07x}{rng.getrandbits(60):015x}",
            ref_id=f"LUM-C-{year}-{number:04d}" if number % 7 else None,
            email=_email(rng, first, last, number),
            first=first,
            last=last,
            phone=_phone(rng) if rng.random() < 0.9 else None,
            customer=f"cus_{rng.getrandbits(56):014x}" if number % 2 else None,
        )


def fill(url: str, *, count: int, orders: int) -> None:
    """Load them with COPY into the migrated, empty database at ``url``, two orders a client on average."""
    rng = Random(42)
    address = parse_url(url)[0].set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection, bare(connection, [("public", "User"), ("public", "Order")]):
        # What follows the platform's writes would take each row up; there is nothing to follow yet.
        connection.execute('ALTER TABLE "User" DISABLE TRIGGER USER')
        connection.execute('ALTER TABLE "Order" DISABLE TRIGGER USER')
        buyers = []
        with connection.cursor().copy(f'COPY "User" ({_COLUMNS["User"]}) FROM STDIN') as copy:
            for number, made in enumerate(clients(rng, count)):
                copy.write_row(made.line(_moment(number, count)))
                buyers.append((made.id, made.email))
        with connection.cursor().copy(f'COPY "Order" ({_COLUMNS["Order"]}) FROM STDIN') as copy:
            for number in range(orders):
                buyer = buyers[int(len(buyers) * rng.random() ** 1.5)]
                copy.write_row(_order(rng, number, buyer, _moment(number, orders)))
        connection.execute('ALTER TABLE "User" ENABLE TRIGGER USER')
        connection.execute('ALTER TABLE "Order" ENABLE TRIGGER USER')
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute('VACUUM (ANALYZE) "User", "Order"')


def _made(rng: Random, count: int, tails: Sequence[str], known: set[str]) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        middle = rng.choice(_MIDDLES) if rng.random() < 0.6 else ""
        name = (rng.choice(_HEADS) + middle + rng.choice(tails)).title()
        if name not in known:
            known.add(name)
            found.append(name)
        elif rng.random() < 0.5:
            found.append(f"{name}{rng.choice(_MIDDLES)}{rng.choice(tails)}")
    return found


def _summed(count: int, steepness: float) -> list[float]:
    return list(itertools.accumulate(1 / (rank + 4) ** steepness for rank in range(count)))


def _email(rng: Random, first: str, last: str, number: int) -> str:
    plain = "".join(c for c in f"{first}.{last}".lower().replace(" ", "") if c.isascii() and c.isprintable())
    local = plain if rng.random() < 0.6 else f"{plain[0]}{plain.partition('.')[2]}"
    if rng.random() < 0.05:
        local = f"{rng.choice(_HEADS)}{rng.choice(_MIDDLES)}{rng.choice(_TAILS)}"
    return f"{local}{number}@{rng.choice(_PROVIDERS)}"


def _phone(rng: Random) -> str:
    groups = [str(rng.choice((6, 6, 6, 7))), *(f"{rng.randrange(100):02d}" for _ in range(4))]
    return rng.choice(_PHONES).format(*groups)


def _order(rng: Random, number: int, buyer: tuple[str, str], moment: str) -> tuple[object, ...]:
    status = rng.choice(("COMPLETED", "COMPLETED", "COMPLETED", "PAID", "PENDING"))
    day = f"{24 + number * 3 // 2_000_001:02d}{number % 12 + 1:02d}{number % 28 + 1:02d}"
    shape = ("LU{}-{}", "LU{}{}", "LUM-O-{}-{}")[number % 3]
    paid = None if status == "PENDING" else moment
    return (
        *(f"co{number:07x}{rng.getrandbits(60):015x}", shape.format(day, f"{number:03d}"), *buyer),
        *(rng.randint(1, 4), 2900, status, f"pi_{number:07d}{rng.getrandbits(64):016x}"),
        *(f"cs_live_{number:07d}{rng.getrandbits(96):024x}", paid, "{}", moment, moment),
    )


def _moment(number: int, count: int) -> str:
    days, rest = divmod(number * 1000 * 86_400 // count, 86_400)
    day = f"{2024 + days // 366}-{days // 31 % 12 + 1:02d}-{days % 28 + 1:02d}"
    return f"{day} {rest // 3600:02d}:{rest // 60 % 60:02d}:00"
