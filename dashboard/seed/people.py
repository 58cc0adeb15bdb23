"""Clients and their profiles, ordinary ones and those whose data break careless programs."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from dashboard.seed.moments import DAY, MINUTE, cuid, in_paris, naive
from dashboard.seed.photos import PhotoAlbum
from dashboard.seed.stories import stories
from dashboard.seed.timeline import Fate, Planned, Timeline
from lumira_db.enums import UserStatus

Row = dict[str, Any]

_DOMAINS = ("example.org", "example.com", "example.net")
_PAID = frozenset(Fate) - {Fate.CART, Fate.UNPAID}
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_REF_ID_MISSING = 7  # every seventh client came through the platform's checkout, which assigns none
_DUPLICATE = 90


class Person(NamedTuple):
    """What later rows need to know of a client. ``question`` is None without a profile."""

    id: str
    first: str
    last: str
    email: str
    phone: str | None
    question: str | None


@dataclass(slots=True)
class Wishes:
    """What the orders need their clients to be, by client: see ``dashboard.seed.dirt``."""

    ordinary: set[int] = field(default_factory=set)
    status: dict[int, UserStatus] = field(default_factory=dict)
    odd_name: dict[int, int] = field(default_factory=dict)
    photos: dict[int, str] = field(default_factory=dict)


class People:
    """Makes the rows of the clients, in the order in which they came."""

    def __init__(self, rng: Random, timeline: Timeline, wishes: Wishes, album: PhotoAlbum) -> None:
        self.rng, self.timeline, self.wishes, self.album = rng, timeline, wishes, album
        self.made: list[Person] = []
        self.ref_ids: dict[str, int] = {}
        self._orders = _orders_by_client(timeline.orders)

    def rows(self, indexes: Iterable[int]) -> Iterator[tuple[Row, Row | None]]:
        """For each client the row of ``"User"`` and that of ``"UserProfile"``, if there is one."""
        for index in indexes:
            at = self.timeline.clients_at[index]
            first, last = self._name(index)
            wished = index in self.wishes.ordinary or index in self.wishes.photos
            profiled = self.rng.random() < 0.85 or wished
            question = self.rng.choice(stories()["questions"]) if profiled else None
            phone = f"+3363998{self.rng.randrange(10_000):04d}" if self.rng.random() < 0.9 else None
            person = Person(cuid(self.rng, at), first, last, self._email(index, first, last), phone, question)
            self.made.append(person)
            yield self._client(index, person, at), self._profile(index, person, at) if profiled else None

    def _name(self, index: int) -> tuple[str, str]:
        told = stories()
        odd = self.wishes.odd_name.get(index)
        if odd is None and index % 20 == 11 and index not in self.wishes.ordinary:
            odd = index // 20
        if odd is not None:
            first, last = told["odd_names"][odd % len(told["odd_names"])]
            return first, last
        if index % _DUPLICATE == 50 and self.made:
            twin = self.made[-1]
            return twin.first, twin.last
        return self.rng.choice(told["first_names"]), self.rng.choice(told["last_names"])

    def _email(self, index: int, first: str, last: str) -> str:
        local = ".".join(part for part in (_plain(first), _plain(last)) if part) or "client"
        address = f"{local[:40]}{index}@{_DOMAINS[index % 3]}"
        if index % _DUPLICATE == 50 and self.made:  # the twin's address, in the other case
            return self.made[-1].email.upper()
        return address.replace(".", "+lumira.", 1) if index % 61 == 5 else address

    def _client(self, index: int, person: Person, at: int) -> Row:
        rng, told = self.rng, stories()
        placed = self._orders.get(index, [])
        last = placed[-1] if placed else None
        tags: list[str] | None = rng.sample(told["tags"], rng.randint(1, 3)) if rng.random() < 0.15 else []
        touched = max(at, last or at) + rng.randrange(DAY)
        return {
            "id": person.id,
            "refId": self._ref_id(index, at),
            "email": person.email,
            "firstName": person.first,
            "lastName": person.last,
            "phone": person.phone,
            "dateOfBirth": naive(self._born(index)) if rng.random() < 0.4 else None,
            "stripeCustomerId": f"cus_{rng.getrandbits(56):014x}" if placed else None,
            "subscriptionStatus": "INACTIVE" if rng.random() < 0.93 else rng.choice(("ACTIVE", "TRIAL")),
            "status": self._status(index),
            # The platform counts some orders twice and forgets others (DOMAIN §3).
            "totalOrders": len(placed) if index % 9 else max(0, len(placed) + rng.choice((-2, -1, 1, 3))),
            "lastOrderAt": naive(last) if index % 7 else None,
            "notes": rng.choice(told["notes"]) if rng.random() < 0.12 else None,
            "tags": None if index % 13 == 4 else tags,
            "source": rng.choice(told["sources"]) if rng.random() < 0.7 else None,
            "createdAt": naive(at),
            "updatedAt": naive(min(touched, self.timeline.now)),
        }

    def _ref_id(self, index: int, at: int) -> str | None:
        if index % _REF_ID_MISSING == 3:
            return None
        year = f"{in_paris(at):%y}"
        number = self.ref_ids[year] = self.ref_ids.get(year, 0) + 1
        return f"LUM-C-{year}-{number:04d}"

    def _status(self, index: int) -> UserStatus:
        wished = self.wishes.status.get(index)
        if wished is not None:
            return wished
        if index in self.wishes.ordinary:
            return UserStatus.ACTIVE
        return {23: UserStatus.BANNED, 71: UserStatus.SUSPENDED}.get(index % 97, UserStatus.ACTIVE)

    def _born(self, index: int) -> int:
        return -(index * 37 % 11_000) * DAY + 11_500 * DAY

    def _profile(self, index: int, person: Person, at: int) -> Row:
        rng, told = self.rng, stories()
        full = rng.random() < 0.8 or index in self.wishes.ordinary
        born = naive(self._born(index))
        face, palm = self.album.profile_photos(rng, index, self.wishes.photos.get(index))

        def maybe(kind: str, share: float) -> Any:
            return rng.choice(told[kind]) if full and rng.random() < share else None

        return {
            "id": cuid(rng, at + MINUTE),
            "userId": person.id,
            "birthDate": None if born is None else (f"{born:%d/%m/%Y}" if index % 17 == 6 else f"{born:%Y-%m-%d}"),
            "birthTime": None if index % 5 == 2 else f"{rng.randrange(24):02d}:{rng.randrange(60):02d}",
            "birthPlace": rng.choice(told["cities"]),
            "specificQuestion": person.question,
            "objective": maybe("objectives", 0.9),
            "facePhotoUrl": face,
            "palmPhotoUrl": palm,
            "highs": maybe("highs", 0.7),
            "lows": maybe("lows", 0.7),
            "strongSide": maybe("strong_sides", 0.6),
            "weakSide": maybe("weak_sides", 0.6),
            "strongZone": maybe("zones", 0.5),
            "weakZone": maybe("zones", 0.5),
            "deliveryStyle": maybe("styles", 0.8),
            "pace": rng.randint(0, 100) if full else None,
            "ailments": maybe("ailments", 0.4),
            "fears": maybe("fears", 0.6),
            "rituals": maybe("habits", 0.5),
            "profileCompleted": full,
            "submittedAt": naive(at + 20 * MINUTE) if full else None,
            "createdAt": naive(at + MINUTE),
            "updatedAt": naive(at + 20 * MINUTE),
        }


def _orders_by_client(orders: list[Planned]) -> dict[int, list[int]]:
    placed: dict[int, list[int]] = {}
    for at, fate, client in orders:
        if fate in _PAID:
            placed.setdefault(client, []).append(at)
    return placed


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_LETTERS.sub("-", decomposed.lower()).strip("-")
