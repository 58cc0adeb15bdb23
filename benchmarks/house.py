"""The Desk that is measured: one real server process, and people who are signed in."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from benchmarks import machine
from benchmarks.store import ROOT, Store
from dashboard.embedded.home import LOOPBACK, free_port
from dashboard.embedded.probes import http_answers
from lumira_db.actor import SYSTEM, Actor, Role
from lumira_db.commands.claims import take_order
from lumira_db.commands.sessions import Origin, open_session
from lumira_db.commands.staff import add_staff
from lumira_db.engine import Database
from lumira_db.models import Staff

_STARTS_WITHIN = 60.0
_POLL = 0.005
_STOPS_WITHIN = 10.0
_LEASE = timedelta(hours=12)


class ServerSilent(Exception):
    """The server did not come up; the text ends with the last lines of its log."""


class ServerComplained(Exception):
    """The server logged an error, or a statement that it had to stop: figures of broken screens mean nothing."""


@dataclass(frozen=True)
class Server:
    """A running server. ``ready_ms``: from the start of the process to the first answer; ``ready_cpu`` is the part of
    it, in milliseconds, in which the process had a processor (the rest it waited, for a busy machine above all)."""

    store: Store
    url: str
    pid: int
    ready_ms: float
    ready_cpu: float
    log: Path

    def complaints(self) -> list[str]:
        """Errors in its log."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                found.append(line)
                continue
            if entry.get("level") in {"error", "critical"} or "took too long" in entry.get("message", ""):
                found.append(line)
        return found


@contextmanager
def server(store: Store, log: Path) -> Iterator[Server]:
    """The server on a free port in a process of its own. Raises ``ServerSilent``, ``ServerComplained``."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    command = [sys.executable, "-m", "benchmarks.serve", "serve", "--host", LOOPBACK, "--port", str(port)]
    with log.open("wb") as output:
        began = time.perf_counter()
        child = subprocess.Popen(command, cwd=ROOT, env=_environment(store, url), stdout=output, stderr=output)
        try:
            _wait(child, port, log)
            took, busy = time.perf_counter() - began, machine.cpu_seconds(child.pid)
            running = Server(store, url, child.pid, took * 1000, busy * 1000, log)
            yield running
        finally:
            _end(child)
    if complaints := running.complaints():
        raise ServerComplained("\n".join(complaints[:5]))


class People:
    """Who works at the Desk of one database: an account per role, kept with the database."""

    def __init__(self, store: Store) -> None:
        self._database = Database(store.url, pool_size=1, application_name="benchmarks")
        self._staff = {role: self._member(role) for role in Role}

    def close(self) -> None:
        """Let go of the database."""
        self._database.dispose()

    def token(self, role: Role) -> str:
        """A new session of somebody in this role."""
        with self._database.writing() as session:
            return open_session(session, self._staff[role], Origin(LOOPBACK, "benchmarks"), lifetime=_LEASE).token

    def hold(self, order_id: str) -> None:
        """The expert works on this order from now on."""
        expert = Actor(self._staff[Role.EXPERT], "Bench", "expert@bench.example", Role.EXPERT)
        with self._database.writing() as session:
            take_order(session, expert, order_id, lease=_LEASE)

    def _member(self, role: Role) -> str:
        email = f"{role.lower()}@bench.example"
        with self._database.writing() as session:
            known = session.scalar(select(Staff.id).where(Staff.email == email))
            if known is not None:
                return known
            # Nobody signs in with a password here: sessions are opened at the door behind it.
            name = f"{role.title()} Bench"
            return add_staff(session, SYSTEM, email=email, name=name, role=role, password_hash="!")


def _environment(store: Store, url: str) -> dict[str, str]:
    # Where Python keeps no bytecode, every start would translate all of the Desk again; nobody's server does.
    foreign = ("LUMIRA_", "AWS_", "DATABASE", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    # How many processes serve is a question that the benchmark is asked.
    kept["LUMIRA_PROCESSES"] = os.environ.get("LUMIRA_PROCESSES", "0")
    own = {
        "DATABASE_URL": store.url,
        "LUMIRA_SECRET_KEY": secrets.token_hex(32),
        "LUMIRA_PUBLIC_URL": url,
        "LUMIRA_LOG_LEVEL": "WARNING",
    }
    return kept | own


def _wait(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while not http_answers(port, "/healthz"):
        if child.poll() is not None or time.monotonic() > until:
            raise ServerSilent(f"The server did not answer:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(_POLL)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(_STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
