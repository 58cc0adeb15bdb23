"""A real PostgreSQL for the tests, made by the real migrations.

Each pytest process (each xdist worker) starts its own throw-away server. To use a running one instead,
name it in ``LUMIRA_TEST_DATABASE_URL`` (for example ``postgresql://postgres@127.0.0.1:5432/``, an account
that may create databases): every database that the tests make there is dropped again.
"""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from dashboard.migrate import upgrade
from lumira_db.engine import Database, make_engine
from tests.databases import address, new_database

# A machine that is busy with something else makes no example wrong.
settings.register_profile("desk", deadline=None)
settings.load_profile("desk")


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """AppTest leaves its script behind as the main module: processes that a later test starts would run it first."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of this process's server, with the name of its maintenance database."""
    given = os.environ.get("LUMIRA_TEST_DATABASE_URL")
    if given:
        yield address(given, "postgres")
        return
    from dashboard.embedded.postgres import temporary_postgres

    with temporary_postgres() as url:
        yield address(url, "postgres")


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    """The name of a migrated, empty database to copy; nobody connects to it."""
    with new_database(postgres_url) as url:
        upgrade(url)
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """The address of a database of this test's own without any table."""
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """The address of a migrated, empty database of this test's own."""
    with new_database(postgres_url, template_database) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty database of this test's own, for what commits or needs several connections."""
    made = Database(database_url, application_name="tests")
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def shared_engine(postgres_url: str, template_database: str) -> Iterator[Engine]:
    """The migrated database behind ``session``; only rolled-back transactions touch it."""
    with new_database(postgres_url, template_database) as url:
        engine = make_engine(url, application_name="tests")
        yield engine
        engine.dispose()


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session whose every effect, commits included, is rolled back at the end of the test."""
    with shared_engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as made:
            yield made
        transaction.rollback()
