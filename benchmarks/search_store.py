"""The database of the search's measurements: a million clients with two million orders, made once and kept."""

import hashlib
import time
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks import search_data
from benchmarks.store import Size, Store
from dashboard.embedded.postgres import Postgres
from dashboard.migrate import MIGRATIONS, upgrade

WHOLE, QUICK = Size(2_000_000, 1_000_000), Size(100_000, 50_000)


def search_store(running: Postgres, size: Size) -> Store:
    """The kept one, else a new one. What the indexes stand on is part of its name: another version is made anew."""
    made_of = (MIGRATIONS / "versions" / "0006_search.py").read_bytes() + Path(search_data.__file__).read_bytes()
    name = f"bench_search_{size.clients}_{hashlib.sha256(made_of).hexdigest()[:8]}"
    url = make_url(running.url).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(running.url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if found and found[0]:
            upgrade(url)
            return Store(size, url, running.admin_url, float(found[0]))
        began = time.monotonic()
        _drop_old(connection, size)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        upgrade(url)
        search_data.fill(url, count=size.clients, orders=size.orders)
        seconds = time.monotonic() - began
        note = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(note.format(sql.Identifier(name), sql.Literal(f"{seconds:.1f}")))
    return Store(size, url, running.admin_url, seconds)


def _drop_old(connection: psycopg.Connection[tuple[object, ...]], size: Size) -> None:
    pattern = f"bench\\_search\\_{size.clients}\\_%"
    for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall():
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(name))))
