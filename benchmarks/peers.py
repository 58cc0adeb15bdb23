"""The environments of what the Desk is measured beside: in ``.bench/``, made of groups in pyproject.toml."""

import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from benchmarks.store import KEPT, ROOT


def peer_python(group: str, folder: str) -> Path:
    """The Python of a peer's own environment, made if need be or when its group has changed."""
    home = KEPT / folder
    python = home / "bin" / "python"
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"][group]
    made = home / ".made-of"
    if not made.exists() or made.read_text() != str(wanted):
        venv.create(home, clear=True, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *wanted], check=True, stdout=sys.stderr)
        made.write_text(str(wanted))
    return python
