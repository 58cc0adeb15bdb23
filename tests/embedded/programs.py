"""Small programs for the supervisor's tests to run, and waiting for a condition."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

_PRELUDE = "import os, pathlib, signal, subprocess, sys, threading, time\nhere = pathlib.Path.cwd()\n"

STEADY = "threading.Event().wait()"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n(here / 'deaf').touch()\nwhile True: time.sleep(1)"
WITH_CHILD = (
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "(here / 'child').write_text(str(child.pid))\nthreading.Event().wait()"
)
BROKEN = "print('no such table: moon', flush=True)\nsys.exit(3)"


def python(program: str) -> list[str]:
    """The command that runs a program in the test's folder."""
    return [sys.executable, "-c", _PRELUDE + program]


def eventually(condition: Callable[[], object], within: float = 15.0) -> None:
    """Return when ``condition`` holds; fail when it does not in time."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Whether a process has ended (a dead one whose parent has not looked yet counts)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"
