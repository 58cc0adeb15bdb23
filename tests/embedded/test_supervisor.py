"""The supervisor: order, restarts, stopping in time, and what a killed one leaves behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.embedded.process import Recorded, process_mark
from dashboard.embedded.supervisor import Event, Part, PartFailed, Supervisor
from tests.embedded.programs import BROKEN, STEADY, STUBBORN, WITH_CHILD, eventually, is_gone, python

ROOT = Path(__file__).parents[2]


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, events: list[Event]) -> Iterator[Supervisor]:
    with Supervisor(tmp_path / "run", tmp_path / "log", events.append) as made:
        yield made


def pid_of(supervisor: Supervisor, name: str) -> int:
    """The part's process, once there is one."""
    eventually(lambda: supervisor.pid(name))
    pid = supervisor.pid(name)
    assert pid is not None
    return pid


def test_a_part_that_dies_is_started_again(supervisor: Supervisor, events: list[Event], tmp_path: Path) -> None:
    supervisor.start(Part("steady", python(STEADY), cwd=tmp_path))
    first = pid_of(supervisor, "steady")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: supervisor.pid("steady") not in {None, first})
    assert Event("steady", "died", "exit status -9") in events


def test_a_part_waits_for_those_it_needs(supervisor: Supervisor, events: list[Event], tmp_path: Path) -> None:
    opened = threading.Event()
    base = Part("base", python(STEADY), cwd=tmp_path, ready=opened.is_set)
    supervisor.launch(base, Part("top", python(STEADY), cwd=tmp_path, needs=("base",)))
    pid_of(supervisor, "base")
    assert supervisor.pid("top") is None
    opened.set()
    supervisor.wait_ready()
    assert [event.part for event in events] == ["base", "top"]


def test_parts_that_do_not_need_each_other_start_side_by_side(supervisor: Supervisor, tmp_path: Path) -> None:
    meeting = threading.Barrier(3, timeout=15)
    parts = [
        Part(f"part{number}", python(STEADY), cwd=tmp_path, prepare=lambda: meeting.wait() and None)
        for number in range(3)
    ]
    supervisor.start(*parts)


def test_a_part_that_never_gets_ready_is_reported_with_the_end_of_its_log(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    with pytest.raises(PartFailed, match=r"(?s)broken ended with status 3 .*no such table: moon"):
        supervisor.start(Part("broken", python(BROKEN), cwd=tmp_path, ready=lambda: False, attempts=2))


def test_a_part_that_takes_too_long_is_reported_and_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(PartFailed, match="slow was not ready within"):
        supervisor.start(Part("slow", python(STEADY), cwd=tmp_path, ready=lambda: False, ready_within=0.3))
    eventually(lambda: supervisor.pid("slow") is None)


def test_a_program_that_does_not_exist_is_reported(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(PartFailed, match=r"(?s)absent .*FileNotFoundError"):
        supervisor.start(Part("absent", ["/nowhere/absent"], cwd=tmp_path, ready=lambda: False, attempts=1))


def test_stopping_ends_everything_within_five_seconds_even_what_refuses(supervisor: Supervisor, tmp_path: Path) -> None:
    base = Part("base", python(STUBBORN), cwd=tmp_path, ready=(tmp_path / "deaf").exists, grace=60)
    supervisor.start(base, Part("top", python(STEADY), cwd=tmp_path, needs=("base",)))
    pids = [pid_of(supervisor, name) for name in ("base", "top")]
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 5
    assert all(is_gone(pid) for pid in pids)
    assert not list((tmp_path / "run").iterdir())


def test_a_part_stops_before_those_it_needs(supervisor: Supervisor, tmp_path: Path) -> None:
    leave = (
        "signal.signal(signal.SIGTERM, lambda *_: (print('{0}', flush=True), sys.exit(0)))\n(here / '{0}').touch()\n"
    )
    wait = "while True: time.sleep(0.02)"
    parts = [
        Part(name, python(leave.format(name) + wait), cwd=tmp_path, needs=needs, ready=(tmp_path / name).exists)
        for name, needs in (("base", ()), ("top", ("base",)))
    ]
    supervisor.start(*parts)
    supervisor.stop()
    base, top = ((tmp_path / "log" / f"{name}.log").stat().st_mtime_ns for name in ("base", "top"))
    assert top < base


def test_what_a_dead_part_had_started_ends_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(Part("parent", python(WITH_CHILD), cwd=tmp_path, ready=lambda: child_of(tmp_path) > 0))
    child = child_of(tmp_path)
    os.kill(pid_of(supervisor, "parent"), signal.SIGKILL)
    eventually(lambda: is_gone(child))


def child_of(folder: Path) -> int:
    """The process that WITH_CHILD started; 0 as long as there is none."""
    note = folder / "child"
    return int(note.read_text() or 0) if note.exists() else 0


def test_parts_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    killed, part = run_and_kill_supervisor(tmp_path, STEADY)
    eventually(lambda: is_gone(part))
    assert killed.returncode == -signal.SIGKILL


def test_a_part_that_outlives_a_killed_supervisor_is_ended_by_the_next(tmp_path: Path) -> None:
    _, part = run_and_kill_supervisor(tmp_path, STUBBORN, ready="(here / 'deaf').exists")
    assert not is_gone(part)
    events: list[Event] = []
    with Supervisor(tmp_path / "run", tmp_path / "log", events.append):
        assert is_gone(part)
    assert events == [Event("part", "ended a leftover")]


def run_and_kill_supervisor(
    folder: Path, program: str, ready: str = "at_once"
) -> tuple["subprocess.Popen[bytes]", int]:
    """A supervisor in a process of its own, killed as soon as its part is ready; the part's process."""
    script = f"""
import pathlib, threading
from dashboard.embedded.supervisor import Part, Supervisor, at_once
from tests.embedded.programs import python
here = pathlib.Path({str(folder)!r})
supervisor = Supervisor(here / "run", here / "log")
supervisor.start(Part("part", python({program!r}), cwd=here, ready={ready}))
print(supervisor.pid("part"), flush=True)
threading.Event().wait()
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    part = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    return process, part


def test_a_stranger_that_got_the_number_of_a_dead_part_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(python(STEADY), cwd=tmp_path)
    try:
        (tmp_path / "run").mkdir()
        Recorded("part", stranger.pid, "an earlier start", signal.SIGKILL).write(tmp_path / "run" / "part.pid")
        (tmp_path / "run" / "garbled.pid").write_text("{")
        with Supervisor(tmp_path / "run", tmp_path / "log"):
            assert stranger.poll() is None
        assert not list((tmp_path / "run").glob("*.pid"))
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    mark = process_mark(os.getpid())
    assert mark is not None
    assert mark == process_mark(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", ""])
    assert process_mark(child.pid) != mark
    child.wait()
    assert process_mark(child.pid) is None


def test_a_part_may_run_as_another_account_in_a_folder_it_cannot_walk_to(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """Only root can give up rights; an ordinary user's parts keep the user's own."""
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    uid = 65534 if os.geteuid() == 0 else os.geteuid()
    os.chown(closed / "data", uid, -1)
    write = "cd /proc/self/fd/63 && id -u > who.new && mv who.new who && exec sleep 600"
    part = Part(
        "other",
        ["/bin/sh", "-c", write],
        uid=uid if os.geteuid() == 0 else None,
        directory=closed / "data",
        ready=(closed / "data" / "who").exists,
    )
    supervisor.start(part)
    assert (closed / "data" / "who").read_text() == f"{uid}\n"
