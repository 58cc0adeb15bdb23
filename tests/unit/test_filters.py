"""Addresses and filters: what a widget writes is read back, and nothing that anybody types is an error."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, timedelta
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import filters
from lumira_db.enums import DeliveryFormat, OrderStatus, UserStatus
from lumira_db.queries.audit import AuditFilter
from lumira_db.queries.client_list import ClientListFilter, ClientSort, PathPlace
from lumira_db.queries.deliveries import DeliveryFilter
from lumira_db.queries.orders import OrderFilter, OrderSort
from lumira_db.queries.paging import Cursor
from lumira_db.queries.queue import TABS, QueueFilter
from lumira_db.states import DeliveryState

NAMES = [
    *("tab", "level", "mine", "free", "flagged", "status", "created", "paid", "currency", "min", "max", "client"),
    *("tag", "tag_all", "tag_none", "source", "orders_min", "orders_max", "spent_min", "spent_max", "last", "ref"),
    *("profile", "path"),
    *("client_id", "sort", "asc", "q", "state", "channel", "who", "action", "subject", "days", "from", "id"),
]
TELLING = st.sampled_from(
    [
        *("", "1", "0", "PAID", "paid", "PENDING", "EMAIL", "amount", "2026-02-01", "2026-02-01..2026-02-28", ".."),
        *("9999-12-31", "0001-01-01", "2026-02-30", "nan", "inf", "-inf", "1e308", "-1", "49.00", "9" * 5000),
        *("99999999999", "-2147483649", "１２", "1_000", "\x00", "%", "\\", "'; DROP TABLE", "+t2026~x", "~"),
    ]
)
QUERIES = st.dictionaries(st.sampled_from(NAMES), st.lists(TELLING | st.text(), max_size=3))


@given(QUERIES)
def test_no_address_is_an_error(query: Mapping[str, list[str]]) -> None:
    """Whatever is not understood is ignored."""
    assert isinstance(filters.queue_filter(query, "cstaff"), QueueFilter)
    assert isinstance(filters.order_filter(query), OrderFilter)
    assert isinstance(filters.client_filter(query), ClientListFilter)
    assert isinstance(filters.delivery_filter(query), DeliveryFilter)
    assert isinstance(filters.audit_filter(query), AuditFilter)
    Cursor.decode((query.get("from") or [None])[0])  # type: ignore[list-item]


def test_every_filter_of_clients_is_read_from_the_address() -> None:
    """One value for each field; what an address says is said again the same way."""
    address = (
        "q=ana&status=ACTIVE&tag=vip&tag=lyon&tag_all=a&tag_none=b&source=instagram&level=2&orders_min=1&orders_max=3"
        "&currency=EUR&spent_min=49.00&spent_max=99.50&last=2026-01-01..2026-01-31&created=2026-02-01&ref=0&profile=1"
        "&path=silent&path=3&sort=spent&asc=1"
    )
    query = filters.read(address)
    january, february = (date(2026, 1, 1), date(2026, 1, 31)), date(2026, 2, 1)
    assert filters.client_filter(query) == ClientListFilter(
        *("ana", (UserStatus.ACTIVE,), ("vip", "lyon"), ("a",), ("b",), ("instagram",), (2,), 1, 3, "eur", 4900, 9950),
        *(*january, february, february, False, True, (PathPlace.SILENT, PathPlace.DAY_3), ClientSort.SPENT, False),
    )
    assert filters.write(query) == address
    assert filters.write(query, without=["q", "status"]).startswith("tag=vip&tag=lyon&tag_all=a")


@given(QUERIES)
def test_a_filter_holds_only_what_postgresql_takes(query: Mapping[str, list[str]]) -> None:
    """Integers of four bytes, texts without NUL, days whose moments exist in every zone."""
    found: list[Any] = [filters.order_filter(query), filters.queue_filter(query, "cstaff")]
    found += [filters.audit_filter(query), filters.client_filter(query)]
    chosen: list[Any] = [getattr(one, field.name) for one in found for field in fields(one)]
    for value in chain.from_iterable(one if isinstance(one, tuple) else (one,) for one in chosen):
        if isinstance(value, int):
            assert -(2**31) <= value < 2**31
        elif isinstance(value, str):
            assert "\x00" not in value
        elif isinstance(value, date):
            assert value - timedelta(days=2) < value < value + timedelta(days=2)


@pytest.mark.parametrize(
    "level", ["99999999999", "-2147483649", "9" * 5000, "２ x", ""], ids=["large", "small", "endless", "mixed", "none"]
)
def test_a_level_that_no_integer_holds_is_no_level(level: str) -> None:
    """The column would refuse the comparison."""
    assert filters.order_filter({"level": [level]}).levels == ()
    assert filters.queue_filter({"level": [level]}, "cstaff").level is None


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1899-12-31"])
def test_a_day_at_the_end_of_time_is_no_day(day: str) -> None:
    """The day after it, or its midnight in UTC, does not exist."""
    assert filters.days({"days": [day]}, "days") == (None, None)


DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
TEXTS = st.text(min_size=1, max_size=200).map(lambda typed: typed.replace("\x00", "").strip()).filter(bool)
AMOUNTS = st.integers(0, 100_000_000)


def as_days(first: date | None, last: date | None) -> list[str]:
    """What the calendar writes: both ends, or the one day that was chosen."""
    if first is None or last is None:
        return []
    return ["..".join(day.isoformat() for day in ([first] if first == last else [first, last]))]


SPANS = st.one_of(st.just((None, None)), st.tuples(DAYS, DAYS).map(lambda pair: tuple(sorted(pair))))


@given(
    st.lists(st.sampled_from(OrderStatus), unique=True),
    st.lists(st.integers(0, 9), unique=True),
    SPANS,
    SPANS,
    st.none() | AMOUNTS,
    st.none() | AMOUNTS,
    st.none() | TEXTS,
    st.sampled_from(OrderSort),
    st.booleans(),
)
def test_what_the_widgets_of_the_orders_write_is_read_back(
    statuses: list[OrderStatus],
    levels: list[int],
    created: Any,
    paid: Any,
    low: int | None,
    high: int | None,
    client: str | None,
    sort: OrderSort,
    descending: bool,
) -> None:
    """Every choice travels through the address unchanged, amounts to the cent."""
    query = {
        "status": [status.value for status in statuses],
        "level": [str(level) for level in levels],
        "created": as_days(*created),
        "paid": as_days(*paid),
        "currency": ["EUR"],
        "min": [] if low is None else [f"{low / 100:.2f}"],
        "max": [] if high is None else [f"{high / 100:.2f}"],
        "client": [] if client is None else [client],
        "sort": [sort.value],
        "asc": [] if descending else ["1"],
    }
    assert filters.order_filter(query) == OrderFilter(
        statuses=tuple(statuses),
        levels=tuple(levels),
        created_from=created[0],
        created_to=created[1],
        paid_from=paid[0],
        paid_to=paid[1],
        currency="eur",
        amount_min=low,
        amount_max=high,
        client=client,
        sort=sort,
        descending=descending,
    )


@given(st.sampled_from(TABS), st.none() | st.integers(1, 4), st.booleans(), st.booleans(), st.booleans())
def test_what_the_widgets_of_the_queue_write_is_read_back(
    tab: OrderStatus, level: int | None, mine: bool, free: bool, flagged: bool
) -> None:
    """The tab, the level and the three switches."""
    on = {True: ["1"], False: []}
    query = {"tab": [tab.value], "mine": on[mine], "free": on[free], "flagged": on[flagged]}
    query["level"] = [] if level is None else [str(level)]
    assert filters.queue_filter(query, "cstaff") == QueueFilter(tab, level, "cstaff" if mine else None, free, flagged)


@given(st.none() | TEXTS, st.none() | TEXTS, st.none() | TEXTS, SPANS)
def test_what_the_widgets_of_the_audit_write_is_read_back(
    who: str | None, action: str | None, subject: str | None, span: Any
) -> None:
    """Person, action, subject and days."""
    query = {name: [] if typed is None else [typed] for name, typed in [("who", who), ("action", action)]}
    query |= {"subject": [] if subject is None else [subject], "days": as_days(*span)}
    assert filters.audit_filter(query) == AuditFilter(who, action, subject, *span)


@given(st.lists(st.sampled_from(DeliveryState), unique=True), st.none() | st.sampled_from(DeliveryFormat))
def test_what_the_widgets_of_the_deliveries_write_is_read_back(
    states: list[DeliveryState], channel: DeliveryFormat | None
) -> None:
    """States and channel."""
    query = {"state": [state.value for state in states], "channel": [channel.value] if channel else []}
    assert filters.delivery_filter(query) == DeliveryFilter(tuple(states), channel)


def test_what_the_widgets_of_the_clients_write_is_read_back() -> None:
    """The text and the status."""
    query = {"q": ["Zoé d'Arc"], "status": ["BANNED"]}
    assert filters.client_filter(query) == ClientListFilter("Zoé d'Arc", (UserStatus.BANNED,))


def test_an_empty_address_is_the_whole_list() -> None:
    """Nothing chosen narrows nothing; the queue opens on what waits for validation."""
    assert filters.order_filter({}) == OrderFilter()
    assert filters.queue_filter({}, "cstaff") == QueueFilter(OrderStatus.AWAITING_VALIDATION)
    assert filters.audit_filter({}) == AuditFilter()
    assert filters.delivery_filter({}) == DeliveryFilter()
    assert filters.client_filter({}) == ClientListFilter()


@pytest.mark.parametrize("tab", ["PENDING", "COMPLETED", "REFUNDED", "nonsense"])
def test_a_status_that_is_no_tab_opens_the_first_one(tab: str) -> None:
    """No address shows abandoned carts as work."""
    assert filters.queue_filter({"tab": [tab]}, "cstaff").status is OrderStatus.AWAITING_VALIDATION


def test_days_in_the_wrong_order_are_put_right() -> None:
    """A hand-made address means what it can mean."""
    found = filters.days({"days": ["2026-02-28..2026-02-01"]}, "days")
    assert found == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("49", 4900), ("49.00", 4900), ("0.1", 10), ("19.99", 1999), ("1000000", 100_000_000), ("0", 0)]
    + [(wrong, None) for wrong in ("-1", "1000000.01", "nan", "inf", "1e400", "49,00", "")],
)
def test_an_amount_is_read_to_the_cent_or_not_at_all(typed: str, cents: int | None) -> None:
    """Binary fractions must not lose a cent; what is no amount narrows nothing."""
    assert filters.amount({"min": [typed]}, "min", "eur") == cents


def test_an_amount_is_of_the_currency_that_is_asked_for() -> None:
    """Yens have no hundredths."""
    asked = filters.order_filter({"currency": ["JPY"], "min": ["2900"], "max": ["3000"]})
    assert (asked.amount_min, asked.amount_max) == (2900, 3000)
    assert filters.client_filter({"currency": ["kwd"], "spent_min": ["4.9"]}).spent_min == 4900


PLACES = st.one_of(
    st.datetimes(timezones=st.just(UTC)), st.integers(-(2**62), 2**62), TEXTS.filter(lambda typed: "~" not in typed)
)


@given(PLACES, TEXTS, st.booleans())
def test_a_place_in_a_list_survives_its_address(value: Any, row_id: str, backward: bool) -> None:
    """Also an id that holds the separator."""
    cursor = Cursor(value, row_id, backward)
    assert Cursor.decode(cursor.encode()) == cursor


NO_PLACES = [
    *(None, "", "~", "+", "+t~", "+tnonsense~x", "+t2026-02-01~x", "+i1x~x", "*i1~x", "+q1~x", "+i1~\x00", "+i1"),
    *("+t0001-01-01T00:00:00+05:00~x", "+t9999-12-31T23:59:59-05:00~x", f"+i{'9' * 5000}~x"),
]


@pytest.mark.parametrize("text", NO_PLACES)
def test_what_is_no_place_in_a_list_is_its_beginning(text: str | None) -> None:
    """Other directions, kinds, moments without a zone or without a UTC, ids that PostgreSQL refuses."""
    assert Cursor.decode(text) is None
