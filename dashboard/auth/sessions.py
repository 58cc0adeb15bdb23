"""The sessions this process has to do with: who holds a token, and which websockets stand open."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import anyio
from sqlalchemy.exc import SQLAlchemyError

from lumira_db.engine import Database
from lumira_db.queries import sessions as queries
from lumira_db.queries.sessions import SignedIn

log = logging.getLogger(__name__)

REMEMBER_SECONDS = 5.0
WATCH_SECONDS = 3.0
_MOST_REMEMBERED = 2000
_LOOKUP_THREADS = 4
Answer = TypeVar("Answer")


class SessionsUnavailable(Exception):
    """The database cannot say who is signed in."""


class Sessions:
    """Looks tokens up, remembers the answer for at most five seconds, and ends the websockets of sessions
    that ended. Belongs to one event loop."""

    def __init__(self, database: Callable[[], Database], *, idle: timedelta) -> None:
        self._database = database
        self._idle = idle
        self._remembered: dict[str, tuple[float, SignedIn]] = {}
        self._asking: dict[str, asyncio.Task[SignedIn | None]] = {}
        self._sockets: dict[str, set[asyncio.Event]] = {}
        self._threads: anyio.CapacityLimiter | None = None

    async def of_token(self, token: str) -> SignedIn | None:
        """Who holds the token. Raises ``SessionsUnavailable``.

        A page load asks thirty times at once: the database is asked once.
        """
        known = self._remembered.get(token)
        if known and known[0] > time.monotonic():
            return known[1]
        asking = self._asking.get(token)
        if asking is None:
            asking = asyncio.ensure_future(self._ask(token))
            self._asking[token] = asking
            asking.add_done_callback(lambda _: self._asking.pop(token, None))
        # Shielded: one visitor who leaves must not take the answer away from the others.
        return await asyncio.shield(asking)

    @contextmanager
    def socket(self, session_id: str) -> Iterator[asyncio.Event]:
        """Register an open websocket; the event is set when its session has ended."""
        ended = asyncio.Event()
        self._sockets.setdefault(session_id, set()).add(ended)
        try:
            yield ended
        finally:
            others = self._sockets.get(session_id, set())
            others.discard(ended)
            if not others:
                self._sockets.pop(session_id, None)

    @property
    def open_sockets(self) -> int:
        """How many websockets stand open."""
        return sum(map(len, self._sockets.values()))

    def end(self, session_id: str) -> None:
        """Forget the session at once and end its websockets."""
        kept = {token: entry for token, entry in self._remembered.items() if entry[1].session_id != session_id}
        self._remembered = kept
        for ended in self._sockets.get(session_id, set()):
            ended.set()

    async def watch(self) -> None:
        """Every three seconds, end the websockets of sessions that ended elsewhere; runs until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self.look_after()
            except SessionsUnavailable:
                log.warning("open websockets could not be checked: the database does not answer")

    async def look_after(self) -> None:
        """End the websockets of sessions that no longer stand. Raises ``SessionsUnavailable``."""
        held = frozenset(self._sockets)
        if held:
            for session_id in held - await self._in_thread(lambda: self._still_live(held)):
                self.end(session_id)

    async def _ask(self, token: str) -> SignedIn | None:
        found = await self._in_thread(lambda: self._look_up(token))
        if found is not None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[token] = (time.monotonic() + REMEMBER_SECONDS, found)
        return found

    async def _in_thread(self, question: Callable[[], Answer]) -> Answer:
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_LOOKUP_THREADS)
        try:
            return await anyio.to_thread.run_sync(question, limiter=self._threads)
        except SQLAlchemyError as error:
            raise SessionsUnavailable from error

    def _look_up(self, token: str) -> SignedIn | None:
        with self._database().glancing() as session:
            return queries.session_of_token(session, token, idle=self._idle)

    def _still_live(self, session_ids: frozenset[str]) -> set[str]:
        with self._database().glancing() as session:
            return queries.live_sessions(session, session_ids, idle=self._idle)
