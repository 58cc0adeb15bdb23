"""The connection to PostgreSQL: replaced unseen when it has ended, and given up on when it takes too long."""

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError, OperationalError

from lumira_db.engine import Database

MINE = text("SELECT pg_backend_pid()")


def pid_of(database: Database) -> int:
    with database.reading() as session:
        found: int = session.execute(MINE).scalar_one()
    return found


def test_connections_that_postgresql_ended_are_replaced_unseen(database: Database, database_url: str) -> None:
    """A restart of PostgreSQL costs nobody a click."""
    with database.reading() as first, database.reading() as second:
        before = {first.execute(MINE).scalar_one(), second.execute(MINE).scalar_one()}
    with psycopg.connect(database_url, autocommit=True) as other:
        for pid in before:
            # The function waits until the backend is gone.
            assert other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,)).fetchone() == (True,)
    with database.reading() as first, database.reading() as second:
        assert not before & {first.execute(MINE).scalar_one(), second.execute(MINE).scalar_one()}


def test_a_connection_that_lives_is_used_again(database: Database) -> None:
    """Whether it lives is seen without asking PostgreSQL."""
    assert pid_of(database) == pid_of(database)


def test_a_statement_that_takes_too_long_is_given_up(database_url: str) -> None:
    """The connection goes on working afterwards."""
    database = Database(database_url, pool_size=1, longest_statement=timedelta(milliseconds=50))
    with database.reading() as session, pytest.raises(OperationalError, match="statement timeout"):
        session.execute(text("SELECT pg_sleep(10)"))
    assert pid_of(database)
    database.dispose()


def test_a_statement_is_planned_for_the_values_at_hand(database: Database) -> None:
    """A plan for any value would be a bad one for a filter that few rows match."""
    with database.reading() as session:
        assert session.execute(text("SHOW plan_cache_mode")).scalar_one() == "force_custom_plan"


def test_who_glances_cannot_write(database: Database) -> None:
    """PostgreSQL itself forbids it, although nobody began a transaction."""
    with database.glancing() as session, pytest.raises(InternalError, match="read-only transaction"):
        session.execute(text("CREATE TABLE desk.scratch (words text)"))
    with database.glancing() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


@pytest.mark.parametrize("more", ["pgbouncer=true", "connection_limit=3"])
def test_where_connections_are_counted_glances_share_those_of_readers(database_url: str, more: str) -> None:
    """And still cannot write."""
    narrow = Database(f"{database_url}?{more}")
    with narrow.glancing() as session, pytest.raises(InternalError, match="read-only transaction"):
        session.execute(text("CREATE TABLE desk.scratch (words text)"))
    narrow.dispose()


@pytest.mark.parametrize("typed", ["a\0b", "a\ud800b"])
def test_what_postgresql_keeps_in_no_text_costs_nobody_a_screen(database: Database, typed: str) -> None:
    """``/order?id=%00`` and its like find nothing instead of crashing."""
    with database.reading() as session:
        assert session.execute(text("SELECT CAST(:typed AS text)"), {"typed": typed}).scalar_one() == "ab"


def test_texts_in_lists_are_kept_too(database: Database) -> None:
    """Several statements at once, and several values of one filter, are cleaned alike."""
    with database.writing() as session:
        session.execute(text("CREATE TABLE desk.scratch (words text)"))
        session.execute(text("INSERT INTO desk.scratch VALUES (:words)"), [{"words": "a\0"}, {"words": "b"}])
        kept = session.execute(text("SELECT words FROM desk.scratch WHERE words = ANY(:wanted)"), {"wanted": ["a\0"]})
        assert kept.scalars().all() == ["a"]
