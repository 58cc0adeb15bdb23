"""Signed texts: a key for each purpose, derived from the one secret of the installation."""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

from dashboard.settings import get_settings

MINIMUM_SECRET = 32


class Signer:
    """Signs and reads short texts of one purpose; a text signed for another purpose does not verify."""

    def __init__(self, secret: str, purpose: str) -> None:
        if len(secret) < MINIMUM_SECRET:
            raise ValueError(f"LUMIRA_SECRET_KEY needs at least {MINIMUM_SECRET} characters")
        self._key = hmac.digest(secret.encode(), f"lumira-desk:{purpose}".encode(), hashlib.sha256)

    def digest(self, text: str) -> bytes:
        """A keyed hash: the same text gives the same bytes, which say nothing about it without the key."""
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)

    def sign(self, text: str) -> str:
        """``text`` and its signature in one word that fits a cookie, a form and an address."""
        return f"{_to_word(text.encode())}.{_to_word(self.digest(text))}"

    def read(self, word: str) -> str | None:
        """The text of a word that ``sign`` made; None for any other."""
        body, _, signature = word.partition(".")
        try:
            text, given = _from_word(body).decode(), _from_word(signature)
        except (binascii.Error, ValueError):
            return None
        # A second spelling of the same bytes would be a second word for one text.
        return text if hmac.compare_digest(given, self.digest(text)) and self.sign(text) == word else None


@lru_cache(maxsize=16)
def signer(purpose: str) -> Signer:
    """The signer of this installation for one purpose."""
    return Signer(get_settings().secret_key.get_secret_value(), purpose)


def _to_word(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _from_word(word: str) -> bytes:
    return base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
