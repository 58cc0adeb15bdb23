"""What a text that names somebody surely has in it: the other side of ``desk.quoted`` (migration 0020).

An index of these finds the few texts that may name a person; whether they do is then read.
"""

import hashlib
import re
from collections.abc import Iterable

LONG = 0
"""Stands for a text that is too long to be filed: it is read by whoever looks for anybody."""
_RUN = re.compile("[a-z0-9]{5,}")
_BEFORE_AT = re.compile("([a-z0-9]+)(?:@|%40)")
_SHORT_RUNS = re.compile("(?<![a-z0-9])[a-z0-9]{1,4}(?:[ ./-][a-z0-9]{1,4}){3}(?![a-z0-9])")


def quotes(strings: Iterable[str]) -> list[int] | None:
    """The keys of texts that contain one of the strings whole; None: one of them has none, so every text may."""
    words = {quote(one) for one in strings}
    return None if None in words else [LONG, *sorted(_hashed(word) for word in words if word)]


def quote(string: str) -> str | None:
    """What is filed of every text that contains the string whole; None when it has nothing that is filed."""
    if not string.isascii():
        return None
    written = string.lower()
    runs = [run[0] for run in _RUN.finditer(written) if any(c.isdigit() for c in run[0])]
    if runs:
        return max(runs, key=len)
    before = _BEFORE_AT.search(written)
    if before:
        return f"{before[1]}@"
    short = _SHORT_RUNS.search(written)
    joined = re.sub("[ ./-]", "", short[0]) if short else ""
    return joined if any(c.isdigit() for c in joined) else None


def _hashed(word: str) -> int:
    # Found again by PostgreSQL's md5; nothing is kept secret by it.
    return int.from_bytes(hashlib.md5(word.encode(), usedforsecurity=False).digest()[:4], "big", signed=True)
