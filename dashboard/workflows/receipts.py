"""The signed receipt of an erasure: anybody can keep it, only we can have written it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.auth.signing import Signer
from dashboard.settings import Settings

_PURPOSE = "erasure receipt"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says; of whom it is, only those can find out who know the person's address."""

    facts: Mapping[str, Any]
    _signer: Signer

    def about(self, email: str) -> bool:
        """Whether it is the receipt of the person who had this address."""
        return _digest(self._signer, email) in self.facts["person"]


def write_receipt(settings: Settings, facts: Mapping[str, Any], emails: tuple[str, ...]) -> str:
    """``facts`` and whom they are about, signed, as one word."""
    signer = receipt_signer(settings)
    person = {"person": [_digest(signer, email) for email in emails]}
    return signer.sign(json.dumps({**facts, **person}, ensure_ascii=False, sort_keys=True))


def read_receipt(settings: Settings, word: str) -> Receipt | None:
    """What the receipt says; None unless we signed it, to the letter."""
    signer = receipt_signer(settings)
    text = signer.read(word.strip())
    return None if text is None else Receipt(json.loads(text), signer)


def receipt_signer(settings: Settings) -> Signer:
    """The key of receipts. Raises ``ValueError`` without a secret."""
    return Signer(settings.secret_key.get_secret_value(), _PURPOSE)


def _digest(signer: Signer, email: str) -> str:
    return signer.digest(f"person:{email.strip().lower()}").hex()
