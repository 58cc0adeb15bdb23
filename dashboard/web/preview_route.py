"""``/preview/{order}.pdf``: the saved text of a reading as its client would receive it, made when it is asked for."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dashboard import previews
from dashboard.auth.requests import person_of, speak
from dashboard.locale import _
from dashboard.web.export_route import refusal
from dashboard.web.headers import NOTHING
from lumira_db.clock import utcnow
from lumira_db.engine import Database
from lumira_db.permissions import Permission, allows
from lumira_db.queries.workbench import find_workbench
from lumira_db.reading import parse


class Previews:
    """The route and what it needs. ``database`` is asked for late: it may not be there yet."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    def routes(self) -> list[BaseRoute]:
        """The one route, behind the guard."""
        return [Route("/preview/{order_id}.pdf", self.send, methods=["GET"])]

    async def send(self, request: Request) -> Response:
        """The PDF, or a short text that says why not."""
        person = person_of(request.scope)
        speak(request.scope)
        if person is None or not allows(person.actor, Permission.SEE_READINGS):
            return refusal(403, _("This link is not for you."))
        return await asyncio.to_thread(self._answer, request.path_params["order_id"], person.actor.id)

    def _answer(self, order_id: str, staff_id: str) -> Response:
        with self._database().glancing() as session:
            bench = find_workbench(session, order_id, staff_id=staff_id, now=utcnow())
        if bench is None or not parse(bench.content).has_content:
            return refusal(404, _("There is no text to print yet."))
        headers = {"content-security-policy": NOTHING, "cache-control": "no-store"}
        return Response(previews.pdf(bench), media_type="application/pdf", headers=headers)
