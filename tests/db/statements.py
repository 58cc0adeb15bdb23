"""Listens to what is sent to PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session


@dataclass
class Heard:
    """The statements of a while, and the columns that each one's rows have."""

    statements: list[str] = field(default_factory=list)
    columns: list[set[str]] = field(default_factory=list)


@contextmanager
def listening(session: Session) -> Iterator[Heard]:
    """Hear every statement of the session's connection."""
    heard = Heard()
    connection = session.connection()

    def after(_: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            heard.statements.append(statement)
            heard.columns.append({column.name for column in cursor.description or ()})

    event.listen(connection, "after_cursor_execute", after)
    try:
        yield heard
    finally:
        event.remove(connection, "after_cursor_execute", after)
