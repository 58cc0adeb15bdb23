"""The whole Desk as `lumira demo` starts it, in a folder of its own, and a browser in front of it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Cookie, Page, expect, sync_playwright

from dashboard.embedded.home import free_port

START_SECONDS = 180
# Two cores serve the Desk, its database and the browser: what a person would wait for is not what a test may.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Desk:
    """A running Desk: its address, its database, its folder, and who may sign in."""

    url: str
    database_url: str
    home: Path
    accounts: dict[str, tuple[str, str]]

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Look at the database as nobody's client."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []


def until(condition: object, seconds: float = 30) -> object:
    """Wait until the callable returns something true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()  # type: ignore[operator]
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("desk")
    home.chmod(0o755)
    for parent in list(home.parents)[:3]:
        parent.chmod(parent.stat().st_mode | 0o055)
    env = {**os.environ, "LUMIRA_HOME": str(home), "LUMIRA_UNDO_SECONDS": "2", "LUMIRA_PORT": str(free_port())}
    command = [sys.executable, "-c", "from dashboard.cli import main; main()", "demo"]
    log = (home / "demo.out").open("wb")
    process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        until(lambda: (home / "demo.json").exists() or process.poll() is not None, START_SECONDS)
        assert process.poll() is None, (home / "demo.out").read_text()
        found = json.loads((home / "demo.json").read_text())
        accounts = {one["role"]: (one["email"], one["password"]) for one in found["accounts"]}
        yield Desk(found["url"].rstrip("/"), found["database_url"], home, accounts)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        log.close()


_SESSIONS: dict[tuple[str, str], list[Cookie]] = {}


# Closed after each file: while Playwright is open, no other test of the process may run an event loop of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = (shutil.which(name) for name in ("chromium-headless-shell", "chromium", "chromium-browser"))
        browser = playwright.chromium.launch(executable_path=next(filter(None, found), None))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def sign_in(page: Page, desk: Desk, role: str) -> None:
    """Come in through the door, as a person does."""
    email, password = desk.accounts[role]
    page.goto(f"{desk.url}/login")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.locator("[data-testid=stMain] h1").first.wait_for()


def come_in(page: Page, desk: Desk, role: str) -> None:
    """Open the Desk as somebody who has signed in before on this computer; the door has tests of its own."""
    known = _SESSIONS.get((desk.url, role))
    if known is None:
        sign_in(page, desk, role)
        _SESSIONS[desk.url, role] = [cookie for cookie in page.context.cookies() if cookie["httpOnly"]]
        return
    page.context.add_cookies(known)  # type: ignore[arg-type]
    page.goto(desk.url)
    page.locator("[data-testid=stMain] h1").first.wait_for()
