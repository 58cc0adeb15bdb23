"""The local generator, asked and answering over real HTTP."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.embedded.generator import make_app
from dashboard.embedded.generator_part import GeneratorServer
from dashboard.embedded.home import free_port
from dashboard.embedded.supervisor import Supervisor
from dashboard.gateways.signing import HEADER, sign, verify
from tests.embedded.programs import eventually
from tests.embedded.serving import serving

SECRET = "shared by both"


class Desk:
    """Takes callbacks: keeps those whose signature is right, answering with the next of ``statuses``, then 200."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self.app = Starlette(routes=[Route("/hooks/generator", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        body = await request.body()
        verify([SECRET], request.headers.get(HEADER), body, time.time())
        self.taken.append(json.loads(body))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def callback_url(desk: Desk) -> Iterator[str]:
    with serving(desk.app) as client:
        yield str(client.base_url.join("/hooks/generator"))


@pytest.fixture
def generator(tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(make_app(tmp_path, SECRET, delay=0)) as client:
        yield client


def a_request(callback_url: str, **changes: Any) -> dict[str, Any]:
    return {
        "requestId": str(uuid4()),
        "orderId": "cord1",
        "orderNumber": "LU260201001",
        "level": 2,
        "revision": 0,
        "prompt": None,
        "instructions": None,
        "client": {"firstName": "Élise", "question": "Dois-je changer de ville ?", "objective": None},
        "previous": None,
        "callbackUrl": callback_url,
        **changes,
    }


def ask(generator: httpx.Client, request: dict[str, Any], secret: str = SECRET) -> httpx.Response:
    body = json.dumps(request).encode()
    return generator.post("/generate", content=body, headers={HEADER: sign(secret, body, int(time.time()))})


def test_a_request_is_answered_with_a_signed_reading(desk: Desk, generator: httpx.Client, callback_url: str) -> None:
    request = a_request(callback_url)
    answer = ask(generator, request)
    assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    eventually(lambda: desk.taken)
    (callback,) = desk.taken
    assert {name: callback[name] for name in ("requestId", "orderId", "revision", "status")} == {
        "requestId": request["requestId"],
        "orderId": "cord1",
        "revision": 0,
        "status": "done",
    }
    assert "Dois-je changer de ville ?" in callback["content"]["pdf_content"]["introduction"]
    assert len(callback["content"]["timeline"]) == 7


def test_a_revision_brings_another_text_that_takes_up_the_instructions(
    desk: Desk, generator: httpx.Client, callback_url: str
) -> None:
    ask(generator, a_request(callback_url))
    eventually(lambda: len(desk.taken) == 1)
    ask(generator, a_request(callback_url, revision=1, instructions="Plus court sur le travail"))
    eventually(lambda: len(desk.taken) == 2)
    first, second = (callback["content"]["pdf_content"]["introduction"] for callback in desk.taken)
    assert "Plus court sur le travail" in second
    assert first != second


def test_a_request_that_is_to_fail_is_answered_with_an_error(
    desk: Desk, generator: httpx.Client, callback_url: str
) -> None:
    ask(generator, a_request(callback_url, instructions="[ÉCHEC] pour voir"))
    eventually(lambda: desk.taken)
    assert desk.taken[0]["status"] == "failed"
    assert desk.taken[0]["error"]
    assert "content" not in desk.taken[0]


def test_the_same_request_is_promised_twice_and_done_once(
    desk: Desk, generator: httpx.Client, callback_url: str
) -> None:
    request = a_request(callback_url)
    assert [ask(generator, request).status_code for _ in range(3)] == [202, 202, 202]
    eventually(lambda: desk.taken)
    ask(generator, request)
    ask(generator, a_request(callback_url, orderId="another"))
    eventually(lambda: desk.taken[-1]["orderId"] == "another")
    assert [callback["orderId"] for callback in desk.taken] == ["cord1", "another"]


def test_an_answer_that_is_not_taken_is_sent_again_the_same(
    desk: Desk, generator: httpx.Client, callback_url: str
) -> None:
    desk.statuses = [503]
    ask(generator, a_request(callback_url))
    eventually(lambda: len(desk.taken) == 2)
    assert desk.taken[0] == desk.taken[1]


def test_an_answer_that_is_refused_is_not_sent_again(
    desk: Desk, generator: httpx.Client, callback_url: str, tmp_path: Path
) -> None:
    desk.statuses = [409]
    request = a_request(callback_url)
    ask(generator, request)
    eventually((tmp_path / f"{request['requestId']}.done").exists)
    assert len(desk.taken) == 1


def test_a_promise_outlives_a_killed_generator(desk: Desk, callback_url: str, tmp_path: Path) -> None:
    generator = GeneratorServer(free_port(), tmp_path / "jobs", SECRET, delay=1)
    with Supervisor(tmp_path / "run", tmp_path / "log") as supervisor:
        supervisor.start(generator.part())
        with httpx.Client(base_url=generator.url, trust_env=False) as client:
            assert ask(client, a_request(callback_url)).status_code == 202
        pid = supervisor.pid("generator")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert not desk.taken
        eventually(lambda: desk.taken)


@pytest.mark.parametrize("secret", ["foreign", " shared by both"])
def test_a_foreign_request_is_refused(generator: httpx.Client, tmp_path: Path, secret: str) -> None:
    assert ask(generator, a_request("http://127.0.0.1:1/"), secret=secret).status_code == 401
    assert generator.post("/generate", content=b"{}").status_code == 401
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "request_",
    [
        [],
        {},
        a_request("x", requestId="../../etc"),
        a_request("x", orderId=None),
        a_request("x", revision="1"),
        a_request("x", client=None),
    ],
)
def test_a_signed_request_that_is_not_of_the_protocol_is_refused(
    generator: httpx.Client, tmp_path: Path, request_: Any
) -> None:
    assert ask(generator, request_).status_code == 422
    assert not list(tmp_path.iterdir())
