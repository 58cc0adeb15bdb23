"""Every column of the database is classified: personal or not, and what erasing a client does with it."""

import pytest
from sqlalchemy import text

from lumira_db.engine import Database
from lumira_db.personal import TABLES, Fate, Table

COLUMNS = text(
    """
    SELECT n.nspname || '.' || c.relname AS table_name, a.attname AS column_name, a.attnotnull AS required
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname IN ('public', 'desk') AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    """
)


def test_every_column_of_the_database_is_classified_and_nothing_else_is(database: Database) -> None:
    """A new column fails here until lumira_db/personal.py says whether it is personal and what becomes of it."""
    with database.reading() as session:
        found = {(row.table_name, row.column_name) for row in session.execute(COLUMNS)}
    classified = {(table.name, column) for table in TABLES for column in table.columns}
    assert found - classified == set(), "not classified in lumira_db/personal.py"
    assert classified - found == set(), "classified, and not in the database"
    assert len(TABLES) == len({table.name for table in TABLES})


def test_what_is_cleared_may_be_null_and_what_is_replaced_says_by_what(database: Database) -> None:
    """An erasure must not fail on a constraint when it is too late to think about it."""
    with database.reading() as session:
        required = {(row.table_name, row.column_name) for row in session.execute(COLUMNS) if row.required}
    for table in TABLES:
        for column, fate in table.columns.items():
            if fate is Fate.CLEAR:
                assert (table.name, column) not in required
        replaced = {column for column, fate in table.columns.items() if fate is Fate.REPLACE}
        assert replaced == set(table.replaced), table.name


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_with_something_personal_says_how_its_rows_are_found(table: Table) -> None:
    """And a row that is deleted whole keeps nothing for the books."""
    assert table.reach or not table.personal
    assert table.reach or Fate.BOOKS not in table.columns.values()
    if table.loses_rows:
        assert set(table.columns.values()) <= {Fate.ROW, Fate.STAFF}
