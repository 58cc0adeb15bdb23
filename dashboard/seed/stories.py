"""The texts of ``stories.toml``: names, questions, notes and whatever else people write."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any


@lru_cache(maxsize=1)
def stories() -> dict[str, Any]:
    """All of them, by kind."""
    return tomllib.loads((Path(__file__).parent / "stories.toml").read_text(encoding="utf-8"))
