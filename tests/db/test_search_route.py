"""``POST /search``: behind the guard, for whoever may see clients, and silent about what was looked for."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.auth.middleware import Guard
from dashboard.auth.requests import SESSION_COOKIE
from dashboard.auth.sessions import Sessions
from dashboard.web.search_route import Searches
from lumira_db.actor import Role
from lumira_db.commands.sessions import Origin, open_session
from lumira_db.engine import Database
from tests.factories import make_client, make_order, make_staff

HOUR = timedelta(hours=1)


@pytest.fixture
def browser(database: Database) -> Iterator[TestClient]:
    """Somebody of support's browser, and a client with an order."""
    with database.writing() as session:
        who = make_staff(session, Role.SUPPORT)
        client = make_client(session, first_name="Zoé", last_name="d'Arc", phone="06 12 00 00 42")
        make_order(session, client, order_number="LU260220-001")
        token = open_session(session, who.id, Origin("127.0.0.1", "tests"), lifetime=HOUR).token
    url = "http://testserver"
    sessions = Sessions(lambda: database, idle=HOUR)
    app = Starlette(
        routes=Searches(lambda: database, url).routes(),
        middleware=[Middleware(Guard, sessions=sessions, public=[], public_url=url)],
    )
    with TestClient(app, base_url=url) as made:
        made.cookies.set(SESSION_COOKIE, token)
        yield made


def test_a_hit_leads_to_its_screen_and_says_why_in_the_persons_language(browser: TestClient) -> None:
    answer = browser.post("/search", json={"q": "lu260220001"}, headers={"accept-language": "en"}).json()
    (hit,) = answer["hits"]
    assert hit["name"] == "LU260220-001"
    assert hit["place"][0] == "order"
    assert hit["client"][2] == "Zoé d'Arc"
    assert hit["why"] == [["Order number", "LU260220-001"]]
    (hit,) = browser.post("/search", json={"q": "zoe darc"}).json()["hits"]
    assert hit["href"] == f"/client?id={hit['place'][1]}"


def test_nothing_found_says_what_was_looked_for(browser: TestClient) -> None:
    answer = browser.post("/search", json={"q": "26-9999 qqzz"}, headers={"accept-language": "en"}).json()
    assert answer["hits"] == []
    assert answer["tried"] == [["refId", "LUM-C-26-9999"], ["Name", "qqzz"]]


def test_strangers_other_sites_and_nonsense_get_no_answer(browser: TestClient) -> None:
    asked = {"q": "zoe"}
    assert browser.post("/search", json=asked, headers={"origin": "https://elsewhere.example"}).status_code == 403
    assert browser.post("/search", content=b"{").status_code == 400
    assert browser.post("/search", json=["zoe"]).status_code == 400
    assert browser.get("/search").status_code == 405
    browser.cookies.clear()
    assert browser.post("/search", json=asked).status_code in {401, 403}


def test_what_was_looked_for_is_written_down_nowhere(
    browser: TestClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the log nor, when the database fails, in an error."""
    caplog.set_level(logging.DEBUG)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER FUNCTION desk.fold(text) RENAME TO lost")
    assert browser.post("/search", json={"q": "Secrète Personne"}).status_code == 503
    assert "ecrète" not in caplog.text
    assert "secrete" not in caplog.text
