"""The contract as data: what ``catalog.json`` says, and what a live database holds, in one form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, text

# Sentences of PostgreSQL about types, defaults and keys leave out the schema that is searched first.
_SEARCH_PUBLIC = text("SELECT set_config('search_path', 'public', true)")

_ENUMS = text(
    """
    SELECT t.typname AS name, array_agg(e.enumlabel ORDER BY e.enumsortorder) AS labels
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
    WHERE t.typnamespace = 'public'::regnamespace
    GROUP BY t.typname ORDER BY t.typname COLLATE "C"
    """
)
_COLUMNS = text(
    """
    SELECT c.relname AS table_name, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
           NOT a.attnotnull AS nullable, pg_get_expr(d.adbin, d.adrelid) AS default
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    ORDER BY c.relname COLLATE "C", a.attnum
    """
)
_INDEXES = text(
    """
    SELECT i.relname AS name, replace(pg_get_indexdef(i.oid), ' ON public.', ' ON ') AS definition
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    WHERE i.relnamespace = 'public'::regnamespace AND x.indisvalid
    ORDER BY i.relname COLLATE "C"
    """
)
_FOREIGN_KEYS = text(
    """
    SELECT k.conname AS name, quote_ident(c.relname) || ' ' || pg_get_constraintdef(k.oid) AS definition
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = 'public'::regnamespace AND k.contype = 'f'
    ORDER BY k.conname COLLATE "C"
    """
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as PostgreSQL words it: ``timestamp(3) without time zone``, ``'eur'::text``."""

    name: str
    type: str
    nullable: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class Catalog:
    """The objects of the schema ``public``: enum values and columns in their order, the rest by name."""

    enums: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, tuple[Column, ...]]
    indexes: Mapping[str, str]
    foreign_keys: Mapping[str, str]


def contract() -> Catalog:
    """The database as the platform makes it, read from ``catalog.json`` beside this file."""
    raw: dict[str, Any] = json.loads(files(__package__).joinpath("catalog.json").read_text("utf-8"))
    return Catalog(
        enums={name: tuple(values) for name, values in raw["enums"].items()},
        tables={name: tuple(Column(**column) for column in columns) for name, columns in raw["tables"].items()},
        indexes=raw["indexes"],
        foreign_keys=raw["foreign_keys"],
    )


def live_catalog(connection: Connection) -> Catalog:
    """What ``public`` holds now, without our own ``desk_…`` indexes; an invalid index counts as absent.

    Sets the search path of the current transaction to ``public``.
    """
    connection.execute(_SEARCH_PUBLIC)
    tables: dict[str, list[Column]] = {}
    for row in connection.execute(_COLUMNS):
        tables.setdefault(row.table_name, []).append(Column(row.name, row.type, row.nullable, row.default))
    indexes = {row.name: row.definition for row in connection.execute(_INDEXES)}
    return Catalog(
        enums={row.name: tuple(row.labels) for row in connection.execute(_ENUMS)},
        tables={name: tuple(columns) for name, columns in tables.items()},
        indexes={name: definition for name, definition in indexes.items() if not name.startswith("desk_")},
        foreign_keys={row.name: row.definition for row in connection.execute(_FOREIGN_KEYS)},
    )
