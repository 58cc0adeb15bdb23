"""One runner at a time, across threads, processes and machines."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, text

from lumira_db.engine import Database


@dataclass(frozen=True, slots=True)
class Guard:
    """The proof of being the only runner; it ends with the connection that holds it."""

    _connection: Connection

    def check(self) -> None:
        """Return while the guard holds. Raises ``sqlalchemy.exc.OperationalError`` once its connection is lost."""
        self._connection.execute(text("SELECT 1"))


@contextmanager
def only_one(database: Database, name: str) -> Iterator[Guard | None]:
    """The guard of ``name``, or None when somebody else has it; given back by PostgreSQL if we are killed.

    It is an advisory lock of a transaction on a connection of its own, not of a session, so that it holds
    behind a transaction pooler too. That transaction reads and writes nothing, so it holds up nothing.
    """
    with database.engine.connect() as connection, connection.begin():
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        taken = connection.scalar(
            text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"lumira:{name}"}
        )
        yield Guard(connection) if taken else None
