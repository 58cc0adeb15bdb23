"""Whole lists, row by row, through a cursor on the server: the memory of a hundred rows for a million."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from lumira_db.queries.paging import AnySelect

# Somebody may read slowly: what is fetched waits for them, and PostgreSQL ends transactions that stand idle.
# And the first rows may need all of them sorted, which takes longer than a screen would wait.
_PATIENCE = text("""
    SELECT set_config('idle_in_transaction_session_timeout', '10min', true),
           set_config('statement_timeout', '5min', true)
""")


def stream(session: Session, query: AnySelect, *, batch: int = 2000) -> Iterator[Any]:
    """The rows of ``query``, fetched ``batch`` at a time; the cursor ends with the session's transaction."""
    session.execute(_PATIENCE)
    yield from session.execute(query.execution_options(yield_per=batch))


def be_patient(session: Session) -> None:
    """Until its transaction ends, the session's statements may take minutes."""
    session.execute(_PATIENCE)


def stream_text(session: Session, statement: TextClause, *, batch: int = 50) -> Iterator[Any]:
    """The first column of every row of ``statement``, likewise; a row may be megabytes."""
    be_patient(session)
    yield from session.execute(statement, execution_options={"yield_per": batch}).scalars()
