"""What a kind of long task is made of; ``dashboard.workflows.tasks`` carries them forward."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from dashboard.gateways.storage import Storage
from dashboard.gateways.stripe import Stripe
from dashboard.settings import Settings
from lumira_db.commands.tasks import Progress, TaskFacts
from lumira_db.engine import Database


@dataclass(frozen=True, slots=True)
class Tools:
    """What a step may use outside the database."""

    database: Database
    storage: Storage
    settings: Settings
    stripe: Stripe


@dataclass(frozen=True, slots=True)
class Work:
    """How a kind of task is done. ``outside`` runs before each step, in no transaction, and may be repeated
    (after a crash it is): calls of other services belong there.
    What it returns is given to ``step``; most steps need nothing."""

    step: Callable[[Session, TaskFacts, Any], Progress]
    outside: Callable[[Tools, TaskFacts], Any] | None = None
