"""``lumira db seed``: fills an empty database, all of it in one transaction."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Protocol

import psycopg
from psycopg import sql

from dashboard.seed import catalogue
from dashboard.seed.bare import bare
from dashboard.seed.contents import Readings
from dashboard.seed.copying import TABLES, Batch
from dashboard.seed.deeds import Deeds
from dashboard.seed.desk import DeskMemory
from dashboard.seed.dirt import Dirt, strew
from dashboard.seed.journey import Journeys
from dashboard.seed.moments import DAY, chance, to_ms
from dashboard.seed.orders import Made, Orders
from dashboard.seed.papers import Papers
from dashboard.seed.people import People
from dashboard.seed.photos import PhotoAlbum, make_album
from dashboard.seed.shop import product_order
from dashboard.seed.stories import stories
from dashboard.seed.timeline import Timeline, draw_timeline
from lumira_db import audit
from lumira_db.clock import utcnow
from lumira_db.engine import parse_url
from lumira_db.enums import UserStatus

Progress = Callable[[int, int, str], None]
"""Called with the number of the row that comes next, how many there will be, and what is being made."""

LARGE = 20_000
"""From so many orders on, readings are short and taken from a shelf, and the Desk remembers a week only."""
_SHELF = 200
_CHUNK = 4_000
SUMMARY = ("desk", "client_summary")
_SUMMARISED = 20_000
_SUMMARISE = """
    WITH next AS (SELECT id FROM "User" WHERE id > %(after)s ORDER BY id LIMIT %(limit)s),
    made AS (INSERT INTO desk.client_summary SELECT * FROM desk.client_facts(ARRAY(SELECT id FROM next)) RETURNING 1)
    SELECT CASE WHEN count(*) = %(limit)s THEN max(id) END FROM next
"""
_LIKEN = """
    INSERT INTO desk.client_likeness SELECT kind, value, client_id FROM (
        SELECT t.*, count(*) OVER same AS bearers, row_number() OVER (same ORDER BY client_id) AS place
        FROM desk.client_traits(ARRAY(SELECT id FROM "User")) t WINDOW same AS (PARTITION BY kind, value)
    ) told WHERE bearers > 1 AND place <= 9
"""


class NotEmpty(Exception):
    """The database holds clients, orders or products already: nothing was written."""


class Putting(Protocol):
    """The part of the storage that the seed needs."""

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store an object."""


@dataclass(frozen=True, slots=True)
class SeedReport:
    """How many rows were made, by table, and how long it took."""

    rows: dict[str, int]
    seconds: float

    def __str__(self) -> str:
        told = ", ".join(f"{count:,} {table}" for table, count in self.rows.items())
        return f"Made in {self.seconds:.1f} s: {told}."


def is_empty(database_url: str) -> bool:
    """Whether there is nothing that a seed could disturb."""
    with _connect(database_url) as connection:
        return _is_empty(connection)


def seed(
    database_url: str,
    storage: Putting | None,
    *,
    clients: int = 400,
    orders: int = 1500,
    months: int = 18,
    random_seed: int = 1,
    now: datetime | None = None,
    bucket: str = "lumira-readings",
    progress: Progress | None = None,
) -> SeedReport:
    """Fill a migrated, empty database; killed half-way, it is empty again.

    The same numbers and the same ``now`` make the same rows, ids and times included. Without a ``storage``
    the photos' rows are made, their objects are not. Raises ``NotEmpty``.
    """
    began = time.monotonic()
    moment = to_ms(now or utcnow())
    timeline = draw_timeline(chance(random_seed, "time"), clients=clients, orders=orders, months=months, now=moment)
    album = make_album(chance(random_seed, "photos"), bucket=bucket)
    with _connect(database_url) as connection:
        if not _is_empty(connection):
            raise NotEmpty("The database holds clients, orders or products already: only an empty one is seeded.")
        papers = Papers(0 if storage is None or orders >= LARGE else 5)
        house = _House(connection, timeline, album, papers, random_seed, progress or _silent)
        house.fill()
        if storage is not None:
            _upload(storage, album, papers)
        connection.commit()
        _tidy(connection)
    return SeedReport(house.batch.counts, time.monotonic() - began)


class _House:
    """One seeding under way."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        timeline: Timeline,
        album: PhotoAlbum,
        papers: Papers,
        random_seed: int,
        progress: Progress,
    ) -> None:
        self.connection, self.timeline, self.album, self.papers = connection, timeline, album, papers
        self.random_seed, self.progress = random_seed, progress
        self.batch = Batch(connection)
        self.large = len(timeline.orders) >= LARGE
        self.dirt: Dirt = strew(timeline)
        self.people = People(self._rng("people"), timeline, self.dirt.clients, album)

    def fill(self) -> None:
        """Write every row, without committing."""
        self.connection.execute("SET LOCAL synchronous_commit = off")
        self.connection.execute("SET LOCAL statement_timeout = 0")
        # What is copied is worked out in one go at the end, instead of being noted row by row.
        self.connection.execute("SET LOCAL desk.quiet = 'on'")
        with bare(self.connection, TABLES) if self.large else nullcontext():
            self._fill_tables()
        self.connection.execute(
            "SELECT setval(pg_get_serial_sequence('desk.reading_version', 'id'), greatest(max(id), 1))"
            " FROM desk.reading_version"
        )
        with bare(self.connection, [SUMMARY]) if self.large else nullcontext():
            self._work_out()

    def _work_out(self) -> None:
        """Let the lists know the clients, as ``lumira clients rebuild`` does it for a house that is in use."""
        total = len(self.statuses) + len(self.timeline.orders)
        self.progress(total, total, "Lists")
        # Only what the rows are looked up by: without it PostgreSQL would read whole tables instead of their indexes.
        self.connection.execute(
            'ANALYZE "User" (id), "UserProfile" ("userId"), "Order" ("userId"), "SpiritualPath" ("userId"),'
            ' "PathStep" ("spiritualPathId")'
        )
        after: str | None = ""
        while after is not None:
            row = self.connection.execute(_SUMMARISE, {"after": after, "limit": _SUMMARISED}).fetchone()
            after = row[0] if row else None
        self.connection.execute(_LIKEN)
        self.connection.execute("ANALYZE desk.refund, desk.rollup")
        self.connection.execute("SELECT desk.rebuild_figures(zone) FROM desk.rollup")

    def _fill_tables(self) -> None:
        names = self._fill_house()
        self._fill_clients()
        orders = self._fill_orders(names)
        counters = orders.counters | {f"client_{year}": count for year, count in self.people.ref_ids.items()}
        for row in catalogue.counter_rows(self._rng("counters"), self.timeline.now, counters):
            self.batch.add("SequenceCounter", row)
        self.batch.flush()
        self.batch.settle()
        if self.large:
            total = len(self.statuses) + len(self.timeline.orders)
            self.progress(total, total, "Indexes")

    def _fill_house(self) -> dict[str, str]:
        """Products, staff and settings; returns the names of those who decide, by id."""
        rng, at = self._rng("house"), self.timeline.clients_at[0] - 30 * DAY
        staff, narrowed = catalogue.staff_rows(rng, at, self.timeline.now)
        rows = {
            "Product": catalogue.product_rows(at),
            "Expert": staff,
            "staff_account": narrowed,
            "SystemSetting": catalogue.setting_rows(rng, at),
        }
        for table, made in rows.items():
            for row in made:
                self.batch.add(table, row)
        self.batch.flush()
        support = {row["staff_id"] for row in narrowed}
        return {row["id"]: row["name"] for row in staff if row["role"] == "EXPERT" and row["id"] not in support}

    def _fill_clients(self) -> None:
        count = len(self.timeline.clients_at)
        self.statuses: list[UserStatus] = []
        for start in range(0, count, _CHUNK):
            self.progress(start + 1, count + len(self.timeline.orders), "Clients")
            for client, profile in self.people.rows(range(start, min(start + _CHUNK, count))):
                self.statuses.append(client["status"])
                self.batch.add("User", client)
                if profile is not None:
                    self.batch.add("UserProfile", profile)
            self.batch.flush()

    def _fill_orders(self, names: dict[str, str]) -> Orders:
        readings = Readings(self._rng("readings"), shelf=_SHELF if self.large else 0)
        orders = Orders(
            self._rng("orders"), self.timeline, self.people.made, self.dirt, self.album, readings, list(names)
        )
        journeys = Journeys(self._rng("journeys"), self.timeline.now)
        deeds = Deeds(self._rng("deeds"), names)
        desk = DeskMemory(self._rng("desk"), self.timeline.now, days=7 if self.large else 45, names=names, deeds=deeds)
        shop, count = self._rng("shop"), len(self.timeline.orders)
        for start in range(0, count, _CHUNK):
            self.progress(len(self.statuses) + start + 1, len(self.statuses) + count, "Orders")
            for made in orders.made(start, start + _CHUNK):
                self._add(made, journeys, desk, shop)
            self.batch.flush()
        self.batch.settle()
        for row in deeds.rows(*self._end_of_audit()):
            self.batch.add("audit", row)
        return orders

    def _end_of_audit(self) -> tuple[int, str]:
        """The id and the hash of its last entry; nobody adds one before the seed is committed."""
        self.connection.execute("SELECT pg_advisory_xact_lock(%s)", [audit.LOCK])
        found = self.connection.execute("SELECT id, hash FROM desk.audit ORDER BY id DESC LIMIT 1").fetchone()
        return found or (0, audit.GENESIS)

    def _add(self, made: Made, journeys: Journeys, desk: DeskMemory, shop: Random) -> None:
        add = self.batch.add
        for table, row in desk.rows(made, self.statuses[made.planned.client]):
            add(table, row)
            if table == "delivery":
                self.papers.note(made, row)
        add("Order", made.row)
        for row in made.files:
            add("OrderFile", row)
        if made.event is not None:
            add("ProcessedEvent", made.event)
        for table, row in journeys.rows(made):
            add(table, row)
        bought = product_order(shop, made)
        if bought is not None:
            add("ProductOrder", bought)

    def _rng(self, subject: str) -> Random:
        return chance(self.random_seed, subject)


def _connect(database_url: str) -> psycopg.Connection[Any]:
    url, _ = parse_url(database_url)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, application_name="lumira-seed", prepare_threshold=None)


def _is_empty(connection: psycopg.Connection[Any]) -> bool:
    addresses = [member[1] for member in stories()["staff"]]
    row = connection.execute(
        """
        SELECT EXISTS (SELECT FROM "User") OR EXISTS (SELECT FROM "Order") OR EXISTS (SELECT FROM "Product")
            OR EXISTS (SELECT FROM "Expert" WHERE email = ANY (%s))
        """,
        [addresses],
    ).fetchone()
    return row is not None and not row[0]


def _upload(storage: Putting, album: PhotoAlbum, papers: Papers) -> None:
    objects = [(photo.key, photo.data, photo.content_type) for photo in album.stored()]
    objects += [(key, data, "application/pdf") for key, data in papers.rendered()]
    with ThreadPoolExecutor(4) as pool:
        for stored in [pool.submit(storage.put, *each) for each in objects]:
            stored.result()


def _tidy(connection: psycopg.Connection[Any]) -> None:
    """Let PostgreSQL know what it holds, so that the first screens are planned as the later ones."""
    connection.autocommit = True
    for schema, table in (*TABLES, SUMMARY):
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(schema, table)))


def _silent(_number: int, _total: int, _what: str) -> None:
    """Progress that nobody looks at."""
