"""Asking the generator over HTTP, and its answers at ``/hooks/generator``."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.orm import undefer
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import hooks
from dashboard.embedded.home import free_port
from dashboard.gateways.generator import GeneratorUnavailable, HttpGenerator, make_generator
from dashboard.gateways.signing import HEADER, secrets, sign, verify
from dashboard.settings import Settings
from dashboard.workflows.produce import send_request
from lumira_db.commands.production import start_production
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import Generation, GenerationState, Order
from lumira_db.queries.outbox import GenerationRequest
from tests.factories import actor, make_order, make_profile, reading

SECRET = "a secret of the tests"
REQUEST = GenerationRequest("r", "o", "LU250127-001", 1, 0, None, None, {"firstName": "Élodie"}, None)


@dataclass
class FakeGenerator:
    """Answers ``/generate`` with what the test says, and keeps what it was asked."""

    status: int = 202
    asked: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""

    def generator(self, secret: str = SECRET) -> HttpGenerator:
        return HttpGenerator(self.url, secret, "http://desk.test/hooks/generator", timeout=2)


@pytest.fixture
def fake() -> Iterator[FakeGenerator]:
    fake = FakeGenerator()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            verify([SECRET], self.headers[HEADER], body, time.time())
            fake.asked.append(json.loads(body))
            fake.paths.append(self.path)
            self.send_response(fake.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(database: Database, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A browser-less way to the hook, over the test's database."""
    settings = Settings(generator_secret=SecretStr(f"the next secret, {SECRET}"))
    monkeypatch.setattr(hooks, "database", lambda: database)
    monkeypatch.setattr(hooks, "get_settings", lambda: settings)
    return TestClient(Starlette(routes=hooks.routes()))


@pytest.fixture
def request_id(database: Database) -> UUID:
    """An order in production."""
    with database.writing() as session:
        order = make_order(session, status=OrderStatus.PAID)
        return start_production(session, actor(), order.id, seen=None)


def order_of(database: Database, request_id: UUID) -> Order:
    with database.reading() as session:
        generation = session.get_one(Generation, request_id)
        options = [undefer(Order.generated_content), undefer(Order.error_log)]
        return session.get_one(Order, generation.order_id, options=options)


def answer(database: Database, request_id: UUID, **other: Any) -> dict[str, Any]:
    order = order_of(database, request_id)
    fields = {"requestId": str(request_id), "orderId": order.id, "revision": 0, "status": "done", "content": reading()}
    return {key: value for key, value in (fields | other).items() if value is not None}


def post(client: TestClient, document: Any, *, secret: str = SECRET, at: float | None = None) -> Any:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    signature = sign(secret, body, int(time.time() if at is None else at))
    return client.post("/hooks/generator", content=body, headers={HEADER: signature})


def traces(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT action FROM desk.audit WHERE actor_id = 'generator' ORDER BY id")))


def test_a_request_says_everything_signed(fake: FakeGenerator) -> None:
    fake.generator().request(REQUEST)
    assert fake.paths == ["/generate"]
    assert fake.asked == [
        {
            "requestId": "r",
            "orderId": "o",
            "orderNumber": "LU250127-001",
            "level": 1,
            "revision": 0,
            "prompt": None,
            "instructions": None,
            "client": {"firstName": "Élodie"},
            "previous": None,
            "callbackUrl": "http://desk.test/hooks/generator",
        }
    ]


def test_the_first_secret_signs_and_none_is_no_generator() -> None:
    settings = Settings(generator_url="http://g", generator_secret=SecretStr("new, old"), public_url="https://d/")
    assert (secrets(settings), make_generator(settings).secret) == (["new", "old"], "new")
    assert make_generator(settings).callback_url == "https://d/hooks/generator"
    assert make_generator(Settings()).secret == ""


def test_an_answer_closes_the_loop_and_the_same_answer_again_has_no_effect(
    database: Database, client: TestClient, request_id: UUID
) -> None:
    sent = answer(database, request_id)
    taken = post(client, sent)
    assert (taken.status_code, taken.json()) == (200, {"accepted": True})
    order = order_of(database, request_id)
    assert (order.status, order.generated_content) == (OrderStatus.AWAITING_VALIDATION, reading())
    again = post(client, sent)
    assert again.status_code == 409
    assert "already" in again.json()["cause"]
    assert traces(database) == ["order.receive_reading", "order.refuse_callback"]


def test_an_error_fails_the_production(database: Database, client: TestClient, request_id: UUID) -> None:
    assert post(client, answer(database, request_id, content=None, error="quota")).status_code == 200
    assert (order_of(database, request_id).status, order_of(database, request_id).error_log) == (
        OrderStatus.FAILED,
        "quota",
    )


def test_the_older_of_two_secrets_still_opens(database: Database, client: TestClient, request_id: UUID) -> None:
    assert post(client, answer(database, request_id), secret="the next secret").status_code == 200


def test_unsigned_foreign_altered_and_old_answers_are_not_from_the_generator(
    database: Database, client: TestClient, request_id: UUID
) -> None:
    sent = json.dumps(answer(database, request_id)).encode()
    signature = sign(SECRET, sent, int(time.time()))
    refused = [
        client.post("/hooks/generator", content=sent),
        client.post("/hooks/generator", content=sent + b" ", headers={HEADER: signature}),
        post(client, sent, secret="foreign"),
        post(client, sent, at=time.time() - 3600),
    ]
    assert [each.status_code for each in refused] == [401] * 4
    assert order_of(database, request_id).status is OrderStatus.PROCESSING
    assert traces(database) == []


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"requestId": "00000000-0000-4000-8000-000000000000"}, 404),
        ({"requestId": "no uuid"}, 404),
        ({"orderId": "another\u0000order"}, 404),
        ({"revision": 7}, 404),
        ({"content": ["a", "list"]}, 422),
        ({"content": {"pdf_content": {}}}, 422),
        ({"content": "text"}, 422),
    ],
)
def test_a_signed_answer_that_fits_nothing_is_refused_and_leaves_a_trace(
    database: Database, client: TestClient, request_id: UUID, other: dict[str, Any], status: int
) -> None:
    assert post(client, answer(database, request_id, **other)).status_code == status
    assert order_of(database, request_id).status is OrderStatus.PROCESSING
    assert traces(database) == ["order.refuse_callback"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"requestId":"a","orderId":"b","revision":0}',
        b'{"requestId":"a","orderId":"b","revision":0,"content":{},"error":"x"}',
        b'{"requestId":"a","orderId":"b","revision":"0","error":"x"}',
        b'{"requestId":"a","orderId":"b","revision":true,"error":"x"}',
        b'{"requestId":1,"orderId":"b","revision":0,"error":"x"}',
        b'{"requestId":"a","orderId":"b","revision":0,"content":{"n":NaN}}',
        b'{"requestId":"a","orderId":"b","revision":' + b"9" * 5000 + b',"error":"x"}',
    ],
)
def test_what_is_no_answer_at_all_is_unreadable(client: TestClient, body: bytes) -> None:
    assert post(client, body).status_code == 422


def test_a_huge_answer_is_refused_before_it_is_read_whole(client: TestClient) -> None:
    announced = post(client, b"x" * (2 * 1024 * 1024 + 1))
    assert announced.status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    assert client.post("/hooks/generator", content=endless()).status_code == 413


def test_late_answers_are_refused(database: Database, client: TestClient, request_id: UUID) -> None:
    with database.writing() as session:
        session.execute(text("""UPDATE "Order" SET status = 'REFUNDED'"""))
    assert post(client, answer(database, request_id)).status_code == 409
    assert order_of(database, request_id).status is OrderStatus.REFUNDED


def test_two_equal_answers_at_once_have_one_effect(database: Database, client: TestClient, request_id: UUID) -> None:
    sent = answer(database, request_id)
    start, statuses = threading.Barrier(4), []

    def run() -> None:
        start.wait()
        statuses.append(post(client, sent).status_code)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM desk.reading_version")) == 1


def test_only_posts_are_answered(client: TestClient) -> None:
    assert client.get("/hooks/generator").status_code == 405


def send(database: Database, request_id: UUID, number: int, fake: FakeGenerator, **more: Any) -> bool:
    return send_request(request_id, number, database=database, generator=fake.generator(), **more)


def generation(database: Database, request_id: UUID) -> Generation:
    with database.reading() as session:
        return session.get_one(Generation, request_id)


def test_the_request_that_is_sent_is_the_orders(database: Database, fake: FakeGenerator, request_id: UUID) -> None:
    with database.writing() as session:
        order = session.scalars(text('SELECT "userId" FROM "Order"')).one()
        make_profile(session, type("Client", (), {"id": order})())  # only its id is looked at
    assert send(database, request_id, 1, fake)
    (asked,) = fake.asked
    assert (asked["requestId"], asked["client"]["birthPlace"]) == (str(request_id), "Nantes")
    assert generation(database, request_id).state == GenerationState.ACCEPTED


@pytest.mark.parametrize("step", ["counted", "called"])
def test_a_death_around_the_call_sends_the_same_request_again_for_one_effect(
    database: Database, client: TestClient, fake: FakeGenerator, request_id: UUID, step: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        send(database, request_id, 1, fake, checkpoint=_dies_at(step))
    assert not send(database, request_id, 1, fake)
    assert send(database, request_id, 2, fake)
    assert {asked["requestId"] for asked in fake.asked} == {str(request_id)}
    assert len(fake.asked) == (1 if step == "counted" else 2)
    statuses = [post(client, answer(database, request_id)).status_code for _ in fake.asked]
    assert statuses == [200, 409][: len(fake.asked)]


def test_a_generator_that_is_away_is_asked_again_and_one_that_refuses_is_not(
    database: Database, fake: FakeGenerator, request_id: UUID
) -> None:
    fake.status = 503
    assert not send(database, request_id, 1, fake)
    assert order_of(database, request_id).status is OrderStatus.PROCESSING
    fake.status = 422
    assert not send(database, request_id, 2, fake)
    order = order_of(database, request_id)
    assert (order.status, order.error_log) == (OrderStatus.FAILED, "The generator answered 422.")
    assert not send(database, request_id, 3, fake)


def test_an_order_that_was_deleted_is_not_asked_for(database: Database, fake: FakeGenerator, request_id: UUID) -> None:
    with database.writing() as session:
        session.execute(text('DELETE FROM "Order"'))
    assert not send(database, request_id, 1, fake)
    assert generation(database, request_id).state == GenerationState.FAILED
    assert fake.asked == []


def test_no_generator_at_all_fails_with_words(database: Database, request_id: UUID) -> None:
    assert not send_request(request_id, 1, database=database, generator=make_generator(Settings()))
    assert order_of(database, request_id).error_log == "No generator is configured."


def test_a_connection_refused_is_unavailable() -> None:
    with pytest.raises(GeneratorUnavailable):
        HttpGenerator(f"http://127.0.0.1:{free_port()}", SECRET, "http://d/hooks/generator").request(REQUEST)


def _dies_at(step: str) -> Callable[[str], None]:
    def die(name: str) -> None:
        if name == step:
            raise KeyboardInterrupt

    return die
