"""Every order: the list with its filters, and what an export walks through."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import SQLColumnExpression, and_, func, literal_column, not_, or_, select, text
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.enums import OrderStatus
from lumira_db.models import Client, Order
from lumira_db.periods import day_start
from lumira_db.queries import behind_orders
from lumira_db.queries.behind_orders import OrderBehind
from lumira_db.queries.clients import names_client
from lumira_db.queries.expecting import expected_rows
from lumira_db.queries.paging import AnySelect, Cursor, Page, Value, fetch_page
from lumira_db.queries.products import list_prices
from lumira_db.queries.streaming import stream


class OrderSort(StrEnum):
    """What the list can be sorted by; each has an index."""

    CREATED = "created"
    PAID = "paid"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders. Dates are business days, both ends included; amounts are cents.

    ``client`` is an order number, a refId, an e-mail address, a name or a part of one. ``odd_amount``: what was paid
    never was a price of the order's level. ``behind`` is what a figure counts besides.
    """

    statuses: tuple[OrderStatus, ...] = ()
    levels: tuple[int, ...] = ()
    created_from: date | None = None
    created_to: date | None = None
    paid_from: date | None = None
    paid_to: date | None = None
    currency: str | None = None
    amount_min: int | None = None
    amount_max: int | None = None
    client: str | None = None
    client_id: str | None = None
    odd_amount: bool | None = None
    sort: OrderSort = OrderSort.CREATED
    descending: bool = True
    behind: OrderBehind | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of a list; ``amount`` in cents, moments in UTC."""

    id: str
    number: str
    client_id: str
    client_name: str
    client_email: str
    level: int
    status: OrderStatus
    amount: int
    currency: str
    created_at: datetime
    paid_at: datetime | None
    delivered_at: datetime | None
    revisions: int


_COLUMNS = (
    Order.id,
    Order.order_number,
    Order.client_id,
    func.coalesce(func.nullif(func.trim(Client.first_name + " " + Client.last_name), ""), Order.client_name, ""),
    func.coalesce(Client.email, Order.client_email),
    Order.level,
    Order.status,
    Order.amount,
    Order.currency,
    Order.created_at,
    Order.paid_at,
    Order.delivered_at,
    Order.revision_count,
)
_CLIENT = (Client, Client.id == Order.client_id)
# The client once more, to be found by: the one above is looked up for the rows that are shown.
_Named = aliased(Client)
# What was never paid sorts behind everything that was, without a NULL in the keyset.
_NEVER = literal_column("TIMESTAMP '1970-01-01'", Order.paid_at.type)
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
# Being worked on: a few thousand however many orders there are, and all of them recent.
_OPEN = frozenset({OrderStatus.PAID, OrderStatus.PROCESSING, OrderStatus.AWAITING_VALIDATION})
# A span of days whose orders are found and sorted faster than the sorted ones are searched for them.
_SHORT = timedelta(days=62)
# Clients of one name. The orders of few are found and sorted. Of more, the sorted orders are walked through, and each
# asks whether its client is one of those: known beforehand, unless they are so many that a page is met at once.
_FEW_CLIENTS, _MANY_CLIENTS = 400, 6_000


def list_orders(
    session: Session, chosen: OrderFilter, *, zone: ZoneInfo, cursor: Cursor | None = None, limit: int = 50
) -> Page[OrderRow]:
    """A page of the orders that ``chosen`` names."""
    named = _expected_clients(session, chosen)
    key, place = _sorting(chosen, few_clients=named is not None and named < _FEW_CLIENTS)
    some = named is not None and _FEW_CLIENTS <= named < _MANY_CLIENTS
    return fetch_page(
        session,
        _matching(session, select(Order.id).select_from(Order), chosen, zone, clients_first=some),
        key=key,
        row_id=Order.id,
        descending=chosen.descending,
        cursor=cursor,
        limit=limit,
        build=_row,
        position=place,
        # Found in an index alone (migration 0004); only the rows of the page are looked up in the table.
        widen=lambda page: select(*_COLUMNS).join_from(page, Order, Order.id == page.c.id).outerjoin(*_CLIENT),
    )


def walk_orders(session: Session, chosen: OrderFilter, *, zone: ZoneInfo, batch: int = 2000) -> Iterator[OrderRow]:
    """Every order that ``chosen`` names, in its order, streamed from a server-side cursor."""
    key, _ = _sorting(chosen)
    order = (key.desc(), Order.id.desc()) if chosen.descending else (key.asc(), Order.id.asc())
    query = _matching(session, select(*_COLUMNS).select_from(Order).outerjoin(*_CLIENT), chosen, zone)
    for row in stream(session, query.order_by(*order), batch=batch):
        yield _row(row)


def count_orders(session: Session, chosen: OrderFilter, *, zone: ZoneInfo) -> int:
    """Exactly how many orders ``chosen`` names: what a figure that was clicked on said."""
    query = _matching(session, select(func.count()).select_from(Order), chosen, zone)
    return int(session.scalar(query) or 0)


def list_client_orders(session: Session, client_id: str, *, limit: int = 100) -> tuple[OrderRow, ...]:
    """The client's orders, newest first."""
    query = select(*_COLUMNS).select_from(Order).outerjoin(*_CLIENT).where(Order.client_id == client_id)
    rows = session.execute(query.order_by(Order.created_at.desc(), Order.id.desc()).limit(limit))
    return tuple(_row(row) for row in rows)


def estimate_orders(session: Session) -> int:
    """About how many orders there are: the planner's figure, which costs nothing."""
    figure: int = session.execute(
        text("SELECT reltuples::bigint FROM pg_class WHERE oid = 'public.\"Order\"'::regclass")
    ).scalar_one()
    return max(int(figure), 0)


def _expected_clients(session: Session, chosen: OrderFilter) -> int | None:
    """About how many clients the text names; None without one."""
    if not chosen.client:
        return None
    return expected_rows(session, select(Client.id).where(*names_client(chosen.client)))


def _matching(
    session: Session, query: AnySelect, chosen: OrderFilter, zone: ZoneInfo, *, clients_first: bool = False
) -> AnySelect:
    """``query`` narrowed to what ``chosen`` names; ``clients_first``: its clients are looked up once, beforehand.

    A number is looked up beforehand: with an OR between it and the clients, PostgreSQL would read every order.
    """
    query = query.where(*_conditions(chosen, zone))
    if chosen.odd_amount:
        query = query.where(*never_a_price(list_prices(session)))
    if not chosen.client:
        return query
    typed = chosen.client.strip()
    numbered = session.scalars(select(Order.id).where(Order.order_number == typed.upper())).first()
    if numbered is not None:
        return query.where(Order.id == numbered)
    if clients_first:
        # Whether that is true PostgreSQL does not turn into a join.
        return query.where(Order.client_id.in_(select(_Named.id).where(*names_client(typed, _Named))).is_(True))
    return query.where(Order.client_id == _Named.id, *names_client(typed, _Named))


def _conditions(chosen: OrderFilter, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.statuses:
        found.append(Order.status.in_(chosen.statuses))
    if chosen.levels:
        found.append(Order.level.in_(chosen.levels))
    found += _between(Order.created_at, chosen.created_from, chosen.created_to, zone)
    found += _between(_paid_key(), chosen.paid_from, chosen.paid_to, zone)
    if chosen.currency:
        # Both spellings by name: of lower(…) PostgreSQL would not know how many there are.
        found.append(Order.currency.in_((chosen.currency.lower(), chosen.currency.upper())))
    if chosen.amount_min is not None:
        found.append(Order.amount >= chosen.amount_min)
    if chosen.amount_max is not None:
        found.append(Order.amount <= chosen.amount_max)
    if chosen.client_id:
        found.append(Order.client_id == chosen.client_id)
    if chosen.behind is not None:
        found += behind_orders.conditions(chosen.behind, zone)
    return found


def count_odd_amounts(session: Session, *, most: int) -> int:
    """How many orders were paid an amount that never was a price; counts no further than ``most``."""
    odd = select(Order.id).where(*never_a_price(list_prices(session))).limit(most)
    return session.execute(select(func.count()).select_from(odd.subquery())).scalar_one()


def never_a_price(prices: Mapping[int, Collection[tuple[int, str]]]) -> list[ColumnElement[bool]]:
    """The order was paid, and not by any of these prices of its level. The prices are looked up beforehand: written
    as values, the condition is answered inside the index that the list walks through."""
    known = [
        and_(Order.level == level, Order.currency.in_((currency, currency.upper())), Order.amount.in_(amounts))
        for level, of_level in prices.items()
        for currency in sorted({currency for _cents, currency in of_level})
        if (amounts := sorted(cents for cents, priced_in in of_level if priced_in == currency))
    ]
    return [_paid_key() > _NEVER, *([not_(or_(*known))] if known else [])]


def _between(
    column: SQLColumnExpression[Any], first: date | None, last: date | None, zone: ZoneInfo
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(column >= day_start(first, zone))
    if last is not None:
        found.append(column < day_start(last + timedelta(days=1), zone))
    return found


def _paid_key() -> ColumnElement[Any]:
    return func.coalesce(Order.paid_at, _NEVER, type_=Order.paid_at.type)


def _sorting(
    chosen: OrderFilter, *, few_clients: bool = False
) -> tuple[SQLColumnExpression[Any], Callable[[OrderRow], tuple[Value, str]]]:
    def by_created(row: OrderRow) -> tuple[Value, str]:
        return row.created_at, row.id

    def by_paid(row: OrderRow) -> tuple[Value, str]:
        return row.paid_at or EPOCH, row.id

    def by_amount(row: OrderRow) -> tuple[Value, str]:
        return row.amount, row.id

    keys: dict[OrderSort, tuple[SQLColumnExpression[Any], Callable[[OrderRow], tuple[Value, str]]]] = {
        OrderSort.CREATED: (Order.created_at, by_created),
        OrderSort.PAID: (_paid_key(), by_paid),
        OrderSort.AMOUNT: (Order.amount, by_amount),
    }
    key, place = keys[chosen.sort]
    # The greatest of one value is that value, but no index is sorted by it: PostgreSQL finds the few first and
    # sorts them, instead of walking through all that were ever ordered until it meets one.
    few = few_clients or _are_few(chosen)
    return func.greatest(key, type_=cast(ColumnElement[Any], key).type) if few else key, place


def _are_few(chosen: OrderFilter) -> bool:
    """Whether what ``chosen`` names lies close together, and not by what it is sorted by."""
    created = chosen.sort is not OrderSort.CREATED and _is_short(chosen.created_from, chosen.created_to)
    paid = chosen.sort is not OrderSort.PAID and _is_short(chosen.paid_from, chosen.paid_to)
    return created or paid or (bool(chosen.statuses) and _OPEN.issuperset(chosen.statuses))


def _is_short(first: date | None, last: date | None) -> bool:
    return first is not None and last is not None and last - first <= _SHORT


def _row(row: Any) -> OrderRow:
    return OrderRow(*row)
