"""Several server processes behind one address: who dies is replaced, who is told to stop takes everybody along."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dashboard.embedded.home import free_port
from dashboard.processes import wanted
from tests.integration.peers import until

_SERVE = [sys.executable, "-c", "from dashboard.cli import main; main()", "serve", "--processes", "2"]
_WAITS = 60


@dataclass(frozen=True)
class Served:
    """A running server: the process that was started, and where it is reached."""

    main: subprocess.Popen[bytes]
    url: str
    scratch: Path

    def children(self) -> set[int]:
        """The processes that serve."""
        try:
            return set(map(int, Path(f"/proc/{self.main.pid}/task/{self.main.pid}/children").read_text().split()))
        except FileNotFoundError:
            return set()

    def answers(self) -> bool:
        """Whether a new visitor is answered."""
        try:
            return httpx.get(f"{self.url}/healthz", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def is_whole(self) -> bool:
        """Whether the first process has handed over to the supervisor, two serve, and each of them answers."""
        supervised = b"dashboard.processes" in Path(f"/proc/{self.main.pid}/cmdline").read_bytes()
        return supervised and len(self.children()) == 2 and all(self.answers() for _ in range(8))


def is_there(pid: int) -> bool:
    """Whether the process runs."""
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    """The Desk with two processes."""
    port = free_port()
    env = {
        **os.environ,
        "DATABASE_URL": database_url,
        "LUMIRA_SECRET_KEY": "k" * 40,
        "LUMIRA_PORT": str(port),
        "TMPDIR": str(tmp_path),
    }
    with (tmp_path / "serve.log").open("wb") as log:
        main = subprocess.Popen(_SERVE, env=env, stdout=log, stderr=log)
    found = Served(main, f"http://127.0.0.1:{port}", tmp_path)
    try:
        until(lambda: main.poll() is not None or found.is_whole(), _WAITS)
        assert main.poll() is None, (tmp_path / "serve.log").read_text()
        yield found
    finally:
        if main.poll() is None:
            main.terminate()
        main.wait(timeout=10)


def test_a_process_that_is_killed_is_replaced_and_all_that_was_counted_is_one_count(served: Served) -> None:
    """Visitors are answered the whole time; /metrics adds up over both, and keeps what the dead one counted."""
    asked = sum(1 for _ in range(40) if served.answers())
    text = httpx.get(f"{served.url}/metrics").text
    (counted,) = re.findall(r'lumira_http_requests_total\{method="GET",route="/healthz",status="200"\} (\S+)', text)
    assert float(counted) >= asked == 40
    before = served.children()
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    until(lambda: victim not in served.children() and served.is_whole(), _WAITS)
    assert len(before & served.children()) == 1
    text = httpx.get(f"{served.url}/metrics").text
    (later,) = re.findall(r'lumira_http_requests_total\{method="GET",route="/healthz",status="200"\} (\S+)', text)
    assert float(later) > float(counted)


def test_told_to_stop_it_takes_everybody_along_and_leaves_nothing(served: Served) -> None:
    """Nobody serves afterwards, and the folder of the counts is gone."""
    children = served.children()
    assert list(served.scratch.glob("lumira-counts-*"))
    served.main.terminate()
    assert served.main.wait(timeout=10) == 0
    assert not [pid for pid in children if is_there(pid)]
    assert not served.answers()
    assert not list(served.scratch.glob("lumira-counts-*"))


def test_nobody_outlives_a_supervisor_that_was_killed(served: Served) -> None:
    """Else the next start would find the address taken."""
    children = served.children()
    served.main.kill()
    served.main.wait(timeout=10)
    until(lambda: not [pid for pid in children if is_there(pid)], 10)
    assert not served.answers()


def test_an_address_that_is_taken_is_refused(served: Served, database_url: str) -> None:
    """Sharing an address among processes does not mean sharing it with strangers."""
    env = {**os.environ, "DATABASE_URL": database_url, "LUMIRA_SECRET_KEY": "k" * 40}
    port = served.url.rpartition(":")[2]
    second = subprocess.run([*_SERVE, "--port", port], env=env, capture_output=True, timeout=60, check=False)
    assert second.returncode != 0
    assert served.answers()


def test_one_process_is_one_process() -> None:
    """What was asked for is taken; without a wish the processors decide, two at most."""
    assert wanted(1) == 1
    assert wanted(5) == 5
    assert wanted(0) in {1, 2}
