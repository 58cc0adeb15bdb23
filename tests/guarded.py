"""The guard with a small application behind it, for tests that need no Streamlit."""

import contextlib
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import uvicorn
from psycopg import sql
from sqlalchemy import make_url, text
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
from lumira_db.engine import Database

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


@contextlib.contextmanager
def copied_database(server: str, template: str) -> Iterator[Database]:
    """A migrated, empty database for all tests of a file, which clean up after each other by ``empty``."""
    name = f"lumira_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, template))))
    address = make_url(server).set(database=name)
    database = Database(address.render_as_string(hide_password=False), application_name="tests")
    try:
        yield database
    finally:
        database.dispose()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def empty(database: Database) -> None:
    """Remove what tests of signing in, files and health leave behind."""
    tables = ("session", "sign_in_attempt", "audit", "staff_account", "delivery")
    with database.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(f'desk.{table}' for table in tables)}"))
        connection.execute(text('TRUNCATE "Expert", "User" CASCADE'))
