"""What all models share: the two schemas, UTC timestamps and native enums."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, MetaData, Text, TypeDecorator, literal_column
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.elements import ColumnElement

DESK = "desk"


class Base(DeclarativeBase):
    """The contract's tables, in ``public``: facts to hold, never altered by our migrations."""

    metadata = MetaData()


class DeskBase(DeclarativeBase):
    """Our own tables, in the schema ``desk``; no foreign key leaves it (DOMAIN §1)."""

    metadata = MetaData(
        schema=DESK,
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        },
    )


class UtcTimestamp(TypeDecorator[datetime]):
    """``timestamp(3)`` without zone, as the platform keeps it, read and written as aware UTC."""

    impl = TIMESTAMP(precision=3)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place here: use lumira_db.clock.utcnow()")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def native_enum(kind: type[StrEnum]) -> Enum:
    """The contract's PostgreSQL enum of the same name as ``kind``; created by the first migration only."""
    return Enum(kind, name=kind.__name__, native_enum=True, create_type=False, values_callable=_values)


def _values(kind: Any) -> list[str]:
    return [member.value for member in kind]


def row_version(table: str) -> ColumnElement[str]:
    """The row's ``xmin`` as text: what travels with a screen as *what you saw* (it changes with every
    write, the platform's too, and costs no column). ``table`` is the SQL name of the table or alias."""
    return literal_column(f'"{table}".xmin::text', Text())
