"""How the ``lumira`` command speaks: plain sentences, progress, and exit codes instead of tracebacks.

Exit codes: 0 done; 1 the answer is no (a refusal, a check that found faults); 2 the command or the
settings are incomplete; 3 something that is needed cannot be reached.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from rich.console import Console

NO, INCOMPLETE, UNREACHABLE = 1, 2, 3
SECONDS_BETWEEN_LINES = 10

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Failure(Exception):
    """An expected end of a command: the sentence to print and the exit code."""

    def __init__(self, sentence: str, code: int = NO) -> None:
        self.code = code
        super().__init__(sentence)


def say(sentence: str, *, style: str | None = None) -> None:
    """One line on standard output, whatever it holds (no markup is read from it) and however long."""
    out.print(sentence, style=style, markup=False, soft_wrap=True)


def complain(sentence: str) -> None:
    """One line on standard error."""
    err.print(sentence, style="red", markup=False, soft_wrap=True)


@contextmanager
def steps() -> Iterator[Callable[[int, int, str], None]]:
    """A bar for work in numbered steps: what it yields takes (number from 1, how many, what).

    Without a terminal, a line of text every ten seconds.
    """
    if not err.is_terminal:
        yield _lines()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=None)

        def advance(number: int, total: int, what: str) -> None:
            bar.update(task, completed=number - 1, total=total, description=what)

        yield advance


def _lines() -> Callable[[int, int, str], None]:
    said = time.monotonic()

    def advance(number: int, total: int, what: str) -> None:
        nonlocal said
        if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            err.print(f"{what}: {number:,} of {total:,}", markup=False)

    return advance


def fail_if_expected(error: BaseException) -> NoReturn:
    """Turn what may go wrong without a defect into a ``Failure``; raise anything else as it is."""
    failure = next((made for make in _TRANSLATIONS if (made := make(error))), None)
    if failure is None:
        raise error
    raise failure from error


def _settings(error: Any) -> Failure | None:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError) or error.title != "Settings":
        return None
    problems = [f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors()]
    return Failure("A setting is not usable. " + "; ".join(problems), INCOMPLETE)


def _database(error: Any) -> Failure | None:
    import psycopg
    from sqlalchemy.exc import OperationalError

    if not isinstance(error, OperationalError | psycopg.OperationalError):
        return None
    cause = error.orig if isinstance(error, OperationalError) else error
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    return Failure(f"The database cannot be reached: {lines[0] if lines else 'no answer'}", UNREACHABLE)


def _refusal(error: Any) -> Failure | None:
    from dashboard.migrate import MigrationRefused
    from dashboard.seed.fill import NotEmpty
    from lumira_db.errors import Refusal

    return Failure(str(error)) if isinstance(error, Refusal | MigrationRefused | NotEmpty) else None


def _storage(error: Any) -> Failure | None:
    from dashboard.gateways.storage import StorageUnavailable

    return Failure(str(error), UNREACHABLE) if isinstance(error, StorageUnavailable) else None


def _serving(error: Any) -> Failure | None:
    # Not imported for its own sake: who did not serve has not failed to.
    server = sys.modules.get("dashboard.server")
    return Failure(str(error), INCOMPLETE) if server and isinstance(error, server.NotConfigured) else None


def _demo(error: Any) -> Failure | None:
    if "dashboard.embedded.demo" not in sys.modules:
        return None
    from dashboard.embedded.demo import PortTaken
    from dashboard.embedded.home import HomeBusy
    from dashboard.embedded.postgres_programs import PostgresUnavailable
    from dashboard.embedded.s3 import StorageUnavailable
    from dashboard.embedded.supervisor import PartFailed

    expected = HomeBusy | PortTaken | PartFailed | PostgresUnavailable | StorageUnavailable
    return Failure(str(error), UNREACHABLE) if isinstance(error, expected) else None


_TRANSLATIONS: tuple[Callable[[Any], Failure | None], ...] = (
    _settings,
    _database,
    _refusal,
    _storage,
    _serving,
    _demo,
)
