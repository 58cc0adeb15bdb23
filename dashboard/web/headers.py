"""Security headers on every answer, and the content security policy of the screens.

What the policy allows beyond ``'self'``, and what for:

- ``script-src blob:``: the scripts of components v2 (list, editor) are loaded from blobs;
- the hash of Streamlit's one inline script, computed from the page that is served;
- ``style-src 'unsafe-inline'``: Streamlit writes its styles at run time;
- ``img-src data:`` and ``font-src data:``: icons, as an image and as a font, inside Streamlit's styles;
- ``img-src blob:`` and ``worker-src blob:``: what plotly and the viewers make in the browser;
- ``connect-src ws: wss:`` of this host only: older Safari does not count them as ``'self'``.

All screens, st.pdf and its viewer were watched in Chromium under this policy without a violation. Streamlit
tries to compile a WebAssembly module on every page, which this forbids, and does without.

There is no ``unsafe-eval`` and no other host.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.auth.requests import host_of, is_https

HSTS = "max-age=31536000; includeSubDomains"
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
"""The policy of answers that are no pages (images): whatever they contain, nothing of it runs."""
FORM_PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of our own pages, which need no script."""
LEAVE_PAGE = f"{FORM_PAGE}; script-src 'self'"
"""The policy of the page that signs out: its one script forgets what was typed; without it one is out all the same."""
_PERMISSIONS = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": _PERMISSIONS,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-permitted-cross-domain-policies": "none",
}


class SecurityHeaders:
    """Adds what an answer does not bring itself; pages are never kept by a cache."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message), scope)
            await send(message)

        await self.app(scope, receive, send_guarded)


def secure(headers: MutableHeaders, scope: Scope) -> None:
    """Complete the headers of one answer."""
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    if "content-security-policy" not in headers:
        headers["content-security-policy"] = screen_policy(host_of(scope))
        headers.setdefault("x-frame-options", "DENY")
    if is_https(scope):
        headers["strict-transport-security"] = HSTS
    if headers.get("content-type", "").startswith("text/html"):
        headers["cache-control"] = "no-store"


def screen_policy(host: str | None) -> str:
    """The policy of Streamlit's page when it is asked for under ``host``."""
    sockets = f" ws://{host} wss://{host}" if host else ""
    scripts = " ".join(f"'sha256-{digest}'" for digest in inline_scripts())
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            f"connect-src 'self'{sockets}",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


@lru_cache(maxsize=1)
def inline_scripts() -> tuple[str, ...]:
    """The hashes of the scripts inside Streamlit's page, whatever its version."""
    page = streamlit_folder() / "static" / "index.html"
    return tuple(_digests(_INLINE_SCRIPT.findall(page.read_bytes())))


def streamlit_folder() -> Path:
    """Where Streamlit is installed, without importing it."""
    found = find_spec("streamlit")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("streamlit")
    return Path(found.origin).parent


def _digests(scripts: Iterable[bytes]) -> Iterable[str]:
    for script in scripts:
        yield base64.b64encode(hashlib.sha256(script).digest()).decode("ascii")
