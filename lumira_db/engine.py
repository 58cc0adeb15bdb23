"""The doors to the database: ``reading()`` and ``glancing()``, which PostgreSQL itself forbids to write, and
``writing()``, which commits once."""

import re
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from lumira_db import audit

# Query parameters that Prisma's connector knows and libpq refuses.
_PRISMA_ONLY = frozenset(
    {"schema", "connection_limit", "pool_timeout", "pgbouncer", "socket_timeout", "statement_cache_size"}
)
# Idle for less: nothing between here and PostgreSQL has had the time to forget the connection.
_FRESH_SECONDS = 30.0
_PRISMA_SSL = {"sslaccept", "sslidentity", "sslpassword"}
# What PostgreSQL keeps in no text: NUL, and halves of surrogate pairs, which UTF-8 does not have.
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


def parse_url(url: str) -> tuple[URL, dict[str, str]]:
    """Read a ``DATABASE_URL`` as people and Prisma write it.

    Returns the URL for psycopg and the parameters that only Prisma understands (``connection_limit``,
    ``pgbouncer`` …). Raises ``ValueError`` when another schema than ``public`` is asked for.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must be a postgresql:// address")
    known = {key: str(value) for key, value in parsed.query.items() if key in _PRISMA_ONLY}
    if known.get("schema", "public") != "public":
        raise ValueError("the contract lives in the schema public: remove schema=… from DATABASE_URL")
    rest = {k: v for k, v in parsed.query.items() if k not in _PRISMA_ONLY and k not in _PRISMA_SSL}
    if "connect_timeout" not in rest:
        rest["connect_timeout"] = "5"
    return parsed.set(drivername="postgresql+psycopg", query=rest), known


def make_engine(
    url: str,
    *,
    pool_size: int = 10,
    application_name: str = "lumira-desk",
    longest_statement: timedelta | None = None,
    read_only: bool = False,
) -> Engine:
    """An engine for ``url``; behind a transaction pooler (``pgbouncer=true``) without prepared statements, and
    without ``longest_statement``, after which PostgreSQL gives a statement up, and without ``read_only``."""
    parsed, prisma = parse_url(url)
    pooled = prisma.get("pgbouncer") == "true"
    size = int(prisma.get("connection_limit", pool_size))
    connect_args: dict[str, object] = {"application_name": application_name}
    if pooled:
        connect_args["prepare_threshold"] = None
    else:
        connect_args["options"] = _options(longest_statement, read_only=read_only)
    engine = create_engine(
        parsed, pool_size=size, max_overflow=max(2, size // 2), pool_recycle=1800, connect_args=connect_args
    )
    event.listen(engine, "before_cursor_execute", _drop_unkept, retval=True)
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", _refuse_dead)
    return engine


def _options(longest_statement: timedelta | None, *, read_only: bool) -> str:
    chosen = {
        "timezone": "UTC",
        "idle_in_transaction_session_timeout": "60000",
        # What is right for a filter that most orders match is wrong for one that few match: every run is planned
        # for the values at hand, which costs a fraction of a millisecond.
        "plan_cache_mode": "force_custom_plan",
    }
    if longest_statement is not None:
        chosen["statement_timeout"] = str(int(longest_statement.total_seconds() * 1000))
    if read_only:
        chosen["default_transaction_read_only"] = "on"
        # Somebody waits for it at every click: to start workers takes as long as most of these statements.
        chosen["max_parallel_workers_per_gather"] = "0"
    return " ".join(f"-c {name}={value}" for name, value in chosen.items())


def _drop_unkept(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any
) -> tuple[str, Any]:
    """An address or a name with a NUL in it names nothing; it must not cost anybody their screen."""
    return statement, _kept(parameters)


def _kept(parameters: Any) -> Any:
    # Many rows come as a list of mappings, or, where they are written in one statement, as a single mapping.
    if isinstance(parameters, list):
        return [_kept(one) for one in parameters]
    if not isinstance(parameters, dict):
        return parameters
    return {name: _kept_text(value) for name, value in parameters.items()}


def _kept_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_kept_text(item) for item in value]
    return _UNKEPT.sub("", value) if isinstance(value, str) and not _is_kept(value) else value


def _is_kept(text: str) -> bool:
    # Many times faster than the pattern, and nearly always the end of it.
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def _note_return(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["returned"] = monotonic()


def _refuse_dead(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Take no connection from the pool that PostgreSQL has closed.

    Where it has, there is something to read: its end. So the question is put to PostgreSQL, which costs a journey
    there and back, only when there is, or when the connection lay idle for a while and could have been cut silently.
    """
    idle = monotonic() - record.info.get("returned", monotonic())
    try:
        if idle >= _FRESH_SECONDS or _has_news(connection):
            connection.execute("SELECT 1")
            connection.rollback()
    except psycopg.OperationalError as error:
        raise InvalidatePoolError from error


def _has_news(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class Database:
    """A database and its doors. One per process; thread-safe."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        application_name: str = "lumira-desk",
        longest_statement: timedelta | None = None,
    ) -> None:
        self.engine = make_engine(
            url, pool_size=pool_size, application_name=application_name, longest_statement=longest_statement
        )
        self._reading = sessionmaker(
            self.engine.execution_options(postgresql_readonly=True), autoflush=False, expire_on_commit=False
        )
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        self.after_commit: Callable[[Session], None] | None = None
        """Told of every commit through ``writing``, with its session (``lumira_db.replica``)."""
        self._glances = _glances(url, pool_size, application_name, longest_statement)
        self._glancing = sessionmaker(self._glances, autoflush=False) if self._glances else self._reading

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session in a read-only transaction: a write raises inside PostgreSQL."""
        with self._reading() as session:
            yield session

    @contextmanager
    def glancing(self) -> Iterator[Session]:
        """A session for what every click asks: each statement is a transaction of its own, also read-only.

        A transaction around one statement would be two journeys to PostgreSQL more. What sets something for the
        rest of its transaction, or fetches rows little by little, needs ``reading()``.
        """
        with self._glancing() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is committed once, at the end of the block; any exception rolls all of it back."""
        with self._writing() as session:
            yield session
            audit.flush(session)
            session.commit()
            if self.after_commit is not None:
                self.after_commit(session)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        if self._glances:
            self._glances.dispose()


def _glances(url: str, pool_size: int, application_name: str, longest_statement: timedelta | None) -> Engine | None:
    """Connections on which PostgreSQL forbids to write unasked. None behind a pooler, which cannot be told so, and
    where the address counts the connections: there a second pool would be too many."""
    known = parse_url(url)[1]
    if known.get("pgbouncer") == "true" or "connection_limit" in known:
        return None
    engine = make_engine(
        url,
        pool_size=pool_size,
        application_name=application_name,
        longest_statement=longest_statement,
        read_only=True,
    )
    return engine.execution_options(isolation_level="AUTOCOMMIT")
