"""Databases for tests: made, perhaps from a template, and dropped again."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import make_url


@contextmanager
def new_database(server: str, template: str = "template0") -> Iterator[str]:
    """The address of a new database on ``server``, gone at the end of the block."""
    name = f"lumira_test_{uuid.uuid4().hex[:12]}"
    # Copying files is twice as fast as logging every block, as long as the server does not fsync.
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    _run(server, create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield address(server, name)
    finally:
        _run(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def address(url: str, name: str) -> str:
    """The same server's database ``name``, as psycopg and SQLAlchemy take it."""
    return make_url(url).set(drivername="postgresql", database=name).render_as_string(hide_password=False)


def _run(server: str, statement: sql.Composed) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
