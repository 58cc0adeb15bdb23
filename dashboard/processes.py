"""Several processes that serve one address: what Python computes for one person then holds up fewer others.

The first process loads everything and forks those that serve, so that they share most of their memory. Then it becomes
a small supervisor (``python -m dashboard.processes``) that serves nothing: it starts anew whoever dies, and ends
everybody when it is told to stop. Nobody outlives it.
"""

import gc
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

log = logging.getLogger("dashboard.processes")

MOST = 2
"""More are started only when the settings say so: each takes memory and connections of its own."""
_WATCHED = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM})
_STOPS_WITHIN = 2.8
_SHORT_LIFE = 5.0
_HANDED = "LUMIRA_HANDED_SOCKET"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0

Serve = Callable[[socket.socket, Callable[[], None]], None]
"""Serves on a socket; calls back once it answers."""


@dataclass(slots=True)
class House:
    """What the supervisor has to know: ``command`` starts one more process, given the socket to serve on."""

    command: list[str]
    sockets: list[int]
    watched_end: int
    held_end: int
    running: dict[int, int] = field(default_factory=dict)
    """The place of each process, by its number."""


def wanted(asked: int) -> int:
    """How many processes: as many as were ``asked`` for; 0 leaves it to the processors, up to ``MOST``."""
    if asked:
        return asked
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST)


def listeners(bound: socket.socket, count: int) -> list[socket.socket]:
    """One socket for each process on the address of ``bound``, which is closed; each listens once its process does.

    The system deals new connections out among them. They belong to the supervisor: what arrives for a process that has
    died waits for the one that takes its place. ``bound`` was there first, so an address in use is noticed.
    """
    address, family = bound.getsockname(), bound.family
    bound.close()
    return [_bound(address, family) for _ in range(count)]


def _bound(address: Any, family: int) -> socket.socket:
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(address)
    return made


def serve_with_several(serve: Serve, sockets: Sequence[socket.socket], load: Callable[[], None]) -> NoReturn:
    """Serve with a process for each socket until SIGTERM or SIGINT; this process becomes their supervisor.

    The first answers before what all need later on is loaded; the others share it.
    """
    # Each process reads at one end until nobody holds the other any more: then the supervisor is gone.
    ends = os.pipe()
    house = House([sys.executable, *sys.orig_argv[1:]], [one.fileno() for one in sockets], *ends)
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    for place, listening in enumerate(sockets):
        if place == 1:
            load()
            gc.collect()
        # What is there by now stays as it is: the collector's marks would copy it into every process.
        gc.freeze()
        house.running[_fork(house, serve, listening)] = place
    for descriptor in (*house.sockets, *ends):
        os.set_inheritable(descriptor, True)
    supervisor = [sys.executable, "-m", "dashboard.processes", json.dumps(asdict(house))]
    os.execv(sys.executable, supervisor)  # noqa: S606 - a list of our own, and no shell is wanted


def handed_socket() -> int | None:
    """The socket that this process was started by a supervisor to serve on; it then ends with the supervisor."""
    handed = os.environ.pop(_HANDED, None)
    if handed is None:
        return None
    listening, watched_end = map(int, handed.split(","))
    _leave_with(watched_end)
    return listening


def _leave_with(watched_end: int) -> None:
    """End this process, as if it were told to stop, once nobody holds the other end."""

    def wait() -> None:
        os.read(watched_end, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor", daemon=True).start()


def _fork(house: House, serve: Serve, listening: socket.socket) -> int:
    """One process more; returns its number once it answers, or is over already."""
    sys.stdout.flush()
    sys.stderr.flush()
    answers, answered = os.pipe()
    if pid := os.fork():
        os.close(answered)
        os.read(answers, 1)
        os.close(answers)
        return pid
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
        os.close(answers)
        os.close(house.held_end)
        _leave_with(house.watched_end)
        serve(listening, lambda: os.close(answered))
        code = 0
    except BaseException:
        log.exception("a server process crashed")
    finally:
        # Not through what the first process would have cleared up.
        logging.shutdown()
        os._exit(code)


class Supervisor:
    """Watches over the processes. Knows nothing of the Desk, so that it takes no memory."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._running = {pid: (place, time.monotonic()) for pid, place in house.running.items()}
        self._waiting: dict[int, float] = {}
        self._pauses = dict.fromkeys(range(len(house.sockets)), 0.0)

    def run(self) -> None:
        """Watch until SIGTERM or SIGINT; everybody has ended when this returns."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        # Whoever ended while this program was being loaded.
        self._reap()
        self._start_due()
        while (came := signal.sigwait(_WATCHED)) not in {signal.SIGTERM, signal.SIGINT}:
            if came == signal.SIGCHLD:
                self._reap()
            self._start_due()
        self._stop()

    def _start(self, place: int) -> None:
        command = self._house.command
        env = {**os.environ, _HANDED: f"{self._house.sockets[place]},{self._house.watched_end}"}
        # Whoever held the other end as well would never learn that the supervisor is gone.
        without = [(os.POSIX_SPAWN_CLOSE, self._house.held_end)]
        pid = os.posix_spawn(command[0], command, env, file_actions=without, setsigmask=[])
        self._running[pid] = place, time.monotonic()

    def _reap(self) -> None:
        """Note who has ended, and when their place is to be taken: at once, later and later if it keeps failing."""
        from dashboard.web.counting import forget

        for pid, (place, since) in list(self._running.items()):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                continue
            del self._running[pid]
            forget(pid)
            brief = time.monotonic() - since < _SHORT_LIFE
            pause = min(max(self._pauses[place] * 2, _FIRST_PAUSE), _LONGEST_PAUSE) if brief else 0.0
            _complain(pid, pause)
            self._pauses[place] = pause
            self._waiting[place] = time.monotonic() + pause

    def _start_due(self) -> None:
        for place, due in list(self._waiting.items()):
            if due <= time.monotonic():
                del self._waiting[place]
                self._start(place)
        if self._waiting:
            signal.setitimer(signal.ITIMER_REAL, max(min(self._waiting.values()) - time.monotonic(), 0.01))

    def _stop(self) -> None:
        for pid in self._running:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOPS_WITHIN
        while self._running:
            if time.monotonic() >= deadline:
                for pid in self._running:
                    os.kill(pid, signal.SIGKILL)
            signal.setitimer(signal.ITIMER_REAL, max(deadline - time.monotonic(), 0.01))
            signal.sigwait({signal.SIGCHLD, signal.SIGALRM})
            for pid in [pid for pid in self._running if os.waitpid(pid, os.WNOHANG)[0]]:
                del self._running[pid]


def _complain(process: int, pause: float) -> None:
    from dashboard.settings import get_settings
    from dashboard.web.logs import configure_logging

    configure_logging(get_settings())
    log.error("a server process ended", extra={"ended": process, "next_in_seconds": pause})


def main() -> None:
    """Be the supervisor of the house that the command line describes."""
    from dashboard.web.counting import clear

    told = json.loads(sys.argv[1])
    told["running"] = {int(pid): place for pid, place in told["running"].items()}
    try:
        Supervisor(House(**told)).run()
    finally:
        clear()


if __name__ == "__main__":
    main()
