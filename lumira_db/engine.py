"""The two doors to the database: ``reading()``, which PostgreSQL itself forbids to write, and
``writing()``, which commits once."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.orm import Session, sessionmaker

from lumira_db import audit

# Query parameters that Prisma's connector knows and libpq refuses.
_PRISMA_ONLY = frozenset(
    {"schema", "connection_limit", "pool_timeout", "pgbouncer", "socket_timeout", "statement_cache_size"}
)
_PRISMA_SSL = {"sslaccept", "sslidentity", "sslpassword"}


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


def make_engine(url: str, *, pool_size: int = 10, application_name: str = "lumira-desk") -> Engine:
    """An engine for ``url``; behind a transaction pooler (``pgbouncer=true``) without prepared statements."""
    parsed, prisma = parse_url(url)
    pooled = prisma.get("pgbouncer") == "true"
    size = int(prisma.get("connection_limit", pool_size))
    connect_args: dict[str, object] = {"application_name": application_name}
    if pooled:
        connect_args["prepare_threshold"] = None
    else:
        connect_args["options"] = "-c timezone=UTC -c idle_in_transaction_session_timeout=60000"
    return create_engine(
        parsed,
        pool_size=size,
        max_overflow=max(2, size // 2),
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args=connect_args,
    )


class Database:
    """A database and its two doors. One per process; thread-safe."""

    def __init__(self, url: str, *, pool_size: int = 10, application_name: str = "lumira-desk") -> None:
        self.engine = make_engine(url, pool_size=pool_size, application_name=application_name)
        self._reading = sessionmaker(
            self.engine.execution_options(postgresql_readonly=True), autoflush=False, expire_on_commit=False
        )
        self._writing = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session in a read-only transaction: a write raises inside PostgreSQL."""
        with self._reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is committed once, at the end of the block; any exception rolls all of it back."""
        with self._writing() as session:
            yield session
            audit.flush(session)
            session.commit()

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
