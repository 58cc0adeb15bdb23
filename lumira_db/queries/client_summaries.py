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
_LIKENESS = text("""
    WITH traits AS (SELECT kind, value FROM desk.client_traits(:ids)
        UNION SELECT kind, value FROM desk.client_likeness WHERE client_id = ANY (:ids)
    ), facts AS (
        SELECT client_id, kind, value FROM desk.alike(ARRAY(SELECT kind FROM traits ORDER BY kind, value),
            ARRAY(SELECT value FROM traits ORDER BY kind, value))
        WHERE bearers BETWEEN 2 AND 8 AND client_id = ANY (:ids)
    ), kept AS (
        SELECT client_id, kind, value FROM desk.client_likeness l WHERE client_id = ANY (:ids)
            AND (SELECT count(*) FROM desk.client_likeness o WHERE (o.kind, o.value) = (l.kind, l.value)) <= 8
    )
    SELECT client_id, k.client_id IS NOT NULL AS kept, kind, value
    FROM kept k FULL JOIN facts f USING (client_id, kind, value)
    WHERE k.client_id IS NULL OR f.client_id IS NULL ORDER BY 1, 3, 4
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
        found = [Difference(row.id, _columns(row.kept, row.facts)) for row in rows]
        for row in session.execute(_LIKENESS, {"ids": list(ids)}):
            said = (row.value, None) if row.kept else (None, row.value)
            found.append(Difference(row.client_id, {f"same {row.kind}": said}))
        yield len(ids), found
        after = ids[-1] if len(ids) == limit else None


def compare_tags(session: Session) -> list[tuple[str, int, int]]:
    """The tags whose usage is not what the summaries say: what is kept, what is true."""
    return [(tag, int(kept), int(true)) for tag, kept, true in session.execute(_TAGS)]


def _columns(kept: dict[str, Any] | None, facts: dict[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    if kept is None or facts is None:
        return {"id": ((kept or {}).get("id"), (facts or {}).get("id"))}
    return {name: (kept[name], facts[name]) for name in facts if kept[name] != facts[name]}
