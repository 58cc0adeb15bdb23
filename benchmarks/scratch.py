"""A database that a measurement writes to: made for it, gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from dashboard.embedded.postgres import Postgres
from dashboard.migrate import upgrade


@contextmanager
def scratch_database(running: Postgres, name: str, *, template: str | None = None) -> Iterator[str]:
    """The address of a database of this name: migrated and empty, or a copy of ``template``."""
    url = make_url(running.url).set(database=name).render_as_string(hide_password=False)
    _run(running, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        made += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    _run(running, made)
    try:
        upgrade(url)
        yield url
    finally:
        _run(running, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(running: Postgres, statement: sql.Composed) -> None:
    with psycopg.connect(running.url, autocommit=True) as connection:
        connection.execute(statement)
