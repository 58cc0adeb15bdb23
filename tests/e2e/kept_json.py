"""One JSON object in a file that several processes read and change: nobody finds half of it, and no change is lost."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any


def read(path: Path) -> dict[str, Any]:
    """The object; empty while there is no file."""
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return kept


def change(path: Path, changes: dict[str, Any], *, start: dict[str, Any] | None = None) -> None:
    """Put these in place of what is kept (at first: of ``start``), after whoever is changing it now."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        whole = path.with_suffix(f".{os.getpid()}")
        whole.write_text(json.dumps((start or {}) | read(path) | changes), encoding="utf-8")
        whole.replace(path)
