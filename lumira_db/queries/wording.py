"""The words of what was approved: what is kept of their number, and what a recount gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session, aliased

from lumira_db.models import ReadingVersion, VersionOrigin
from lumira_db.wording import replaced_words

_AT_ONCE = 200
_GENERATED = (VersionOrigin.GENERATED, VersionOrigin.FOUND)


@dataclass(frozen=True, slots=True)
class Wording:
    """Of an approved version, its ``words`` and how many of them are not the generator's, as counted now; None: it
    had written nothing. ``is_kept``: the version's row says the same."""

    version_id: int
    words: int
    changed: int | None
    is_kept: bool


def wordings(session: Session, *meant: ColumnElement[bool]) -> Iterator[Sequence[Wording]]:
    """What was approved (of what is ``meant``), a few at a time, since the texts are long; in the order of ids."""
    after = 0
    while rows := session.execute(_texts(after, *meant)).all():
        yield [_counted(row) for row in rows]
        after = rows[-1].id


def count_miscounted(session: Session) -> int:
    """How many approved versions do not say what a recount gives."""
    return sum(not one.is_kept for some in wordings(session) for one in some)


def _texts(after: int, *meant: ColumnElement[bool]) -> Select[Any]:
    approved, earlier = ReadingVersion, aliased(ReadingVersion)
    generated = (
        select(earlier.id.label("generated_id"), earlier.content.label("generated"))
        .where(earlier.order_id == approved.order_id, earlier.number < approved.number, earlier.origin.in_(_GENERATED))
        .order_by(earlier.number.desc())
        .limit(1)
        .lateral()
    )
    columns = (approved.id, approved.content, approved.words, approved.changed_words, generated)
    return (
        select(*columns)
        .outerjoin(generated, true())
        .where(approved.origin == VersionOrigin.APPROVED, approved.id > after, *meant)
        .order_by(approved.id)
        .limit(_AT_ONCE)
    )


def _counted(row: Any) -> Wording:
    replaced, words = replaced_words(row.generated, row.content)
    changed = None if row.generated_id is None else replaced
    return Wording(row.id, words, changed, (row.words, row.changed_words) == (words, changed))
