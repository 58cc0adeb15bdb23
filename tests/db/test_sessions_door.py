"""The sign-in and sign-out pages against a real database, over real connections."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import bcrypt
import httpx
import pytest
from sqlalchemy import func, select, update
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from dashboard.auth import password as passwords
from dashboard.auth.password import hash_password
from dashboard.auth.sessions import Sessions
from dashboard.settings import Settings
from dashboard.web.routes import Door
from lumira_db.actor import Actor, Role
from lumira_db.commands.sessions import ACCOUNT_LIMIT, ADDRESS_LIMIT
from lumira_db.commands.staff import disable_staff
from lumira_db.engine import Database
from lumira_db.models import AuditEntry, DeskSession, SignInAttempt, Staff
from tests.factories import actor, make_staff
from tests.guarded import PUBLIC_URL, copied_database, empty, guarded_app, running

PASSWORD = "correct horse battery"
ADDRESS = "Marie@lumira.test"


@dataclass
class Desk:
    """A served door, one person who may sign in, and a browser without cookies."""

    database: Database
    sessions: Sessions
    browser: httpx.Client
    marie: Actor

    def sign_in(self, email: str = ADDRESS, password: str = PASSWORD, **fields: str) -> httpx.Response:
        token = hidden(self.browser.get("/login").text)["csrf"]
        form = {"csrf": token, "next": "/", "email": email, "password": password, **fields}
        return self.browser.post("/login", data=form)

    def entries(self) -> list[AuditEntry]:
        with self.database.reading() as session:
            return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))

    def count(self, table: Any) -> int:
        with self.database.reading() as session:
            return session.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # What is looked at here is how answers look; that they take the same work is a test of its own.
    monkeypatch.setattr(passwords, "COST", 4)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture(scope="module")
def served(postgres_url: str, template_database: str) -> Iterator[tuple[Database, Sessions, str]]:
    """One server for all tests of this file."""
    settings = Settings(secret_key="0123456789abcdef0123456789abcdef", public_url=PUBLIC_URL, session_hours=2)
    with copied_database(postgres_url, template_database) as database:
        sessions = Sessions(lambda: database, idle=timedelta(minutes=60))
        door = Door(settings, sessions, lambda: database)

        async def look_after(request: Request) -> PlainTextResponse:
            await sessions.look_after()
            return PlainTextResponse("looked")

        # The server does this every three seconds; a test says when.
        app = guarded_app(sessions, [*door.routes(), Route("/test/look-after", look_after)])
        with running(app, proxy_headers=True, forwarded_allow_ips="127.0.0.1") as address:
            yield database, sessions, address


@pytest.fixture
def desk(served: tuple[Database, Sessions, str]) -> Iterator[Desk]:
    database, sessions, address = served
    empty(database)
    with database.writing() as session:
        marie = make_staff(session, email=ADDRESS, password=hash_password(PASSWORD), name="Marie <b>Dupont</b>")
    headers = {"accept-language": "en"}
    with httpx.Client(base_url=f"http://{address}", headers=headers, verify=False, timeout=30) as browser:
        yield Desk(database, sessions, browser, marie)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def cookie_of(answer: httpx.Response, name: str) -> str:
    found = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}=")]
    assert len(found) == 1
    return found[0]


def test_the_right_password_opens_a_session_and_leads_on(desk: Desk) -> None:
    answer = desk.sign_in(next="/order?id=c1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/order?id=c1")
    cookie = cookie_of(answer, "lumira_session")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=7200"} <= {part.strip() for part in cookie.split(";")}
    assert "secure" not in cookie.lower()
    assert desk.browser.get("/queue").status_code == 200
    assert [entry.action for entry in desk.entries()] == ["staff.sign_in"]


def test_the_cookie_travels_over_tls_only_where_there_is_tls(desk: Desk) -> None:
    desk.browser.headers["x-forwarded-proto"] = "https"
    token = hidden(desk.browser.get("/login").text)["csrf"]
    # httpx keeps a Secure cookie to itself on this plain connection, as a browser would.
    desk.browser.headers["cookie"] = f"lumira_csrf={token}"
    form = {"csrf": token, "email": ADDRESS, "password": PASSWORD}
    answer = desk.browser.post("/login", data=form)
    assert "; Secure" in cookie_of(answer, "lumira_session")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"])
def test_a_sign_in_never_leads_to_another_site(desk: Desk, next_: str) -> None:
    assert desk.sign_in(next=next_).headers["location"] == "/"
    desk.browser.cookies.clear()
    page = desk.browser.get("/login", params={"next": next_}).text
    assert hidden(page)["next"] == "/"
    assert "evil" not in page


def refusals(desk: Desk) -> dict[str, Callable[[], httpx.Response]]:
    def disabled() -> httpx.Response:
        with desk.database.writing() as session:
            session.execute(update(Staff).values(is_active=False))
        answer = desk.sign_in()
        with desk.database.writing() as session:
            session.execute(update(Staff).values(is_active=True))
        return answer

    def throttled_account() -> httpx.Response:
        for _ in range(ACCOUNT_LIMIT):
            desk.sign_in(password="wrong")
        return desk.sign_in()

    def throttled_address() -> httpx.Response:
        for number in range(ADDRESS_LIMIT):
            desk.sign_in(email=f"nobody{number}@lumira.test")
        return desk.sign_in()

    return {
        "wrong_password": lambda: desk.sign_in(password="wrong"),
        "unknown_address": lambda: desk.sign_in(email="nobody@lumira.test"),
        "disabled": disabled,
        "throttled_account": throttled_account,
        "throttled_address": throttled_address,
    }


def test_every_refusal_looks_the_same_and_only_the_audit_knows_why(desk: Desk) -> None:
    looks, reasons = set(), []
    for refuse in refusals(desk).values():
        with desk.database.writing() as session:
            session.query(SignInAttempt).delete()
        answer = refuse()
        shown = re.sub(r'value="[^"]*"', "", answer.text)
        headers = {name for name in answer.headers if name not in {"date", "x-request-id"}}
        looks.add((answer.status_code, shown, frozenset(headers)))
        reasons.append(desk.entries()[-1].reason)
        assert PASSWORD not in answer.text
        assert "lumira_session" not in str(answer.headers)
    assert len(looks) == 1
    assert looks.pop()[0] == 401
    assert reasons == list(refusals(desk))
    assert desk.count(DeskSession) == 0


def test_what_was_typed_is_written_down_nowhere(desk: Desk) -> None:
    desk.sign_in(email="stranger@lumira.test", password="my secret words")
    desk.sign_in(password="my secret words")
    everything = str([(e.before, e.after, e.reason, e.subject_id, e.actor_name) for e in desk.entries()])
    assert "my secret words" not in everything
    assert "stranger" not in everything
    with desk.database.reading() as session:
        kept = session.scalars(select(SignInAttempt.account_hash)).all()
    assert len(set(kept)) == 2
    assert all(len(account) == 32 for account in kept)


def test_a_throttled_person_gets_in_again_once_the_quarter_of_an_hour_is_over(desk: Desk) -> None:
    for _ in range(ACCOUNT_LIMIT):
        assert desk.sign_in(password="wrong").status_code == 401
    assert desk.sign_in().status_code == 401
    with desk.database.writing() as session:
        session.execute(update(SignInAttempt).values(at=SignInAttempt.at - timedelta(minutes=16)))
    assert desk.sign_in().status_code == 303


def test_writing_an_address_in_another_way_gives_no_further_attempts(desk: Desk) -> None:
    for email in ("marie@lumira.test", "MARIE@lumira.test", " marie@LUMIRA.test ", "mArie@lumira.test", ADDRESS):
        desk.sign_in(email=email, password="wrong")
    assert desk.sign_in().status_code == 401
    assert desk.entries()[-1].reason == "throttled_account"


def test_the_address_a_proxy_names_is_the_one_that_waits(desk: Desk) -> None:
    desk.browser.headers["x-forwarded-for"] = "198.51.100.1, 192.0.2.1"
    desk.sign_in(password="wrong")
    with desk.database.reading() as session:
        assert session.scalars(select(SignInAttempt.address)).all() == ["192.0.2.1"]


def test_a_cheap_hash_of_the_platform_is_strengthened_by_signing_in(desk: Desk) -> None:
    passwords._nobody.cache_clear()
    cheap = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2a$")
    with desk.database.writing() as session:
        session.execute(update(Staff).values(password=cheap))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", 5)
        assert desk.sign_in().status_code == 303
    with desk.database.reading() as session:
        assert session.scalars(select(Staff.password)).one().startswith("$2b$05$")
    desk.browser.cookies.clear()
    assert desk.sign_in().status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("", ""),
        ("\x00@lumira.test", "x"),
        ("é" * 500, "x"),
        ("<script>alert(1)</script>", "x"),
        (ADDRESS, "\x00"),
        ("%00\ud83d", "y"),
    ],
)
def test_strange_input_is_refused_like_any_other_and_shown_as_text(desk: Desk, email: str, password: str) -> None:
    fields = {"email": email.encode("utf-8", "surrogatepass"), "password": password}
    token = hidden(desk.browser.get("/login").text)["csrf"]
    answer = desk.browser.post("/login", data={"csrf": token, **fields})
    assert answer.status_code == 401
    assert "<script>" not in answer.text


def test_a_form_without_our_token_is_refused_without_looking_at_the_password(desk: Desk) -> None:
    page = desk.browser.get("/login")
    token = hidden(page.text)["csrf"]
    good = {"email": ADDRESS, "password": PASSWORD, "csrf": token}
    stranger = httpx.Client(base_url=desk.browser.base_url, verify=False)
    assert desk.browser.post("/login", data={**good, "csrf": "x.y"}).status_code == 403
    assert stranger.post("/login", data=good).status_code == 403
    assert desk.browser.post("/login", data=good, headers={"origin": "https://evil.example"}).status_code == 403
    assert desk.browser.post("/login", json=good).status_code == 403
    assert desk.browser.post("/login", data={**good, "filler": "x" * 20_000}).status_code == 403
    assert (desk.count(SignInAttempt), desk.count(DeskSession), desk.entries()) == (0, 0, [])
    assert desk.browser.post("/login", data=good).status_code == 303


def test_two_open_sign_in_pages_do_not_spoil_each_other(desk: Desk) -> None:
    first = hidden(desk.browser.get("/login").text)["csrf"]
    second = hidden(desk.browser.get("/login?next=/queue").text)["csrf"]
    assert first == second


def test_signing_in_again_ends_the_session_before(desk: Desk) -> None:
    desk.sign_in()
    before = desk.browser.cookies["lumira_session"]
    page = desk.browser.get("/login")
    assert (page.status_code, page.headers["location"]) == (303, "/")
    other = httpx.Client(base_url=desk.browser.base_url, verify=False)
    token = hidden(other.get("/login").text)["csrf"]
    other.cookies.set("lumira_session", before)
    answer = other.post("/login", data={"csrf": token, "email": ADDRESS, "password": PASSWORD})
    assert answer.status_code == 303
    assert before not in answer.headers["set-cookie"]
    assert desk.browser.get("/queue").status_code == 303


def test_signing_out_asks_first_then_ends_session_and_websocket_at_once(desk: Desk) -> None:
    desk.sign_in()
    cookie = f"lumira_session={desk.browser.cookies['lumira_session']}"
    address = f"ws://{desk.browser.base_url.netloc.decode()}/_stcore/stream"
    with connect(address, additional_headers={"cookie": cookie}, proxy=None) as socket:
        socket.recv()
        question = desk.browser.get("/logout")
        assert "Marie &lt;b&gt;Dupont&lt;/b&gt;" in question.text
        assert desk.browser.get("/queue").status_code == 200
        answer = desk.browser.post("/logout", data=hidden(question.text))
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=2)
    for stale in ({"cookie": cookie}, {}):
        assert desk.browser.get("/queue", headers=stale).headers["location"] == "/login?next=/queue"
    with pytest.raises(InvalidStatus):
        connect(address, additional_headers={"cookie": cookie}, proxy=None)
    assert [entry.action for entry in desk.entries()] == ["staff.sign_in", "staff.sign_out"]


def test_another_site_cannot_sign_anybody_out(desk: Desk) -> None:
    token = hidden(desk.browser.get("/login").text)["csrf"]
    desk.sign_in()
    for data in ({}, {"csrf": "x.y"}, {"csrf": token}):
        assert desk.browser.post("/logout", data=data).status_code == 403
    question = hidden(desk.browser.get("/logout").text)
    evil = {"origin": "https://evil.example"}
    assert desk.browser.post("/logout", data=question, headers=evil).status_code == 403
    assert desk.browser.get("/queue").status_code == 200
    assert desk.browser.post("/logout", data=question).status_code == 303


def test_signing_out_without_a_session_leads_to_the_sign_in(desk: Desk) -> None:
    for answer in (desk.browser.get("/logout"), desk.browser.post("/logout")):
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_the_websocket_of_a_disabled_account_closes_at_the_next_look_around(desk: Desk) -> None:
    desk.sign_in()
    cookie = f"lumira_session={desk.browser.cookies['lumira_session']}"
    address = f"ws://{desk.browser.base_url.netloc.decode()}/_stcore/stream"
    with connect(address, additional_headers={"cookie": cookie}, proxy=None) as socket:
        socket.recv()
        with desk.database.writing() as session:
            disable_staff(session, actor(Role.ADMIN), desk.marie.id)
        assert desk.browser.get("/test/look-after").status_code == 200
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=2)
    assert desk.browser.get("/queue").headers["location"] == "/login?next=/queue"


def test_the_page_speaks_the_browsers_language_and_remembers_a_choice(desk: Desk) -> None:
    assert '<html lang="en">' in desk.browser.get("/login").text
    assert '<html lang="fr">' in desk.browser.get("/login", headers={"accept-language": "fr-CA,en;q=0.5"}).text
    chosen = desk.browser.get("/login?lang=fr")
    assert '<html lang="fr">' in chosen.text
    assert "lumira_language=fr" in cookie_of(chosen, "lumira_language")
    assert '<html lang="fr">' in desk.browser.get("/login").text
    assert '<html lang="fr">' in desk.browser.get("/login?lang=<x>").text


def test_the_page_needs_no_script_and_asks_no_other_host(desk: Desk) -> None:
    answer = desk.browser.get("/login?next=/queue")
    assert "<script" not in answer.text
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    for marked in ('autocomplete="username"', 'autocomplete="current-password"', 'for="email"', 'for="password"'):
        assert marked in answer.text
    assert 'role="alert"' in desk.sign_in(password="wrong").text


def test_without_a_database_the_page_says_so_and_nothing_crashes(desk: Desk) -> None:
    token = hidden(desk.browser.get("/login").text)["csrf"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.database, "writing", Database("postgresql://nobody@127.0.0.1:9/none").writing)
        answer = desk.browser.post("/login", data={"csrf": token, "email": ADDRESS, "password": PASSWORD})
    assert answer.status_code == 503
    assert ADDRESS in answer.text
    assert PASSWORD not in answer.text
