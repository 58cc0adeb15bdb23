"""Where a sign-in may lead: paths of the Desk, never another site."""

from urllib.parse import quote, urlsplit

HOME = "/"
_LONGEST = 2000
_NOWHERE = ("/login", "/logout")


def own_path(wanted: str | None) -> str:
    """``wanted`` if it is a path of ours, else home.

    Browsers drop tabs and line breaks inside an address and read ``\\`` as ``/``, so ``/\\t/evil`` and
    ``/\\evil`` name another host as surely as ``//evil`` does.
    """
    path = wanted or ""
    if not path.startswith("/") or path[1:2] in {"/", "\\"} or len(path) > _LONGEST:
        return HOME
    if "\\" in path or any(ord(char) <= 0x20 or 0x7F <= ord(char) <= 0x9F for char in path):
        return HOME
    try:
        parts = urlsplit(path)
    except ValueError:
        return HOME
    if parts.scheme or parts.netloc or parts.path.startswith("//") or parts.path in _NOWHERE:
        return HOME
    return path


def sign_in_address(path: str, query: str) -> str:
    """The sign-in page that leads back to ``path``."""
    wanted = own_path(f"{path}?{query}" if query else path)
    return "/login" if wanted == HOME else f"/login?next={quote(wanted, safe='/')}"
