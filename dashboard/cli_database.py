"""The database of a command: named by the settings, reachable, migrated."""

from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.cli_output import INCOMPLETE, Failure
from dashboard.settings import get_settings
from lumira_db.engine import Database, parse_url


def database_url() -> str:
    """``DATABASE_URL``, once it is known to be one. Raises ``Failure``."""
    from sqlalchemy.exc import ArgumentError

    url = get_settings().database_url.get_secret_value()
    if not url:
        example = "postgresql://desk:secret@127.0.0.1:5432/lumira"
        raise Failure(f"No database is named: set DATABASE_URL, for example {example}", INCOMPLETE)
    try:
        parse_url(url)
    except ArgumentError:
        raise Failure("DATABASE_URL is not an address that can be read.", INCOMPLETE) from None
    except ValueError as error:
        raise Failure(f"DATABASE_URL cannot be used: {error}.", INCOMPLETE) from None
    return url


def require_database() -> str:
    """The address of a database at the newest revision. Raises ``Failure`` when it is not there yet."""
    from dashboard.migrate import current_and_head

    url = database_url()
    current, head = current_and_head(url)
    if current != head:
        at = "has not been prepared" if current is None else f"is at revision {current}, not {head}"
        raise Failure(f"The database {at}: run “lumira db upgrade” (or “lumira db adopt” on the platform's).")
    return url


@contextmanager
def opened() -> Iterator[Database]:
    """The migrated database, closed again at the end of the block."""
    database = Database(require_database(), pool_size=1, application_name="lumira-cli")
    try:
        yield database
    finally:
        database.dispose()
