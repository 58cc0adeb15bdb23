"""Adoption: the Desk moves into a database that the platform made, or says why it does not."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.orm import Session

from dashboard.embedded.postgres import temporary_postgres
from dashboard.migrate import MIGRATIONS, adopt, current_and_head, revisions
from lumira_db.contract.compare import contract, live_catalog
from lumira_db.engine import make_engine
from lumira_db.health import check
from tests.databases import new_database


def _servers() -> dict[str, Path | None]:
    """Every PostgreSQL that this machine can start: the wheel's, Debian's, and the one that is named."""
    found: dict[str, Path | None] = {"wheel": None}
    for programs in sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        found[f"debian-{programs.parent.name}"] = programs
    if os.environ.get("LUMIRA_PG_BIN"):
        found["named"] = Path(os.environ["LUMIRA_PG_BIN"])
    return found


SERVERS = _servers()


@pytest.fixture(scope="module", params=SERVERS, ids=str)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    with temporary_postgres(SERVERS[request.param]) as url:
        yield url


@pytest.fixture
def platform_url(server: str) -> Iterator[str]:
    """A database as the platform makes it: the contract, one client, nothing of ours."""
    with new_database(server) as url:
        with psycopg.connect(url) as connection:
            for statement in _contract_statements():
                connection.execute(statement.encode())
            connection.execute(
                """INSERT INTO "User" (id, email, "firstName", "lastName", "updatedAt")
                   VALUES ('u', 'e', 'A', 'B', now())"""
            )
        yield url


def _contract_statements() -> tuple[str, ...]:
    spec = importlib.util.spec_from_file_location("first_migration", MIGRATIONS / "versions" / "0001_contract.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    statements: tuple[str, ...] = module.STATEMENTS
    return statements


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def our_indexes(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            """
            SELECT i.relname FROM pg_index x
            JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
            WHERE t.relnamespace = 'public'::regnamespace AND i.relname LIKE 'desk%%' AND x.indisvalid
              AND (x.indpred IS NOT NULL OR x.indexprs IS NOT NULL)
            """
        )
        return {row[0] for row in rows}


def test_a_database_of_the_platform_is_adopted(platform_url: str) -> None:
    """Nothing of it changes, the desk schema is there at its head, and the check finds all in order."""
    report = adopt(platform_url)
    assert report.adopted
    assert report.differences == ()
    head = revisions()[-1]
    assert current_and_head(platform_url) == (head, head)
    engine = make_engine(platform_url)
    with engine.connect() as connection:
        assert live_catalog(connection) == contract()
        assert connection.exec_driver_sql('SELECT count(*) FROM "User"').scalar_one() == 1
    engine.dispose()


def test_the_adopted_database_is_in_order(platform_url: str) -> None:
    """What `lumira db check` says right after adoption: no fault."""
    adopt(platform_url)
    engine = make_engine(platform_url)
    with Session(engine) as session:
        assert [finding for finding in check(session, head=revisions()[-1]) if not finding.ok] == []
    engine.dispose()


def test_our_indexes_on_contract_tables_are_there_afterwards(platform_url: str) -> None:
    """All of them partial or expression indexes, which the platform's `prisma db push` keeps."""
    adopt(platform_url)
    found = our_indexes(platform_url)
    assert "desk_order_queue" in found
    with psycopg.connect(platform_url) as connection:
        named = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'i' AND relname LIKE 'desk%%'")
        assert {row[0] for row in named} == found


def test_a_newer_schema_of_the_platform_is_adopted_and_its_differences_told(platform_url: str) -> None:
    """Columns that the platform added later, and a lost plain index, are remarks."""
    execute(platform_url, 'ALTER TABLE "Order" ADD COLUMN addons jsonb')
    execute(platform_url, 'DROP INDEX "Order_level_idx"')
    report = adopt(platform_url)
    assert report.adopted
    assert {difference.where for difference in report.differences} == {"Order.addons", "Order_level_idx"}


def test_a_difference_that_matters_is_refused_and_nothing_is_written(platform_url: str) -> None:
    """No stamp, no desk table: the database is as it was."""
    execute(platform_url, 'ALTER TABLE "Order" ALTER COLUMN amount TYPE bigint')
    report = adopt(platform_url)
    assert not report.adopted
    assert [difference.where for difference in report.differences] == ["Order.amount"]
    with psycopg.connect(platform_url) as connection:
        assert connection.execute("SELECT to_regclass('desk.alembic_version')").fetchone() == (None,)
        assert connection.execute("SELECT to_regnamespace('desk')").fetchone() == (None,)


def test_adopting_again_changes_nothing(platform_url: str) -> None:
    """The command may be part of every deployment."""
    assert adopt(platform_url).adopted
    before = our_indexes(platform_url)
    assert adopt(platform_url).adopted
    assert our_indexes(platform_url) == before


def test_an_adoption_that_was_cut_short_is_finished_by_the_next(platform_url: str) -> None:
    """Killed after the stamp, before the rest: the next run goes on from there."""
    adopt(platform_url)
    for statement in (
        "DROP SCHEMA desk CASCADE",
        *(f"DROP INDEX IF EXISTS {name}" for name in our_indexes(platform_url)),
    ):
        execute(platform_url, statement)
    execute(platform_url, "CREATE SCHEMA desk; CREATE TABLE desk.alembic_version (version_num varchar(32) NOT NULL)")
    execute(platform_url, "INSERT INTO desk.alembic_version VALUES ('0001')")
    assert adopt(platform_url).adopted
    head = revisions()[-1]
    assert current_and_head(platform_url) == (head, head)
