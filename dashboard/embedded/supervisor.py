"""A small supervisor: starts parts in the order they need each other, restarts what dies, stops everything in time.

Every part has a thread of its own, its keeper, which starts the process, waits until it is ready, waits for its end
and starts it again. The thread lives as long as the process, which is also what ties the process to our life (see
``process.launch``): when the supervisor is killed, its parts receive their stop signal. Those that were out of reach
are found by the notes in ``run_dir`` and ended by the next supervisor that uses it.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

from dashboard.embedded import process

_POLL = 0.02
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_STEADY = 30.0  # seconds up after which a death counts as the first again
_LOG_LIMIT = 5_000_000


def at_once() -> bool:
    """The probe of a part that is ready as soon as it runs."""
    return True


def nothing() -> None:
    """What most parts need done before they start."""


@dataclass(frozen=True)
class Part:
    """A program to keep running.

    ``ready`` is asked until it says True; ``prepare`` runs before every start. ``needs`` names parts that must be
    ready first and are stopped later; a part that ``copes`` may start before they are ready. A part that dies
    ``attempts`` times before it was ever ready has failed.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = at_once
    prepare: Callable[[], None] = nothing
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path = Path("/")
    uid: int | None = None
    directory: Path | None = None
    needs: tuple[str, ...] = ()
    copes: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 2.0
    ready_within: float = 30.0
    attempts: int = 5


@dataclass(frozen=True)
class Event:
    """Something that befell a part, for a log or a screen."""

    part: str
    kind: Literal["ready", "died", "ended a leftover"]
    detail: str = ""


class PartFailed(Exception):
    """A part could not be started; the text names it and ends with the last lines of its log."""


class Supervisor:
    """Keeps parts running until ``stop``. Use it as a context manager, so that nothing is ever left behind."""

    def __init__(self, run_dir: Path, log_dir: Path, on_event: Callable[[Event], None] = lambda _: None) -> None:
        self._run_dir, self._log_dir, self._on_event = run_dir, log_dir, on_event
        self._keepers: dict[str, _Keeper] = {}
        for directory in (run_dir, log_dir):
            directory.mkdir(parents=True, exist_ok=True)
        for name in process.end_left_behind(run_dir):
            on_event(Event(name, "ended a leftover"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except KeyboardInterrupt:  # somebody in a hurry; what is left is ended all the same
            self.stop()
            raise

    def launch(self, *parts: Part) -> None:
        """Begin to start ``parts``; those that need each other wait by themselves."""
        for part in parts:
            needs = [self._keepers[name] for name in part.needs]
            keeper = _Keeper(part, needs, self._run_dir, self._log_dir, self._on_event)
            self._keepers[part.name] = keeper
            keeper.start()

    def wait_ready(self, *names: str) -> None:
        """Return when the named parts (all, without a name) are ready. Raises PartFailed."""
        waiting = [self._keepers[name] for name in names or tuple(self._keepers)]
        while not all(keeper.ready.is_set() for keeper in waiting):
            for keeper in self._keepers.values():
                if keeper.failure:
                    raise PartFailed(keeper.failure)
            time.sleep(_POLL)

    def start(self, *parts: Part) -> None:
        """Start ``parts`` and return when they are ready. Raises PartFailed."""
        self.launch(*parts)
        self.wait_ready(*(part.name for part in parts))

    def pid(self, name: str) -> int | None:
        """The process of a part at this moment; None while there is none."""
        return self._keepers[name].pid()

    def stop(self, within: float = 4.0) -> None:
        """End every part, those that others need last; whatever still runs after ``within`` seconds is killed."""
        deadline = time.monotonic() + within
        while self._keepers:
            needed = {need for keeper in self._keepers.values() for need in keeper.part.needs}
            wave = [keeper for name, keeper in self._keepers.items() if name not in needed]
            for keeper in wave:
                keeper.ask_to_end()
            for keeper in wave:
                remaining = deadline - time.monotonic()
                keeper.end(min(keeper.asked_at + keeper.part.grace - time.monotonic(), remaining))
                del self._keepers[keeper.part.name]


class Startable(Protocol):
    """What can say how it is run."""

    def part(self) -> Part:
        """The program to keep running."""
        ...


Server = TypeVar("Server", bound=Startable)


def start_somewhere(supervisor: Supervisor, make: Callable[[], Server], tries: int = 3) -> Server:
    """Start what ``make`` makes with free ports of its choice; again when another program took one meanwhile."""
    server = make()
    try:
        supervisor.start(server.part())
    except PartFailed:
        supervisor.stop()
        if tries == 1:
            raise
        return start_somewhere(supervisor, make, tries - 1)
    return server


class _Keeper(threading.Thread):
    """Keeps one part running."""

    def __init__(
        self, part: Part, needs: list["_Keeper"], run_dir: Path, log_dir: Path, on_event: Callable[[Event], None]
    ) -> None:
        super().__init__(name=f"keeper-{part.name}", daemon=True)
        self.part, self._needs, self._on_event = part, needs, on_event
        self._note, self._log = run_dir / f"{part.name}.pid", log_dir / f"{part.name}.log"
        self.ready = threading.Event()
        self.failure: str | None = None
        self.asked_at = 0.0
        self._ending = threading.Event()
        self._lock = threading.Lock()  # held while the process begins, is signalled, or is reaped
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        try:
            self._keep()
        except Exception as error:  # a keeper has nobody above it: whoever waits for it is told instead
            self.failure = f"{self.part.name}: {error}"
            raise

    def pid(self) -> int | None:
        """The process at this moment."""
        with self._lock:
            return self._process.pid if self._process else None

    def ask_to_end(self) -> None:
        """Let the process end by itself."""
        self.asked_at = time.monotonic()
        self._signal(self.part.stop_signal)

    def end(self, grace: float) -> None:
        """Wait ``grace`` seconds for the end that was asked for, then force it."""
        self.join(max(grace, 0))
        if self.is_alive():
            with self._lock:
                if self._process:
                    process.kill_group(self._process.pid)
            self.join()

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            self._ending.set()
            if self._process:
                with suppress(ProcessLookupError):
                    os.kill(self._process.pid, number)

    def _keep(self) -> None:
        while not self.part.copes and not all(need.ready.is_set() for need in self._needs):
            if self._ending.wait(_POLL):
                return
        deaths = 0
        while (started := self._start()) is not None:
            began = time.monotonic()
            came_up = self._await_ready(started, began + self.part.ready_within)
            process.has_ended(started, wait=True)
            status = self._reap(started)
            if self._ending.is_set():
                return
            deaths = 1 if came_up and time.monotonic() - began > _STEADY else deaths + 1
            self._on_event(Event(self.part.name, "died", f"exit status {status}"))
            if not self.ready.is_set() and deaths >= self.part.attempts:
                self.failure = self._why(f"ended with status {status} before it was ready")
                return
            self._ending.wait(min(_FIRST_PAUSE * 2 ** min(deaths - 1, 10), _LONGEST_PAUSE))

    def _start(self) -> "subprocess.Popen[bytes] | None":
        """The part's new process; None when it is wanted no more."""
        if self._ending.is_set():
            return None
        self.part.prepare()
        if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._lock:
            if self._ending.is_set():
                return None
            part = self.part
            self._process = process.launch(
                part.command,
                log=self._log,
                env=part.env,
                cwd=part.cwd,
                uid=part.uid,
                directory=part.directory,
                death_signal=part.stop_signal,
            )
            mark = process.process_mark(self._process.pid)
            if mark:
                process.Recorded(part.name, self._process.pid, mark, int(part.stop_signal)).write(self._note)
            return self._process

    def _await_ready(self, started: "subprocess.Popen[bytes]", deadline: float) -> bool:
        while not self._ending.is_set() and not process.has_ended(started):
            if self.part.ready():
                self.ready.set()
                self._on_event(Event(self.part.name, "ready"))
                return True
            if time.monotonic() > deadline:
                process.kill_group(started.pid)
                if not self.ready.is_set():
                    self.failure = self._why(f"was not ready within {self.part.ready_within:.0f} s")
                    self._ending.set()
                return False
            self._ending.wait(_POLL)
        return False

    def _reap(self, ended: "subprocess.Popen[bytes]") -> int:
        with self._lock:
            status = process.reap(ended)
            self._process = None
            self._note.unlink(missing_ok=True)
            return status

    def _why(self, what: str) -> str:
        last = self._log.read_text(errors="replace").splitlines()[-12:] if self._log.exists() else []
        return "\n".join([f"{self.part.name} {what}. The end of {self._log}:", *last])
