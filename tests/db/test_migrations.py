"""The migrations: found by name, run once, by one process at a time, and free when there is nothing to do."""

import re
import sys
import threading

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, inspect, text

from dashboard import migrate
from lumira_db.engine import Database, parse_url
from lumira_db.models import DeskBase


def test_the_revisions_read_from_file_names_are_the_ones_that_alembic_knows() -> None:
    """The newest file is the head of the one chain, and every link follows the one before it."""
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    chain = [script.revision for script in scripts.walk_revisions()]
    assert migrate.revisions() == list(reversed(chain))
    assert scripts.get_heads() == [migrate.revisions()[-1]]


def test_an_empty_database_is_brought_to_the_head_step_by_step(empty_database_url: str) -> None:
    """Progress names every revision once, in order."""
    seen: list[tuple[int, int, str]] = []
    assert migrate.current_and_head(empty_database_url) == (None, migrate.revisions()[-1])
    assert migrate.upgrade(empty_database_url, lambda *step: seen.append(step))
    names = migrate.revisions()
    assert seen == [(number, len(names), name) for number, name in enumerate(names, start=1)]
    assert migrate.current_and_head(empty_database_url) == (names[-1], names[-1])


def test_at_the_head_nothing_is_done_and_alembic_not_even_loaded(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start of the Desk does not pay for migrations that it does not need."""
    monkeypatch.setitem(sys.modules, "alembic", None)
    assert migrate.upgrade(database_url) is False


def test_of_several_processes_that_start_together_one_migrates(empty_database_url: str) -> None:
    """The others wait until it is done, and find nothing left to do."""
    outcomes: list[bool] = []
    together = threading.Barrier(3)

    def start() -> None:
        together.wait()
        outcomes.append(migrate.upgrade(empty_database_url))

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, True]


def test_a_migration_that_was_interrupted_is_run_again(empty_database_url: str) -> None:
    """One that makes indexes while the platform writes is no single transaction: what it did is there, unrecorded."""
    files = sorted((migrate.MIGRATIONS / "versions").glob("[0-9]*_*.py"))
    names = migrate.revisions()
    cut = [name for name, file in zip(names, files, strict=True) if "autocommit_block" in file.read_text()]
    left = set(cut) - {names[-1]}
    engine = create_engine(parse_url(empty_database_url)[0])

    def interrupt(_number: int, _total: int, revision: str) -> None:
        before, done = ["", "", *names][names.index(revision) :][:2]
        if done in left:
            left.remove(done)
            with engine.begin() as connection:
                connection.execute(text("UPDATE desk.alembic_version SET version_num = :v"), {"v": before})
            raise InterruptedError(done)

    for name in [one for one in cut if one in left]:
        with pytest.raises(InterruptedError, match=name):
            migrate.upgrade(empty_database_url, interrupt)
    engine.dispose()
    assert migrate.upgrade(empty_database_url, interrupt)
    assert migrate.current_and_head(empty_database_url) == (names[-1], names[-1])


def test_a_database_of_the_platform_is_not_migrated_but_sent_to_adoption(empty_database_url: str) -> None:
    """The first migration would collide with the tables that are there."""
    engine = create_engine(parse_url(empty_database_url)[0])
    with engine.begin() as connection:
        connection.execute(text('CREATE TABLE "User" (id text)'))
    engine.dispose()
    with pytest.raises(migrate.MigrationRefused, match="lumira db adopt"):
        migrate.upgrade(empty_database_url)


def test_a_database_migrated_by_a_newer_desk_is_left_alone(database: Database, database_url: str) -> None:
    """An older version must not guess what a newer one did."""
    with database.writing() as session:
        session.execute(text("UPDATE desk.alembic_version SET version_num = '9999'"))
    with pytest.raises(migrate.MigrationRefused, match="9999"):
        migrate.upgrade(database_url)


def test_the_desk_schema_is_what_its_models_say(database: Database) -> None:
    """Tables, columns, nullability and indexes of ours: the migrations and the models are one thing."""
    found, dialect = inspect(database.engine), database.engine.dialect
    ours = {name for name in found.get_table_names("desk") if not name.startswith("procrastinate_")}
    assert ours - {"alembic_version"} == {table.name for table in DeskBase.metadata.tables.values()}
    for table in DeskBase.metadata.tables.values():
        columns = {
            (c["name"], c["type"].compile(dialect), c["nullable"]) for c in found.get_columns(table.name, "desk")
        }
        assert columns == {(c.name, c.type.compile(dialect), bool(c.nullable)) for c in table.columns}, table.name
        indexes = {i["name"] for i in found.get_indexes(table.name, "desk") if "duplicates_constraint" not in i}
        assert indexes == {i.name for i in table.indexes}, table.name


def test_the_database_checks_the_values_that_the_models_name(database: Database) -> None:
    """A value that a model allows and no migration brought would be refused at its first row."""
    found = inspect(database.engine)
    for table in DeskBase.metadata.tables.values():
        named = {str(c.name): str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)}
        checked = {str(c["name"]): c["sqltext"] for c in found.get_check_constraints(table.name, "desk")}
        wanted, there = ({name: _quoted(sql) for name, sql in checks.items()} for checks in (named, checked))
        assert there == wanted, f"a migration is missing, or CheckConstraint of {table.name} is out of date"


def _quoted(sql: str) -> set[str]:
    return set(re.findall(r"'([^']+)'", sql))


def test_no_foreign_key_crosses_the_two_schemas(database: Database) -> None:
    """The platform may drop and remake its tables without us, and we ours (DOMAIN §1)."""
    crossing = text(
        """
        SELECT conname FROM pg_constraint c
        JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
        WHERE c.contype = 'f' AND a.relnamespace <> b.relnamespace
        """
    )
    with database.reading() as session:
        assert session.scalars(crossing).all() == []
