"""Who acts: the person behind a command, or the system itself."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do. ADMIN and EXPERT are the contract's; SUPPORT is a narrowing of ours."""

    ADMIN = "ADMIN"
    EXPERT = "EXPERT"
    SUPPORT = "SUPPORT"


@dataclass(frozen=True, slots=True)
class Actor:
    """The staff member on whose behalf a command runs. ``role`` None is the system (worker, hooks)."""

    id: str
    name: str
    email: str
    role: Role | None

    @property
    def is_system(self) -> bool:
        return self.role is None


SYSTEM = Actor(id="system", name="Lumira Desk", email="", role=None)
GENERATOR = Actor(id="generator", name="Generator", email="", role=None)
STRIPE = Actor(id="stripe", name="Stripe", email="", role=None)
