"""``POST /webhooks/stripe``: signed by Stripe, or refused; kept whatever happens; answered for good once."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from stripe import WebhookSignature

from dashboard import webhooks
from dashboard.settings import Settings
from dashboard.workflows import events
from lumira_db.clock import utcnow
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import Order, StripeEvent
from tests.db.test_payments import event, intent
from tests.embedded.serving import serving
from tests.factories import make_order

OLD, NEW = "whsec_old", "whsec_new"


@pytest.fixture
def stripe(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Where Stripe posts; two secrets are in force."""
    monkeypatch.setattr(webhooks, "database", lambda: database)
    monkeypatch.setattr(webhooks, "get_settings", lambda: Settings(stripe_webhook_secret=f"{NEW}, {OLD}"))
    with serving(Starlette(routes=webhooks.routes())) as client:
        yield client


def post(client: httpx.Client, said: Any, *, secret: str = NEW, at: int | None = None) -> httpx.Response:
    body = json.dumps(said, ensure_ascii=False)
    signature = WebhookSignature.generate_signature_header(body, secret, timestamp=at)
    return client.post("/webhooks/stripe", content=body.encode(), headers={"stripe-signature": signature})


def an_order(database: Database) -> Order:
    with database.writing() as session:
        return make_order(session, status=OrderStatus.PENDING, paid_at=None, payment_intent_id=None)


def status(database: Database, order: Order) -> OrderStatus:
    with database.reading() as session:
        return session.scalars(select(Order.status).where(Order.id == order.id)).one()


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_either_secret_will_do_while_one_is_replaced(stripe: httpx.Client, database: Database, secret: str) -> None:
    """The event has its effect, and its repetition none."""
    order = an_order(database)
    said = event("payment_intent.succeeded", intent(order, description="Lecture — Zoé 🌙"))
    answers = [post(stripe, said, secret=secret) for _ in range(2)]
    assert [(a.status_code, a.json()["state"], a.json()["repeated"]) for a in answers] == [
        (200, "APPLIED", False),
        (200, "APPLIED", True),
    ]
    assert status(database, order) is OrderStatus.PAID


def test_what_is_not_stripes_is_refused_and_has_no_effect(stripe: httpx.Client, database: Database) -> None:
    """Unsigned, signed by another, altered on the way, or overheard an hour ago."""
    order = an_order(database)
    said = event("payment_intent.succeeded", intent(order))
    body = json.dumps(said)
    signed = WebhookSignature.generate_signature_header(body, NEW)
    answers = [
        stripe.post("/webhooks/stripe", content=body),
        post(stripe, said, secret="whsec_of_somebody_else"),
        stripe.post("/webhooks/stripe", content=body + " ", headers={"stripe-signature": signed}),
        post(stripe, said, at=int(time.time()) - 3600),
        stripe.post("/webhooks/stripe", content=b"\xff", headers={"stripe-signature": signed}),
    ]
    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert status(database, order) is OrderStatus.PENDING
    with database.reading() as session:
        assert session.scalars(select(StripeEvent)).all() == []


WHOLE = {"type": "refund.created", "created": 1_770_000_000, "data": {"object": {}}}


@pytest.mark.parametrize(
    "said",
    [[], {"id": "evt_1"}, {"type": "charge.refunded"}, {"id": "evt_\x001"} | WHOLE],
)
def test_signed_nonsense_is_refused(stripe: httpx.Client, said: Any) -> None:
    """With 400: Stripe shall show it to somebody."""
    assert post(stripe, said).status_code == 400


def test_an_endless_body_is_cut_short(stripe: httpx.Client) -> None:
    """Nobody can fill our memory."""
    assert stripe.post("/webhooks/stripe", content=b"x" * (webhooks.MAXIMUM_BYTES + 1)).status_code == 413


def test_an_event_whose_effect_fails_is_kept_with_its_error(
    stripe: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe need not send it again: we try it again ourselves."""
    order = an_order(database)

    def crash(*_anything: Any) -> None:
        raise ArithmeticError("a defect of ours")

    with monkeypatch.context() as broken:
        broken.setattr(events, "receive_event", crash)
        answer = post(stripe, event("payment_intent.succeeded", intent(order)))
    assert (answer.status_code, answer.json()["state"]) == (200, "FAILED")
    with database.reading() as session:
        kept = session.scalars(select(StripeEvent)).one()
    assert (kept.error, kept.due_at is not None) == ("ArithmeticError", True)
    assert events.retry_due(database) == 0
    with database.writing() as session:
        session.execute(update(StripeEvent).values(due_at=utcnow()))
    assert [events.retry_due(database) for _ in range(2)] == [1, 0]
    assert status(database, order) is OrderStatus.PAID
