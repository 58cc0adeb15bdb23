"""Brings a database to the newest revision of ours, in this process.

The revisions are found beside the packages, in a checkout and in an installed wheel alike. A database
that is already there costs one query: alembic is imported only when there is something to do.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from lumira_db.contract.compare import Difference, contract, differences, live_catalog
from lumira_db.engine import make_engine

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 0x4C554D4D  # one migration at a time; another number than the audit's

Progress = Callable[[int, int, str], None]
"""Called before each revision with its number in this run (from 1), how many there are, and its name."""


class MigrationRefused(Exception):
    """The database is not one that can be upgraded as it is; the text says what to do instead."""


@dataclass(frozen=True, slots=True)
class AdoptReport:
    """Every difference from the contract, those that matter first, and whether the Desk moved in."""

    differences: tuple[Difference, ...]
    adopted: bool


def revisions() -> list[str]:
    """Every revision, oldest first, by the names of the files (``0001_contract.py`` is ``0001``)."""
    return sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def current_and_head(database_url: str) -> tuple[str | None, str]:
    """The revision that the database is at (None: never migrated) and the newest one there is."""
    with _connect(database_url) as connection:
        return _current(connection), revisions()[-1]


def upgrade(database_url: str, progress: Progress | None = None) -> bool:
    """Run every missing migration; whether there was any.

    Several processes may call this at once: one migrates, the others wait for it. Raises
    ``MigrationRefused`` on a database that the platform made and that was not adopted yet, and on one
    that a newer version of the Desk has migrated.
    """
    with _connect(database_url) as connection:
        if _current(connection) == revisions()[-1]:
            return False
        with _alone(connection):
            return _run_missing(connection, progress)


def adopt(database_url: str, progress: Progress | None = None) -> AdoptReport:
    """Make the Desk at home in a database that the platform made.

    Compares it with the contract; only when no difference matters is the first migration recorded as
    done and the rest run. A database that was adopted before is compared and brought to the head.
    """
    with _connect(database_url) as connection, _alone(connection):
        with connection.begin():
            found = differences(live_catalog(connection), contract())
        if any(difference.matters for difference in found):
            return AdoptReport(found, adopted=False)
        if _current(connection) is None:
            from alembic import command

            command.stamp(_config(connection), revisions()[0])
        _run_missing(connection, progress)
        return AdoptReport(found, adopted=True)


def _run_missing(connection: Connection, progress: Progress | None) -> bool:
    missing = _missing(connection)
    if not missing:
        return False
    from alembic import command

    for number, revision in enumerate(missing, start=1):
        if progress is not None:
            progress(number, len(missing), revision)
        command.upgrade(_config(connection), revision)
    return True


def _missing(connection: Connection) -> list[str]:
    known, current = revisions(), _current(connection)
    if current is None:
        if _made_by_platform(connection):
            raise MigrationRefused("This database was made by the platform: run “lumira db adopt” first.")
        return known
    if current not in known:
        raise MigrationRefused(
            f"The database is at revision {current}, which this version of the Desk does not know: "
            "it was migrated by a newer one. Install that version."
        )
    return known[known.index(current) + 1 :]


def _current(connection: Connection) -> str | None:
    with connection.begin():
        table = connection.scalar(text("SELECT to_regclass('desk.alembic_version')"))
        if table is None:
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM desk.alembic_version"))
        return revision


def _made_by_platform(connection: Connection) -> bool:
    with connection.begin():
        return connection.scalar(text("""SELECT to_regclass('public."User"')""")) is not None


def _config(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connect(database_url: str) -> Iterator[Connection]:
    engine = make_engine(database_url, pool_size=1, application_name="lumira-migrate")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    # Asked for again and again rather than waited for: a waiting statement holds a snapshot, and
    # CREATE INDEX CONCURRENTLY in the process that migrates would wait for it in turn.
    while not _ask_lock(connection):
        time.sleep(0.1)
    try:
        yield
    finally:
        connection.rollback()
        with connection.begin():
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})


def _ask_lock(connection: Connection) -> bool:
    with connection.begin():
        return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}))
