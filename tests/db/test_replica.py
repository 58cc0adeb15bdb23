"""Reads from a real streaming replica: never older than one's own write, and never an error because it is gone."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dashboard.embedded.postgres import Postgres, temporary_cluster
from dashboard.embedded.supervisor import Supervisor
from lumira_db.engine import Database
from lumira_db.replica import Reader
from tests.replicas import streaming_replica

Pair = tuple[Database, Reader, Postgres, Supervisor]


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """A primary with one table, its replica, and who reads from them."""
    with temporary_cluster() as cluster:
        primary = Database(cluster.url, application_name="tests")
        with primary.engine.begin() as connection:
            connection.execute(text("CREATE TABLE told (word text)"))
        with streaming_replica(cluster) as (copy, supervisor):
            follower = Database(copy.url, application_name="tests")
            yield primary, Reader(primary, follower), copy, supervisor
            follower.dispose()
        primary.dispose()


def where_and_how_many(session: Session) -> tuple[bool, int]:
    """Whether it was the replica that was asked, and what it says."""
    row = session.execute(text("SELECT pg_is_in_recovery(), (SELECT count(*) FROM told)")).one()
    return row[0], row[1]


def tell(primary: Database, word: str) -> None:
    with primary.writing() as session:
        session.execute(text("INSERT INTO told VALUES (:word)"), {"word": word})


def caught_up(primary: Database, copy: Postgres) -> None:
    """Wait, in the replica itself, until it has replayed everything."""
    with primary.reading() as session:
        place = session.scalar(text("SELECT pg_current_wal_insert_lsn()"))
    with psycopg.connect(copy.admin_url, autocommit=True) as connection:
        while not connection.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [place]).fetchone()[0]:  # type: ignore[index]
            connection.execute("SELECT pg_sleep(0.01)")


def test_the_replica_is_read_once_it_has_what_one_wrote(pair: Pair) -> None:
    """While it is paused, the primary; afterwards it again. What others write may come a moment later."""
    primary, reader, copy, _ = pair
    tell(primary, "first")
    caught_up(primary, copy)
    assert reader.read(where_and_how_many) == (True, 1)
    with psycopg.connect(copy.admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        with primary.engine.begin() as other:
            other.execute(text("INSERT INTO told VALUES ('by another process')"))
        assert reader.read(where_and_how_many) == (True, 1)
        tell(primary, "mine")
        assert reader.read(where_and_how_many) == (False, 3)
        connection.execute("SELECT pg_wal_replay_resume()")
    caught_up(primary, copy)
    assert reader.read(where_and_how_many) == (True, 3)


def test_a_mistake_in_a_read_is_not_hidden_by_reading_again(pair: Pair) -> None:
    """Only the replica's own troubles are."""
    with pytest.raises(DBAPIError, match="division by zero"):
        pair[1].read(lambda session: session.scalar(text("SELECT 1 / 0")))


def test_a_primary_is_no_replica(pair: Pair) -> None:
    """One that was promoted, or an address that was mistyped, may say anything."""
    primary, _, _, _ = pair
    assert Reader(primary, primary).read(where_and_how_many)[0] is False
    assert Reader(primary, None).read(where_and_how_many)[0] is False
    primary.after_commit = None


def test_a_replica_that_dies_in_the_middle_is_not_missed(pair: Pair) -> None:
    """The read begins again on the primary, and those after it do not wait for the dead one."""
    primary, reader, copy, supervisor = pair
    with primary.engine.begin() as connection:
        connection.execute(text("INSERT INTO told VALUES ('last')"))
    caught_up(primary, copy)
    asked = []

    def read(session: Session) -> int:
        asked.append(session.scalar(text("SELECT pg_is_in_recovery()")))
        if asked == [True]:
            supervisor.stop()
        return where_and_how_many(session)[1]

    assert reader.read(read) == 4
    assert asked == [True, False]
    assert reader.read(where_and_how_many) == (False, 4)
