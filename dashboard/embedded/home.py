"""The folder that holds everything the demo keeps (``LUMIRA_HOME``): data, logs, secrets and remembered ports."""

import fcntl
import json
import os
import random
import secrets
import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below the range that systems hand out for outgoing connections, so that none takes a port we are about to use.
_PORTS = range(20_000, 32_000)
_chance = random.SystemRandom()


class HomeBusy(Exception):
    """Another demo already runs in this folder."""


def new_secret() -> str:
    """43 characters that nobody can guess."""
    return secrets.token_urlsafe(32)


def port_is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(offsets: tuple[int, ...] = (0,), taken: Collection[object] = ()) -> int:
    """A free port, chosen at random so that two programs that look at once hardly meet.

    Free too: the ports that lie ``offsets`` from it. Never one of ``taken``.
    """
    while True:
        port = _chance.choice(_PORTS)
        if port not in taken and all(port_is_free(port + offset) for offset in offsets):
            return port


def write_private(path: Path, content: object) -> None:
    """Replace a JSON file that only its owner may read, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(path: Path) -> dict[str, object]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


@dataclass(frozen=True)
class Home:
    """One demo's folder. Readable by its owner alone: it holds secrets and people's data."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> "Home":
        """The folder at ``path``, made where it is missing."""
        root = path.absolute()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(root)

    def part(self, name: str) -> Path:
        """A folder inside, made where it is missing."""
        path = self.root / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    @property
    def run_dir(self) -> Path:
        """Notes of what runs."""
        return self.part("run")

    @property
    def log_dir(self) -> Path:
        """One log per part."""
        return self.part("log")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder, so that two demos never share it. Raises HomeBusy. A killed holder lets go of it."""
        with (self.run_dir / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeBusy(f"A demo already runs in {self.root}. Stop it first, or set LUMIRA_HOME.") from None
            yield

    def secret(self, name: str, make: Callable[[], str] = new_secret) -> str:
        """The secret kept under ``name`` in ``secrets.json``, made at the first call."""
        path = self.root / "secrets.json"
        kept = _read(path)
        if name not in kept:
            kept[name] = make()
            write_private(path, kept)
        return str(kept[name])

    def port(self, name: str, preferred: int | None = None, offsets: tuple[int, ...] = (0,)) -> int:
        """The port that ``name`` had at the last start while it is still free, else the preferred, else a free one."""
        path = self.root / "ports.json"
        kept = _read(path)
        wanted = [port for port in (kept.get(name), preferred) if isinstance(port, int)]
        usable = (port for port in wanted if all(port_is_free(port + offset) for offset in offsets))
        port = next(usable, None) or free_port(offsets, kept.values())
        if kept.get(name) != port:
            write_private(path, kept | {name: port})
        return port
