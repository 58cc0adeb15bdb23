"""The whole demo, with a stand-in for the Desk itself: started, killed, stopped."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.embedded.home import Home
from tests.embedded.programs import eventually, is_gone

ROOT = Path(__file__).parents[2]
PARTS = {"postgres", "s3", "mail", "generator", "stripe", "server", "worker"}


class Demo:
    """A demo in a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.output = home.parent / "output"
        if not home.exists():
            # Not the preferred one, which another demo may take between two starts of this one.
            Home.at(home).port("web")
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("fake_desk.py")), str(home)],
                cwd=home.parent,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": str(ROOT), "AWS_SESSION_TOKEN": "foreign"},
                # Whoever runs the tests in the background has it ignored, and so would the demo.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )

    def ready(self) -> dict[str, Any]:
        """What it prints for others, once it is ready."""
        note = self.home / "demo.json"
        eventually(lambda: note.exists() or self.process.poll() is not None, within=60)
        assert self.process.poll() is None, self.output.read_text()
        return dict(json.loads(note.read_text()))

    def noted(self) -> dict[str, int]:
        """The parts that run at this moment, by their notes."""
        notes = (self.home / "run").glob("*.pid")
        return {note.stem: json.loads(text)["pid"] for note in notes if (text := read(note))}

    def pids(self) -> dict[str, int]:
        """All its parts, the last of which starts when the others are ready."""
        eventually(lambda: set(self.noted()) == PARTS)
        return self.noted()

    def end(self, number: signal.Signals) -> float:
        """Send a signal and wait for the end; the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        return time.monotonic() - began


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A running demo, shared by the tests that leave it running."""
    made = Demo(tmp_path_factory.mktemp("demo") / "home")
    try:
        yield made
    finally:
        made.end(signal.SIGTERM)


def starts(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert found is not None
    return int(found[0])


def test_a_start_tells_address_and_accounts_to_the_owner_alone(demo: Demo) -> None:
    told = demo.ready()
    assert stat.S_IMODE((demo.home / "demo.json").stat().st_mode) == 0o600
    assert set(told) == {"url", "database_url", "accounts"}
    assert [sorted(account) for account in told["accounts"]] == [["email", "password", "role"]]
    assert answers(told["url"])
    assert told["accounts"][0]["password"] in demo.output.read_text()


def test_a_second_demo_in_the_same_folder_is_refused_and_the_first_goes_on(demo: Demo) -> None:
    told = demo.ready()
    second = Demo(demo.home)
    assert second.process.wait(timeout=30) != 0
    assert "A demo already runs in" in second.output.read_text()
    assert answers(told["url"])


def test_killed_parts_come_back_by_themselves(demo: Demo) -> None:
    told, pids = demo.ready(), demo.pids()
    before = starts(told["database_url"])
    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: set(demo.noted()) == PARTS and set(demo.noted().values()).isdisjoint(pids.values()))
    eventually(lambda: answers(told["url"]) and accepts(told["database_url"]), within=30)
    assert starts(told["database_url"]) == before


def test_a_killed_demo_is_recovered_by_the_next_start_and_a_signal_ends_that_within_five_seconds(
    tmp_path: Path,
) -> None:
    first = Demo(tmp_path / "home")
    try:
        told, pids = first.ready(), first.pids()
        # It cannot end by itself, and holds on to the address.
        os.kill(pids["server"], signal.SIGSTOP)
    finally:
        first.end(signal.SIGKILL)
    (tmp_path / "home" / "demo.json").unlink()
    second = Demo(tmp_path / "home")
    try:
        assert second.ready() == told
        assert starts(told["database_url"]) == 2
        assert all(is_gone(pid) for pid in pids.values())
        pids = second.pids()
    finally:
        took = second.end(signal.SIGINT)
    assert took < 5
    assert second.process.returncode == 0
    assert all(is_gone(pid) for pid in pids.values())


def accepts(database_url: str) -> bool:
    try:
        psycopg.connect(database_url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


def read(path: Path) -> str:
    """What a file holds; nothing when it has just gone."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=1).status == 200)
    except OSError:
        return False
