"""``/healthz`` (this process), ``/readyz`` (all it needs), ``/metrics`` (figures for Prometheus)."""

import asyncio
import hmac
import ipaddress
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anyio
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.auth.requests import header
from dashboard.gateways.storage import Storage, StorageUnavailable
from dashboard.migrate import revisions
from dashboard.web.metrics import Counts, DatabaseGauges, written
from dashboard.web.process_figures import ProcessFigures
from lumira_db.clock import utcnow
from lumira_db.engine import Database
from lumira_db.queries.deliveries import count_states
from lumira_db.queries.outbox import find_worker_pulse
from lumira_db.queries.queue import count_queue

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds after which a part that has not answered counts as down."""
_KEEP = 1.0
_NO_STORE = {"cache-control": "no-store"}
_FORWARDED = (b"x-forwarded-for", b"forwarded", b"x-real-ip")


@dataclass(frozen=True, slots=True)
class Part:
    """How one part is: ``state`` in one word, or a few."""

    ok: bool
    state: str
    milliseconds: float


class Health:
    """The three routes, all of them public; ``/metrics`` looks at who asks."""

    def __init__(self, database: Callable[[], Database], storage: Storage, metrics_token: str = "") -> None:
        self._database = database
        self._storage = storage
        self._token = metrics_token
        self._own = CollectorRegistry()
        self._own.register(DatabaseGauges(self._counts))
        self._own.register(ProcessFigures())
        self._threads: anyio.CapacityLimiter | None = None
        self._asking: asyncio.Task[dict[str, Part]] | None = None
        self._asked_at = 0.0

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        return [
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    async def healthz(self, request: Request) -> Response:
        """200 while the process answers at all."""
        return JSONResponse({"status": "ok"}, headers=_NO_STORE)

    async def readyz(self, request: Request) -> Response:
        """200 when every part is up, else 503; always with the state of each, within three seconds."""
        parts = await self._parts()
        ready = all(part.ok for part in parts.values())
        body: dict[str, Any] = {"status": "ready" if ready else "not ready"}
        for name, part in parts.items():
            body[name] = {"ok": part.ok, "state": part.state, "ms": round(part.milliseconds, 1)}
        return JSONResponse(body, 200 if ready else 503, headers=_NO_STORE)

    async def metrics(self, request: Request) -> Response:
        """The figures, for this machine or for who knows the token."""
        if not self._may_measure(request):
            return PlainTextResponse("Not for you.\n", 403, headers=_NO_STORE)
        body = await anyio.to_thread.run_sync(lambda: written() + generate_latest(self._own))
        return Response(body, headers={**_NO_STORE, "content-type": CONTENT_TYPE_LATEST})

    async def _parts(self) -> dict[str, Part]:
        # Whoever asks again within a second, or while the last question is open, shares the answer.
        stale = self._asking is None or (self._asking.done() and time.monotonic() - self._asked_at > _KEEP)
        if self._asking is None or stale:
            self._asked_at = time.monotonic()
            self._asking = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> dict[str, Part]:
        names = {"database": self._database_state, "storage": self._storage_state, "worker": self._worker_state}
        found = await asyncio.gather(*(self._measure(question) for question in names.values()))
        return dict(zip(names, found, strict=True))

    async def _measure(self, question: Callable[[], str | None]) -> Part:
        """Ask one part in a thread; a question answers None when all is well, else what is not."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(6)
        started, answer = time.perf_counter(), "no answer"
        with anyio.move_on_after(PATIENCE):
            problem = await anyio.to_thread.run_sync(question, limiter=self._threads, abandon_on_cancel=True)
            answer = problem or "up"
        return Part(answer == "up", answer, (time.perf_counter() - started) * 1000)

    def _database_state(self) -> str | None:
        try:
            with self._database().reading() as session:
                known = session.scalar(text("SELECT to_regclass('desk.alembic_version')")) is not None
                current = session.scalar(text("SELECT version_num FROM desk.alembic_version")) if known else None
        except SQLAlchemyError:
            return "unreachable"
        return None if current == revisions()[-1] else "not migrated"

    def _storage_state(self) -> str | None:
        try:
            self._storage.ping()
        except StorageUnavailable:
            return "unreachable"
        return None

    def _worker_state(self) -> str | None:
        # Late: the worker's library is not needed to serve.
        from dashboard.worker import SILENCE

        try:
            with self._database().reading() as session:
                pulse = find_worker_pulse(session)
        except SQLAlchemyError:
            return "unknown"
        return None if pulse is not None and utcnow() - pulse < SILENCE else "silent"

    def _counts(self) -> Counts:
        try:
            with self._database().reading() as session:
                orders, deliveries = count_queue(session), count_states(session)
        except SQLAlchemyError:
            log.warning("the figures of the queue could not be read")
            return {}
        return {
            "orders": {status.value: count for status, count in orders.items()},
            "deliveries": {state.value: count for state, count in deliveries.items()},
        }

    def _may_measure(self, request: Request) -> bool:
        given = (header(request.scope, b"authorization") or "").removeprefix("Bearer ")
        if self._token and hmac.compare_digest(given.encode("latin-1"), self._token.encode()):
            return True
        # A proxy on this machine is not this machine asking.
        passed_on = any(header(request.scope, name) is not None for name in _FORWARDED)
        return not passed_on and _is_loopback(request.client.host if request.client else "")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
