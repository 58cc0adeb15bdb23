"""Pages by keyset: a page begins after the last row seen, so page 1,000 costs what page 1 costs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import BigInteger, Select, SQLColumnExpression, Subquery, literal, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

Row = TypeVar("Row")
Value = datetime | int | str
AnySelect = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a sorted list: the sort key and the id of a row; ``backward`` reads what precedes it."""

    value: Value
    id: str
    backward: bool = False

    def encode(self) -> str:
        """The cursor as an address carries it: direction, type, value and id, plain to read."""
        kind, text = _to_text(self.value)
        return f"{'-' if self.backward else '+'}{kind}{text}~{self.id}"

    @staticmethod
    def decode(text: str | None) -> "Cursor | None":
        """Read what an address carries; anything that is not a cursor is None (the first page)."""
        if not text or "~" not in text or len(text) < 4 or text[0] not in "+-" or "\x00" in text:
            return None
        value_text, _, row_id = text[2:].partition("~")
        value = _from_text(text[1], value_text)
        return None if value is None else Cursor(value, row_id, text[0] == "-")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in their order, and the cursors of the pages around them (None: there is none)."""

    rows: tuple[Row, ...]
    previous: Cursor | None
    next: Cursor | None


def fetch_page(
    session: Session,
    query: AnySelect,
    *,
    key: SQLColumnExpression[Any],
    row_id: SQLColumnExpression[Any],
    descending: bool,
    cursor: Cursor | None,
    limit: int,
    build: Callable[[Any], Row],
    position: Callable[[Row], tuple[Value, str]],
    widen: Callable[[Subquery], AnySelect] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Page[Row]:
    """Run ``query`` from ``cursor`` on, sorted by ``key`` then id.

    ``build`` makes the frozen row; ``position`` gives its sort key and id back. A cursor of another list,
    whose value cannot be a ``key``, counts as none. With ``widen``, ``query`` only finds the page: its rows are
    looked up by what ``widen`` makes of their ``id`` and ``key``. ``values`` are those of the query's parameters.
    """
    if cursor is not None and not _fits(cursor.value, _type(key)):
        cursor = None
    backward = cursor is not None and cursor.backward
    falling = descending != backward
    if cursor is not None:
        # Bound with the columns' own types: a cast on either side would cost the index.
        place = tuple_(literal(cursor.value, _type(key)), literal(cursor.id, _type(row_id)))
        mark = tuple_(key, row_id)
        query = query.where(mark < place if falling else mark > place)
    order = (key.desc(), row_id.desc()) if falling else (key.asc(), row_id.asc())
    query = query.order_by(*order).limit(limit + 1)
    if widen is not None:
        few = query.with_only_columns(row_id.label("id"), key.label("key"), maintain_column_froms=True).subquery()
        query = widen(few).order_by(*(c.desc() if falling else c.asc() for c in (few.c.key, few.c.id)))
    found: Sequence[Any] = session.execute(query, values).all()
    more = len(found) > limit
    rows = [build(row) for row in found[:limit]]
    if backward:
        rows.reverse()
    has_previous = more if backward else cursor is not None
    has_next = cursor is not None if backward else more
    return Page(
        tuple(rows),
        Cursor(*position(rows[0]), backward=True) if rows and has_previous else None,
        Cursor(*position(rows[-1])) if rows and has_next else None,
    )


def _type(column: SQLColumnExpression[Any]) -> TypeEngine[Any]:
    return cast(ColumnElement[Any], column).type


def _fits(value: Value, kind: TypeEngine[Any]) -> bool:
    if isinstance(value, int):
        largest = 2**63 if isinstance(kind, BigInteger) else 2**31
        return issubclass(kind.python_type, int) and -largest <= value < largest
    return isinstance(value, kind.python_type)


def _to_text(value: Value) -> tuple[str, str]:
    if isinstance(value, datetime):
        return "t", value.astimezone(UTC).isoformat()
    return ("i", str(value)) if isinstance(value, int) else ("s", value)


def _from_text(kind: str, text: str) -> Value | None:
    try:
        if kind == "t":
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC) if moment.tzinfo else None
        if kind == "i":
            return int(text)
        return text if kind == "s" else None
    except (ValueError, OverflowError):
        return None
