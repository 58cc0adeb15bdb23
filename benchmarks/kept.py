"""Databases that one suite fills by itself: made once, kept in ``.bench/``, made again when what made them changed."""

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks.store import Size, Store
from dashboard.embedded.postgres import Postgres
from dashboard.migrate import upgrade


def kept_store(
    running: Postgres, what: str, size: Size, *, made_of: Sequence[Path], fill: Callable[[str], object]
) -> Store:
    """The kept one, else a new one that ``fill`` has filled. What it is made of is part of its name."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in made_of)).hexdigest()[:8]
    name = f"bench_{what}_{size.clients}_{digest}"
    url = make_url(running.url).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(running.url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if found and found[0]:
            upgrade(url)
            return Store(size, url, running.admin_url, float(found[0]))
        began = time.monotonic()
        _drop_old(connection, what, size)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        upgrade(url)
        fill(url)
        seconds = time.monotonic() - began
        note = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(note.format(sql.Identifier(name), sql.Literal(f"{seconds:.1f}")))
    return Store(size, url, running.admin_url, seconds)


def _drop_old(connection: psycopg.Connection[tuple[object, ...]], what: str, size: Size) -> None:
    pattern = f"bench\\_{what}\\_{size.clients}\\_%"
    for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall():
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(name))))
