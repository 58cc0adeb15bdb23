"""``POST /search``: who is meant by what was typed or pasted into the palette.

The text comes in the body, never in the address: addresses are logged on the way here, and kept by browsers.
"""

import json
import logging
from collections.abc import Callable

import anyio
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.auth.requests import from_own_site, person_of
from dashboard.locale import _, choose_language, set_language
from dashboard.search_answer import answer
from dashboard.web.bodies import read_body
from dashboard.web.headers import NOTHING
from lumira_db.clock import utcnow
from lumira_db.engine import Database
from lumira_db.permissions import Permission, allows
from lumira_db.queries.search import Found, find

log = logging.getLogger(__name__)

LARGEST = 200_000
_HEADERS = {"cache-control": "no-store", "content-security-policy": NOTHING}


class Searches:
    """The route. ``database`` is asked for late: it may not be there yet."""

    def __init__(self, database: Callable[[], Database], public_url: str) -> None:
        self._database = database
        self._public_url = public_url

    def routes(self) -> list[BaseRoute]:
        """The one route, behind the guard."""
        return [Route("/search", self.send, methods=["POST"])]

    async def send(self, request: Request) -> Response:
        """The hits as JSON, or why there are none."""
        person = person_of(request.scope)
        if person is None or not allows(person.actor, Permission.SEE_CLIENTS):
            return _refusal(403)
        if not from_own_site(request.scope, self._public_url):
            return _refusal(403)
        asked = _asked(await read_body(request, LARGEST) or b"")
        if asked is None:
            return _refusal(400)
        set_language(choose_language(person.language, request.headers.get("accept-language")))
        try:
            found = await anyio.to_thread.run_sync(self._find, asked)
        except SQLAlchemyError:
            # Without the text: what people look for is nobody's business but theirs.
            log.error("a search could not be made")  # noqa: TRY400 - the traceback holds the text
            return _refusal(503)
        return JSONResponse(answer(found), headers=_HEADERS)

    def _find(self, asked: str) -> Found:
        with self._database().reading() as session:
            return find(session, asked, year=utcnow().year % 100)


def _asked(body: bytes) -> str | None:
    try:
        sent = json.loads(body)
    except ValueError:
        return None
    asked = sent.get("q") if isinstance(sent, dict) else None
    return asked if isinstance(asked, str) else None


def _refusal(status: int) -> Response:
    return JSONResponse({"error": _("This search cannot be made.")}, status, headers=_HEADERS)
