"""The list of clients: what it is filtered and sorted by stands in one narrow row each (``desk.client_summary``)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Boolean, SQLColumnExpression, Text, cast, func, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.enums import UserStatus
from lumira_db.models import Client, ClientSummary
from lumira_db.models.client_lists import NEVER
from lumira_db.periods import day_start
from lumira_db.queries import behind_clients
from lumira_db.queries.behind_clients import ClientBehind
from lumira_db.queries.clients import ClientRow, names_client
from lumira_db.queries.expecting import expected_rows
from lumira_db.queries.paging import Cursor, Page, Value, fetch_page
from lumira_db.queries.streaming import stream

SILENT_AFTER = timedelta(days=7)
"""A day of the path that is open for so long without being done: the client has gone silent."""
MAIN_CURRENCY = "eur"
"""The currency that sums are sorted and filtered by unless another is chosen: they are never mixed."""
COUNTED = 1_000
"""Up to so many matching clients are counted; beyond, the planner's estimate serves."""
FEW = 20_000
"""So many are found and sorted in a moment. More are so many that whoever walks along the sorted ones meets a page
of them soon."""
_FEW_NAMED, _MANY_NAMED = 400, 6_000
"""The same for those that nothing but a text names, each of which is another row to read and compare: few are found
and sorted; of more, the sorted ones are asked whether they are among those, found beforehand; of many, whether their
row says so."""


class ClientSort(StrEnum):
    """What the list can be sorted by; each has an index. SPENT is what was paid in one currency."""

    CREATED = "created"
    NAME = "name"
    LAST_ORDER = "last"
    ORDERS = "orders"
    SPENT = "spent"


class PathPlace(StrEnum):
    """Where on the seven-day path a client is. SILENT ones are open at some day, and for too long;
    STALLED ones did their day and the system never opened the next."""

    NONE = "none"
    DAY_1 = "1"
    DAY_2 = "2"
    DAY_3 = "3"
    DAY_4 = "4"
    DAY_5 = "5"
    DAY_6 = "6"
    DAY_7 = "7"
    SILENT = "silent"
    STALLED = "stalled"
    DONE = "done"

    @property
    def day(self) -> int | None:
        return int(self.value) if self.value.isdigit() else None


@dataclass(frozen=True, slots=True)
class ClientListFilter:
    """Which clients. ``text`` is a refId, an e-mail address, a name or a part of one. Dates are business days, both
    ends included; ``spent_min`` and ``spent_max`` are cents of ``currency`` (``MAIN_CURRENCY`` if None)."""

    text: str = ""
    statuses: tuple[UserStatus, ...] = ()
    tags_any: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    tags_none: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    orders_min: int | None = None
    orders_max: int | None = None
    currency: str | None = None
    spent_min: int | None = None
    spent_max: int | None = None
    last_order_from: date | None = None
    last_order_to: date | None = None
    created_from: date | None = None
    created_to: date | None = None
    has_ref_id: bool | None = None
    profile_completed: bool | None = None
    places: tuple[PathPlace, ...] = ()
    sort: ClientSort = ClientSort.CREATED
    descending: bool = True
    behind: ClientBehind | None = None


@dataclass(frozen=True, slots=True)
class ListedClient(ClientRow):
    """One client of the list; ``paid`` are cents by currency, moments are UTC.

    ``key`` is the folded name. ``path_day`` is the first day not done, ``path_since`` when it was opened."""

    key: str
    levels: tuple[int, ...]
    paid_count: int
    paid: dict[str, int] = field(hash=False)
    first_paid_at: datetime | None
    last_paid_at: datetime | None
    last_order_at: datetime | None
    profile_completed: bool
    path: str
    path_day: int | None
    path_since: datetime | None

    def place(self, now: datetime) -> PathPlace:
        """Where on the path the client is at ``now`` (UTC)."""
        if self.path == "OPEN" and self.path_day is not None and 1 <= self.path_day <= 7:
            silent = self.path_since is not None and self.path_since < now - SILENT_AFTER
            return PathPlace.SILENT if silent else PathPlace(str(self.path_day))
        return PathPlace(self.path.lower()) if self.path in {"NONE", "STALLED", "DONE"} else PathPlace.NONE


_S = ClientSummary
_COLUMNS = (
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
    _S.name,
    _S.levels,
    _S.paid_count,
    _S.paid,
    _S.first_paid_at,
    _S.last_paid_at,
    _S.last_order_at,
    _S.profile_completed,
    _S.path,
    _S.path_day,
    _S.path_since,
)
_NEVER = literal_column(NEVER, _S.last_order_at.type)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def list_clients(
    session: Session,
    chosen: ClientListFilter,
    *,
    zone: ZoneInfo,
    now: datetime,
    cursor: Cursor | None = None,
    limit: int = 50,
    expected: int | None = None,
) -> Page[ListedClient]:
    """A page of the clients that ``chosen`` names; ``now`` decides who has gone silent.

    ``expected`` is about how many there are (``expect_clients``). The greatest of one value is that value, but no
    index is sorted by it: where few are expected, PostgreSQL finds them first and sorts them, instead of walking
    through everybody until it meets them.
    """
    key, place = _sorting(chosen)
    narrowing = [*conditions(chosen, zone, now), *_implied(chosen)]
    only_named = bool(chosen.text.strip()) and len(narrowing) == 1
    few = expected is not None and expected < (_FEW_NAMED if only_named else FEW)
    if only_named and expected is not None and _FEW_NAMED <= expected < _MANY_NAMED:
        # Whether that is true PostgreSQL does not turn into a join.
        narrowing = [condition.is_(True) for condition in narrowing]
    return fetch_page(
        session,
        select(_S.id).where(*narrowing),
        key=func.greatest(key, type_=key.type) if few else key,
        row_id=_S.id,
        descending=chosen.descending,
        cursor=cursor,
        limit=limit,
        build=_row,
        position=place,
        widen=lambda page: select(*_COLUMNS).join_from(page, _S, _S.id == page.c.id).join(Client, Client.id == _S.id),
    )


def walk_clients(
    session: Session, chosen: ClientListFilter, *, zone: ZoneInfo, now: datetime, batch: int = 2000
) -> Iterator[ListedClient]:
    """Every client that ``chosen`` names, in its order, streamed from a server-side cursor."""
    key, _ = _sorting(chosen)
    order = (key.desc(), _S.id.desc()) if chosen.descending else (key.asc(), _S.id.asc())
    query = select(*_COLUMNS).join_from(_S, Client, Client.id == _S.id).where(*conditions(chosen, zone, now))
    for row in stream(session, query.order_by(*order), batch=batch):
        yield _row(row)


def expect_clients(session: Session, chosen: ClientListFilter, *, zone: ZoneInfo, now: datetime) -> int | None:
    """About how many clients ``chosen`` names, by the planner's statistics; None when it narrows nothing."""
    narrowing = conditions(chosen, zone, now)
    if not narrowing:
        return None
    return expected_rows(session, select(_S.id).where(*narrowing))


def count_clients(session: Session, chosen: ClientListFilter, *, zone: ZoneInfo, now: datetime) -> int:
    """How many clients ``chosen`` names; ask only where few are expected."""
    query = select(func.count()).select_from(_S).where(*conditions(chosen, zone, now))
    return int(session.scalar(query) or 0)


def estimate_clients(session: Session) -> int:
    """About how many clients there are: the planner's figure, which costs nothing."""
    figure = text("SELECT reltuples::bigint FROM pg_class WHERE oid = 'public.\"User\"'::regclass")
    return max(int(session.execute(figure).scalar_one()), 0)


def list_sources(session: Session) -> tuple[str, ...]:
    """Where clients come from, by name. Walks from value to value in the index: thousands of clients cost nothing."""
    rows = session.scalars(
        text("""
        WITH RECURSIVE found AS (
            SELECT min(source) AS source FROM desk.client_summary
            UNION ALL
            SELECT (SELECT min(s.source) FROM desk.client_summary s WHERE s.source > found.source)
            FROM found WHERE found.source IS NOT NULL
        ) SELECT source FROM found WHERE source IS NOT NULL LIMIT 200
        """)
    )
    return tuple(rows)


def conditions(chosen: ClientListFilter, zone: ZoneInfo, now: datetime) -> list[ColumnElement[bool]]:
    """What holds for the summaries of the clients that ``chosen`` names."""
    found: list[ColumnElement[bool]] = [*_of_person(chosen), *_of_orders(chosen)]
    found += _between(_last_order(), chosen.last_order_from, chosen.last_order_to, zone)
    found += _between(_S.created_at, chosen.created_from, chosen.created_to, zone)
    if chosen.places:
        found.append(or_(*(_is_at(place, now) for place in chosen.places)))
    if chosen.behind is not None:
        found += behind_clients.conditions(chosen.behind, zone, now)
    if chosen.text.strip():
        found.append(_S.id.in_(select(Client.id).where(*names_client(chosen.text))))
    return found


def _of_person(chosen: ClientListFilter) -> Iterator[ColumnElement[bool]]:
    if chosen.statuses:
        yield _S.status.in_([status.value for status in chosen.statuses])
        if UserStatus.ACTIVE not in chosen.statuses:
            yield _S.status != UserStatus.ACTIVE.value
    if chosen.tags_any:
        yield _S.tags.overlap(_texts(chosen.tags_any))
    if chosen.tags_all:
        yield _S.tags.contains(_texts(chosen.tags_all))
    if chosen.tags_none:
        yield ~_S.tags.overlap(_texts(chosen.tags_none))
    if chosen.sources:
        yield _S.source.in_(chosen.sources)
    if chosen.has_ref_id is not None:
        yield _S.has_ref_id.is_(chosen.has_ref_id)
    if chosen.profile_completed is not None:
        yield _S.profile_completed.is_(chosen.profile_completed)


def _of_orders(chosen: ClientListFilter) -> Iterator[ColumnElement[bool]]:
    if chosen.levels:
        yield _S.levels.overlap(list(chosen.levels))
    if chosen.orders_min is not None:
        yield _S.paid_count >= chosen.orders_min
    if chosen.orders_max is not None:
        yield _S.paid_count <= chosen.orders_max
    if chosen.currency is not None:
        yield _S.paid.has_key(chosen.currency)
        if chosen.currency != MAIN_CURRENCY:
            # Implied by the former; it names the index of the few that paid in another currency.
            yield literal_column("(desk.client_summary.paid - 'eur') <> '{}'", Boolean)
    spent = _spent(chosen.currency)
    if chosen.spent_min is not None:
        yield spent >= chosen.spent_min
    if chosen.spent_max is not None:
        yield spent <= chosen.spent_max


def _implied(chosen: ClientListFilter) -> Iterator[ColumnElement[bool]]:
    """What holds anyway of what is sorted by: the walk along it begins where there is somebody to find, and does not
    pass everybody who never bought anything."""
    bought = bool(chosen.levels) or chosen.currency is not None
    bought = bought or (chosen.orders_min or 0) > 0 or (chosen.spent_min or 0) > 0
    if bought and chosen.sort is ClientSort.LAST_ORDER:
        yield _last_order() > _NEVER
    if bought and chosen.sort is ClientSort.ORDERS:
        yield _S.paid_count > 0
    if chosen.sort is ClientSort.SPENT and chosen.orders_max is not None and chosen.orders_max <= 0:
        yield _spent(chosen.currency) == literal_column("0")


def _is_at(place: PathPlace, now: datetime) -> ColumnElement[bool]:
    since = now - SILENT_AFTER
    if place is PathPlace.SILENT:
        return (_S.path == "OPEN") & (_S.path_since < since)
    if place.day is not None:
        return (_S.path == "OPEN") & (_S.path_day == place.day) & (_S.path_since >= since)
    return _S.path == place.value.upper()


def _between(
    column: SQLColumnExpression[Any], first: date | None, last: date | None, zone: ZoneInfo
) -> Iterator[ColumnElement[bool]]:
    if first is not None:
        yield column >= day_start(first, zone)
    if last is not None:
        yield column < day_start(last + timedelta(days=1), zone)
        if first is None:
            yield column > _NEVER


def _last_order() -> ColumnElement[Any]:
    return func.coalesce(_S.last_order_at, _NEVER, type_=_S.last_order_at.type)


def _spent(currency: str | None) -> ColumnElement[Any]:
    # Written as in the index client_summary_paid_eur_idx, with literals.
    of = literal_column(f"'{MAIN_CURRENCY}'") if currency in (None, MAIN_CURRENCY) else currency
    return func.coalesce(
        cast(_S.paid.op("->>", return_type=Text())(of), BigInteger), literal_column("0"), type_=BigInteger()
    )


def _texts(values: tuple[str, ...]) -> ColumnElement[Any]:
    return cast(list(values), ARRAY(Text))


def _sorting(
    chosen: ClientListFilter,
) -> tuple[ColumnElement[Any], Callable[[ListedClient], tuple[Value, str]]]:
    currency = chosen.currency or MAIN_CURRENCY
    keys: dict[ClientSort, tuple[Any, Callable[[ListedClient], Value]]] = {
        ClientSort.CREATED: (_S.created_at, lambda row: row.created_at),
        ClientSort.NAME: (_S.name, lambda row: row.key),
        ClientSort.LAST_ORDER: (_last_order(), lambda row: row.last_order_at or _EPOCH),
        ClientSort.ORDERS: (_S.paid_count, lambda row: row.paid_count),
        ClientSort.SPENT: (_spent(chosen.currency), lambda row: row.paid.get(currency, 0)),
    }
    key, value = keys[chosen.sort]
    return key, lambda row: (value(row), row.id)


def _row(row: Any) -> ListedClient:
    values: list[Any] = list(row)
    values[7] = tuple(values[7] or ())
    values[11] = tuple(values[11])
    return ListedClient(*values)
