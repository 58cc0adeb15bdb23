"""What PostgreSQL expects of a query: it chooses the way to a page, and stands in for a count that takes too long."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable
from sqlalchemy.sql.elements import ClauseElement

from lumira_db.queries.paging import AnySelect


def expected_rows(session: Session, query: AnySelect) -> int:
    """About how many rows ``query`` finds, by the planner's statistics; at least 1."""
    plan = session.scalar(_Explained(query))
    return int(plan[0]["Plan"]["Plan Rows"])


class _Explained(Executable, ClauseElement):
    """``EXPLAIN`` of a query, which does not run it."""

    inherit_cache = False

    def __init__(self, query: AnySelect) -> None:
        self.query = query


@compiles(_Explained)
def _explain(element: _Explained, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.query, **options)}"
