"""Coming in and going out, in a real browser, through the server as it is served."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, text

from dashboard.auth.password import hash_password
from lumira_db.actor import Role
from lumira_db.engine import Database
from lumira_db.models import SignInAttempt
from tests.factories import make_staff
from tests.guarded import copied_database, empty

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
EMAIL, PASSWORD = "marie@lumira.test", "correct horse battery"
SERVE = "from dashboard.server import serve; serve('127.0.0.1', 0)"
expect.set_options(timeout=20_000)


@dataclass
class Desk:
    """A served Desk without demo, its log, and its one expert."""

    url: str
    database: Database
    log: Path
    process: subprocess.Popen[bytes]

    def run(self, statement: str) -> None:
        with self.database.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="module")
def desk(postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    # Somewhere else than the project: Streamlit's configuration has to be found from anywhere.
    folder = tmp_path_factory.mktemp("elsewhere")
    with copied_database(postgres_url, template_database) as database:
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("LUMIRA_", "STREAMLIT_"))},
            "DATABASE_URL": database.engine.url.render_as_string(hide_password=False).replace("+psycopg", ""),
            "LUMIRA_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "PYTHONPATH": str(ROOT),
            "LUMIRA_TRUSTED_PROXIES": "192.0.2.1",
            # Read by `streamlit run` only: it must not change what is served.
            "STREAMLIT_CLIENT_TOOLBAR_MODE": "developer",
        }
        log = folder / "server.log"
        with log.open("wb") as out:
            process = subprocess.Popen([sys.executable, "-c", SERVE], cwd=folder, env=env, stdout=out, stderr=out)
        try:
            yield Desk(_address(log, process), database, log, process)
        finally:
            process.kill()
            process.wait()


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Where it listens, once it answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"running on (http://[\d.:]+)", log.read_text())
        if found and "startup complete" in log.read_text():
            return found[1]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@pytest.fixture
def context(desk: Desk, browser: Browser) -> Iterator[BrowserContext]:
    empty(desk.database)
    with desk.database.writing() as session:
        make_staff(session, Role.EXPERT, email=EMAIL, name="Marie", password=hash_password(PASSWORD))
    context = browser.new_context(base_url=desk.url, locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def come_in(page: Page, path: str = "/queue") -> None:
    page.goto(path)
    sign_in(page)
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()


def test_a_person_comes_in_and_arrives_where_they_wanted_to_go(desk: Desk, page: Page) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.goto("/queue?level=1")
    assert page.url == f"{desk.url}/login?next=/queue%3Flevel%3D1"
    sign_in(page)
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    assert page.url.startswith(f"{desk.url}/queue")
    assert page.title() != "Streamlit"
    assert page.evaluate("document.documentElement.lang") == "en"
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((desk.url, "blob:", "data:"))] == []
    # Streamlit looks for its server beside the page's path first: two 404s are its way, not ours.
    assert [line for line in said if "404" not in line] == []


def test_the_session_is_out_of_reach_of_any_script(page: Page, context: BrowserContext) -> None:
    come_in(page)
    assert "lumira_session" not in page.evaluate("document.cookie")
    [cookie] = [cookie for cookie in context.cookies() if cookie["name"] == "lumira_session"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")


def test_text_never_becomes_a_script(page: Page) -> None:
    come_in(page)
    # Later, by the page's own clock: what the browser's debugger evaluates itself is exempt from the policy.
    page.evaluate("setTimeout(() => { try { eval('1'); window.ran = true } catch (e) { window.ran = e.name } })")
    page.wait_for_function("window.ran")
    assert page.evaluate("window.ran") == "EvalError"
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.shown = true\">')")
    page.evaluate("fetch('https://example.org/').catch(() => { window.left = false })")
    page.wait_for_function("window.left === false")
    assert page.evaluate("window.shown") is None


def test_a_refusal_is_announced_and_the_password_is_not_shown_again(page: Page) -> None:
    page.goto("/login")
    sign_in(page, "wrong password")
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    expect(page.get_by_label("E-mail")).to_have_value(EMAIL)
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_label("Password")).to_be_focused()
    assert "wrong password" not in page.content()


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto("/login?next=/queue")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()


def test_no_script_is_needed_to_sign_in(desk: Desk, browser: Browser, context: BrowserContext) -> None:
    plain = browser.new_context(base_url=desk.url, java_script_enabled=False, locale="en-GB")
    page = plain.new_page()
    page.goto("/login?next=/queue")
    sign_in(page)
    page.wait_for_url("**/queue")
    assert "lumira_session" in {cookie["name"] for cookie in plain.cookies()}
    plain.close()


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_screen(desk: Desk, browser: Browser, scheme: str, width: int) -> None:
    narrow = browser.new_context(base_url=desk.url, viewport={"width": width, "height": 700}, color_scheme=scheme)
    page = narrow.new_page()
    page.goto("/login")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for name in ("email", "password"):
        box = page.locator(f"#{name}").bounding_box()
        assert box is not None
        assert box["width"] >= 240
        assert box["height"] >= 44
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(12, 18, 37)"
    assert dark is (scheme == "dark")
    narrow.close()


def test_the_language_can_be_changed_without_losing_the_way(page: Page) -> None:
    page.goto("/login?next=/queue")
    page.get_by_role("link", name="Français").click()
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert page.locator("input[name=next]").get_attribute("value") == "/queue"
    page.goto("/login")
    assert page.evaluate("document.documentElement.lang") == "fr"


def test_signing_out_in_one_tab_takes_the_other_to_the_sign_in(desk: Desk, page: Page, context: BrowserContext) -> None:
    come_in(page)
    other = context.new_page()
    other.goto("/logout")
    other.get_by_role("button", name="Sign out").click()
    expect(other).to_have_url(f"{desk.url}/login")
    expect(page).to_have_url(f"{desk.url}/login?next=%2Fqueue")
    sign_in(page)
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()


def test_signing_out_leaves_nothing_typed_for_the_next_person_at_the_computer(desk: Desk, page: Page) -> None:
    come_in(page)
    page.evaluate("localStorage.setItem('lumira.draft.marie.order', 'Only for Marie')")
    page.goto("/logout")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{desk.url}/login")
    assert page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('lumira.'))") == []


def test_a_disabled_account_is_out_within_seconds(desk: Desk, page: Page) -> None:
    come_in(page)
    desk.run('UPDATE "Expert" SET "isActive" = false')
    expect(page).to_have_url(re.compile(r"/login\?next="))
    sign_in(page)
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_screen_that_crashes_apologises_with_a_reference_that_the_log_knows(desk: Desk, page: Page) -> None:
    come_in(page, "/queue")
    desk.run("ALTER TABLE desk.claim RENAME TO gone")
    try:
        page.goto("/queue")
        apology = page.get_by_text("Something went wrong on our side")
        expect(apology).to_be_visible()
        found = re.search(r"Reference: ([0-9A-F]{8})", apology.inner_text())
        assert found is not None
        assert "claim" not in page.locator("[data-testid=stMain]").inner_text()
    finally:
        desk.run("ALTER TABLE desk.gone RENAME TO claim")
    crashes = [json.loads(line) for line in desk.log.read_text().splitlines() if found[1] in line]
    assert len(crashes) == 1
    assert "desk.claim" in crashes[0]["exception"]


def test_nothing_secret_was_written_to_the_log(desk: Desk, page: Page, context: BrowserContext) -> None:
    come_in(page)
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "lumira_session")
    page.goto("/files/a-secret-token")
    written = desk.log.read_text()
    for secret in (token, PASSWORD, EMAIL, "a-secret-token", "0123456789abcdef0123456789abcdef"):
        assert secret not in written
    for line in written.splitlines():
        assert json.loads(line)["level"] in {"debug", "info", "warning", "error"}


def test_an_address_claimed_by_somebody_who_is_no_proxy_of_ours_is_not_believed(desk: Desk, page: Page) -> None:
    page.set_extra_http_headers({"x-forwarded-for": "198.51.100.9", "x-forwarded-proto": "https"})
    page.goto("/login")
    sign_in(page, "wrong password")
    expect(page.get_by_role("alert")).to_be_visible()
    with desk.database.reading() as session:
        assert session.scalars(select(SignInAttempt.address)).all() == ["127.0.0.1"]


def test_the_server_stops_within_three_seconds_while_people_are_connected(desk: Desk, page: Page) -> None:
    come_in(page)
    assert httpx.get(f"{desk.url}/healthz").status_code == 200
    started = time.monotonic()
    desk.process.send_signal(signal.SIGTERM)
    desk.process.wait(timeout=20)
    assert time.monotonic() - started < 3
