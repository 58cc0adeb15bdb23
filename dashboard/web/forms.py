"""Small forms sent to our own pages: read with a limit, and the cookies that go with them."""

from typing import Literal
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from dashboard.auth.requests import is_https
from dashboard.web.bodies import read_body

_TYPE = "application/x-www-form-urlencoded"
_LARGEST = 16 * 1024
_MOST_FIELDS = 20


async def read_form(request: Request) -> dict[str, str] | None:
    """The fields of a form of at most 16 kB, the last of a name; None for anything else."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        return None
    body = await read_body(request, _LARGEST)
    if body is None:
        return None
    try:
        fields = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace"
        )
    except ValueError:
        return None
    return dict(fields)


def set_cookie(
    response: Response, request: Request, name: str, value: str, *, seconds: int, same_site: Literal["lax", "strict"]
) -> None:
    """A cookie for the whole Desk that no script can read, and that never travels in the clear over TLS."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=is_https(request.scope), httponly=True, samesite=same_site
    )


def drop_cookie(response: Response, request: Request, name: str) -> None:
    """Take a cookie of ``set_cookie`` back."""
    response.delete_cookie(name, path="/", secure=is_https(request.scope), httponly=True, samesite="lax")
