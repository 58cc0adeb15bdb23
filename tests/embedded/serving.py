"""A real HTTP server for an ASGI app, in a thread of the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp

from dashboard.embedded.home import free_port
from tests.embedded.programs import eventually


@contextmanager
def serving(app: ASGIApp) -> Iterator[httpx.Client]:
    """A client of ``app``, which is served on a free port of the loopback address meanwhile."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started or not thread.is_alive())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
