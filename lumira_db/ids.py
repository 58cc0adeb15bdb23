"""Ids as the platform's ORM makes them: text, sortable by time. Any text is accepted as an id when read."""

import secrets
import time

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _ALPHABET[rest] + digits
    return digits


def new_id() -> str:
    """A cuid-shaped id of 25 characters: ``c``, the time in base 36, sixteen random characters."""
    return "c" + _base36(time.time_ns() // 1_000_000) + "".join(secrets.choice(_ALPHABET) for _ in range(16))
