"""The screens, run without a browser: the real entry, a real database, a real session row."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import context
from dashboard.locale import choose_language, set_language
from dashboard.settings import get_settings
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.engine import Database
from lumira_db.models import DeskSession

ENTRY = Path(__file__).parents[2] / "dashboard" / "app.py"

Open = Callable[..., AppTest]


@pytest.fixture
def desk(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The Desk's own database, as the screens find it."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LUMIRA_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for cached in (get_settings, context.database, context.reader, context.storage):
        cached.cache_clear()
    yield context.database()
    context.database().dispose()
    for cached in (get_settings, context.database, context.reader, context.storage):
        cached.cache_clear()


@pytest.fixture
def open_screen(desk: Database) -> Open:
    """Open a screen as somebody: ``open_screen("orders", who, status="PAID")``."""

    def run(name: str, who: Actor, language: str = "en-GB", **query: str) -> AppTest:
        # AppTest names the choices of a box in the test's own thread.
        set_language(choose_language(None, language))
        with desk.writing() as session:
            row = DeskSession(token_hash=uuid.uuid4().bytes, staff_id=who.id, expires_at=utcnow() + timedelta(hours=1))
            session.add(row)
            session.flush()
            session_id = str(row.id)
        screen = AppTest.from_file(str(ENTRY), default_timeout=30)
        screen.user = {"session": session_id}
        screen.context = {"locale": language}
        for key, value in query.items():
            screen.query_params[key] = value
        screen.run()
        if name != "home":
            screen.switch_page(str(ENTRY.parent.parent / "pages" / f"{name}.py")).run()
        return screen

    return run
