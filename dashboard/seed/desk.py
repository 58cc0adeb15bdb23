"""What the Desk itself remembers of the last weeks: versions of readings, requests to the generator, deliveries, and
who decided what (``deeds``)."""

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from dashboard.seed.contents import to_json
from dashboard.seed.deeds import Deeds
from dashboard.seed.moments import DAY, MINUTE, SECOND, aware, uuid4
from dashboard.seed.orders import Made
from dashboard.seed.timeline import Fate
from lumira_db.enums import UserStatus
from lumira_db.reading import digest
from lumira_db.wording import replaced_words

Row = dict[str, Any]

_BOUNCED = "550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table"
_BLOCKED = "The client is banned or suspended: nothing is sent."


class DeskMemory:
    """Makes our own rows for the orders decided since the Desk is in use."""

    def __init__(self, rng: Random, now: int, *, days: int, names: Mapping[str, str], deeds: Deeds) -> None:
        """``names`` of staff by id; ``days`` that the Desk has been in use."""
        self.rng, self.now, self.since, self.names, self.deeds = rng, now, now - days * DAY, names, deeds
        self.versions = 0
        self._deliveries = 0

    def rows(self, made: Made, status: UserStatus) -> Iterator[tuple[str, Row]]:
        """Table and row; ``status`` is the client's. The order's own row is brought into line."""
        fate, steps = made.planned.fate, made.steps
        text = made.row["generatedContent"]
        if fate is Fate.COMPLETED and steps.decided is not None and steps.decided >= self.since and text:
            yield self._generation(made, "DONE")
            yield from self._decided(made, json.loads(text), status)
        elif fate is Fate.AWAITING:
            self.deeds.sent_back(made)
        elif fate is Fate.BROKEN:
            yield self._generation(made, "FAILED")

    def _decided(self, made: Made, content: Any, status: UserStatus) -> Iterator[tuple[str, Row]]:
        rng, steps = self.rng, made.steps
        generated, decided = steps.generated or 0, steps.decided or 0
        edited = rng.random() < 0.3
        first = _before_editing(content) if edited else content
        yield self._version(made, first, 1, "GENERATED", generated, author="generator")
        if edited:
            yield self._version(made, content, 2, "EDITED", decided - SECOND, author=made.staff_id)
        approved = 3 if edited else 2
        table, version = self._version(made, content, approved, "APPROVED", decided, author=made.staff_id)
        changed, words = replaced_words(first, content)
        yield table, version | {"words": words, "changed_words": changed}
        self.deeds.approved(made, approved)
        yield "delivery", self._delivery(made, status, decided)

    def _version(self, made: Made, content: Any, number: int, origin: str, at: int, *, author: str) -> tuple[str, Row]:
        self.versions += 1
        kept = content
        if origin == "GENERATED" and isinstance(content, dict):
            kept = {key: content[key] for key in ("pdf_content", "synthesis", "timeline") if key in content} or content
        return "reading_version", {
            "id": self.versions,
            "order_id": made.row["id"],
            "number": number,
            "origin": origin,
            "content": to_json(kept),
            "digest": digest(kept),
            "author_id": author,
            "author_name": self.names.get(author, "Generator"),
            "note": None,
            "created_at": aware(at),
            "words": None,
            "changed_words": None,
        }

    def _delivery(self, made: Made, status: UserStatus, decided: int) -> Row:
        self._deliveries += 1
        row, person = made.row, made.person
        channel = row["deliveryMethod"] if person.phone else "EMAIL"
        state, error = self._outcome(channel, status, person.email)
        sent = made.steps.delivered if state == "SENT" else None
        row["deliveryMethod"] = channel if sent else None
        row["deliveredAt"] = row["deliveredAt"] if sent else None
        delivery_id = uuid4(self.rng)
        return {
            "id": delivery_id,
            "order_id": row["id"],
            "reading_version_id": self.versions,
            "channel": channel,
            "recipient": person.phone if channel == "WHATSAPP" else person.email,
            "state": state,
            "due_at": aware(decided + 10 * SECOND),
            "attempts": 1 if state in {"SENT", "FAILED"} else 0,
            "last_error": error,
            "pdf_key": f"readings/{row['orderNumber']}/{decided}-lecture.pdf",
            "pdf_stored_at": None if state == "BLOCKED" else aware(decided + 12 * SECOND),
            "message_id": f"<{delivery_id}@lumira.example>",
            "approved_by": made.staff_id,
            "approved_at": aware(decided),
            "created_at": aware(decided),
            "updated_at": aware(sent or decided + MINUTE),
            "sent_at": aware(sent),
        }

    def _outcome(self, channel: str, status: UserStatus, address: str) -> tuple[str, str | None]:
        if status is not UserStatus.ACTIVE:
            return "BLOCKED", _BLOCKED
        if channel == "EMAIL" and self._deliveries % 31 == 12:
            return "FAILED", _BOUNCED.format(address=address)
        if channel == "WHATSAPP" and self._deliveries % 3 == 0:
            return "CONFIRMING", None
        return "SENT", None

    def _generation(self, made: Made, state: str) -> tuple[str, Row]:
        started = made.steps.started or made.planned.at
        answered = made.steps.generated or started + 2 * MINUTE
        return "generation", {
            "id": uuid4(self.rng),
            "order_id": made.row["id"],
            "revision": made.row["revisionCount"],
            "state": state,
            "instructions": made.row["expertInstructions"],
            "requested_by": made.staff_id,
            "requested_at": aware(started),
            "attempts": 1,
            "answered_at": aware(answered),
            "error": made.row["errorLog"],
        }


def _before_editing(content: Any) -> Any:
    """What the expert had before them: they wrote half of the conclusion anew."""
    text = content.get("pdf_content") if isinstance(content, dict) else None
    if not isinstance(text, dict) or not isinstance(text.get("conclusion"), str):
        return content
    words = text["conclusion"].split(" ")
    return {**content, "pdf_content": {**text, "conclusion": " ".join(words[: len(words) // 2])}}
