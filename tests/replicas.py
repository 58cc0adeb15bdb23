"""A real streaming replica on loopback, for the tests."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dashboard.embedded.home import free_port
from dashboard.embedded.postgres import Postgres
from dashboard.embedded.supervisor import Supervisor


@contextmanager
def streaming_replica(primary: Postgres) -> Iterator[tuple[Postgres, Supervisor]]:
    """A copy of ``primary`` that follows it, and the supervisor that can stop it."""
    with tempfile.TemporaryDirectory(prefix="lumira-replica-") as folder:
        root = Path(folder)
        data = root / "data"
        command = [str(primary.programs / "pg_basebackup"), "--pgdata", str(data), "--write-recovery-conf"]
        command += ["--wal-method", "stream", "--checkpoint", "fast", "--no-sync", "--dbname", primary.admin_url]
        subprocess.run(command, check=True, capture_output=True)
        if primary.uid is not None:
            for path in (data, *data.rglob("*")):
                os.chown(path, primary.uid, primary.uid)
        copy = replace(primary, data=data, port=free_port())
        with Supervisor(root / "run", root / "log") as supervisor:
            supervisor.start(copy.part())
            yield copy, supervisor
