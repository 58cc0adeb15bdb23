"""Reads that may come from a PostgreSQL replica, and when they must not: it is behind one's own write, it lags, it is
gone, or it is no replica (docs/adr/0022-reads-from-a-replica.md)."""

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from lumira_db.engine import Database

logger = logging.getLogger(__name__)
Found = TypeVar("Found")

LONGEST_LAG = 15
"""Seconds. What a replica has not heard of for longer is read from the primary, whoever wrote it."""
PAUSE = 5.0
"""Seconds for which a replica that did not answer is not asked again."""

_BEYOND = "FFFFFFFF/FFFFFFFF"
"""A place that no replica reaches."""

_WRITTEN = text("SELECT pg_current_wal_insert_lsn()::text")
# NULL where it is no replica. What it says of its lag is the age of the last commit that it has replayed.
_FIT = text("""
    SELECT pg_is_in_recovery() AND pg_last_xact_replay_timestamp() > now() - make_interval(secs => :lag)
        AND (CAST(:seen AS pg_lsn) IS NULL OR pg_last_wal_replay_lsn() >= CAST(:seen AS pg_lsn))
""")


# Somebody waits: to start workers takes longer than most of these statements, and there are others who ask.
_ALONE = text("SET LOCAL max_parallel_workers_per_gather = 0")


class Reader:
    """Runs reads on the replica, or on the primary where that is right. One per process; thread-safe.

    Every commit through the primary's ``writing`` is remembered by its place in the write-ahead log: the replica is
    asked only once it is beyond it.
    """

    def __init__(self, primary: Database, replica: Database | None) -> None:
        self._primary, self._replica = primary, replica
        self._lock = threading.Lock()
        self._seen: str | None = None
        self._asked_again_at = 0.0
        if replica is not None:
            primary.after_commit = self._remember

    def read(self, read: Callable[[Session], Found]) -> Found:
        """What ``read`` finds in one read-only transaction. It may run twice: a replica can die in the middle."""
        if self._replica is not None and monotonic() >= self._asked_again_at:
            try:
                with self._replica.reading() as session:
                    if self._is_fit(session):
                        session.execute(_ALONE)
                        return read(session)
            except (DBAPIError, PoolTimeout) as problem:
                if isinstance(problem, DBAPIError) and not _is_the_replicas(problem):
                    raise
                logger.warning("the replica did not answer", extra={"problem": type(problem).__name__})
                self._asked_again_at = monotonic() + PAUSE
        with self._primary.reading() as session:
            session.execute(_ALONE)
            return read(session)

    def _is_fit(self, session: Session) -> bool:
        with self._lock:
            seen = self._seen
        return bool(session.scalar(_FIT, {"lag": LONGEST_LAG, "seen": seen}))

    def _remember(self, session: Session) -> None:
        """Note the place after a commit; in the same session, so that it costs no connection.

        What is committed is not called failed because its place is not known: the primary is read until one is.
        """
        try:
            place = session.scalar(_WRITTEN)
        except DBAPIError:
            place = _BEYOND
        with self._lock:
            if self._seen in (None, _BEYOND) or place == _BEYOND or _number(place) > _number(self._seen):
                self._seen = place


def _is_the_replicas(problem: DBAPIError) -> bool:
    """Whether the replica is away (08, 57), or gave a read up because the primary's changes could not wait (40001)."""
    state = getattr(problem.orig, "sqlstate", None) or ""
    return problem.connection_invalidated or not state or state.startswith(("08", "57P")) or state == "40001"


def _number(place: str) -> int:
    high, _, low = place.partition("/")
    return (int(high, 16) << 32) + int(low, 16)
