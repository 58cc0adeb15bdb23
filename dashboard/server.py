"""The Desk as one ASGI application: Streamlit's screens, our routes, and the guard in front of both."""

import asyncio
import contextlib
import gc
import importlib
import logging
import pkgutil
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from socket import socket

import streamlit as st
import uvicorn
from psycopg.errors import QueryCanceled
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route
from streamlit import config as streamlit_config

from dashboard.auth.middleware import Guard
from dashboard.auth.requests import SESSION_HEADER
from dashboard.auth.sessions import Sessions
from dashboard.auth.signing import Signer
from dashboard.context import database, zone
from dashboard.files import own_bucket
from dashboard.gateways.storage import Storage, make_storage
from dashboard.locale import _
from dashboard.processes import listeners, serve_with_several
from dashboard.settings import Settings, get_settings
from dashboard.web import metrics, static_files
from dashboard.web.headers import SecurityHeaders
from dashboard.web.health import Health
from dashboard.web.late import late
from dashboard.web.logs import configure_logging
from dashboard.web.page import OwnPage
from dashboard.web.requests import Observe
from dashboard.web.routes import Door

log = logging.getLogger(__name__)

ENTRY = Path(__file__).resolve().parent / "app.py"
ROOT = ENTRY.parent.parent
STOP_SECONDS = 2
# How long one thread computes before the next may. A click takes some 30 ms: taking turns more often makes all that are
# under way wait for each other to the end.
_TURN_SECONDS = 0.02
# How often the collector looks for cycles, which a click makes few of: at Python's own pace it takes a twentieth of
# every click, and much less often it finds so much at once that a click waits 40 ms for it.
_COLLECT = 2_000, 20, 100
_LARGEST_MESSAGE = 25 * 1024 * 1024
# What the screens import at their first click: loaded behind the first visitor's back instead.
_WARM = (
    *("babel.dates", "PIL.Image", "boto3", "dashboard.navigation", "dashboard.views"),
    *("dashboard.web.file_route", "dashboard.web.search_route"),
)


class NotConfigured(Exception):
    """The server cannot be run as it is; the text says what is missing."""


def make_app(settings: Settings | None = None) -> st.App:
    """The application that an ASGI server serves, one process of it (``--factory dashboard.server:make_app``).

    Raises ``NotConfigured`` when Streamlit's configuration is not ours, ``ValueError`` without a secret key.
    """
    chosen = settings or get_settings()
    sessions = Sessions(database, idle=timedelta(minutes=chosen.session_idle_minutes))
    storage = make_storage(chosen)
    door = Door(chosen, sessions, database)
    health = Health(database, storage, chosen.metrics_token.get_secret_value())
    public = [*door.routes(), *static_files.routes(), *health.routes(), *_machines()]
    app = st.App(
        ENTRY,
        routes=[*public, *_guarded(chosen, storage), *_mailbox(chosen)],
        middleware=[
            Middleware(Observe),
            Middleware(SecurityHeaders),
            Middleware(Guard, sessions=sessions, public=public, public_url=chosen.public_url),
            Middleware(OwnPage),
        ],
        lifespan=partial(_lifespan, sessions, door),
        on_script_error=apologise,
        # Streamlit has no secrets of ours; while it has none at all, it looks for them on disk at every click.
        secrets={"lumira": {}},
    )
    _read_streamlit_config()
    return app


def serve(host: str, port: int, *, processes: int = 1, on: int | None = None) -> None:
    """Serve until SIGINT or SIGTERM; then everything ends within three seconds. Port 0 takes a free one.

    ``on`` is a listening socket that was handed to this process, instead of host and port. Of several processes this
    one becomes the supervisor and does not return; ``counting.count_together`` has to come before this module.
    """
    settings = get_settings()
    configure_logging(settings)
    sys.setswitchinterval(_TURN_SECONDS)
    gc.set_threshold(*_COLLECT)
    config = _uvicorn(make_app(settings), host, port, settings.trusted_proxies)

    def run(listening: socket, answers: Callable[[], None] = lambda: None) -> None:
        _Server(config, answers).run(sockets=[listening])

    with contextlib.closing(config.bind_socket() if on is None else socket(fileno=on)) as listening:
        if processes == 1:
            run(listening)
        else:
            serve_with_several(run, listeners(listening, processes), _load)


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, answers: Callable[[], None]) -> None:
        super().__init__(config)
        self._answers = answers

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._answers()


def _uvicorn(app: st.App, host: str, port: int, trusted_proxies: str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        ws="websockets-sansio",
        ws_max_size=_LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_keep_alive=15,
    )


def apologise(error: Exception) -> bool:
    """A screen crashed: the log has all of it, the person a short text with the reference that finds it."""
    if isinstance(error, OperationalError) and isinstance(error.orig, QueryCanceled):
        log.warning("a statement took too long", extra={"statement": (error.statement or "")[:2000]})
        st.warning(_("This took too long and was stopped. Narrow the list by a status or a span of days."))
        return True
    reference = secrets.token_hex(4).upper()
    metrics.SCRIPT_ERRORS.inc()
    log.error("screen crashed", exc_info=error, extra={"reference": reference})
    st.error(
        _("Something went wrong on our side. What you saved is safe. Reference: {reference}").format(
            reference=reference
        ),
        icon=":material/error:",
    )
    return True


def _machines() -> list[BaseRoute]:
    """Where other machines speak to us; each of them proves by a signature who it is."""

    def hooks() -> list[Route]:
        from dashboard.hooks import routes

        return routes()

    def webhooks() -> list[Route]:
        from dashboard.webhooks import routes

        return routes()

    return [late("/hooks/generator", "POST", hooks), late("/webhooks/stripe", "POST", webhooks)]


def _guarded(settings: Settings, storage: Storage) -> list[BaseRoute]:
    """What the screens lead to, behind the guard."""

    def files() -> list[BaseRoute]:
        from dashboard.web.file_route import Files

        signer = Signer(settings.secret_key.get_secret_value(), "file")
        return Files(signer, database, storage, own_bucket(settings)).routes()

    def archives() -> list[BaseRoute]:
        from dashboard.web.archive_route import Archives

        return Archives(database, storage, own_bucket(settings)).routes()

    def exports() -> list[BaseRoute]:
        from dashboard.web.export_route import Exports

        return Exports(database, zone).routes()

    def previews() -> list[BaseRoute]:
        from dashboard.web.preview_route import Previews

        return Previews(database).routes()

    def searches() -> list[BaseRoute]:
        from dashboard.web.search_route import Searches

        return Searches(database, settings.public_url).routes()

    return [
        late("/files/{token:path}", "GET", files),
        late("/archive/{client_id}.zip", "GET", archives),
        late("/archive/{client_id}.txt", "GET", archives),
        late("/export/{name}.{form}", "GET", exports),
        late("/preview/{order_id}.pdf", "GET", previews),
        late("/search", "POST", searches),
    ]


def _mailbox(settings: Settings) -> list[BaseRoute]:
    if not settings.demo or settings.mailbox_dir is None:
        return []
    from dashboard.embedded.mailbox_pages import mailbox_routes

    return mailbox_routes(settings.mailbox_dir)


def _read_streamlit_config() -> None:
    """Make Streamlit read our ``config.toml``.

    It looks in the current folder and beside the script (where an installed wheel has it), not at
    ``STREAMLIT_…`` variables. Without ours, nobody's session would reach a screen: refuse to serve then.
    """
    with contextlib.chdir(ROOT):
        streamlit_config.get_config_options(force_reparse=True)
    # Streamlit would print every crash by itself, in colour, past our logs and what they take out.
    streamlit_config.set_option("logger.enableRich", False)
    trusted = streamlit_config.get_option("server.trustedUserHeaders")
    if not isinstance(trusted, dict) or trusted.get(SESSION_HEADER.decode()) != "session":
        raise NotConfigured("Streamlit did not read the Desk's config.toml: is the installation complete?")


@contextlib.asynccontextmanager
async def _lifespan(sessions: Sessions, door: Door, _app: st.App) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(sessions.watch()), asyncio.create_task(asyncio.to_thread(_warm_up, door))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        door.sign_in.close()
        await asyncio.to_thread(database().dispose)


def _warm_up(door: Door) -> None:
    """Load what the first click would wait for, open a connection, and take all of it out of the collector."""
    door.sign_in.prepare()
    _load()
    try:
        with database().reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        log.warning("the database does not answer yet")
    gc.collect()
    gc.freeze()


def _load() -> None:
    for name in _WARM:
        module = importlib.import_module(name)
        for part in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{name}.") if "views" in name else ():
            importlib.import_module(part.name)
