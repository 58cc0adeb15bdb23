"""A browser's side of Streamlit's websocket without the browser: opens a screen, clicks, waits for the end."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_COOKIE = "lumira_session"
_LONGEST_RUN = 60.0
_KEPT_RUNS = 2
"""For so many runs without a use a browser keeps an element (``global.maxCachedMessageAge``)."""


class ScreenBroken(Exception):
    """A screen answered with a crash or an apology: its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one click led to: milliseconds until the script had finished, bytes over the wire, rows in the lists."""

    ms: float
    size: int
    rows: int


class Visitor:
    """One open browser tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._page = ""
        self._query = ""
        self._hash = ""
        self._runs = 0
        self._kept: dict[str, int] = {}
        self._listed: dict[str, int] = {}
        self.fragments: dict[str, float] = {}
        """The parts of the screen that refresh by themselves: seconds between two times, by id."""

    async def open(self, page: str, query: str = "") -> Answer:
        """Go to a screen by its address (``page`` is empty for the first one)."""
        self._page, self._query, self._hash = page, query, ""
        return await self.click()

    async def click(self) -> Answer:
        """Run the screen's script again, as every click does."""
        self.fragments = {}
        return await self._run("")

    async def refresh(self, fragment: str) -> Answer:
        """Run one part of the screen again, as the browser does from time to time for those that ask for it."""
        return await self._run(fragment)

    async def _run(self, fragment: str) -> Answer:
        message = BackMsg()
        run = message.rerun_script
        run.query_string = self._query
        run.page_name = "" if self._hash else self._page
        run.page_script_hash = self._hash
        run.fragment_id = fragment
        run.is_auto_rerun = bool(fragment)
        run.cached_message_hashes.extend(self._kept)
        run.context_info.locale = "fr-FR"
        run.context_info.timezone = "Europe/Paris"
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        size, rows = await self._finished()
        return Answer((time.perf_counter() - began) * 1000, size, rows)

    async def _finished(self) -> tuple[int, int]:
        size = rows = 0
        while True:
            raw = await self._socket.recv(decode=False)
            size += len(raw)
            message = ForwardMsg.FromString(raw)
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self._hash = message.navigation.page_script_hash
            elif kind == "auto_rerun":
                self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "ref_hash":
                self._kept[message.ref_hash] = self._runs
                rows += self._listed.get(message.ref_hash, 0)
            elif kind == "delta":
                _look_for_trouble(message, self._page)
                self._listed[message.hash] = _rows_in(message)
                rows += self._listed[message.hash]
                if message.metadata.cacheable:
                    self._kept[message.hash] = self._runs
            elif kind == "page_not_found":
                raise ScreenBroken(f"there is no screen at /{self._page}")
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._age()
                return size, rows

    def _age(self) -> None:
        """Forget the elements that have not come for a while: what is kept is sent by name only, as to a browser."""
        self._runs += 1
        self._kept = {name: last for name, last in self._kept.items() if self._runs - last <= _KEPT_RUNS}


def _look_for_trouble(message: ForwardMsg, page: str) -> None:
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        raise ScreenBroken(f"/{page} crashed: {element.exception.message}")
    if kind == "alert" and element.alert.format == element.alert.ERROR:
        raise ScreenBroken(f"/{page} says: {element.alert.body}")


def _rows_in(message: ForwardMsg) -> int:
    """The rows of a list; 0 of anything else."""
    written = message.delta.new_element.bidi_component.json
    told = json.loads(written) if written else None
    return len(told[0].get("rows", ())) if isinstance(told, list) and told and isinstance(told[0], dict) else 0


@asynccontextmanager
async def visit(url: str, token: str) -> AsyncIterator[Visitor]:
    """Open a tab; leaving closes it."""
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(
        address,
        subprotocols=["streamlit"],  # type: ignore[list-item]  # the library's own alias of str
        additional_headers={"cookie": f"{_COOKIE}={token}", "origin": url},
        max_size=None,
        compression=None,
        open_timeout=_LONGEST_RUN,
        ping_interval=None,
        proxy=None,
    ) as socket:
        yield Visitor(socket)
