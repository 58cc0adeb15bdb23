"""Passwords: bcrypt that the platform can read and write too, with equal work whatever the answer.

The platform makes plain bcrypt hashes (``$2a$``, ``$2b$``) of the password's UTF-8 bytes, so a password of
up to 72 bytes is hashed in the same way. A longer one, of which bcrypt would see the beginning only, is
digested first.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache

import bcrypt

from lumira_db.errors import InvalidInput
from lumira_db.i18n_marker import N_

COST = 12
MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 1000
_BCRYPT_LIMIT = 72
_BCRYPT_HASH = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
# A hash costlier than this would hold a thread for minutes: it counts as unusable.
_HIGHEST_COST = 15
# What long passwords are digested with, so that a digest that leaked elsewhere is no password here.
_DOMAIN = b"lumira-desk:password:"
# No l, 1, o, 0, i: read out over the telephone.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and whether its hash should be made anew."""

    ok: bool
    rehash: bool


def hash_password(password: str) -> str:
    """A bcrypt hash of any password, however long."""
    return bcrypt.hashpw(_material(password), bcrypt.gensalt(COST)).decode("ascii")


def check_password(password: str, hashed: str | None) -> Verdict:
    """Compare a password with a hash; None is an account that does not exist.

    The work is that of one bcrypt of ``COST``, also for an account that does not exist, a hash that is no
    hash, and a cheaper hash (which is topped up), so that time tells nothing. A long password takes two:
    a hash of the platform covers its first 72 bytes, ours all of it.
    """
    found = _BCRYPT_HASH.fullmatch(hashed) if hashed else None
    cost = int(found[1]) if found else 0
    usable = hashed if 4 <= cost <= _HIGHEST_COST else None
    matches = [_matches(material, usable) for material in _candidates(password)]
    _top_up(cost if usable else COST, rounds=len(matches))
    return Verdict(ok=any(matches), rehash=any(matches) and (cost < COST or not matches[0]))


def require_good_password(password: str, email: str) -> None:
    """Raise ``InvalidInput`` unless the password may be chosen by the person with this address."""
    if len(password.strip()) < MINIMUM_LENGTH:
        raise InvalidInput(problem=N_("A password has at least 10 characters."))
    if len(password) > MAXIMUM_LENGTH:
        raise InvalidInput(problem=N_("A password has at most 1,000 characters."))
    if password.strip().casefold() in {email.strip().casefold(), email.strip().casefold().partition("@")[0]}:
        raise InvalidInput(problem=N_("Choose a password other than your e-mail address."))


def random_password() -> str:
    """A password to hand over: four readable groups, 79 bits (``k7rm-tq2x-9hwd-5vbn``)."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def _candidates(password: str) -> list[bytes]:
    plain = _encoded(password)
    if len(plain) <= _BCRYPT_LIMIT:
        return [_material(password)]
    return [_material(password), plain[:_BCRYPT_LIMIT]]


def _material(password: str) -> bytes:
    plain = _encoded(password)
    if len(plain) <= _BCRYPT_LIMIT:
        return plain
    return base64.b64encode(hashlib.sha256(_DOMAIN + plain).digest())


def _encoded(password: str) -> bytes:
    # A form can hold halves of surrogate pairs: no reason to crash, and no password either.
    return password.encode("utf-8", "surrogatepass")


def _matches(material: bytes, usable: str | None) -> bool:
    right = bcrypt.checkpw(material, (usable or _nobody()).encode("ascii"))
    return right and usable is not None


def _top_up(cost: int, *, rounds: int) -> None:
    """Do what is missing to one bcrypt of ``COST``: 2^12 = 2^10 + 2^10 + 2^11."""
    for _ in range(rounds):
        for missing in range(cost, COST):
            bcrypt.hashpw(b"", bcrypt.gensalt(missing))


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no password is known to: what unknown accounts are compared with."""
    return hash_password(secrets.token_urlsafe(32))
