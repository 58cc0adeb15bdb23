"""Whether ``desk.client_summary`` says what the contract's tables say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

_IDS = bindparam("ids", type_=ARRAY(TEXT))
_NEXT = text("""
    SELECT id FROM (
        (SELECT id FROM "User" WHERE id > :after ORDER BY id LIMIT :limit)
        UNION (SELECT id FROM desk.client_summary WHERE id > :after ORDER BY id LIMIT :limit)
    ) known ORDER BY id LIMIT :limit
""")
_COMPARE = text("""
    SELECT id, to_jsonb(kept) AS kept, to_jsonb(facts) AS facts
    FROM (SELECT * FROM desk.client_summary WHERE id = ANY (:ids)) kept
    FULL JOIN desk.client_facts(:ids) facts USING (id)
    WHERE kept IS DISTINCT FROM facts ORDER BY id
""").bindparams(_IDS)
_TAGS = text("""
    SELECT tag, COALESCE(k.clients, 0), COALESCE(f.clients, 0)
    FROM (SELECT tag, sum(clients) AS clients FROM desk.tag_usage GROUP BY tag) k
    FULL JOIN (SELECT tag, count(*) AS clients FROM desk.client_summary, unnest(tags) tag GROUP BY tag) f USING (tag)
    WHERE COALESCE(k.clients, 0) <> COALESCE(f.clients, 0) ORDER BY tag
""")


@dataclass(frozen=True, slots=True)
class Difference:
    """A client whose summary is not what their rows say: by column, what is kept and what is true."""

    client_id: str
    columns: dict[str, tuple[Any, Any]]

    @property
    def kind(self) -> str:
        """``missing``, ``left over`` or ``different``."""
        kept, true = next(iter(self.columns.values()))
        if set(self.columns) == {"id"}:
            return "missing" if kept is None else "left over" if true is None else "different"
        return "different"


def count_waiting(session: Session) -> int:
    """How many changes are noted and not worked out yet."""
    return int(session.scalar(text("SELECT count(*) FROM desk.change")) or 0)


def compare_clients(session: Session, *, limit: int = 2_000) -> Iterator[tuple[int, list[Difference]]]:
    """Recount every client, ``limit`` at a time: how many were looked at, and what differs among them."""
    after: str | None = ""
    while after is not None:
        ids = session.scalars(_NEXT, {"after": after, "limit": limit}).all()
        rows = session.execute(_COMPARE, {"ids": list(ids)})
        yield len(ids), [Difference(row.id, _columns(row.kept, row.facts)) for row in rows]
        after = ids[-1] if len(ids) == limit else None


def compare_tags(session: Session) -> list[tuple[str, int, int]]:
    """The tags whose usage is not what the summaries say: what is kept, what is true."""
    return [(tag, int(kept), int(true)) for tag, kept, true in session.execute(_TAGS)]


def _columns(kept: dict[str, Any] | None, facts: dict[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    if kept is None or facts is None:
        return {"id": ((kept or {}).get("id"), (facts or {}).get("id"))}
    return {name: (kept[name], facts[name]) for name in facts if kept[name] != facts[name]}
