"""Clients: the list, the page's facts, and the search by refId, address or name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, func, literal, literal_column, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.enums import UserStatus
from lumira_db.models import Client, ClientProfile
from lumira_db.personal import ERASED_DOMAIN
from lumira_db.queries.paging import AnySelect

# Fewer letters than a trigram has would read the whole table: such a text matches the beginning of a word only.
INFIX_LENGTH = 3


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One client of a list."""

    id: str
    ref_id: str | None
    first_name: str
    last_name: str
    email: str
    phone: str | None
    status: UserStatus
    tags: tuple[str, ...]
    source: str | None
    created_at: datetime

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_erased(self) -> bool:
        """Whether nothing of the person is left, on their request."""
        return self.email.endswith(ERASED_DOMAIN)


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What the client told, without the photos; ``face`` and ``palm`` say how a photo is kept
    (its first characters), or None."""

    birth_date: str | None
    birth_time: str | None
    birth_place: str | None
    specific_question: str | None
    objective: str | None
    highs: str | None
    lows: str | None
    strong_side: str | None
    weak_side: str | None
    strong_zone: str | None
    weak_zone: str | None
    delivery_style: str | None
    pace: int | None
    ailments: str | None
    fears: str | None
    rituals: str | None
    profile_completed: bool
    submitted_at: datetime | None
    face: str | None
    palm: str | None


def search_text(client: type[Client] = Client) -> ColumnElement[str]:
    """What a client is found by, in lower case, a space before every word; the trigram index
    ``desk_user_search`` is on this, so it is written as there, with literals."""
    space, nothing = literal_column("' '", Text), literal_column("''", Text)
    words = space + func.coalesce(client.ref_id, nothing)
    for name in (client.email, client.first_name, client.last_name):
        words = words + space + name
    return func.lower(words)


def names_client(text: str, client: type[Client] = Client) -> list[ColumnElement[bool]]:
    """What holds for the clients that ``text`` names: each of its words is a part of their refId, address or
    name, or the beginning of one if it is too short to be looked for inside. ``client`` may be an alias."""
    searched = search_text(client)
    conditions: list[ColumnElement[bool]] = [searched.like(_pattern(word)) for word in text.lower().split()]
    return conditions or [literal(False)]


def lacks_ref_id() -> tuple[ColumnElement[bool], ...]:
    """What holds for the clients who have no refId and could be given one: who was erased has no name either."""
    return Client.ref_id.is_(None), Client.email.not_like(f"%{ERASED_DOMAIN}")


PROFILE_COLUMNS = (
    ClientProfile.birth_date,
    ClientProfile.birth_time,
    ClientProfile.birth_place,
    ClientProfile.specific_question,
    ClientProfile.objective,
    ClientProfile.highs,
    ClientProfile.lows,
    ClientProfile.strong_side,
    ClientProfile.weak_side,
    ClientProfile.strong_zone,
    ClientProfile.weak_zone,
    ClientProfile.delivery_style,
    ClientProfile.pace,
    ClientProfile.ailments,
    ClientProfile.fears,
    ClientProfile.rituals,
    ClientProfile.profile_completed,
    ClientProfile.submitted_at,
    func.left(ClientProfile.face_photo_url, 2000),
    func.left(ClientProfile.palm_photo_url, 2000),
)
"""The columns of ``ProfileFacts``."""
_PROFILE = select(*PROFILE_COLUMNS).where(ClientProfile.client_id == bindparam("client_id"))


def get_profile(session: Session, client_id: str) -> ProfileFacts | None:
    """The client's profile, or None; of the photos only how they are kept."""
    row = session.execute(_PROFILE, {"client_id": client_id}).first()
    return None if row is None else ProfileFacts(*_values(row))


def _pattern(word: str) -> str:
    return f"%{_escaped(word)}%" if len(word) >= INFIX_LENGTH else f"% {_escaped(word)}%"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _columns() -> AnySelect:
    return select(
        Client.id,
        Client.ref_id,
        Client.first_name,
        Client.last_name,
        Client.email,
        Client.phone,
        Client.status,
        Client.tags,
        Client.source,
        Client.created_at,
    )


def client_row(client: Client) -> ClientRow:
    """A loaded client as a frozen row."""
    return ClientRow(
        id=client.id,
        ref_id=client.ref_id,
        first_name=client.first_name,
        last_name=client.last_name,
        email=client.email,
        phone=client.phone,
        status=client.status,
        tags=tuple(client.tags or ()),
        source=client.source,
        created_at=client.created_at,
    )


def _values(row: Any) -> tuple[Any, ...]:
    return tuple(row)


def _row(row: Any) -> ClientRow:
    values: list[Any] = list(row)
    values[7] = tuple(values[7] or ())
    return ClientRow(*values)
