"""What the local generator has promised to do, kept on disk, so that a kill loses none of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from dashboard.embedded.home import write_private
from dashboard.seed.prose import make_reading

# Instructions or a prompt with this mark are answered with an error: the way to see a failed production in the demo.
FAIL_MARK = "[échec]"
_TEXTS = ("requestId", "orderId", "orderNumber", "callbackUrl")


class BadRequest(Exception):
    """A request is not one of the protocol; the text says why."""


@dataclass(frozen=True)
class Request:
    """One reading to write, as the Desk asked for it."""

    fields: dict[str, Any]

    @classmethod
    def parse(cls, body: bytes) -> "Request":
        """The request in ``body``. Raises BadRequest."""
        try:
            fields = json.loads(body)
            UUID(fields["requestId"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadRequest("The body is not a request with a requestId.") from error
        missing = [name for name in _TEXTS if not isinstance(fields.get(name), str)]
        if missing or not isinstance(fields.get("revision"), int) or not isinstance(fields.get("client"), dict):
            raise BadRequest(f"Missing or malformed: {', '.join(missing) or 'revision or client'}.")
        return cls(fields)

    @property
    def id(self) -> str:
        """The request's own number, the same when the Desk asks again."""
        return str(UUID(self.fields["requestId"]))

    @property
    def callback_url(self) -> str:
        """Where the answer goes."""
        return str(self.fields["callbackUrl"])

    def answer(self) -> dict[str, Any]:
        """The body of the callback. The same request always gets the same answer."""
        known = {name: self.fields[name] for name in ("requestId", "orderId", "revision")}
        asked = " ".join(str(self.fields.get(name) or "") for name in ("prompt", "instructions"))
        if FAIL_MARK in asked.lower():
            return {**known, "status": "failed", "error": "The generator was told to fail."}
        return {**known, "status": "done", "content": self._content()}

    def _content(self) -> dict[str, Any]:
        client, level = self.fields["client"], self.fields.get("level")
        return make_reading(
            Random(f"{self.fields['orderId']}/{self.fields['revision']}/{self.id}"),  # noqa: S311 - not a secret
            first_name=str(client.get("firstName") or "Toi"),
            level=level if isinstance(level, int) else 1,
            question=client.get("question"),
            instructions=self.fields.get("instructions"),
        )


@dataclass(frozen=True)
class JobStore:
    """Requests in a folder: ``ID.json`` while the answer is owed, ``ID.done`` afterwards."""

    folder: Path

    def accept(self, request: Request) -> bool:
        """Whether the request is new; it is on disk when this returns."""
        if self._owed(request.id).exists() or self._done(request.id).exists():
            return False
        write_private(self._owed(request.id), request.fields)
        return True

    def finish(self, request_id: str) -> None:
        """The answer was delivered, or refused for good."""
        self._owed(request_id).replace(self._done(request_id))

    def owed(self) -> list[Request]:
        """The requests whose answer is still owed."""
        return [Request.parse(path.read_bytes()) for path in sorted(self.folder.glob("*.json"))]

    def _owed(self, request_id: str) -> Path:
        return self.folder / f"{request_id}.json"

    def _done(self, request_id: str) -> Path:
        return self.folder / f"{request_id}.done"
