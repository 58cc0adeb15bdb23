"""Stripe's bad days, on demand: refusals, errors, slow answers, and answers that are lost after the effect."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["rate_limit", "lock_timeout", "error", "slow", "hang", "lost"]
BEFORE: dict[str, tuple[int, dict[str, str]]] = {
    "rate_limit": (
        429,
        {"type": "invalid_request_error", "code": "rate_limit", "message": "Request rate limit exceeded."},
    ),
    "lock_timeout": (
        409,
        {"type": "invalid_request_error", "code": "lock_timeout", "message": "This object cannot be accessed now."},
    ),
    "error": (500, {"type": "api_error", "message": "An unknown error occurred."}),
}
"""What is answered without anything having happened."""


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next ``times`` requests of ``method`` whose path begins with ``path``.

    ``slow`` waits ``seconds`` before the effect, ``hang`` after it; ``lost`` breaks the answer off.
    """

    kind: Kind
    path: str = "/v1/"
    method: str = ""
    times: int = 1
    seconds: float = 0.0


class Faults:
    """The faults in force, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that meets this request, used up once."""
        for fault in self._waiting:
            if path.startswith(fault.path) and fault.method in ("", method):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._waiting]
