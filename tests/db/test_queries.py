"""What the screens read: light, in a fixed number of statements, and every row exactly once."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from dashboard import filters
from lumira_db import audit
from lumira_db.commands.client_summaries import drain
from lumira_db.commands.deliveries import plan_delivery
from lumira_db.enums import DeliveryFormat, OrderStatus
from lumira_db.models import DeliveryState, Order, VersionOrigin
from lumira_db.queries import orders
from lumira_db.queries.audit import AuditFilter, list_actions, list_audit
from lumira_db.queries.client_list import ClientListFilter, count_clients, expect_clients, list_clients, list_sources
from lumira_db.queries.client_page import find_head, list_payments, list_sendings
from lumira_db.queries.client_tags import list_tags
from lumira_db.queries.deliveries import DeliveryFilter, count_states, list_deliveries
from lumira_db.queries.home import admin_home, expert_home
from lumira_db.queries.orders import (
    OrderFilter,
    OrderSort,
    estimate_orders,
    list_client_orders,
    list_orders,
    walk_orders,
)
from lumira_db.queries.paging import Cursor, Page
from lumira_db.queries.queue import QueueFilter, count_queue, list_queue
from lumira_db.queries.saved_views import list_views
from lumira_db.queries.search import find
from lumira_db.queries.staff import list_staff
from lumira_db.queries.workbench import find_workbench
from lumira_db.versions import keep_version
from tests.db.statements import listening
from tests.factories import (
    NOON,
    actor,
    make_claim,
    make_client,
    make_file,
    make_order,
    make_profile,
    make_staff,
    reading,
)

PARIS = ZoneInfo("Europe/Paris")
NOW = NOON + timedelta(days=3)
PROMISE = {level: timedelta(hours=24 * level) for level in range(1, 5)}
SOMEBODY = actor(name="Anne")

Read = Callable[[Session], Any]
Paged = Callable[[Session, Cursor | None, int], Page[Any]]


def clients_page(session: Session, chosen: ClientListFilter, **where: Any) -> tuple[Page[Any], int]:
    """As the screen reads it: how many to expect, the page, and how many there are."""
    expected = expect_clients(session, chosen, zone=PARIS, now=NOW)
    page = list_clients(session, chosen, zone=PARIS, now=NOW, expected=expected, **where)
    return page, count_clients(session, chosen, zone=PARIS, now=NOW)


# What each screen reads, in one run, but for who is there.
SCREENS: dict[str, Read] = {
    "home (expert)": lambda s: expert_home(s, SOMEBODY.id, now=NOW, promise=PROMISE),
    "home (admin)": lambda s: admin_home(s, now=NOW, day_start=NOON),
    "queue": lambda s: (list_queue(s, QueueFilter(), now=NOW), count_queue(s)),
    "queue, flagged": lambda s: list_queue(s, QueueFilter(flagged=True), now=NOW),
    "orders": lambda s: (list_orders(s, OrderFilter(), zone=PARIS), estimate_orders(s)),
    "orders, searched": lambda s: list_orders(s, OrderFilter(client="martin"), zone=PARIS),
    "export": lambda s: list(walk_orders(s, OrderFilter(), zone=PARIS)),
    "clients": lambda s: (clients_page(s, ClientListFilter()), list_tags(s), list_sources(s), list_views(s, "x")),
    "clients, searched": lambda s: clients_page(s, ClientListFilter("martin")),
    "client": lambda s: (
        find_head(s, "client"),
        (list_client_orders(s, "client"), list_payments(s, "client"), list_sendings(s, "client")),
    ),
    "deliveries": lambda s: (list_deliveries(s, DeliveryFilter(), zone=PARIS), count_states(s)),
    "staff": lambda s: list_staff(s),
    "audit": lambda s: (list_audit(s, AuditFilter(), zone=PARIS), list_actions(s), list_staff(s)),
    "search": lambda s: find(s, "LUM-C-26-9999", year=26),
}
ONE_ORDER: Read = lambda s: find_workbench(s, "order", staff_id=SOMEBODY.id, now=NOW)  # noqa: E731
HEAVY = {"generatedContent", "formData", "clientInputs", "expertPrompt", "errorLog", "facePhotoUrl", "palmPhotoUrl"}
MOST_STATEMENTS = 9


def furnish(session: Session, count: int, *, with_first: bool = True) -> None:
    """So many of everything; the first client and order are called ``client`` and ``order``."""
    for number in range(count):
        first = {"id": "client"} if with_first and number == 0 else {}
        client = make_client(session, **first)
        make_profile(session, client, face_photo_url="data:image/png;base64," + "A" * 5000)
        values: dict[str, Any] = {"id": "order"} if with_first and number == 0 else {}
        order = make_order(session, client, **values)
        make_file(session, order)
        make_claim(session, order, SOMEBODY, expires_at=NOW + timedelta(hours=1))
        deliver(session, order)
        make_staff(session)
        audit.record(session, SOMEBODY, "order.approve", "order", order.id, before={}, after={})
        for status in OrderStatus:
            make_order(session, client, status=status)
    audit.flush(session)
    drain(session)


def deliver(session: Session, order: Order) -> None:
    """A delivery of the order, planned at noon."""
    version = keep_version(session, order.id, reading(), VersionOrigin.APPROVED, SOMEBODY)
    plan_delivery(
        session,
        order=order,
        version=version,
        channel=DeliveryFormat.EMAIL,
        recipient="camille@example.org",
        actor=SOMEBODY,
        now=NOON,
        undo_seconds=0,
        sender_domain="lumira.example",
    )


@pytest.mark.parametrize("screen", SCREENS)
def test_no_list_loads_a_document_or_a_photo(session: Session, screen: str) -> None:
    """Megabytes of them are one careless column away; whether a photo is there may be asked."""
    furnish(session, 2)
    session.expunge_all()
    with listening(session) as heard:
        SCREENS[screen](session)
    assert heard.statements
    for statement, columns in zip(heard.statements, heard.columns, strict=True):
        assert not columns & (HEAVY | {"content", "password"})
        asked = re.sub(r'"(face|palm)PhotoUrl" IS NOT NULL', "", statement)
        # A client's page tells how a photo is kept by its first characters.
        asked = re.sub(r'left\("UserProfile"."(face|palm)PhotoUrl", %\(\w+\)s::INTEGER\)', "", asked)
        assert not [name for name in HEAVY if f'"{name}"' in asked], statement


@pytest.mark.parametrize("screen", [*SCREENS, "order"])
def test_a_screen_sends_as_many_statements_for_many_rows_as_for_few(session: Session, screen: str) -> None:
    """No row costs a statement of its own."""
    read = SCREENS.get(screen, ONE_ORDER)
    counts = []
    for more in (1, 6):
        furnish(session, more, with_first=more == 1)
        session.expunge_all()
        with listening(session) as heard:
            read(session)
        counts.append(len(heard.statements))
    assert counts[0] == counts[1] <= MOST_STATEMENTS


def many_orders(session: Session) -> None:
    """Orders whose moments and amounts repeat, some of them never paid."""
    client = make_client(session)
    for number in range(17):
        make_order(
            session,
            client,
            status=OrderStatus.PENDING if number % 4 == 0 else OrderStatus.PAID,
            paid_at=None if number % 4 == 0 else NOON + timedelta(days=number % 3),
            created_at=NOON + timedelta(hours=number // 5),
            amount=900 * (number % 3),
        )


def many_waiting(session: Session) -> None:
    """Work that was paid, or ordered, in few different moments."""
    client = make_client(session)
    for number in range(17):
        moment = NOON + timedelta(hours=number % 4)
        paid = None if number % 3 == 0 else moment
        make_order(session, client, paid_at=paid, created_at=moment)


def many_clients(session: Session) -> None:
    for number in range(17):
        make_client(session, created_at=NOON + timedelta(hours=number // 5))
    drain(session)


def many_deliveries(session: Session) -> None:
    """All planned in the same moment."""
    client = make_client(session)
    for _ in range(11):
        deliver(session, make_order(session, client))


def many_entries(session: Session) -> None:
    for number in range(17):
        audit.record(session, SOMEBODY, f"order.{number % 3}", "order", "o")
    audit.flush(session)


def orders_by(sort: OrderSort, *, descending: bool) -> Paged:
    chosen = OrderFilter(sort=sort, descending=descending)
    return lambda s, cursor, limit: list_orders(s, chosen, zone=PARIS, cursor=cursor, limit=limit)


LISTS: dict[str, tuple[Callable[[Session], None], Paged]] = {
    f"orders by {sort}{' descending' if descending else ''}": (many_orders, orders_by(sort, descending=descending))
    for sort in OrderSort
    for descending in (True, False)
} | {
    "queue": (many_waiting, lambda s, c, n: list_queue(s, QueueFilter(), now=NOW, cursor=c, limit=n)),
    "clients": (many_clients, lambda s, c, n: clients_page(s, ClientListFilter(), cursor=c, limit=n)[0]),
    "deliveries": (
        many_deliveries,
        lambda s, c, n: list_deliveries(s, DeliveryFilter(), zone=PARIS, cursor=c, limit=n),
    ),
    "audit": (many_entries, lambda s, c, n: list_audit(s, AuditFilter(), zone=PARIS, cursor=c, limit=n)),
}


def pages_from(session: Session, read: Paged, limit: int, *, backward: bool, start: Cursor | None) -> list[Page[Any]]:
    found, cursor = [read(session, start, limit)], start
    while True:
        cursor = found[-1].previous if backward else found[-1].next
        if cursor is None:
            return found
        # Through the address, as a screen does.
        found.append(read(session, Cursor.decode(cursor.encode()), limit))


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_every_row_comes_exactly_once_there_and_back(session: Session, name: str, limit: int) -> None:
    """Page by page to the end and page by page to the beginning, with ties and what has no date."""
    make, read = LISTS[name]
    make(session)
    whole = [row.id for row in read(session, None, 1000).rows]
    forward = pages_from(session, read, limit, backward=False, start=None)
    assert [row.id for page in forward for row in page.rows] == whole
    assert len(set(whole)) == len(whole) >= 11
    assert forward[0].previous is None
    assert all(len(page.rows) == limit for page in forward[:-1])
    back = pages_from(session, read, limit, backward=True, start=forward[-2].next if len(forward) > 1 else None)
    assert [row.id for page in reversed(back) for row in page.rows] == whole
    assert back[-1].previous is None
    assert all(page.rows for page in (*forward, *back))


@pytest.mark.parametrize("name", LISTS)
def test_a_place_stays_while_rows_come_and_go(session: Session, name: str) -> None:
    """What was read is not read again when new rows arrive before it."""
    make, read = LISTS[name]
    make(session)
    first = read(session, None, 4)
    make_order(session)
    make_client(session)
    second = read(session, first.next, 1000)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "place",
    ["+i5~x", "+snonsense~x", "+t2026-02-01T00:00:00+00:00~x", "-i99999999999999999999~x", "+i3000000000~x", "-i-1~%"],
)
def test_a_place_of_another_list_is_the_beginning_or_empty_but_no_error(
    session: Session, name: str, place: str
) -> None:
    """Somebody changed the address by hand, or kept it from another sort."""
    make, read = LISTS[name]
    make(session)
    assert isinstance(read(session, Cursor.decode(place), 4), Page)


STRANGE = [
    *("", "9999-12-31", "0001-01-01", "nan", "1e308", "-1", "99999999999", "-2147483649", "\x00", "%", "\\", "_"),
    *('\'; DROP TABLE "Order"; --', "עברית", "🌙" * 100, "a" * 5000, "1900-01-01..2999-12-31"),
]


@pytest.mark.parametrize("value", STRANGE)
def test_whatever_stands_in_an_address_the_database_takes_it(session: Session, value: str) -> None:
    """Every filter of every list, filled with it."""
    names = ("level", "status", "created", "paid", "currency", "min", "max", "client", "client_id", "q", "days", "tag")
    query = {name: [value] for name in (*names, "who", "action", "subject", "state", "tab", "sort")}
    list_orders(session, filters.order_filter(query), zone=PARIS)
    list_queue(session, filters.queue_filter(query, "cstaff"), now=NOW)
    clients_page(session, filters.client_filter(query))
    list_deliveries(session, filters.delivery_filter(query), zone=PARIS)
    list_audit(session, filters.audit_filter(query), zone=PARIS)


def test_deliveries_that_need_somebody_are_counted(session: Session) -> None:
    """By state; what was sent or cancelled needs nobody."""
    furnish(session, 4)
    counts = count_states(session)
    assert counts[DeliveryState.WAITING] == 4
    assert set(counts) == {
        DeliveryState.WAITING,
        DeliveryState.CONFIRMING,
        DeliveryState.FAILED,
        DeliveryState.BLOCKED,
    }


def test_an_estimate_is_never_negative(session: Session) -> None:
    """A table that was never analysed counts as minus one in PostgreSQL."""
    assert estimate_orders(session) >= 0


@pytest.mark.parametrize(("few", "many"), [(0, 0), (0, 10**9), (10**9, 10**9)])
def test_the_orders_of_a_name_are_the_same_whichever_way_they_are_found(
    session: Session, monkeypatch: pytest.MonkeyPatch, few: int, many: int
) -> None:
    """How many clients are expected to have the name only decides where PostgreSQL begins."""
    monkeypatch.setattr(orders, "_FEW_CLIENTS", few)
    monkeypatch.setattr(orders, "_MANY_CLIENTS", many)
    named = [make_order(session, make_client(session, last_name="Ypsilanti")).id for _ in range(3)]
    make_order(session, make_client(session, last_name="Martin"))
    found = list_orders(session, OrderFilter(client="ypsil"), zone=PARIS).rows
    assert sorted(row.id for row in found) == sorted(named)
    assert not list_orders(session, OrderFilter(client="ypsilx"), zone=PARIS).rows
