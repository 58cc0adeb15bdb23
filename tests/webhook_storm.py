"""A month of Stripe's events, out of order and doubled, upon a real Desk whose worker is killed meanwhile.

``storm`` posts them over HTTP by several clients at once, as Stripe does: whatever is not taken is sent again.
"""

import contextlib
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import update
from stripe import WebhookSignature

from dashboard.embedded.home import LOOPBACK, free_port
from dashboard.embedded.probes import http_answers
from dashboard.workflows.events import retry_due, take
from lumira_db.clock import utcnow
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import StripeEvent
from lumira_db.payments import EventState, understood
from tests.db.test_payments import outcome
from tests.factories import make_client, make_order
from tests.stripe_month import month

SECRET = "whsec_of_the_storm"
_HOUR, _DOUBLED, _EVENTS_PER_ORDER = 3600, 0.3, 4.5
_LUMIRA = "from dashboard.cli import main; main()"
_STARTS_WITHIN = 90.0

Raw = dict[str, Any]


@dataclass
class Storm:
    """What came of it: milliseconds of every answer, how long all took, and what went wrong on the way."""

    answers_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    refused: int = 0
    worker_kills: int = 0


def told(count: int, seed: int) -> tuple[list[str], list[Raw]]:
    """So many events of a month, in order, and the orders that they are about."""
    ids = [f"corder{number:06d}" for number in range(round(count / _EVENTS_PER_ORDER) + 50)]
    events = month(ids, seed).events
    if len(events) < count:
        raise ValueError(f"the month has {len(events)} events only")
    return ids, events[:count]


def sent(events: list[Raw], seed: int) -> list[Raw]:
    """As they are posted: each up to an hour late, three of ten twice."""
    rng = random.Random(seed)
    late = [
        (one["created"] + rng.random() * _HOUR, number, one)
        for number, one in enumerate(events)
        for _time in range(1 + (rng.random() < _DOUBLED))
    ]
    return [one for _at, _number, one in sorted(late, key=lambda posted: posted[:2])]


def begin(database: Database, ids: list[str]) -> None:
    """The orders of the month, none of them paid."""
    with database.writing() as session:
        client = make_client(session)
        for number, order_id in enumerate(ids):
            make_order(
                session,
                client,
                id=order_id,
                order_number=f"LU-{number}",
                status=OrderStatus.PENDING,
                payment_intent_id=None,
            )


def in_order(database: Database, ids: list[str], events: list[Raw]) -> dict[str, list[Any]]:
    """What the events leave when each comes once, in order."""
    begin(database, ids)
    for one in events:
        take(database, understood(one))
    with database.reading() as session:
        return outcome(session)


def storm(database: Database, url: str, posted: list[Raw], folder: Path, *, clients: int = 8) -> Storm:
    """Post them to a Desk of its own over ``url``'s database while its worker dies and comes back."""
    found = Storm()
    with _server(url, folder) as base, _mortal_worker(url, folder, found):
        began = time.perf_counter()
        waiting = iter(posted)
        lock = threading.Lock()
        threads = [threading.Thread(target=_post_all, args=(base, waiting, lock, found)) for _number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found.seconds = time.perf_counter() - began
    # What failed is tried again by itself in a minute; nobody has to wait for it here.
    with database.writing() as session:
        waiting_longer = StripeEvent.state.in_((EventState.FAILED, EventState.UNMATCHED))
        session.execute(update(StripeEvent).where(waiting_longer).values(due_at=utcnow()))
    while retry_due(database):
        pass
    return found


def _post_all(base: str, waiting: Iterator[Raw], lock: threading.Lock, found: Storm) -> None:
    with httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
        while True:
            with lock:
                event = next(waiting, None)
            if event is None:
                return
            while not _post(client, event, found):
                time.sleep(0.05)


def _post(client: httpx.Client, event: Raw, found: Storm) -> bool:
    body = json.dumps(event)
    headers = {"stripe-signature": WebhookSignature.generate_signature_header(body, SECRET)}
    began = time.perf_counter()
    try:
        answer = client.post("/webhooks/stripe", content=body.encode(), headers=headers)
    except httpx.TransportError:
        found.refused += 1
        return False
    found.answers_ms.append((time.perf_counter() - began) * 1000)
    if not answer.is_success:
        found.refused += 1
    return answer.is_success


@contextlib.contextmanager
def _server(url: str, folder: Path) -> Iterator[str]:
    port = free_port()
    with _running(["serve", "--host", LOOPBACK, "--port", str(port)], url, folder / "server.log") as process:
        deadline = time.monotonic() + _STARTS_WITHIN
        while not http_answers(port, "/healthz"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((folder / "server.log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)
        yield f"http://{LOOPBACK}:{port}"


@contextlib.contextmanager
def _mortal_worker(url: str, folder: Path, found: Storm) -> Iterator[None]:
    """A worker that is killed again and again, at no moment in particular, and started anew each time."""
    over = threading.Event()
    rng = random.Random(7)

    def live_and_die() -> None:
        for number in itertools.count():
            with _running(["worker"], url, folder / f"worker-{number}.log") as process:
                ended = over.wait(4 + rng.random() * 8)
                process.kill()
                process.wait()
                found.worker_kills += 1
            if ended:
                return

    thread = threading.Thread(target=live_and_die)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _running(arguments: list[str], url: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LUMIRA_", "AWS_", "DATABASE"))}
    own = {"DATABASE_URL": url, "LUMIRA_SECRET_KEY": "k" * 40, "STRIPE_WEBHOOK_SECRET": SECRET}
    with log.open("wb") as output:
        command = [sys.executable, "-c", _LUMIRA, *arguments]
        process = subprocess.Popen(command, env=kept | own, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
