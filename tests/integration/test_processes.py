"""Several processes that serve one address: they add up, they are replaced, and none is left behind."""

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

from dashboard.embedded.home import LOOPBACK, free_port
from dashboard.web.process_figures import family
from tests.integration.peers import until

TOGETHER = 2
MAIN = "from dashboard.cli import main; main()"


@dataclass
class Served:
    """A Desk served by several processes."""

    url: str
    process: subprocess.Popen[bytes]

    def children(self) -> list[int]:
        return list(family(self.process.pid)[1:])

    def get(self, path: str) -> httpx.Response:
        """An answer on a connection of its own: of whichever process."""
        return httpx.get(self.url + path, trust_env=False, timeout=30)

    def answers(self) -> bool:
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    env = os.environ | {
        "DATABASE_URL": database_url.replace("+psycopg", ""),
        "LUMIRA_SECRET_KEY": "0123456789abcdef0123456789abcdef",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "TMPDIR": str(tmp_path),
    }
    command = [sys.executable, "-c", MAIN, "serve", "--port", str(port), "--processes", str(TOGETHER)]
    with (tmp_path / "log").open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
    made = Served(f"http://{LOOPBACK}:{port}", process)
    try:
        until(lambda: process.poll() is not None or (made.answers() and len(made.children()) == TOGETHER))
        assert process.poll() is None, (tmp_path / "log").read_text()
        yield made
    finally:
        process.kill()
        process.wait()


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} ([\d.e+]+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


def runs(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_processes_count_together_and_one_that_dies_is_replaced(served: Served) -> None:
    """Whichever answers, the figures are those of all, also of one that has died; the end leaves nobody behind."""
    first = served.children()
    asked = 'lumira_http_requests_total{method="GET",route="/login",status="200"}'
    for _ in range(12):
        assert served.get("/login").status_code == 200
    assert {figure(served.get("/metrics").text, asked) for _ in range(6)} == {12}
    memory = figure(served.get("/metrics").text, "process_resident_memory_bytes")
    assert memory > sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in first) * 4096 * 0.8
    os.kill(first[0], signal.SIGKILL)
    until(lambda: len(served.children()) == TOGETHER and first[0] not in served.children())
    for _ in range(6):
        assert served.get("/login").status_code == 200
    assert figure(served.get("/metrics").text, asked) == 18
    last = served.children()
    served.process.terminate()
    assert served.process.wait(30) == 0
    assert not any(runs(pid) for pid in last)


def test_processes_end_when_their_parent_is_killed(served: Served) -> None:
    orphans = served.children()
    served.process.kill()
    served.process.wait()
    until(lambda: not any(runs(pid) for pid in orphans))
