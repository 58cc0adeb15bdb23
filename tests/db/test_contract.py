"""The contract: the migrations make exactly it, and every departure from it is found and named."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lumira_db import enums
from lumira_db.contract.compare import Difference, Kind, contract, differences, live_catalog
from lumira_db.engine import Database
from lumira_db.models import Base
from tests.factories import make_client


def found(session: Session) -> tuple[Difference, ...]:
    return differences(live_catalog(session.connection()), contract())


def test_a_migrated_database_is_the_contract_in_both_directions(session: Session) -> None:
    """Same tables, columns in the same order, enums, indexes and keys; nothing missing, nothing more."""
    live, expected = live_catalog(session.connection()), contract()
    assert differences(live, expected) == ()
    assert live == expected
    assert list(live.tables) == list(expected.tables)


def test_the_contract_has_the_size_that_its_file_promises() -> None:
    """15 tables, 13 enums, 61 indexes, 9 foreign keys (DOMAIN §1): nothing was lost in reading it."""
    raw = json.loads((Path(__file__).parents[2] / "lumira_db/contract/catalog.json").read_text("utf-8"))
    expected = contract()
    sizes = [len(expected.tables), len(expected.enums), len(expected.indexes), len(expected.foreign_keys)]
    assert sizes == [15, 13, 61, 9]
    assert sum(map(len, expected.tables.values())) == sum(map(len, raw["tables"].values()))


def test_the_models_have_the_tables_and_columns_of_the_contract() -> None:
    """Models = contract: every column, its nullability and its type by PostgreSQL's own name."""
    expected = contract().tables
    assert set(Base.metadata.tables) == set(expected)
    for name, columns in expected.items():
        mapped = {column.name: column for column in Base.metadata.tables[name].columns}
        assert set(mapped) == {column.name for column in columns}, name
        for column in columns:
            assert bool(mapped[column.name].nullable) == column.nullable, f"{name}.{column.name}"


def test_the_models_have_the_indexes_and_keys_of_the_contract() -> None:
    """Models = contract: names of indexes (primary keys apart) and foreign keys."""
    indexes = {index.name for table in Base.metadata.tables.values() for index in table.indexes}
    keys = {key.name for table in Base.metadata.tables.values() for key in table.foreign_key_constraints}
    assert indexes == {name for name in contract().indexes if not name.endswith("_pkey")}
    assert keys == set(contract().foreign_keys)


def test_the_enums_of_python_have_the_values_of_the_contract_in_order() -> None:
    """Models = contract: an enum's order is what PostgreSQL sorts by."""
    for name, values in contract().enums.items():
        assert tuple(getattr(enums, name)) == values, name


DAMAGES = [
    ('DROP TABLE "ProcessedEvent"', Kind.TABLE_MISSING, "ProcessedEvent", True),
    ("CREATE TABLE campaign (id text)", Kind.TABLE_EXTRA, "campaign", False),
    ('ALTER TABLE "User" DROP COLUMN notes', Kind.COLUMN_MISSING, "User.notes", True),
    ('ALTER TABLE "Order" ADD COLUMN addons jsonb', Kind.COLUMN_EXTRA, "Order.addons", False),
    ("ALTER TABLE \"Order\" ADD COLUMN shop text NOT NULL DEFAULT 'fr'", Kind.COLUMN_EXTRA, "Order.shop", False),
    ('ALTER TABLE "Order" ADD COLUMN shop text NOT NULL', Kind.COLUMN_EXTRA, "Order.shop", True),
    ('ALTER TABLE "Order" ALTER COLUMN amount TYPE bigint', Kind.COLUMN_TYPE, "Order.amount", True),
    ('ALTER TABLE "User" ALTER COLUMN "updatedAt" TYPE timestamp(6)', Kind.COLUMN_TYPE, "User.updatedAt", True),
    ('ALTER TABLE "User" ALTER COLUMN email DROP NOT NULL', Kind.COLUMN_NULLABLE, "User.email", True),
    ('ALTER TABLE "User" ALTER COLUMN phone SET NOT NULL', Kind.COLUMN_NULLABLE, "User.phone", True),
    ('ALTER TABLE "Order" ALTER COLUMN currency DROP DEFAULT', Kind.COLUMN_DEFAULT, "Order.currency", True),
    ("ALTER TABLE \"Order\" ALTER COLUMN status SET DEFAULT 'PAID'", Kind.COLUMN_DEFAULT, "Order.status", True),
    ('DROP TYPE "AudioVoice"', Kind.ENUM_MISSING, "AudioVoice", True),
    ("CREATE TYPE \"Mood\" AS ENUM ('CALM')", Kind.ENUM_EXTRA, "Mood", False),
    ("ALTER TYPE \"UserStatus\" ADD VALUE 'ERASED'", Kind.ENUM_VALUES, "UserStatus", True),
    ("ALTER TYPE \"UserStatus\" RENAME VALUE 'BANNED' TO 'BARRED'", Kind.ENUM_VALUES, "UserStatus", True),
    ('DROP INDEX "User_email_key"', Kind.INDEX_MISSING, "User_email_key", True),
    ('DROP INDEX "User_email_idx"', Kind.INDEX_MISSING, "User_email_idx", False),
    ('CREATE INDEX mine ON "User" (phone)', Kind.INDEX_EXTRA, "mine", False),
    (
        'DROP INDEX "Order_level_idx"; CREATE INDEX "Order_level_idx" ON "Order" (level DESC)',
        Kind.INDEX_DIFFERENT,
        "Order_level_idx",
        False,
    ),
    (
        'DROP INDEX "User_email_key"; CREATE INDEX "User_email_key" ON "User" (email)',
        Kind.INDEX_DIFFERENT,
        "User_email_key",
        True,
    ),
    ('ALTER TABLE "Order" DROP CONSTRAINT "Order_userId_fkey"', Kind.KEY_MISSING, "Order_userId_fkey", True),
    (
        'ALTER TABLE "Insight" ADD CONSTRAINT extra FOREIGN KEY ("userId") REFERENCES "User" (id)',
        Kind.KEY_EXTRA,
        "extra",
        False,
    ),
    (
        """ALTER TABLE "Order" DROP CONSTRAINT "Order_userId_fkey"; ALTER TABLE "Order" ADD CONSTRAINT
           "Order_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" (id) ON DELETE CASCADE""",
        Kind.KEY_DIFFERENT,
        "Order_userId_fkey",
        True,
    ),
    (
        """ALTER TYPE "AudioVoice" RENAME TO old; DROP TYPE old;
           CREATE TYPE "AudioVoice" AS ENUM ('FEMININE', 'MASCULINE')""",
        Kind.ENUM_ORDER,
        "AudioVoice",
        True,
    ),
]


def test_every_kind_of_difference_has_a_damage_that_shows_it() -> None:
    """No kind can be added without proof that it is found."""
    assert {kind for _, kind, _, _ in DAMAGES} == set(Kind)


@pytest.mark.parametrize(("damage", "kind", "where", "matters"), DAMAGES, ids=[f"{d[1]}-{d[0][:40]}" for d in DAMAGES])
def test_a_difference_is_found_named_and_weighed(
    session: Session, damage: str, kind: Kind, where: str, matters: bool
) -> None:
    """The comparison names the one object that differs and says whether the Desk can live with it."""
    for statement in damage.split(";"):
        session.execute(text(statement))
    here = [difference for difference in found(session) if difference.kind is kind]
    assert [(difference.where, difference.matters) for difference in here] == [(where, matters)]
    assert where in here[0].sentence
    assert here[0].sentence.endswith(".")


def test_an_index_whose_making_failed_counts_as_missing(database: Database) -> None:
    """PostgreSQL keeps its name and does not use it; duplicates are in the table already."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text('DROP INDEX "User_email_key"'))
        with database.writing() as session:
            for _ in range(2):
                make_client(session, email="twice@example.org")
        with pytest.raises(IntegrityError):
            connection.execute(text('CREATE UNIQUE INDEX CONCURRENTLY "User_email_key" ON "User" (email)'))
        assert [d.where for d in differences(live_catalog(connection), contract())] == ["User_email_key"]


def test_what_matters_comes_first(session: Session) -> None:
    """A person reads the reasons for a refusal before the remarks."""
    for statement in ('CREATE INDEX mine ON "User" (phone)', 'DROP INDEX "User_email_key"'):
        session.execute(text(statement))
    assert [difference.matters for difference in found(session)] == [True, False]


def test_our_indexes_on_contract_tables_are_no_difference(session: Session) -> None:
    """Partial and expression indexes named desk_… are ours, also those that a later migration adds."""
    session.execute(text('CREATE INDEX desk_more ON "User" (lower(email))'))
    assert found(session) == ()


def test_the_search_path_of_the_connection_does_not_matter(session: Session) -> None:
    """PostgreSQL words types by the search path: the comparison sets its own."""
    session.execute(text("SET LOCAL search_path = desk"))
    assert found(session) == ()
