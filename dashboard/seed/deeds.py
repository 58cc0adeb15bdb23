"""What the audit remembers of the last weeks: who took which order, and what they decided on it."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from sqlalchemy import inspect

from dashboard.seed.contents import to_json
from dashboard.seed.moments import MINUTE, SECOND, aware
from dashboard.seed.orders import Made
from dashboard.seed.stories import stories
from lumira_db.actor import Actor, Role
from lumira_db.audit import Deed, chained
from lumira_db.models.desk import AuditEntry

Row = dict[str, Any]

# Minutes that a reading is looked at before it is decided: shortest, longest, usual.
_LOOKED_AT = (3.0, 42.0, 11.0)
_REJECTED = 0.3
_JSON = frozenset({"before", "after"})


class Deeds:
    """Collects what was done, order by order; the audit wants it in the order of time."""

    def __init__(self, rng: Random, names: Mapping[str, str]) -> None:
        """``names`` of staff by id."""
        self.rng, self.names = rng, names
        self._done: list[Deed] = []

    def approved(self, made: Made, version: int) -> None:
        """The order was taken and approved as ``version``, after it had been sent back as often as it says."""
        self.sent_back(made)
        at, revisions = made.steps.decided or 0, made.row["revisionCount"]
        self._note(made, "order.take", at - self._looked_at(at - (made.steps.generated or at)))
        self._note(
            made,
            "order.approve",
            at,
            before={"status": "AWAITING_VALIDATION"},
            after={"status": "COMPLETED", "revisionCount": revisions, "version": version},
            reason=self.rng.choice(stories()["approve_notes"]) if self.rng.random() < 0.2 else None,
        )

    def sent_back(self, made: Made) -> None:
        """Every time that the reading went back to the generator, the last time a moment before it came for good."""
        count, steps = made.row["revisionCount"], made.steps
        if not count or steps.started is None or steps.generated is None:
            return
        span = (steps.generated - steps.started) // (count + 1)
        for number in range(1, count + 1):
            at = steps.started + number * span
            action = "order.reject" if self.rng.random() < _REJECTED else "order.request_revision"
            told = stories()["reject_reasons" if action == "order.reject" else "instructions"]
            after = {"status": "PROCESSING", "revisionCount": number}
            self._note(made, "order.take", at - self._looked_at(span))
            self._note(
                made, action, at, before={"status": "AWAITING_VALIDATION"}, after=after, reason=self.rng.choice(told)
            )

    def rows(self, last: int, previous: str) -> Iterator[Row]:
        """The entries, after the ``last`` one and its hash (``audit.chained``)."""
        columns = inspect(AuditEntry).columns.keys()
        for entry in chained(sorted(self._done, key=lambda deed: deed.at), last, previous):
            values = {name: getattr(entry, name) for name in columns}
            yield {
                name: to_json(value) if name in _JSON and value is not None else value for name, value in values.items()
            }

    def _looked_at(self, most: int) -> int:
        return max(SECOND, min(int(self.rng.triangular(*_LOOKED_AT) * MINUTE), most - SECOND))

    def _note(
        self, made: Made, action: str, at: int, *, before: Any = None, after: Any = None, reason: str | None = None
    ) -> None:
        actor = Actor(made.staff_id, self.names[made.staff_id], "", Role.EXPERT)
        moment = aware(at)
        if moment is not None:
            self._done.append(Deed(actor, action, "order", made.row["id"], before, after, reason, moment))
