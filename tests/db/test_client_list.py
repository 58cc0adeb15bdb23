"""The list of clients: every filter and sort, against the same question asked of the rows one by one."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard import filters
from lumira_db.commands.client_summaries import rebuild_all
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus, UserStatus
from lumira_db.models import Client
from lumira_db.queries.client_list import (
    ClientListFilter,
    ClientSort,
    ListedClient,
    PathPlace,
    count_clients,
    estimate_clients,
    expect_clients,
    list_clients,
    list_sources,
    walk_clients,
)
from lumira_db.queries.paging import Cursor
from tests.db.statements import listening
from tests.factories import NOON, make_client, make_order, make_path, make_profile

PARIS = ZoneInfo("Europe/Paris")
NOW = NOON + timedelta(days=12)
TAGS = ("vip", "lyon", "rappel", "presse")
CLIENTS = 60


@pytest.fixture(scope="module")
def filled(common_database: Database) -> Database:
    """Sixty clients who differ in everything that a filter asks for."""
    with common_database.writing() as session:
        rng = Random(7)
        for number in range(CLIENTS):
            _one(session, rng, number)
        rebuild_all(session)
    return common_database


def _one(session: Session, rng: Random, number: int) -> None:
    client = make_client(
        session,
        first_name=rng.choice(["Zoé", "anna", "Émile"]),
        last_name=rng.choice(["Ébert", "de la Tour", "O'Brien"]),
        status=rng.choice([*UserStatus, UserStatus.ACTIVE]),
        tags=rng.sample(TAGS, rng.randrange(4)) or None,
        source=rng.choice(["instagram", "Google", None]),
        ref_id=f"LUM-C-26-{number:04d}" if rng.random() < 0.6 else None,
        created_at=NOON - timedelta(hours=rng.randrange(2000)),
    )
    if rng.random() < 0.6:
        make_profile(session, client, profile_completed=rng.random() < 0.7)
    for _ in range(rng.randrange(4)):
        make_order(
            session,
            client,
            level=rng.randrange(1, 5),
            status=rng.choice([OrderStatus.COMPLETED, OrderStatus.PAID, OrderStatus.REFUNDED, OrderStatus.PENDING]),
            currency=rng.choice(["eur", "eur", "EUR", "chf"]),
            amount=rng.choice([900, 2900, 5900]),
            created_at=NOON + timedelta(hours=rng.randrange(200)),
        )
    if rng.random() < 0.6:
        done = rng.randrange(8)
        make_path(session, client, completed=done, unlocked=rng.choice([done, done + 1]) or 1)


@pytest.fixture(scope="module")
def everybody(filled: Database) -> tuple[ListedClient, ...]:
    with filled.reading() as session:
        found = tuple(walk_clients(session, ClientListFilter(), zone=PARIS, now=NOW))
    assert len(found) == CLIENTS
    return found


def passes(row: ListedClient, f: ClientListFilter) -> bool:
    """The question, asked of one client in so many words."""

    def within(moment: datetime | None, first: date | None, last: date | None) -> bool:
        if first is None and last is None:
            return True
        return moment is not None and (first or date.min) <= moment.astimezone(PARIS).date() <= (last or date.max)

    tags, spent = set(row.tags), row.paid.get(f.currency or "eur", 0)
    return all(
        [
            not f.text
            or all(
                # A word of one or two letters is looked for at the beginning of words alone.
                (w if len(w) > 2 else f" {w}")
                in f" {row.ref_id or ''} {row.email} {row.first_name} {row.last_name}".lower()
                for w in f.text.lower().split()
            ),
            not f.statuses or row.status in f.statuses,
            not f.tags_any or tags & set(f.tags_any),
            tags >= set(f.tags_all),
            not tags & set(f.tags_none),
            not f.sources or row.source in f.sources,
            not f.levels or set(row.levels) & set(f.levels),
            f.orders_min is None or row.paid_count >= f.orders_min,
            f.orders_max is None or row.paid_count <= f.orders_max,
            f.currency is None or f.currency in row.paid,
            f.spent_min is None or spent >= f.spent_min,
            f.spent_max is None or spent <= f.spent_max,
            within(row.last_order_at, f.last_order_from, f.last_order_to),
            within(row.created_at, f.created_from, f.created_to),
            f.has_ref_id is None or (row.ref_id is not None) is f.has_ref_id,
            f.profile_completed is None or row.profile_completed is f.profile_completed,
            not f.places or row.place(NOW) in f.places,
        ]
    )


def sort_key(row: ListedClient, f: ClientListFilter) -> Any:
    return {
        ClientSort.CREATED: row.created_at,
        ClientSort.NAME: row.key,
        ClientSort.LAST_ORDER: row.last_order_at or datetime.fromisoformat("1970-01-01T00:00:00+00:00"),
        ClientSort.ORDERS: row.paid_count,
        ClientSort.SPENT: row.paid.get(f.currency or "eur", 0),
    }[f.sort]


def several(options: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(options), max_size=2)


ADDRESSES = st.fixed_dictionaries(
    {},
    optional={
        "q": several(("ana", "zoé", "26-00", "ébert an", "lum", "o")),
        "status": several(tuple(UserStatus)),
        "tag": several(TAGS),
        "tag_all": several(TAGS),
        "tag_none": several(TAGS),
        "source": several(("instagram", "Google", "nowhere")),
        "level": several(("1", "2", "4")),
        "orders_min": several(("0", "1", "2")),
        "orders_max": several(("0", "1", "3")),
        "currency": several(("EUR", "chf")),
        "spent_min": several(("0", "9.00", "60")),
        "spent_max": several(("0", "29.00", "90")),
        "last": several(("2026-02-03..2026-02-06", "2026-02-05")),
        "created": several(("2025-12-01..2026-01-10",)),
        "ref": several(("0", "1")),
        "profile": several(("0", "1")),
        "path": several(tuple(PathPlace)),
        "sort": several(tuple(ClientSort)),
        "asc": st.sampled_from([["1"], []]),
    },
)


@settings(max_examples=60, deadline=None)
@given(address=ADDRESSES)
@example(address={"q": ["o"]})
def test_any_filter_finds_exactly_those_it_names_in_its_order(
    filled: Database, everybody: tuple[ListedClient, ...], address: dict[str, list[str]]
) -> None:
    """Page by page, counted, and as an export walks through them."""
    chosen = filters.client_filter(address)
    expected = [
        row.id
        for row in sorted(
            (row for row in everybody if passes(row, chosen)),
            key=lambda row: (sort_key(row, chosen), row.id),
            reverse=chosen.descending,
        )
    ]
    with filled.reading() as session:
        assert [row.id for row in pages(session, chosen)] == expected
        for about in (1, 1_000):
            assert [row.id for row in pages(session, chosen, expected=about)] == expected
        assert [row.id for row in walk_clients(session, chosen, zone=PARIS, now=NOW)] == expected
        assert count_clients(session, chosen, zone=PARIS, now=NOW) == len(expected)


def pages(session: Session, chosen: ClientListFilter, expected: int | None = None) -> Iterator[ListedClient]:
    cursor: Cursor | None = None
    while True:
        page = list_clients(session, chosen, zone=PARIS, now=NOW, cursor=cursor, limit=7, expected=expected)
        yield from page.rows
        cursor = page.next
        if cursor is None:
            return


def test_a_page_back_is_the_page_one_came_from(filled: Database) -> None:
    chosen = ClientListFilter(sort=ClientSort.NAME, descending=False)
    with filled.reading() as session:
        first = list_clients(session, chosen, zone=PARIS, now=NOW, limit=10)
        second = list_clients(session, chosen, zone=PARIS, now=NOW, cursor=first.next, limit=10)
        assert list_clients(session, chosen, zone=PARIS, now=NOW, cursor=second.previous, limit=10).rows == first.rows


def test_names_are_sorted_as_people_look_for_them(filled: Database, everybody: tuple[ListedClient, ...]) -> None:
    """By the last name, whatever its accents and capitals."""
    with filled.reading() as session:
        rows = list_clients(
            session, ClientListFilter(sort=ClientSort.NAME, descending=False), zone=PARIS, now=NOW, limit=CLIENTS
        ).rows
    families = [row.last_name for row in rows]
    assert list(dict.fromkeys(families)) == ["de la Tour", "Ébert", "O'Brien"]


def test_a_page_is_one_statement_and_loads_nothing_heavy(filled: Database) -> None:
    with filled.reading() as session, listening(session) as heard:
        list_clients(session, ClientListFilter(tags_any=("vip",)), zone=PARIS, now=NOW)
    assert len(heard.statements) == 1
    assert not {"notes", "facePhotoUrl", "formData"} & heard.columns[0]


def test_what_is_expected_comes_from_the_planner(filled: Database) -> None:
    """Without counting; nothing is asked when nothing narrows the list."""
    with filled.writing() as session:
        session.execute(text("ANALYZE desk.client_summary"))
    with filled.reading() as session, listening(session) as heard:
        assert expect_clients(session, ClientListFilter(sort=ClientSort.NAME), zone=PARIS, now=NOW) is None
        assert heard.statements == []
        found = expect_clients(session, ClientListFilter(tags_any=("vip",)), zone=PARIS, now=NOW)
        assert found is not None
        assert 5 < found < CLIENTS


def test_sources_are_offered_by_name(filled: Database) -> None:
    with filled.reading() as session:
        assert list_sources(session) == ("Google", "instagram")
        assert estimate_clients(session) >= 0


def test_a_client_without_a_summary_yet_is_simply_not_there(session: Session) -> None:
    """Until the worker has looked, for a second at most."""
    client: Client = make_client(session)
    found = list_clients(session, ClientListFilter(), zone=PARIS, now=NOW).rows
    assert client.id not in {row.id for row in found}
