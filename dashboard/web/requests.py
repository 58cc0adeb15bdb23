"""Around every request: an id, one line in the log, the counters, and an apology when it crashes."""

import logging
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.auth.requests import speak
from dashboard.locale import _
from dashboard.web import metrics

log = logging.getLogger("lumira.http")

_SCREENS = frozenset(
    {"queue", "order", "orders", "clients", "client", "deliveries", "staff", "audit", "account"}
    | {"login", "logout", "healthz", "readyz", "metrics", "mailbox", "hooks", "webhooks", "web"}
    | {"files", "export", "archive", "preview", "search", "_stcore", "media", "component", "static", "vendor"}
)
# Asked for every few seconds by machines: a line each would bury the others.
_QUIET = frozenset({"healthz", "readyz", "metrics", "static", "web", "_stcore", "vendor"})


class Observe:
    """The outermost middleware. Paths are logged without their query; of ``/files/…`` not even the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id, started, status = secrets.token_hex(8), time.perf_counter(), 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_marked)
        except Exception:
            metrics.ROUTE_ERRORS.inc()
            log.exception("request crashed", extra=_facts(scope, request_id))
            if status:
                raise
            speak(scope)
            await _apology(request_id)(scope, receive, send_marked)
        finally:
            self._note(scope, request_id, status, time.perf_counter() - started)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = route_of(scope["path"])
        metrics.REQUESTS.labels(f"/{route}", _method(scope), str(status)).inc()
        metrics.REQUEST_SECONDS.labels(f"/{route}").observe(seconds)
        level = logging.DEBUG if route in _QUIET and status < 400 else logging.INFO
        extra = {**_facts(scope, request_id), "status": status, "ms": round(seconds * 1000, 1)}
        log.log(level, "request", extra=extra)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted = False

        async def send_counted(message: Message) -> None:
            nonlocal accepted
            if message["type"] == "websocket.accept" and not accepted:
                accepted = True
                metrics.WEBSOCKETS.inc()
            await send(message)

        try:
            await self.app(scope, receive, send_counted)
        finally:
            if accepted:
                metrics.WEBSOCKETS.dec()


def route_of(path: str) -> str:
    """The first part of the path if it is one of ours: what is counted must not grow with what is asked."""
    first = path.lstrip("/").partition("/")[0]
    return first if first in _SCREENS or not first else "other"


def shown_path(path: str) -> str:
    """The path as it may be written down."""
    return "/files/…" if path.startswith("/files/") else path[:200]


def _facts(scope: Scope, request_id: str) -> dict[str, str]:
    client = scope.get("client")
    return {
        "request": request_id,
        "method": _method(scope),
        "path": shown_path(scope["path"]),
        "address": client[0] if client else "",
    }


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    known = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}
    return method if method in known else "other"


def _apology(request_id: str) -> PlainTextResponse:
    text = _("Something went wrong on our side. Reference: {reference}").format(reference=request_id)
    return PlainTextResponse(f"{text}\n", 500, headers={"cache-control": "no-store"})
