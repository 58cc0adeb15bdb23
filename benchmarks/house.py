"""The Desk that is measured: its own PostgreSQL, one seeded database per size, one real server process each."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks.visitor import sign_in
from dashboard.auth.password import hash_password
from dashboard.embedded.home import LOOPBACK, free_port
from dashboard.embedded.postgres import temporary_cluster
from dashboard.embedded.probes import http_answers
from dashboard.migrate import upgrade
from dashboard.seed.fill import Progress, seed
from lumira_db.actor import SYSTEM, Role
from lumira_db.commands.staff import add_staff
from lumira_db.engine import Database

ROOT = Path(__file__).resolve().parent.parent
_STARTS_WITHIN = 60.0
_POLL = 0.005
_STOPS_WITHIN = 10.0
_LEAST_CLIENTS = 400
# As the demo's, and every statement counted, planning included.
_SETTINGS = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
}


class ServerSilent(Exception):
    """The server did not come up; the text ends with the last lines of its log."""


@dataclass(frozen=True)
class Store:
    """One seeded database. ``admin_url`` is the superuser's, in the same database."""

    orders: int
    url: str
    admin_url: str
    seconds: float


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in; ``token`` is their session's."""

    staff_id: str
    email: str
    token: str


@dataclass(frozen=True)
class Server:
    """A running server and somebody signed in per role. ``ready_ms``: from the start to the first answer."""

    store: Store
    url: str
    pid: int
    ready_ms: float
    people: dict[Role, Person]


@contextmanager
def cluster(pg_bin: Path | None = None) -> Iterator[tuple[str, str]]:
    """A PostgreSQL for this run only: the addresses of its owner's and of its superuser's database."""
    with temporary_cluster(pg_bin, _SETTINGS) as running:
        with psycopg.connect(running.admin_url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
        yield running.url, running.admin_url


def fill(owner: str, admin: str, orders: int, progress: Progress) -> Store:
    """Make and seed a database of ``orders`` orders, with a client for every five."""
    name = f"bench_{orders}"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    began = time.monotonic()
    url, admin_url = _address(owner, name), _address(admin, name)
    upgrade(url)
    seed(url, None, clients=max(_LEAST_CLIENTS, orders // 5), orders=orders, progress=progress)
    return Store(orders, url, admin_url, time.monotonic() - began)


@contextmanager
def server(store: Store, log: Path) -> Iterator[Server]:
    """The server on a free port in a process of its own, with an admin and an expert signed in."""
    with process(store, log) as (url, pid, ready_ms):
        people = {role: _person(store, url, role) for role in (Role.ADMIN, Role.EXPERT)}
        yield Server(store, url, pid, ready_ms, people)


@contextmanager
def process(store: Store, log: Path) -> Iterator[tuple[str, int, float]]:
    """The bare process: its address, its number, and the milliseconds from its start to the first answer."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LUMIRA_", "AWS_", "DATABASE"))}
    own = {
        "DATABASE_URL": store.url,
        "LUMIRA_SECRET_KEY": secrets.token_hex(32),
        "LUMIRA_PUBLIC_URL": url,
        "LUMIRA_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "benchmarks.serve", "serve", "--host", LOOPBACK, "--port", str(port)]
    with log.open("ab") as output:
        began = time.perf_counter()
        child = subprocess.Popen(command, cwd=ROOT, env=kept | own, stdout=output, stderr=output)
        try:
            _wait(child, port, log)
            yield url, child.pid, (time.perf_counter() - began) * 1000
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(_STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while not http_answers(port, "/healthz"):
        if child.poll() is not None or time.monotonic() > until:
            raise ServerSilent(f"The server did not answer:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(_POLL)


def _person(store: Store, url: str, role: Role) -> Person:
    email, password = f"{role.lower()}-{secrets.token_hex(4)}@bench.example", secrets.token_urlsafe(16)
    database = Database(store.url, pool_size=1, application_name="benchmarks")
    with database.writing() as session:
        staff_id = add_staff(
            session, SYSTEM, email=email, name=f"{role.title()} Bench", role=role, password_hash=hash_password(password)
        )
    database.dispose()
    return Person(staff_id, email, sign_in(url, email, password))


def _address(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)
