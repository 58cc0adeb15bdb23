"""Keeping ``desk.client_summary`` true: what the platform wrote is noted by triggers and worked out here.

Whoever of us writes a client's rows refreshes them in the same transaction, to see it at once; the note that the
trigger left makes the worker look again, so that two who wrote at the same time leave the truth behind.
"""

import logging
from collections.abc import Callable, Collection

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session

from lumira_db.commands import rollups

logger = logging.getLogger(__name__)

CHUNK = 2_000
AFTER = "clients_after"
_UNFIT = ("22", "54")  # values out of range, and too long for an index
_IDS = bindparam("ids", type_=ARRAY(TEXT))

_REFRESH = text("SELECT desk.refresh_clients(:ids)").bindparams(_IDS)
_LIKENESS = text("SELECT desk.refresh_likeness(:ids)").bindparams(_IDS)
_ALONE = text("SELECT pg_try_advisory_xact_lock(:key)")
_TAKE = text("""
    DELETE FROM desk.change WHERE id IN (SELECT id FROM desk.change ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING kind, row_id
""")
_WALKERS = text('SELECT "userId" FROM "SpiritualPath" WHERE id = ANY (:ids)').bindparams(_IDS)
_NEXT = text('SELECT id FROM "User" WHERE id > :after ORDER BY id LIMIT :limit')
_GONE = text(
    "DELETE FROM desk.client_summary s WHERE id > :after AND (:last IS NULL OR id <= :last)"
    ' AND NOT EXISTS (SELECT FROM "User" u WHERE u.id = s.id)'
).bindparams(bindparam("last", type_=TEXT))
_LEFT_BEHIND = text(
    "SELECT DISTINCT client_id FROM desk.client_likeness l"
    " WHERE client_id > :after AND (:last IS NULL OR client_id <= :last)"
    ' AND NOT EXISTS (SELECT FROM "User" u WHERE u.id = l.client_id)'
).bindparams(bindparam("last", type_=TEXT))
_NOTE = text("INSERT INTO desk.change (kind, row_id) VALUES (:kind, :row_id)")
_ADD_UP = text("""
    WITH lines AS (DELETE FROM desk.tag_usage RETURNING tag, clients)
    INSERT INTO desk.tag_usage (tag, clients) SELECT tag, sum(clients) FROM lines GROUP BY tag HAVING sum(clients) <> 0
""")
_RECOUNT = text("""
    WITH lines AS (DELETE FROM desk.tag_usage)
    INSERT INTO desk.tag_usage (tag, clients)
    SELECT tag, count(*) FROM desk.client_summary, unnest(tags) tag GROUP BY tag
""")
_MANY_LINES = text("SELECT count(*) > 2 * count(DISTINCT tag) + 100 FROM desk.tag_usage")


def refresh_clients(session: Session, ids: Collection[str]) -> None:
    """Work out these clients' summaries as this transaction sees their rows; one that is gone loses its own."""
    if ids:
        session.flush()
        session.execute(_REFRESH, {"ids": sorted(set(ids))})


def refresh_likeness(session: Session, ids: Collection[str]) -> None:
    """Work out what these clients share with others, and who is left alone with what they shared before.

    One at a time: two who have something in common may be worked out by two who write."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": rollups.LOCK})
    session.execute(_LIKENESS, {"ids": sorted(set(ids))})


def drain(session: Session, *, limit: int = CHUNK) -> int:
    """Work out what was noted, the oldest first; how many notes that were. 0 too while another worker does it."""
    if not session.scalar(_ALONE, {"key": rollups.LOCK}):
        return 0
    noted = session.execute(_TAKE, {"limit": limit}).all()
    clients = {row_id for kind, row_id in noted if kind == "client"}
    refunds = {row_id for kind, row_id in noted if kind == "refund"}
    paths = sorted({row_id for kind, row_id in noted if kind == "path"})
    if paths:
        clients |= set(session.scalars(_WALKERS, {"ids": paths}))
    _refresh_each(session, refresh_clients, clients)
    if clients:
        _refresh_each(session, refresh_likeness, clients)
    if clients or refunds:
        _refresh_each(session, rollups.refresh, [*clients, *(rollups.REFUND + one for one in refunds)])
    for after in sorted(row_id for kind, row_id in noted if kind == AFTER)[:1]:
        last = refresh_after(session, after)
        if last is not None:
            session.execute(_NOTE, {"kind": AFTER, "row_id": last})
    if noted and session.scalar(_MANY_LINES):
        session.execute(_ADD_UP)
    return len(noted)


def _refresh_each(session: Session, refresh: Callable[[Session, Collection[str]], None], ids: Collection[str]) -> None:
    """As ``refresh``, but one row that PostgreSQL cannot take is left out, and does not stop the others."""
    try:
        with session.begin_nested():
            refresh(session, ids)
    except (DataError, OperationalError) as problem:
        if not (getattr(problem.orig, "sqlstate", None) or "").startswith(_UNFIT):
            raise
        if len(ids) == 1:
            logger.exception("what is known of a client cannot be kept", extra={"clients": list(ids)})
            return
        for one in sorted(ids):
            _refresh_each(session, refresh, [one])


def refresh_after(session: Session, after: str, *, limit: int = CHUNK) -> str | None:
    """Work out the next clients after this id, in the order of ids; the last of them, or None at the end."""
    ids = session.scalars(_NEXT, {"after": after, "limit": limit}).all()
    last = ids[-1] if len(ids) == limit else None
    session.execute(_GONE, {"after": after, "last": last})
    refresh_clients(session, ids)
    refresh_likeness(session, [*ids, *session.scalars(_LEFT_BEHIND, {"after": after, "last": last})])
    return last


def add_up_tags(session: Session) -> None:
    """Count the tags anew. Whoever gives or takes one meanwhile is waited for, and waits."""
    session.execute(text("LOCK TABLE desk.tag_usage IN SHARE ROW EXCLUSIVE MODE"))
    session.execute(_RECOUNT)


def rebuild_all(session: Session, progress: Callable[[int], object] | None = None) -> int:
    """Work out every client in this one transaction, for a database that nobody uses yet; how many there are.

    What had been noted is forgotten with it.
    """
    session.execute(text("DELETE FROM desk.change"))
    after: str | None = ""
    done = 0
    while after is not None:
        after = refresh_after(session, after)
        done += CHUNK
        if progress is not None:
            progress(done)
    add_up_tags(session)
    return int(session.scalar(text("SELECT count(*) FROM desk.client_summary")) or 0)
