"""The guard with a small application behind it, for tests that need no Streamlit."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.auth.middleware import Guard
from dashboard.auth.sessions import Sessions
from dashboard.web.headers import SecurityHeaders
from dashboard.web.page import OwnPage
from dashboard.web.requests import Observe

PAGE = '<!doctype html><html lang="en"><head><title>Streamlit</title></head><body>the inside</body></html>'
PUBLIC_URL = "http://desk.test"


def guarded_app(sessions: Sessions, public: list[BaseRoute], private: list[BaseRoute] | None = None) -> Starlette:
    """The Desk's middleware around routes and, for every other path, a page (as Streamlit's mount does)."""

    async def inside(request: Request) -> HTMLResponse:
        return HTMLResponse(PAGE)

    async def seen(request: Request) -> JSONResponse:
        return JSONResponse({"headers": request.headers.items(), "client": request.client and request.client.host})

    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(socket.headers.items())
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.send_text(await socket.receive_text())

    everything = Starlette(routes=[Route("/{path:path}", inside, methods=["GET", "POST"])])
    return Starlette(
        routes=[
            *public,
            *(private or []),
            Route("/seen", seen),
            WebSocketRoute("/_stcore/stream", stream),
            Mount("/", everything),
        ],
        middleware=[
            Middleware(Observe),
            Middleware(SecurityHeaders),
            Middleware(Guard, sessions=sessions, public=public, public_url=PUBLIC_URL),
            Middleware(OwnPage),
        ],
    )


@contextlib.contextmanager
def running(app: Any, **options: Any) -> Iterator[str]:
    """The application served by uvicorn in a thread; its address without scheme (``127.0.0.1:1234``)."""
    config = uvicorn.Config(app, port=0, log_config=None, ws="websockets-sansio", lifespan="on", **options)
    server = uvicorn.Server(config)
    listening = config.bind_socket()
    # A client may connect from now on; it is served as soon as the server runs.
    listening.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield "{}:{}".format(*listening.getsockname()[:2])
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


IDLE = timedelta(hours=8)
