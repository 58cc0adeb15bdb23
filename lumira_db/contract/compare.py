"""How a live database differs from the contract, both ways, in plain words.

A difference *matters* when the Desk could read or write wrongly because of it. The platform moves on:
a new table or column of its own does not matter as long as our writes still succeed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lumira_db.contract.catalog import Catalog, Column, contract, live_catalog

__all__ = ["Catalog", "Column", "Difference", "Kind", "contract", "differences", "live_catalog"]


class Kind(StrEnum):
    """What sort of thing differs."""

    TABLE_MISSING = "table missing"
    TABLE_EXTRA = "table extra"
    COLUMN_MISSING = "column missing"
    COLUMN_EXTRA = "column extra"
    COLUMN_TYPE = "column type"
    COLUMN_NULLABLE = "column nullable"
    COLUMN_DEFAULT = "column default"
    ENUM_MISSING = "enum missing"
    ENUM_EXTRA = "enum extra"
    ENUM_VALUES = "enum values"
    ENUM_ORDER = "enum order"
    INDEX_MISSING = "index missing"
    INDEX_EXTRA = "index extra"
    INDEX_DIFFERENT = "index different"
    KEY_MISSING = "key missing"
    KEY_EXTRA = "key extra"
    KEY_DIFFERENT = "key different"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: ``where`` names the object (``Order.amount``), ``sentence`` says all of it."""

    kind: Kind
    where: str
    sentence: str
    matters: bool


def differences(live: Catalog, expected: Catalog) -> tuple[Difference, ...]:
    """Every difference, those that matter first; empty when the two are the same."""
    found = [*_enums(live, expected), *_tables(live, expected), *_indexes(live, expected), *_keys(live, expected)]
    return tuple(sorted(found, key=lambda difference: not difference.matters))


def _enums(live: Catalog, expected: Catalog) -> Iterator[Difference]:
    for name, values in expected.enums.items():
        if name not in live.enums:
            yield Difference(Kind.ENUM_MISSING, name, f"The enum {name} is missing.", matters=True)
        elif set(live.enums[name]) != set(values):
            yield _enum_values(name, live.enums[name], values)
        elif live.enums[name] != values:
            order = ", ".join(live.enums[name])
            sentence = f"The values of the enum {name} are in another order: {order}."
            yield Difference(Kind.ENUM_ORDER, name, sentence, matters=True)
    for name in sorted(live.enums.keys() - expected.enums.keys()):
        yield Difference(Kind.ENUM_EXTRA, name, f"The enum {name} is not in the contract.", matters=False)


def _enum_values(name: str, live: tuple[str, ...], expected: tuple[str, ...]) -> Difference:
    lacking = [value for value in expected if value not in live]
    unknown = [value for value in live if value not in expected]
    parts = []
    if lacking:
        parts.append(f"lacks {', '.join(lacking)}")
    if unknown:
        parts.append(f"has {', '.join(unknown)}, which the Desk does not know")
    return Difference(Kind.ENUM_VALUES, name, f"The enum {name} {' and '.join(parts)}.", matters=True)


def _tables(live: Catalog, expected: Catalog) -> Iterator[Difference]:
    for name, columns in expected.tables.items():
        if name not in live.tables:
            yield Difference(Kind.TABLE_MISSING, name, f"The table {name} is missing.", matters=True)
        else:
            yield from _columns(name, live.tables[name], columns)
    for name in sorted(live.tables.keys() - expected.tables.keys()):
        sentence = f"The table {name} is not in the contract; the Desk leaves it alone."
        yield Difference(Kind.TABLE_EXTRA, name, sentence, matters=False)


def _columns(table: str, live: tuple[Column, ...], expected: tuple[Column, ...]) -> Iterator[Difference]:
    there = {column.name: column for column in live}
    known = {column.name for column in expected}
    for column in expected:
        where = f"{table}.{column.name}"
        if column.name not in there:
            yield Difference(Kind.COLUMN_MISSING, where, f"The column {where} is missing.", matters=True)
        else:
            yield from _column(where, there[column.name], column)
    for column in live:
        if column.name not in known:
            yield _extra_column(f"{table}.{column.name}", column)


def _column(where: str, live: Column, expected: Column) -> Iterator[Difference]:
    if live.type != expected.type:
        sentence = f"The column {where} is of type {live.type} instead of {expected.type}."
        yield Difference(Kind.COLUMN_TYPE, where, sentence, matters=True)
    if live.nullable != expected.nullable:
        sentence = f"The column {where} {_may(live.nullable)} be empty; by the contract it {_may(expected.nullable)}."
        yield Difference(Kind.COLUMN_NULLABLE, where, sentence, matters=True)
    if live.default != expected.default:
        sentence = f"The column {where} has {_default(live)} instead of {_default(expected)}."
        yield Difference(Kind.COLUMN_DEFAULT, where, sentence, matters=True)


def _extra_column(where: str, column: Column) -> Difference:
    needed = not column.nullable and column.default is None
    sentence = f"The column {where} ({column.type}) is not in the contract; the Desk leaves it alone."
    if needed:
        sentence = f"The column {where} is not in the contract and needs a value that the Desk would not give."
    return Difference(Kind.COLUMN_EXTRA, where, sentence, matters=needed)


def _may(nullable: bool) -> str:  # noqa: FBT001 the one thing it words
    return "may" if nullable else "must not"


def _default(column: Column) -> str:
    return "no default" if column.default is None else f"the default {column.default}"


def _indexes(live: Catalog, expected: Catalog) -> Iterator[Difference]:
    for name, definition in expected.indexes.items():
        there = live.indexes.get(name)
        if there is None and _unique(definition):
            sentence = f"The unique index {name} is missing: duplicates could be stored."
            yield Difference(Kind.INDEX_MISSING, name, sentence, matters=True)
        elif there is None:
            sentence = f"The index {name} is missing: some screens will be slower."
            yield Difference(Kind.INDEX_MISSING, name, sentence, matters=False)
        elif there != definition:
            sentence = f"The index {name} is defined otherwise: {there}."
            matters = _unique(definition) or _unique(there)
            yield Difference(Kind.INDEX_DIFFERENT, name, sentence, matters=matters)
    for name in sorted(live.indexes.keys() - expected.indexes.keys()):
        yield Difference(Kind.INDEX_EXTRA, name, f"The index {name} is not in the contract.", matters=False)


def _keys(live: Catalog, expected: Catalog) -> Iterator[Difference]:
    for name, definition in expected.foreign_keys.items():
        there = live.foreign_keys.get(name)
        if there is None:
            sentence = f"The foreign key {name} is missing: rows without their owner could be stored."
            yield Difference(Kind.KEY_MISSING, name, sentence, matters=True)
        elif there != definition:
            sentence = f"The foreign key {name} is defined otherwise: {there}."
            yield Difference(Kind.KEY_DIFFERENT, name, sentence, matters=True)
    for name in sorted(live.foreign_keys.keys() - expected.foreign_keys.keys()):
        yield Difference(Kind.KEY_EXTRA, name, f"The foreign key {name} is not in the contract.", matters=False)


def _unique(definition: str) -> bool:
    return definition.startswith("CREATE UNIQUE INDEX")
