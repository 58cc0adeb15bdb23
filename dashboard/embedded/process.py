"""One child process: how it is started, recognised later, and ended with everything it started."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from dashboard.embedded.launch import DIRECTORY_FD

_LAUNCH = Path(__file__).with_name("launch.py")
OPEN_DIRECTORY = f"/proc/self/fd/{DIRECTORY_FD}"  # what a program started with ``directory=`` finds it under
_POLL = 0.02


@dataclass(frozen=True)
class Recorded:
    """A process as noted in a file, with what is needed to be sure later that it is still the same one."""

    name: str
    pid: int
    mark: str
    stop_signal: int

    def write(self, path: Path) -> None:
        """Note it, whole or not at all."""
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Recorded | None":
        """The process noted in ``path``; None where the note is unreadable."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def alive(self) -> bool:
        """Whether this very process still runs, and not another one that got its number."""
        return process_mark(self.pid) == self.mark


def process_mark(pid: int) -> str | None:
    """What tells a process from a later one with the same number: its start, and the boot. None once it is gone."""
    if sys.platform != "linux":
        asked = subprocess.run(  # noqa: S603 - a fixed program
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return asked.stdout.strip() or None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    if state in "ZX":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{rest[18]}"


def launch(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path,
    uid: int | None = None,
    directory: Path | None = None,
    death_signal: int = signal.SIGKILL,
) -> "subprocess.Popen[bytes]":
    """Start ``command`` in a session of its own, its output appended to ``log``.

    It receives ``death_signal`` when the calling *thread* ends (Linux counts threads), so call this from one that
    lives as long as the process should. ``directory`` is handed over opened: see ``OPEN_DIRECTORY``.
    """
    how = {
        "parent": os.getpid(),
        "signal": int(death_signal),
        "uid": uid,
        "cwd": str(cwd),
        "directory": str(directory) if directory else None,
    }
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the commands are ours
            [sys.executable, "-I", "-S", str(_LAUNCH), json.dumps(how), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            start_new_session=True,
        )


def has_ended(process: "subprocess.Popen[bytes]", *, wait: bool = False) -> bool:
    """Whether the process has ended; its number stays reserved until ``reap``."""
    options = os.WEXITED | os.WNOWAIT | (0 if wait else os.WNOHANG)
    return os.waitid(os.P_PID, process.pid, options) is not None


def reap(process: "subprocess.Popen[bytes]") -> int:
    """End what the dead process left in its session, then take its exit status."""
    kill_group(process.pid)
    return process.wait()


def kill_group(leader: int) -> None:
    """SIGKILL a process and those of its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_left_behind(run_dir: Path, within: float = 3.0) -> list[str]:
    """End the processes noted in ``run_dir`` by a supervisor that was killed; their names."""
    notes = {path: Recorded.read(path) for path in sorted(run_dir.glob("*.pid"))}
    running = [note for note in notes.values() if note and note.alive()]
    names = [note.name for note in running]
    for note in running:
        with suppress(ProcessLookupError):
            os.kill(note.pid, note.stop_signal)
    for note in _still_alive(running, within):
        kill_group(note.pid)
    _still_alive(running, within)
    for path in notes:
        path.unlink(missing_ok=True)
    return names


def _still_alive(running: list[Recorded], within: float) -> list[Recorded]:
    """Those that have not ended after ``within`` seconds."""
    deadline = time.monotonic() + within
    while (running := [note for note in running if note.alive()]) and time.monotonic() < deadline:
        time.sleep(_POLL)
    return running
