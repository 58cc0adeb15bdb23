"""``/export/{name}.{form}``: what a list shows, as a file, streamed from the database and recorded in the audit."""

import asyncio
import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import anyio
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from dashboard.analytics.screens import SCREENS
from dashboard.auth.requests import person_of, speak
from dashboard.exports import LISTS, Export, spelled
from dashboard.figure_exports import Report
from dashboard.locale import _, get_language
from dashboard.web.headers import NOTHING
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.exports import EXPORTS, record_export
from lumira_db.engine import Database
from lumira_db.permissions import allows

log = logging.getLogger(__name__)

AT_ONCE = 3
"""How many exports run in one process; the next one waits. Each holds a connection while it runs."""
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FILES: Mapping[str, Export[Any, Any] | Report] = {**LISTS, **{screen: Report(screen) for screen in SCREENS}}
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One export as it was asked for."""

    actor: Actor
    name: str
    form: str
    chosen: Any
    language: str


class Exports:
    """The route and what it needs. ``database`` and ``zone`` are asked for late: they may not be there yet."""

    def __init__(self, database: Callable[[], Database], zone: Callable[[], ZoneInfo]) -> None:
        self._database = database
        self._zone = zone
        self._turn = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """The one route, behind the guard."""
        return [Route("/export/{name}.{form}", self.send, methods=["GET"])]

    async def send(self, request: Request) -> "Response | Pieces":
        """The file, or a short text that says why not."""
        name, form = request.path_params["name"], request.path_params["form"]
        person = person_of(request.scope)
        speak(request.scope)
        if name not in _FILES or form not in _TYPES:
            return refusal(404, _("There is no such export."))
        if person is None or not allows(person.actor, EXPORTS[name]):
            return refusal(403, _("Your role does not allow this export."))
        day = utcnow().astimezone(self._zone()).date()
        headers = {
            "content-type": _TYPES[form],
            "content-disposition": f'attachment; filename="lumira-{name}-{day.isoformat()}.{form}"',
            "content-security-policy": NOTHING,
            "cache-control": "no-store",
        }
        if request.method == "HEAD":
            return Response(headers=headers)
        query = {key: request.query_params.getlist(key) for key in request.query_params}
        wanted = Wanted(person.actor, name, form, _FILES[name].asked(query, person.actor, self._zone()), get_language())
        return Pieces(self._pieces(wanted), headers, self._turn)

    def _pieces(self, wanted: Wanted) -> Generator[bytes, None, None]:
        """The file. Its last piece is handed out only once the audit knows: no trace, no whole file."""
        counted = _Counted()
        complete = False
        try:
            with self._database().reading() as session:
                made = _FILES[wanted.name].pieces(
                    session, wanted.chosen, counted.of, form=wanted.form, language=wanted.language, zone=self._zone()
                )
                with closing(made) as pieces:
                    last = yield from all_but_last(pieces)
            complete = True
        finally:
            self._record(wanted, counted.rows, complete=complete)
        yield last

    def _record(self, wanted: Wanted, rows: int, *, complete: bool) -> None:
        with self._database().writing() as session:
            record_export(
                session,
                wanted.actor,
                wanted.name,
                form=wanted.form,
                chosen=spelled(wanted.chosen),
                rows=rows,
                complete=complete,
            )


class Pieces:
    """An answer that a generator makes, in threads, one piece at a time. Only as many as ``turn`` lets run at
    once; as soon as nobody listens any more the generator is closed, and what it holds is given back."""

    def __init__(
        self, pieces: Generator[bytes, None, None], headers: Mapping[str, str], turn: asyncio.Semaphore
    ) -> None:
        self._pieces = pieces
        self._headers = headers
        self._turn = turn
        # A cancelled request leaves its thread behind: whatever comes next waits for it.
        self._lock = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            async with self._turn:
                await self._send(scope, receive, send, gone)
        finally:
            gone.cancel()

    async def _send(self, scope: Scope, receive: Receive, send: Send, gone: "asyncio.Future[None]") -> None:
        started = False
        try:
            while not gone.done():
                piece = await anyio.to_thread.run_sync(self._next)
                if piece and not started:
                    started = True
                    await send({"type": "http.response.start", "status": 200, "headers": self._raw_headers()})
                if piece is None:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    return
                if piece:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except SQLAlchemyError:
            # Once a part is on its way only breaking off says that it is not the whole.
            if started:
                raise
            log.exception("an export could not be made")
            await refusal(503, _("The database does not answer. Try again in a few seconds."))(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._close)

    def _next(self) -> bytes | None:
        with self._lock:
            return next(self._pieces, None)

    def _close(self) -> None:
        with self._lock:
            self._pieces.close()

    def _raw_headers(self) -> list[tuple[bytes, bytes]]:
        return [(name.encode("ascii"), value.encode("ascii")) for name, value in self._headers.items()]


class _Counted:
    """Rows on their way, counted."""

    rows = 0

    def of(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.rows += 1
            yield row


def all_but_last(pieces: Iterable[bytes]) -> Generator[bytes, None, bytes]:
    """Yields every piece one step late, and returns the last."""
    held = b""
    for piece in pieces:
        if piece:
            yield held
            held = piece
        else:
            yield b""
    return held


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def refusal(status: int, text: str) -> Response:
    headers = {"cache-control": "no-store", "content-security-policy": NOTHING}
    return PlainTextResponse(f"{text}\n", status, headers=headers)
