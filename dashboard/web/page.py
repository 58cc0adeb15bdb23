"""Streamlit's one page, made ours: the person's language, our name, and the way back to the sign-in."""

import hashlib
import re
from functools import lru_cache
from html import escape

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.auth.requests import header, person_of, without_headers
from dashboard.locale import _, choose_language, set_language
from dashboard.web.static_files import find

_LANGUAGE = re.compile(rb'<html lang="[^"]*"')
_TITLE = re.compile(rb"<title>[^<]*</title>")
_NO_SCRIPT = re.compile(rb"<noscript>.*?</noscript>", re.DOTALL)
_AGENT_LINK = re.compile(rb"<!--[^<]*?agent API.*?-->\s*<link rel=\"service-desc\"[^>]*>", re.DOTALL)
# Loaded before Streamlit's own scripts: it watches how they are answered.
_WATCH = b'<script src="/web/session.js"></script>'
# The few rules of look that Streamlit's theme has no option for. Another version of them is another address.
_LOOK = b'<link rel="stylesheet" href="/web/screens.css?%s">'
# Unpacked, and never "not modified": the page differs from person to person.
_NOT_FOR_PAGES = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")


class OwnPage:
    """Rewrites the page behind every screen's address; everything else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or person_of(scope) is None or not _may_be_page(scope["path"]):
            await self.app(scope, receive, send)
            return
        rewriting = _Rewriting(send, _language(scope))
        await self.app(without_headers(scope, _NOT_FOR_PAGES), receive, rewriting.send)


class _Rewriting:
    """Holds an HTML answer back until it is whole."""

    def __init__(self, send: Send, language: str) -> None:
        self._send = send
        self._language = language
        self._start: Message | None = None
        self._body: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        whole = b"".join(self._body)
        body = rewritten(whole, self._language) if whole else whole
        headers = MutableHeaders(scope=start)
        for name in ("etag", "last-modified", "accept-ranges"):
            del headers[name]
        if body:
            headers["content-length"] = str(len(body))
        headers["content-language"] = self._language
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def rewritten(page: bytes, language: str) -> bytes:
    """The page in this language, under our name, without what it says of Streamlit's agent interface."""
    set_language(language)
    note = escape(_("The screens of Lumira Desk need JavaScript.")).encode()
    page = _LANGUAGE.sub(b'<html lang="%s"' % language.encode("ascii"), page, count=1)
    page = _TITLE.sub(b"<title>Lumira Desk</title>", page, count=1)
    page = _AGENT_LINK.sub(b"", page, count=1)
    page = _NO_SCRIPT.sub(lambda _found: b"<noscript><p>" + note + b"</p></noscript>", page, count=1)
    return page.replace(b"<head>", b"<head>" + _WATCH + _look(), 1)


@lru_cache(maxsize=1)
def _look() -> bytes:
    path = find("screens.css")
    if path is None:
        raise FileNotFoundError("screens.css")
    return _LOOK % hashlib.sha256(path.read_bytes()).hexdigest()[:12].encode()


def _may_be_page(path: str) -> bool:
    own = ("/mailbox", "/login", "/logout", "/files/", "/_stcore/", "/media/", "/component/", "/static/")
    return "." not in path.rpartition("/")[2] and not path.startswith(own)


def _is_html(message: Message) -> bool:
    return MutableHeaders(scope=message).get("content-type", "").startswith("text/html")


def _language(scope: Scope) -> str:
    person = person_of(scope)
    return choose_language(person.language if person else None, header(scope, b"accept-language"))
