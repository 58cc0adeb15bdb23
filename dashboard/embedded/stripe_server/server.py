"""The stand-in as a program: ``python -m dashboard.embedded.stripe_server.server --port 9000 --file stripe.db``.

Its secret key comes from ``STRIPE_API_KEY``, the webhook's address and secret from ``STRIPE_WEBHOOK_URL`` and
``STRIPE_WEBHOOK_SECRET``, as a real account has them.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from stripe import WebhookSignature

from dashboard.embedded.home import LOOPBACK
from dashboard.embedded.stripe_server.api import Api, make_app
from dashboard.embedded.stripe_server.faults import Faults
from dashboard.embedded.stripe_server.ledger import Ledger
from dashboard.embedded.stripe_server.store import Store

_logger = logging.getLogger("lumira.stripe")
_POLL = 0.2
_LONGEST_PAUSE = 60.0


class Postman:
    """Delivers the events that are owed, signed, until each is taken; Stripe promises no order, nor only once."""

    def __init__(self, store: Store, secret: str) -> None:
        self._store = store
        self._secret = secret

    async def work(self) -> None:
        """Until it is cancelled."""
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            while True:
                for event_id, url, attempts in self._store.due(time.time()):
                    await self._deliver(client, event_id, url, attempts)
                await asyncio.sleep(_POLL)

    async def _deliver(self, client: httpx.AsyncClient, event_id: str, url: str, attempts: int) -> None:
        event = self._store.find(event_id)
        body = json.dumps(event, indent=2)
        headers = {
            "Stripe-Signature": WebhookSignature.generate_signature_header(body, self._secret),
            "Content-Type": "application/json; charset=utf-8",
        }
        try:
            taken = (await client.post(url, content=body.encode(), headers=headers)).is_success
        except httpx.TransportError as problem:
            _logger.warning("%s: %s", event_id, type(problem).__name__)
            taken = False
        if taken:
            self._store.delivered(event_id, url)
        else:
            self._store.postpone(event_id, url, time.time() + min(2.0**attempts, _LONGEST_PAUSE))


def build(
    store: Store, key: str, *, webhook_url: str = "", webhook_secret: str = ""
) -> tuple[Starlette, Ledger, Faults]:
    """The application, and its inside for those who run it in their own process."""
    ledger, faults = Ledger(store), Faults()
    ledger.endpoints = [webhook_url] if webhook_url else []
    postman = Postman(store, webhook_secret)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        working = asyncio.create_task(postman.work())
        yield
        working.cancel()

    return make_app(Api(ledger, faults, key), lifespan), ledger, faults


def main(environment: Callable[[str], str | None] = os.environ.get) -> None:
    """Serve until a signal ends the process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True, help="where everything is kept")
    arguments = parser.parse_args()
    key = environment("STRIPE_API_KEY")
    if not key:
        parser.error("STRIPE_API_KEY is not set.")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    app, _ledger, _faults = build(
        Store(arguments.file),
        key,
        webhook_url=environment("STRIPE_WEBHOOK_URL") or "",
        webhook_secret=environment("STRIPE_WEBHOOK_SECRET") or "",
    )
    uvicorn.run(app, host=LOOPBACK, port=arguments.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
