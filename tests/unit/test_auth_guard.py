"""The guard: without a session nothing answers; with one, only what the guard itself says about it counts."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from dashboard.auth.sessions import Sessions, SessionsUnavailable
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.queries.sessions import SignedIn
from tests.guarded import PUBLIC_URL, guarded_app, running

TOKEN = "a-token"
SESSION = "3b241101-e2bb-4255-8caf-4136c566a962"


def signed_in(session_id: str = SESSION, role: Role = Role.EXPERT, language: str | None = None) -> SignedIn:
    person = Actor(id="cstaff", name="Marie", email="marie@lumira.test", role=role)
    return SignedIn(person, session_id, language, utcnow(), utcnow() + timedelta(hours=1))


class KnownSessions(Sessions):
    """Sessions from a dictionary instead of a database."""

    def __init__(self) -> None:
        super().__init__(lambda: pytest.fail("the database was asked"), idle=timedelta(hours=1))
        self.begin_again()
        self.loop: asyncio.AbstractEventLoop | None = None

    def begin_again(self) -> None:
        """Know one session, remember nothing."""
        self.known = {TOKEN: signed_in()}
        self.down = False
        self.asked = 0
        self._remembered.clear()

    def end_from_outside(self, session_id: str) -> None:
        """End a session from the test's thread."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.end, session_id)

    async def _ask(self, token: str) -> SignedIn | None:
        self.loop = asyncio.get_running_loop()
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise SessionsUnavailable
        return self.known.get(token)


async def hook(request: Request) -> PlainTextResponse:
    return PlainTextResponse("taken " + request.headers.get("x-lumira-session", ""))


PUBLIC = [
    Route("/login", hook, methods=["GET", "POST"]),
    Route("/healthz", hook),
    Route("/hooks/generator", hook, methods=["POST"]),
]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[KnownSessions, httpx.Client]]:
    """One server and one client for all tests of this file: to start them takes longer than any test."""
    sessions = KnownSessions()
    with running(guarded_app(sessions, PUBLIC)) as address, httpx.Client(base_url=f"http://{address}") as client:
        yield sessions, client


@pytest.fixture
def sessions(served: tuple[KnownSessions, httpx.Client]) -> KnownSessions:
    served[0].begin_again()
    return served[0]


@pytest.fixture
def browser(served: tuple[KnownSessions, httpx.Client], sessions: KnownSessions) -> httpx.Client:
    served[1].headers.pop("cookie", None)
    return served[1]


def come_in(browser: httpx.Client) -> httpx.Client:
    browser.headers["cookie"] = f"lumira_session={TOKEN}"
    return browser


def stream(browser: httpx.Client, **headers: str) -> ClientConnection:
    """A websocket opened with the browser's cookies; raises ``InvalidStatus`` when it is refused."""
    cookies = {"cookie": browser.headers["cookie"]} if "cookie" in browser.headers else {}
    address = f"ws://{browser.base_url.netloc.decode()}/_stcore/stream"
    return connect(address, additional_headers={**cookies, **headers}, compression=None, proxy=None)


def refused(browser: httpx.Client, **headers: str) -> int:
    """The status with which a websocket is refused."""
    with pytest.raises(InvalidStatus) as refusal:
        stream(browser, **headers)
    return refusal.value.response.status_code


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/", "/login"),
        ("/queue", "/login?next=/queue"),
        ("/order?id=c1&tab=files", "/login?next=/order%3Fid%3Dc1%26tab%3Dfiles"),
        ("//evil.example/x", "/login"),
    ],
)
def test_a_stranger_who_asks_for_a_page_is_sent_to_the_sign_in(
    browser: httpx.Client, asked: str, leads_to: str
) -> None:
    answer = browser.get(str(browser.base_url).rstrip("/") + asked)
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/health",
        "/_stcore/host-config",
        "/queue/_stcore/health",
        "/_stcore/upload_file/a/b",
        "/media/abc.png",
        "/media/abc",
        "/static/js/index.js",
        "/static/x",
        "/component/streamlit_pdf/index.html",
        "/files/abc",
        "/index.html",
        "/manifest.json",
        "/hooks/other",
        "/hooks/generator",
        "/hooks/../queue/x.y",
        "/healthz/x.js",
    ],
)
def test_a_stranger_gets_nothing_but_a_refusal_from_everything_else(browser: httpx.Client, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code in {401, 303}
    assert "the inside" not in answer.text
    if path.startswith(("/_stcore", "/media", "/static", "/files", "/hooks/g", "/hooks/o")):
        assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/", "/queue", "/files/abc", "/hooks/other", "/login/x"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_stranger_who_sends_something_is_refused(browser: httpx.Client, method: str, path: str) -> None:
    assert browser.request(method, path).status_code == 401


def test_public_routes_answer_strangers_by_their_own_methods_only(browser: httpx.Client) -> None:
    claimed = {"X-Lumira-Session": SESSION}
    for method, path in (("GET", "/healthz"), ("GET", "/login"), ("POST", "/hooks/generator")):
        assert browser.request(method, path, headers=claimed).text == "taken "
    # Streamlit's page would otherwise answer under a public name.
    assert browser.get("/hooks/generator").status_code == 401
    assert browser.post("/healthz").status_code == 401


def test_a_signed_in_person_gets_the_page(browser: httpx.Client) -> None:
    answer = come_in(browser).get("/queue")
    assert answer.status_code == 200
    assert "the inside" in answer.text


@pytest.mark.parametrize("cookie", ["other", "", '"a-token"', "a-tokenx", "A-TOKEN"])
def test_a_token_that_is_not_exactly_ours_is_a_strangers(browser: httpx.Client, cookie: str) -> None:
    answer = browser.get("/queue", headers={"cookie": f"lumira_session={cookie}"})
    assert answer.status_code == 303


def test_the_session_that_a_client_claims_is_replaced_by_what_the_guard_found(browser: httpx.Client) -> None:
    claimed = {"X-Lumira-Session": "another-session"}
    headers = come_in(browser).get("/seen", headers=claimed).json()["headers"]
    assert [value for name, value in headers if name == "x-lumira-session"] == [SESSION]
    del browser.headers["cookie"]
    assert browser.get("/seen", headers=claimed).status_code == 303


def test_the_token_goes_no_further_than_the_guard(browser: httpx.Client) -> None:
    headers = come_in(browser).get("/seen", headers={"cookie": "theme=dark; lumira_session=a-token; x=1"}).json()
    assert TOKEN not in str(headers)
    assert dict(headers["headers"])["cookie"] == "theme=dark; x=1"


def test_a_websocket_without_a_session_is_refused(browser: httpx.Client) -> None:
    assert refused(browser) == 403
    assert refused(browser, **{"x-lumira-session": SESSION}) == 403
    assert refused(browser, cookie="lumira_session=another-token") == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "http://desk.test.evil.example", "null", "x", "file://"])
def test_a_websocket_opened_by_another_site_is_refused(browser: httpx.Client, origin: str) -> None:
    assert refused(come_in(browser), origin=origin) == 403


def test_a_websocket_opened_by_another_port_of_this_host_is_refused(browser: httpx.Client) -> None:
    assert refused(come_in(browser), origin=f"http://{browser.base_url.host}:1") == 403


def test_a_websocket_of_our_own_page_or_of_a_program_opens(browser: httpx.Client) -> None:
    own = f"http://{browser.base_url.netloc.decode()}"
    for headers in ({}, {"origin": own}, {"origin": own.replace("http", "https")}, {"origin": PUBLIC_URL}):
        with stream(come_in(browser), **headers, **{"x-lumira-session": "another-session"}) as socket:
            seen = json.loads(socket.recv())
            assert [value for name, value in seen if name == "x-lumira-session"] == [SESSION]
            socket.send("still there")
            assert socket.recv() == "still there"


def test_a_websocket_closes_when_its_session_ends(browser: httpx.Client, sessions: KnownSessions) -> None:
    with stream(come_in(browser)) as socket:
        socket.recv()
        assert sessions.open_sockets == 1
        sessions.end_from_outside(SESSION)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_ending_one_session_leaves_the_others_open(browser: httpx.Client, sessions: KnownSessions) -> None:
    sessions.known["other"] = signed_in("9f1b6ab4-6a8f-4c4e-8a30-7e9f0a1d9a11")
    with stream(come_in(browser)) as mine, stream(browser, cookie="lumira_session=other") as theirs:
        mine.recv()
        theirs.recv()
        sessions.end_from_outside(SESSION)
        with pytest.raises(ConnectionClosed):
            mine.recv(timeout=5)
        theirs.send("still there")
        assert theirs.recv(timeout=5) == "still there"


def test_while_the_database_is_away_nobody_is_let_in_and_health_still_answers(
    browser: httpx.Client, sessions: KnownSessions
) -> None:
    sessions.down = True
    assert come_in(browser).get("/queue").status_code == 503
    assert browser.get("/files/abc").status_code == 503
    assert browser.get("/healthz").text == "taken "
    assert refused(browser) == 403


def test_a_crash_is_an_apology_with_a_reference() -> None:
    async def broken(request: Request) -> PlainTextResponse:
        raise RuntimeError("the secret detail")

    app = guarded_app(KnownSessions(), [Route("/healthz", broken)])
    with running(app) as address:
        answer = httpx.get(f"http://{address}/healthz")
    assert answer.status_code == 500
    assert "the secret detail" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_a_token_asked_for_by_many_at_once_is_looked_up_once_and_remembered() -> None:
    sessions = KnownSessions()

    async def many() -> list[Any]:
        first = await asyncio.gather(*(sessions.of_token(TOKEN) for _ in range(30)))
        return [*first, await sessions.of_token("unknown"), await sessions.of_token("unknown")]

    found = asyncio.run(many())
    assert found[:30] == [sessions.known[TOKEN]] * 30
    assert found[30:] == [None, None]
    assert sessions.asked == 3
