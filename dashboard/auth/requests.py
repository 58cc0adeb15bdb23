"""What a request says about itself, read from its ASGI scope: cookies, origin, address, signed-in person."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import Scope

from dashboard.locale import LANGUAGES, choose_language, set_language
from lumira_db.commands.sessions import Origin
from lumira_db.queries.sessions import SignedIn

SESSION_COOKIE = "lumira_session"
LANGUAGE_COOKIE = "lumira_language"
SESSION_HEADER = b"x-lumira-session"
_PERSON = "lumira.signed_in"
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this (lower-case) name."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def cookie(scope: Scope, name: str) -> str | None:
    """The first cookie of this name; a malformed neighbour does not hide it."""
    for key, value in _cookies(scope):
        if key == name:
            return value
    return None


def guarded_headers(scope: Scope, session_id: str | None) -> list[tuple[bytes, bytes]]:
    """The request's headers for everything behind the guard.

    Whatever session the client claims is removed, and so is the session's token: nothing further in needs
    it, so nothing can log or show it. The guard's own finding is added.
    """
    kept = [(key, value) for key, value in scope["headers"] if key not in {SESSION_HEADER, b"cookie"}]
    rest = "; ".join(f"{key}={value}" for key, value in _cookies(scope) if key != SESSION_COOKIE)
    if rest:
        kept.append((b"cookie", rest.encode("latin-1")))
    if session_id is not None:
        kept.append((SESSION_HEADER, session_id.encode("ascii")))
    return kept


def without_headers(scope: Scope, names: Iterable[bytes]) -> Scope:
    """The scope as if these headers had not been sent."""
    dropped = set(names)
    return {**scope, "headers": [(key, value) for key, value in scope["headers"] if key not in dropped]}


def with_person(scope: Scope, person: SignedIn | None) -> Scope:
    """The scope as everything behind the guard sees it."""
    return {
        **scope,
        "headers": guarded_headers(scope, person.session_id if person else None),
        _PERSON: person,
    }


def person_of(scope: Scope) -> SignedIn | None:
    """Who sent the request, as the guard found out; None for a stranger on a public path."""
    person: SignedIn | None = scope.get(_PERSON)
    return person


def speak(scope: Scope, wish: str | None = None) -> None:
    """Answer in the person's language, else in ``wish``, the one chosen at the door, or the browser's."""
    person = person_of(scope)
    wishes = (person.language if person else None, wish, cookie(scope, LANGUAGE_COOKIE))
    chosen = next((one for one in wishes if one in LANGUAGES), None)
    set_language(choose_language(chosen, header(scope, b"accept-language")))


def origin_of(scope: Scope) -> Origin:
    """Address and browser. The address is the proxy's word only where the server trusts the proxy."""
    client = scope.get("client")
    return Origin(address=client[0] if client else "", agent=header(scope, b"user-agent") or "")


def is_https(scope: Scope) -> bool:
    """Whether the person's browser speaks TLS with us, or with the trusted proxy before us."""
    return scope.get("scheme") in {"https", "wss"}


def host_of(scope: Scope) -> str | None:
    """The host the request was addressed to, if it looks like one."""
    host = header(scope, b"host") or ""
    return host if _HOST.fullmatch(host) else None


def from_own_site(scope: Scope, public_url: str) -> bool:
    """Whether the page behind the request is ours. Programs send no Origin; browsers always do."""
    origin = header(scope, b"origin")
    if origin is None:
        return True
    try:
        came_from, ours = urlsplit(origin), urlsplit(public_url)
    except ValueError:
        return False
    if came_from.scheme not in {"http", "https"} or not came_from.netloc:
        return False
    return came_from.netloc == host_of(scope) or came_from[:2] == ours[:2]


def _cookies(scope: Scope) -> Iterable[tuple[str, str]]:
    for key, value in scope["headers"]:
        if key == b"cookie":
            for part in value.decode("latin-1").split(";"):
                name, equals, text = part.strip().partition("=")
                if equals:
                    yield name, text
