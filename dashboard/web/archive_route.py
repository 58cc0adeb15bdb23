"""``/archive/{client}.zip``: everything about one client, for the request of a person, streamed and recorded.
``/archive/{client}.txt``: the receipt once that was erased."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import closing

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.archive import Contents, archive
from dashboard.auth.requests import person_of, speak
from dashboard.files import Bucket
from dashboard.gateways.storage import Storage
from dashboard.locale import _
from dashboard.web.export_route import Pieces, all_but_last, refusal
from dashboard.web.headers import NOTHING
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.erasing import record_hand_out
from lumira_db.engine import Database
from lumira_db.permissions import Permission, allows
from lumira_db.queries.personal import ErasureRow, Person, find_erasure, find_person

AT_ONCE = 2
"""How many archives are made at the same time in one process; each holds a connection while it is."""


class Archives:
    """The route and what it needs. ``database`` is asked for late: it may not be there yet."""

    def __init__(self, database: Callable[[], Database], storage: Storage, bucket: Bucket) -> None:
        self._database = database
        self._storage = storage
        self._bucket = bucket
        self._turn = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """The two routes, behind the guard."""
        return [
            Route("/archive/{client_id}.zip", self.send, methods=["GET"]),
            Route("/archive/{client_id}.txt", self.send_receipt, methods=["GET"]),
        ]

    async def send(self, request: Request) -> Response | Pieces:
        """The archive, or a short text that says why not."""
        person = person_of(request.scope)
        speak(request.scope)
        if person is None or not allows(person.actor, Permission.ERASE_CLIENTS):
            return refusal(403, _("Your role does not allow this export."))
        client_id = request.path_params["client_id"]
        found = await asyncio.to_thread(self._find, client_id)
        if found is None:
            return refusal(404, _("No client has this address. Search for them in the list of clients."))
        headers = {
            "content-type": "application/zip",
            "content-disposition": f'attachment; filename="{_file_name(found)}"',
            "content-security-policy": NOTHING,
            "cache-control": "no-store",
        }
        if request.method == "HEAD":
            return Response(headers=headers)
        return Pieces(self._pieces(person.actor, found), headers, self._turn)

    async def send_receipt(self, request: Request) -> Response:
        """The receipt as a file, or a short text that says why not."""
        person = person_of(request.scope)
        speak(request.scope)
        if person is None or not allows(person.actor, Permission.ERASE_CLIENTS):
            return refusal(403, _("Your role does not allow this export."))
        found = await asyncio.to_thread(self._find_erasure, request.path_params["client_id"])
        if found is None:
            return refusal(404, _("Nobody was erased yet"))
        name = f'attachment; filename="lumira-receipt-{found.id}.txt"'
        headers = {"content-disposition": name, "content-security-policy": NOTHING, "cache-control": "no-store"}
        return PlainTextResponse(found.receipt, headers=headers)

    def _find_erasure(self, client_id: str) -> ErasureRow | None:
        with self._database().reading() as session:
            return find_erasure(session, client_id)

    def _find(self, client_id: str) -> Person | None:
        with self._database().reading() as session:
            return find_person(session, client_id)

    def _pieces(self, actor: Actor, found: Person) -> Generator[bytes, None, None]:
        """The archive. Its last piece is handed out only once the audit knows."""
        contents = Contents()
        complete = False
        try:
            with self._database().reading() as session:
                made = archive(session, found, self._storage, self._bucket, made_at=utcnow(), contents=contents)
                with closing(made) as pieces:
                    last = yield from all_but_last(pieces)
            complete = True
        finally:
            with self._database().writing() as session:
                rows, files = sum(contents.rows.values()), len(contents.files)
                record_hand_out(session, actor, found.client_id, rows=rows, files=files, complete=complete)
        yield last


def _file_name(person: Person) -> str:
    # The refId is plain; an id may be any text, and what is not of a plain kind has no place in a header.
    name = "".join(one for one in person.ref_id or person.client_id if one.isascii() and (one.isalnum() or one in "-_"))
    return f"lumira-{name or 'client'}-{utcnow():%Y-%m-%d}.zip"
