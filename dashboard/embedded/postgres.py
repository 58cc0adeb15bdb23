"""A PostgreSQL of our own as a child process: made at the first start, recovered at every other."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from locale import LC_CTYPE, Error, setlocale
from pathlib import Path

import psycopg
from psycopg import sql

from dashboard.embedded import process
from dashboard.embedded.home import LOOPBACK, Home, free_port, new_secret
from dashboard.embedded.postgres_programs import PostgresUnavailable, programs, unprivileged_uid
from dashboard.embedded.supervisor import Part, Supervisor, start_somewhere

ADMIN, OWNER, DATABASE = "postgres", "lumira", "lumira"
_SETTINGS = {
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than our short statements take
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_ROOM = 4 * 2**30
"""Bytes that several clusters at once, each with the databases of a test, never fill."""
# Without autovacuum: it may be at work in a database that its owner, who may not end it, is about to drop.
_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "max_wal_size": "256MB",
}


@dataclass(frozen=True)
class Postgres:
    """One cluster. ``owner_password`` opens our database, ``admin_password`` the account that made the cluster."""

    data: Path
    programs: Path
    port: int
    owner_password: str
    admin_password: str
    uid: int | None
    settings: Mapping[str, str] = field(default_factory=lambda: _SETTINGS)

    @property
    def url(self) -> str:
        """Our database, as the account that owns it and may create others."""
        return self._url(OWNER, self.owner_password, DATABASE)

    @property
    def admin_url(self) -> str:
        """The cluster, as its superuser."""
        return self._url(ADMIN, self.admin_password, "postgres")

    def initialise(self, log_dir: Path) -> None:
        """Make the cluster unless it exists. What a killed earlier try left is thrown away."""
        if self.data.exists():
            if self.uid is None and self.data.stat().st_uid != os.geteuid():
                raise PostgresUnavailable(f"{self.data} belongs to another account: run the demo as that one.")
            return
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        with tempfile.TemporaryDirectory(prefix="lumira-") as folder:
            password = Path(folder) / "password"
            password.write_text(self.admin_password)
            for path in (draft, Path(folder), password):
                if self.uid is not None:
                    os.chown(path, self.uid, self.uid)
            self._initdb(draft, password, log_dir / "initdb.log")
        draft.rename(self.data)

    def _initdb(self, draft: Path, password: Path, log: Path) -> None:
        options = [f"--pwfile={password}", f"--username={ADMIN}", "--auth=scram-sha-256", "--encoding=UTF8"]
        options += [f"--locale={_locale()}", "--no-instructions"]
        if self.settings.get("fsync") == "off":
            options.append("--no-sync")
        command = [str(self.programs / "initdb"), "-D", self._seen(draft), *options]
        started = process.launch(
            command, log=log, env=_environment(), cwd=Path("/"), uid=self.uid, directory=self._opened(draft)
        )
        if started.wait() != 0:
            raise PostgresUnavailable(f"The database could not be made:\n{log.read_text(errors='replace')[-2000:]}")

    def part(self) -> Part:
        """The server, for the supervisor. ``initialise`` comes first."""
        fixed = {"listen_addresses": LOOPBACK, "port": str(self.port), "unix_socket_directories": ""}
        options = [word for name, value in ({**self.settings, **fixed}).items() for word in ("-c", f"{name}={value}")]
        return Part(
            name="postgres",
            command=[str(self.programs / "postgres"), "-D", self._seen(self.data), *options],
            ready=self.answers,
            prepare=self._forget_foreign_pid,
            env=_environment(),
            uid=self.uid,
            directory=self._opened(self.data),
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: sessions are ended, nothing is lost
            grace=3.0,
        )

    def answers(self) -> bool:
        """Whether it accepts connections and is ours (it knows our password)."""
        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self) -> None:
        """Make our account and our database where they are missing."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
                statement = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(OWNER), sql.Literal(self.owner_password)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def _opened(self, data: Path) -> Path | None:
        return data if self.uid is not None else None

    def _seen(self, data: Path) -> str:
        """The path under which PostgreSQL knows its data.

        An account other than ours may not be able to walk there (a checkout in root's home, a private LUMIRA_HOME),
        so it is given the folder opened.
        """
        return str(data) if self.uid is None else process.OPEN_DIRECTORY

    def _forget_foreign_pid(self) -> None:
        """Remove the lock of a killed server whose process number now belongs to another program.

        PostgreSQL itself sees through a number that is free, but not through one that was given again.
        """
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        command = Path("/proc") / lock.read_text().split("\n", 1)[0] / "comm"
        if command.exists() and not command.read_text().startswith("postgres"):
            lock.unlink()


def _environment() -> dict[str, str]:
    """Ours without the variables that change what PostgreSQL's programs do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _locale() -> str:
    """C.UTF-8, which knows letters beyond ASCII and compares by code point; plain C where the system lacks it."""
    before = setlocale(LC_CTYPE)
    try:
        setlocale(LC_CTYPE, "C.UTF-8")
    except Error:
        return "C"
    setlocale(LC_CTYPE, before)
    return "C.UTF-8"


def home_postgres(home: Home, pg_bin: Path | None) -> Postgres:
    """The cluster of a demo's folder, made if need be. Raises PostgresUnavailable."""
    data = home.root / "postgres"
    uid = unprivileged_uid(data)
    cluster = Postgres(
        data=data,
        programs=programs(pg_bin, uid),
        port=home.port("postgres"),
        owner_password=home.secret("postgres"),
        admin_password=home.secret("postgres_admin"),
        uid=uid,
    )
    cluster.initialise(home.log_dir)
    return cluster


def _in_memory() -> Path | None:
    """Where files live in memory and there is room, else None: a database is some 800 small files, and a disk takes ten
    times as long to copy them."""
    memory = Path("/dev/shm")  # noqa: S108 - only to make a private folder in
    return memory if memory.is_dir() and shutil.disk_usage(memory).free >= _ROOM else None


@contextmanager
def temporary_cluster(pg_bin: Path | None = None) -> Iterator[Postgres]:
    """A fresh cluster for tests, gone afterwards. Fast and forgetful."""
    from dashboard.settings import get_settings

    with tempfile.TemporaryDirectory(prefix="lumira-postgres-", dir=_in_memory()) as folder:
        root = Path(folder)
        uid = unprivileged_uid(root / "data")
        cluster = Postgres(
            data=root / "data",
            programs=programs(pg_bin or get_settings().pg_bin, uid),
            port=0,
            owner_password=new_secret(),
            admin_password=new_secret(),
            uid=uid,
            settings={**_SETTINGS, **_FORGETFUL},
        )
        with Supervisor(root / "run", root / "log") as supervisor:
            cluster.initialise(root / "log")
            started = start_somewhere(supervisor, lambda: replace(cluster, port=free_port()))
            started.create_database()
            yield started


@contextmanager
def temporary_postgres(pg_bin: Path | None = None) -> Iterator[str]:
    """The address of an empty database for tests, whose account may create others."""
    with temporary_cluster(pg_bin) as cluster:
        yield cluster.url
