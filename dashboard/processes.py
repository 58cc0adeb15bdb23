"""Several processes that serve together: forked from one that loaded everything, watched, replaced when they die.

Python runs one thread at a time in a process, so one process serves with one processor.
"""

import contextlib
import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)

MOST = 4
"""So many are taken unasked; each holds connections to PostgreSQL."""
FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that makes prometheus_client keep its figures in files that the processes share; read at its import."""
_LOOPBACK = "127.0.0.1"
_STEADY = 10.0
_LONGEST_PAUSE = 30.0
_LOOKS_EVERY = 1.0
_ENDS = (signal.SIGTERM, signal.SIGINT)
_WATCHED = (*_ENDS, signal.SIGCHLD)


def how_many(wanted: int) -> int:
    """The number of processes for the setting; 0 means one for each processor that may be used, up to four."""
    return wanted or min(MOST, len(os.sched_getaffinity(0)))


@contextlib.contextmanager
def counting_together(processes: int) -> Iterator[None]:
    """Let the figures of several processes add up. Entered before prometheus_client is imported."""
    if processes == 1:
        yield
        return
    os.environ[FIGURES] = folder = tempfile.mkdtemp(prefix="lumira-figures-")
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class Place:
    """One of the processes, whichever holds it now: where people reach it, and where its siblings do."""

    public: socket.socket
    private: socket.socket
    pid: int | None = None
    began: float = 0.0
    failures: int = 0
    due: float = 0.0

    @property
    def address(self) -> str:
        """Where the siblings ask it."""
        return f"http://{_LOOPBACK}:{self.private.getsockname()[1]}"


def places(count: int, family: int, address: tuple[str, int]) -> list[Place]:
    """``count`` places that share one address; the kernel spreads connections over those who listen.

    The sockets belong to the parent: who connected to a process that dies waits in the queue for its successor.
    """
    return [Place(_shared(family, address), _shared(socket.AF_INET, (_LOOPBACK, 0))) for _ in range(count)]


class Fleet:
    """Runs ``serve`` in one process for each place until SIGTERM or SIGINT.

    The first starts at once, so that somebody answers early; ``warm`` loads what the screens need and is shared by
    all that start afterwards. ``stop_seconds`` after the end was asked for, whoever still runs is killed.
    """

    def __init__(
        self,
        members: Sequence[Place],
        serve: Callable[[list[socket.socket]], None],
        *,
        warm: Callable[[], None],
        buried: Callable[[int], None],
        stop_seconds: float,
    ) -> None:
        self._places = members
        self._serve = serve
        self._warm = warm
        self._buried = buried
        self._stop_seconds = stop_seconds
        # Nothing is ever written: the end of the pipe is the end of the parent, whatever killed it.
        self._life, self._held = os.pipe()

    def run(self) -> None:
        """Serve; returns when all have ended."""
        with contextlib.suppress(KeyboardInterrupt):
            try:
                self._start(self._places[0])
                signal.signal(signal.SIGTERM, signal.default_int_handler)
                self._warm()
                signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
                for place in self._places[1:]:
                    self._start(place)
                while self._sleep(_LOOKS_EVERY) not in _ENDS:
                    self._look_after()
            finally:
                signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
                self._stop()

    def _sleep(self, seconds: float) -> int | None:
        """The signal that came, if one did."""
        found = signal.sigtimedwait(_WATCHED, seconds)
        return found.si_signo if found else None

    def _look_after(self) -> None:
        for place in self._places:
            if self._bury(place):
                lived = time.monotonic() - place.began
                place.failures = 0 if lived >= _STEADY else place.failures + 1
                place.due = time.monotonic() + (min(2 ** (place.failures - 1), _LONGEST_PAUSE) if place.failures else 0)
                log.error("a server process ended and is replaced", extra={"lived": round(lived, 1)})
            if place.pid is None and place.due <= time.monotonic():
                self._start(place)

    def _bury(self, place: Place) -> bool:
        """Whether the process of the place has ended since the last look."""
        if place.pid is None or os.waitpid(place.pid, os.WNOHANG)[0] == 0:
            return False
        self._buried(place.pid)
        place.pid = None
        return True

    def _start(self, place: Place) -> None:
        pid = os.fork()
        if pid == 0:
            self._live(place)
        place.pid, place.began = pid, time.monotonic()

    def _live(self, place: Place) -> None:
        """The whole life of a child; does not return."""
        code = 1
        try:
            os.close(self._held)
            for other in self._places:
                if other is not place:
                    other.public.close()
                    other.private.close()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
            threading.Thread(target=self._end_with_parent, daemon=True).start()
            self._serve([place.public, place.private])
            code = 0
        except KeyboardInterrupt:
            code = 0
        except BaseException:
            log.exception("a server process failed")
        finally:
            logging.shutdown()
            os._exit(code)

    def _end_with_parent(self) -> None:
        os.read(self._life, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _stop(self) -> None:
        for place in self._places:
            place.public.close()
            place.private.close()
            if place.pid is not None:
                os.kill(place.pid, signal.SIGTERM)
        until = time.monotonic() + self._stop_seconds
        while (left := [place for place in self._places if not self._gone(place)]) and time.monotonic() < until:
            signal.sigtimedwait([signal.SIGCHLD], 0.1)
        for place in left:
            if place.pid is not None:
                os.kill(place.pid, signal.SIGKILL)
                os.waitpid(place.pid, 0)

    def _gone(self, place: Place) -> bool:
        return place.pid is None or self._bury(place)


def _shared(family: int, address: tuple[str, int]) -> socket.socket:
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if address[1]:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(address)
    return made
