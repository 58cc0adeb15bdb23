"""The guard: without a session nothing of the Desk answers, neither pages nor media nor the websocket."""

import asyncio
from collections.abc import Sequence

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.auth.destinations import sign_in_address
from dashboard.auth.requests import SESSION_COOKIE, cookie, from_own_site, speak, with_person
from dashboard.auth.sessions import Sessions, SessionsUnavailable
from dashboard.locale import _
from lumira_db.queries.sessions import SignedIn

SESSION_ENDED = 4401
_TRY_LATER = 1013
_POLICY = 1008
# Public pages that still want to know who is there.
_GREETS = frozenset({"/login", "/logout"})
# Never a page, whatever the last part of the path looks like: a redirect would be an answer.
_NO_PAGES = ("/_stcore/", "/media/", "/component/", "/static/", "/app/", "/vendor/", "/files/", "/hooks/", "/webhooks/")


class Guard:
    """Pure ASGI, because websockets have to pass it too.

    ``public`` are the routes that answer strangers. A request is public when one of them takes it entirely:
    by path and method, so that nothing falls through to Streamlit under a public name.
    """

    def __init__(self, app: ASGIApp, *, sessions: Sessions, public: Sequence[BaseRoute], public_url: str) -> None:
        self.app = app
        self.sessions = sessions
        self.public = public
        self.public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        public = scope["type"] == "http" and self._is_public(scope)
        if public and scope["path"] not in _GREETS:
            await self.app(with_person(scope, None), receive, send)
            return
        try:
            person = await self._person(scope)
        except SessionsUnavailable:
            speak(scope)
            await _refuse(scope, receive, send, _unavailable(), _TRY_LATER)
            return
        guarded = with_person(scope, person)
        if scope["type"] == "websocket" and not from_own_site(scope, self.public_url):
            await _refuse(scope, receive, send, None, _POLICY)
        elif person is None and not public:
            await _refuse(scope, receive, send, _stranger(scope), _POLICY)
        elif person is not None and scope["type"] == "websocket":
            await self._websocket(guarded, receive, send, person)
        else:
            await self.app(guarded, receive, send)

    def _is_public(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self.public)

    async def _person(self, scope: Scope) -> SignedIn | None:
        token = cookie(scope, SESSION_COOKIE)
        return await self.sessions.of_token(token) if token else None

    async def _websocket(self, scope: Scope, receive: Receive, send: Send, person: SignedIn) -> None:
        with self.sessions.socket(person.session_id) as ended:
            leash = _Leash(receive, send, ended)
            try:
                await self.app(scope, leash.receive, leash.send)
            finally:
                leash.release()


class _Leash:
    """A websocket that closes when its session ends, whatever the application is doing."""

    def __init__(self, receive: Receive, send: Send, ended: asyncio.Event) -> None:
        self._receive = receive
        self._send = send
        self._over = asyncio.ensure_future(ended.wait())
        self._closed = False

    async def receive(self) -> Message:
        if not self._closed:
            message = asyncio.ensure_future(self._next())
            try:
                await asyncio.wait({message, self._over}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not message.done():
                    message.cancel()
            if not self._over.done():
                return message.result()
            self._closed = True
            await self._send({"type": "websocket.close", "code": SESSION_ENDED, "reason": "signed out"})
        return {"type": "websocket.disconnect", "code": SESSION_ENDED}

    async def send(self, message: Message) -> None:
        # The script may still be drawing for somebody who is out.
        if not self._closed:
            await self._send(message)

    def release(self) -> None:
        self._over.cancel()

    async def _next(self) -> Message:
        return await self._receive()


def _stranger(scope: Scope) -> Response | None:
    if scope["type"] == "websocket":
        return None
    path = scope["path"]
    is_page = "." not in path.rpartition("/")[2] and not f"{path}/".startswith(_NO_PAGES)
    if is_page and scope["method"] in {"GET", "HEAD"}:
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(sign_in_address(path, query), 303, headers={"cache-control": "no-store"})
    speak(scope)
    return PlainTextResponse(_("Sign in first.") + "\n", 401, headers={"cache-control": "no-store"})


def _unavailable() -> Response:
    text = _("The Desk cannot reach its database at the moment. Try again in a few seconds.")
    return PlainTextResponse(f"{text}\n", 503, headers={"retry-after": "5", "cache-control": "no-store"})


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response | None, code: int) -> None:
    """Answer instead of the application; a websocket closed before it was accepted is an HTTP 403."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": code})
    elif response is not None:
        await response(scope, receive, send)
