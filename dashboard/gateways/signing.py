"""Signatures on what we and the generator tell each other over HTTP.

The header reads ``X-Lumira-Signature: t=<unix seconds>,v1=<hex>``, where ``v1`` is the HMAC-SHA256 of
``<t>.<body>`` under the shared secret. The time is signed too, so that an overheard request is of no use later.
"""

import hashlib
import hmac
from collections.abc import Sequence

from dashboard.settings import Settings

HEADER = "X-Lumira-Signature"
TOLERANCE = 300


class BadSignature(Exception):
    """A message is unsigned, altered, too old, or signed by somebody else; the text says which."""


def sign(secret: str, body: bytes, timestamp: int) -> str:
    """The header's value for ``body``, sent at ``timestamp`` (unix seconds). Raises ValueError without a secret."""
    if not secret:
        raise ValueError("There is no secret to sign with.")
    return f"t={timestamp},v1={_digest(secret, body, str(timestamp))}"


def verify(secrets: Sequence[str], header: str | None, body: bytes, now: float, tolerance: int = TOLERANCE) -> None:
    """Return when one of ``secrets`` (several while one is being replaced) signed ``body`` about ``now``.

    ``now`` and ``tolerance`` are seconds. Raises BadSignature. An empty secret never fits.
    """
    if not header:
        raise BadSignature("The signature is missing.")
    timestamp, digests = _parsed(header)
    usable = [secret for secret in secrets if secret]
    wanted = [_digest(secret, body, timestamp) for secret in usable]
    fits = [hmac.compare_digest(given, right) for given in digests for right in wanted]
    if not any(fits):
        raise BadSignature("The signature does not fit.")
    if abs(now - int(timestamp)) > tolerance:
        raise BadSignature("The signature is too old, or from the future.")


def _digest(secret: str, body: bytes, timestamp: str) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _parsed(header: str) -> tuple[str, list[str]]:
    """The time as written, and the digests (at most two: the current secret's and its successor's)."""
    times, digests = [], []
    for field in header.split(","):
        name, _, value = field.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) <= 12:
            times.append(value)
        elif name == "v1" and value.isascii():
            digests.append(value)
    if len(times) != 1 or not 1 <= len(digests) <= 2:
        raise BadSignature("The signature cannot be read.")
    return times[0], digests


def secrets(settings: Settings) -> list[str]:
    """The generator's secrets in force: several, comma-separated, while one is being replaced."""
    written = settings.generator_secret.get_secret_value().split(",")
    return [secret.strip() for secret in written if secret.strip()]
