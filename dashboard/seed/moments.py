"""Time and identity of invented rows: milliseconds since 1970 in UTC, and ids that grow with them."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from lumira_db.sequences import BUSINESS_ZONE

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 the contract's timestamps have no zone and mean UTC
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]


def chance(random_seed: int, subject: str) -> Random:
    """A generator for one subject: what is drawn for another does not shift what is drawn for this one."""
    return Random(f"{random_seed}/{subject}")  # noqa: S311 invents data, guards nothing


def to_ms(moment: datetime) -> int:
    """Milliseconds of an aware moment."""
    return int(moment.timestamp() * 1000)


def naive(ms: int | None) -> datetime | None:
    """For the contract's ``timestamp(3)`` columns: UTC without a zone."""
    return None if ms is None else _EPOCH + timedelta(milliseconds=ms)


def aware(ms: int | None) -> datetime | None:
    """For our own ``timestamptz`` columns."""
    return None if ms is None else (_EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=UTC)


def iso(ms: int) -> str:
    """As the platform writes moments inside JSON: ``2026-02-01T10:21:00.000Z``."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds") + "Z"


def in_paris(ms: int) -> datetime:
    """The moment on the clocks of Paris."""
    return datetime.fromtimestamp(ms / 1000, BUSINESS_ZONE)


def cuid(rng: Random, ms: int) -> str:
    """An id like the platform's: ``c``, the time in base 36, sixteen characters of chance."""
    rest, fourth = divmod(ms, 36**2)
    rest, third = divmod(rest, 36**2)
    first, second = divmod(rest, 36**2)
    return f"c{_PAIRS[first]}{_PAIRS[second]}{_PAIRS[third]}{_PAIRS[fourth]}{rng.getrandbits(64):016x}"


def uuid4(rng: Random) -> UUID:
    """A UUID that the same ``rng`` makes again."""
    return UUID(int=rng.getrandbits(128), version=4)
