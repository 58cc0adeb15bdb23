"""The generator of readings: asked by a signed HTTP call, it answers later at ``/hooks/generator``."""

import json
import time
from dataclasses import dataclass
from typing import Any, Protocol

from dashboard.gateways.signing import HEADER, secrets, sign
from dashboard.settings import Settings
from lumira_db.queries.outbox import GenerationRequest

_RETRY_LATER = frozenset({408, 425, 429})


class GeneratorUnavailable(Exception):
    """The generator did not take the request for now; the text says why."""


class GeneratorRefused(Exception):
    """The generator will never take this request; the text says why."""


class Generator(Protocol):
    """Takes requests; sending one again under its id must have no second effect."""

    def request(self, request: GenerationRequest) -> None:
        """Return once the request is taken. Raises ``GeneratorUnavailable``, ``GeneratorRefused``."""


@dataclass(frozen=True, slots=True)
class HttpGenerator:
    """``Generator`` behind ``POST {url}/generate``. ``timeout`` in seconds: the reading itself comes later."""

    url: str
    secret: str
    callback_url: str
    timeout: float = 15.0

    def request(self, request: GenerationRequest) -> None:
        import httpx  # half a second, which a worker that starts need not wait for

        if not self.url or not self.secret:
            raise GeneratorRefused("No generator is configured.")
        body = json.dumps(self._document(request), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", HEADER: sign(self.secret, body, int(time.time()))}
        try:
            answer = httpx.post(
                f"{self.url.rstrip('/')}/generate",
                content=body,
                headers=headers,
                timeout=self.timeout,
                follow_redirects=False,
            )
        except httpx.HTTPError as error:
            raise GeneratorUnavailable(f"The generator cannot be reached: {type(error).__name__}") from error
        if answer.is_success:
            return
        problem = f"The generator answered {answer.status_code}."
        if answer.is_server_error or answer.status_code in _RETRY_LATER:
            raise GeneratorUnavailable(problem)
        raise GeneratorRefused(problem)

    def _document(self, request: GenerationRequest) -> dict[str, Any]:
        return {
            "requestId": request.request_id,
            "orderId": request.order_id,
            "orderNumber": request.order_number,
            "level": request.level,
            "revision": request.revision,
            "prompt": request.prompt,
            "instructions": request.instructions,
            "client": dict(request.client),
            "previous": request.previous,
            "callbackUrl": self.callback_url,
        }


def make_generator(settings: Settings) -> HttpGenerator:
    """The generator that the settings name; of several secrets the first one signs."""
    return HttpGenerator(
        settings.generator_url,
        secrets(settings)[0] if secrets(settings) else "",
        f"{settings.public_url.rstrip('/')}/hooks/generator",
    )
