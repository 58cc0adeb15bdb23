"""The databases that are measured: seeded once, kept in ``.bench/``, made again when what made them has changed."""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from dashboard import seed as seeds
from dashboard.embedded.home import Home, HomeBusy
from dashboard.embedded.postgres import Postgres, home_postgres
from dashboard.embedded.supervisor import Supervisor
from dashboard.migrate import MIGRATIONS, upgrade
from dashboard.seed.fill import Progress, seed
from lumira_db.queries.queue import TABS

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".bench"
# As the demo's, and every statement counted, planning included.
_SETTINGS = {
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
    "pg_stat_statements.track_utility": "off",  # beginning and ending a transaction
    "pg_stat_statements.max": "10000",
}
_LEAST_CLIENTS = 400
# A page of the queue and a little more: screens are compared between sizes, so both have to draw as many rows.
_TAB_ROWS = 60
_FILL = """
WITH there AS (
    SELECT count(*) AS n FROM (
        SELECT 1 FROM "Order" WHERE status = %(status)s::"OrderStatus" AND "paidAt" IS NOT NULL LIMIT %(rows)s
    ) AS few
), over AS (
    SELECT id FROM "Order" WHERE status = 'COMPLETED' AND "paidAt" IS NOT NULL
    ORDER BY "createdAt" DESC LIMIT (SELECT %(rows)s - n FROM there)
)
UPDATE "Order" SET status = %(status)s::"OrderStatus" WHERE id IN (SELECT id FROM over)
"""


@dataclass(frozen=True, order=True)
class Size:
    """How much a database holds."""

    orders: int
    clients: int

    @classmethod
    def of_orders(cls, orders: int) -> "Size":
        """As in the field: a client for every five orders."""
        return cls(orders, max(_LEAST_CLIENTS, orders // 5))

    def __str__(self) -> str:
        return f"{self.orders:,} orders"


@dataclass(frozen=True)
class Store:
    """One seeded database. ``admin_url`` is the superuser's, in the database that has ``pg_stat_statements``.

    ``seconds``: how long the seed took when it was made.
    """

    size: Size
    url: str
    admin_url: str
    seconds: float


@contextmanager
def cluster(pg_bin: Path | None = None) -> Iterator[Postgres]:
    """The PostgreSQL that keeps the databases, running. Raises ``HomeBusy`` while another run uses it."""
    home = Home.at(KEPT / (pg_bin.resolve().parent.name if pg_bin else "embedded"))
    with home.alone():
        kept = home_postgres(home, pg_bin)
        running = replace(kept, settings={**kept.settings, **_SETTINGS})
        with Supervisor(home.run_dir, home.log_dir) as supervisor:
            supervisor.start(running.part())
            running.create_database()
            with psycopg.connect(running.admin_url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            yield running


def store(running: Postgres, size: Size, progress: Progress) -> Store:
    """The database of this size: the kept one, with the newest migrations, else a new one."""
    name = f"bench_{seeds.VERSION}_{size.clients}_{size.orders}"
    url = _address(running.url, name)
    with psycopg.connect(running.url, autocommit=True) as connection:
        seconds = _kept(connection, name)
        if seconds is None:
            # Another version of the same size, and one that a killed run left half-made.
            _drop_like(connection, f"bench\\_%\\_{size.clients}\\_{size.orders}")
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            began = time.monotonic()
            upgrade(url)
            seed(url, None, clients=size.clients, orders=size.orders, progress=progress)
            seconds = time.monotonic() - began
        else:
            upgrade(url)
        _fill_tabs(url)
        _keep(connection, name, seconds)
    return Store(size, url, running.admin_url, seconds)


def read_into_memory(store: Store) -> None:
    """Have the system keep every table and index in its memory, as after a day's work; the database stays as it is."""
    address = _address(store.admin_url, str(make_url(store.url).database))
    with psycopg.connect(address) as connection:
        connection.execute("CREATE EXTENSION pg_prewarm")
        connection.execute(
            """SELECT pg_prewarm(c.oid, 'read') FROM pg_class c
            WHERE c.relkind IN ('r', 'i', 't') AND c.relpersistence = 'p'"""
        )
        connection.rollback()


def forget() -> None:
    """Throw every kept database away. Raises ``HomeBusy`` while a run uses one."""
    for folder in (path for path in KEPT.glob("*") if (path / "postgres").exists()):
        with Home.at(folder).alone():
            shutil.rmtree(folder)


def _fill_tabs(url: str) -> None:
    """Bring orders that are over back into each part of the queue that a small database does not fill."""
    with psycopg.connect(url) as connection:
        for status in TABS:
            connection.execute(_FILL, {"status": status.value, "rows": _TAB_ROWS})


def _kept(connection: psycopg.Connection[tuple[object, ...]], name: str) -> float | None:
    """How long the kept database took to make; None without one that was finished by the migrations of now.

    It may lack new ones. Those that it has must not have been edited since.
    """
    found = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if not found or not found[0]:
        return None
    note = json.loads(str(found[0]))
    now = _migrations()
    return float(note["seconds"]) if all(now.get(n) == digest for n, digest in note["migrations"].items()) else None


def _keep(connection: psycopg.Connection[tuple[object, ...]], name: str, seconds: float) -> None:
    note = json.dumps({"seconds": round(seconds, 1), "migrations": _migrations()})
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
    connection.execute(statement.format(sql.Identifier(name), sql.Literal(note)))


def _migrations() -> dict[str, str]:
    """Every migration and what is in it."""
    files = sorted((MIGRATIONS / "versions").glob("[0-9]*_*.py"))
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}


def _drop_like(connection: psycopg.Connection[tuple[object, ...]], pattern: str) -> None:
    for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall():
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(name))))


def _address(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


__all__ = ["KEPT", "ROOT", "HomeBusy", "Size", "Store", "cluster", "forget", "read_into_memory", "store"]
