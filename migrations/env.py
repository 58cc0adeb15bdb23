"""Runs the migrations: every statement under a short lock timeout, our version table in ``desk``."""

import os

from alembic import context
from sqlalchemy import Connection, text

from lumira_db.engine import make_engine
from lumira_db.models import DeskBase

# The platform writes while we migrate: a statement that cannot get its lock quickly gives way and the
# migration is run again, instead of making every checkout queue behind it.
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "15min"


def run(connection: Connection) -> None:
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS desk"))
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=DeskBase.metadata,
        version_table="alembic_version",
        version_table_schema="desk",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    engine = make_engine(os.environ["DATABASE_URL"], application_name="lumira-migrate")
    with engine.connect() as connection:
        run(connection)
    engine.dispose()


main()
