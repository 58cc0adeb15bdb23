"""A generator of readings for the demo, speaking the signed protocol of ``dashboard.gateways.generator``.

``python -m dashboard.embedded.generator --port 9000 --dir jobs --delay 2`` with the shared secret in
``LUMIRA_GENERATOR_SECRET``. It answers ``POST /generate`` with 202, and a moment later posts a reading (or an error)
to the callback address that it was given, until somebody takes it or refuses it.
"""

import argparse
import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.embedded.generator_jobs import BadRequest, JobStore, Request
from dashboard.embedded.home import LOOPBACK
from dashboard.gateways.signing import HEADER, BadSignature, sign, verify

_logger = logging.getLogger("lumira.generator")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


@dataclass
class Generator:
    """The jobs at hand. ``delay`` is how long writing a reading seems to take, in seconds."""

    store: JobStore
    secret: str
    delay: float
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self, request: Request) -> None:
        """Work on a request beside everything else."""
        task = asyncio.create_task(self._work(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, request: Request) -> None:
        await asyncio.sleep(self.delay)
        body = json.dumps(request.answer(), ensure_ascii=False).encode()
        pause = _FIRST_PAUSE
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            while not await self._delivered(client, request, body):
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        self.store.finish(request.id)

    async def _delivered(self, client: httpx.AsyncClient, request: Request, body: bytes) -> bool:
        """Whether the answer need not be sent again: it was taken, or refused for good."""
        headers = {HEADER: sign(self.secret, body, int(time.time())), "Content-Type": "application/json"}
        try:
            response = await client.post(request.callback_url, content=body, headers=headers)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            _logger.warning("%s: %s: %s", request.id, request.callback_url, error)
            return isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL))
        _logger.info("%s: answered, %s", request.id, response.status_code)
        return response.is_success or response.is_client_error

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Take up what an earlier run still owed."""
        for request in self.store.owed():
            self.begin(request)
        yield
        for task in self._tasks:
            task.cancel()

    async def generate(self, http: HttpRequest) -> Response:
        """Promise a reading. The same request again is promised again and done once."""
        body = await http.body()
        try:
            verify([self.secret], http.headers.get(HEADER), body, time.time())
            request = Request.parse(body)
        except BadSignature as error:
            return JSONResponse({"error": str(error)}, status_code=401)
        except BadRequest as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        if self.store.accept(request):
            self.begin(request)
        return JSONResponse({"accepted": True}, status_code=202)


def make_app(folder: Path, secret: str, delay: float) -> Starlette:
    """The generator as an ASGI app that keeps its jobs in ``folder``."""
    generator = Generator(JobStore(folder), secret, delay)

    async def healthz(_http: HttpRequest) -> Response:
        return JSONResponse({"status": "ok"})

    routes = [Route("/generate", generator.generate, methods=["POST"]), Route("/healthz", healthz)]
    return Starlette(routes=routes, lifespan=generator.lifespan)


def main() -> None:
    """Serve until a signal ends the process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True, help="where accepted requests are kept")
    parser.add_argument("--delay", type=float, default=2.0, help="seconds that writing a reading takes")
    arguments = parser.parse_args()
    secret = os.environ.get("LUMIRA_GENERATOR_SECRET", "")
    if not secret:
        parser.error("LUMIRA_GENERATOR_SECRET is not set.")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    arguments.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = make_app(arguments.dir, secret, arguments.delay)
    uvicorn.run(app, host=LOOPBACK, port=arguments.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
