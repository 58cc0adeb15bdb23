"""Loads large tables without their indexes and foreign keys, and puts those back as they were.

A row costs several times less this way than one that is filed in ten indexes and looked up in other tables. All of it
belongs to the seed's transaction: one that is killed half-way has changed nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, sql

# Unique indexes too; those of primary keys stay. An index may have finer statistics than its definition says.
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), a.attnum, a.attstattarget
FROM pg_index i
LEFT JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attstattarget > 0
WHERE i.indrelid = ANY (%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY i.indexrelid
"""
_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY (%s::regclass[]) ORDER BY oid
"""
_OURS = "SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class WHERE oid = ANY (%s::regclass[])"


@contextmanager
def bare(connection: Connection[Any], tables: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Within, ``tables`` (schema and name) have no index but their primary key's, and refer to nothing.

    Tables that belong to another account stay as they are.
    """
    names = [sql.Identifier(*table).as_string(connection) for table in tables]
    ours = connection.execute(_OURS, [names]).fetchone()
    if ours is None or not ours[0]:
        yield
        return
    indexes = connection.execute(_INDEXES, [names]).fetchall()
    keys = connection.execute(_KEYS, [names]).fetchall()
    for table, name, _ in keys:
        _run(connection, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name in dict.fromkeys(row[0] for row in indexes):
        _run(connection, f"DROP INDEX {name}")
    yield
    _run(connection, "SET LOCAL maintenance_work_mem = '512MB'")
    for definition in dict.fromkeys(row[1] for row in indexes):
        _run(connection, definition)
    for name, _, column, target in indexes:
        if column is not None:
            _run(connection, f"ALTER INDEX {name} ALTER COLUMN {column} SET STATISTICS {target}")
    for table, name, definition in keys:
        _run(connection, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _run(connection: Connection[Any], statement: str) -> None:
    """Run what PostgreSQL itself has written out."""
    connection.execute(statement.encode())
