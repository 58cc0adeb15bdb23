"""Health and figures: what is down is said within seconds, and figures are not for everybody."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from dashboard.gateways.storage import StorageUnavailable
from dashboard.migrate import revisions
from dashboard.web import health as health_module
from dashboard.web.health import Health
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from tests.factories import make_order
from tests.guarded import copied_database, empty, running


@dataclass
class Bucket:
    """The part of a storage that is asked whether it is there."""

    away: bool = False
    hangs: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.hangs.set()

    def ping(self) -> None:
        self.hangs.wait(20)
        if self.away:
            raise StorageUnavailable("The storage cannot be reached")


@dataclass
class Desk:
    """Served health routes."""

    browser: httpx.Client
    bucket: Bucket
    database: Database

    def ready(self) -> tuple[int, dict[str, str]]:
        answer = self.browser.get("/readyz")
        parts = {name: part["state"] for name, part in answer.json().items() if name != "status"}
        return answer.status_code, parts


@pytest.fixture(scope="module")
def database(postgres_url: str, template_database: str) -> Iterator[Database]:
    """One database for all tests of this file."""
    with copied_database(postgres_url, template_database) as made:
        yield made


@pytest.fixture
def desk(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(health_module, "_KEEP", -1.0)
    empty(database)
    with database.writing() as session:
        session.execute(text("UPDATE desk.alembic_version SET version_num = :head"), {"head": revisions()[-1]})
    bucket = Bucket()
    health = Health(lambda: database, bucket, "the token of the metrics")  # type: ignore[arg-type]
    beat(database)
    browser = httpx.Client(verify=False)
    with running(Starlette(routes=health.routes()), forwarded_allow_ips="127.0.0.1") as address, browser:
        browser.base_url = httpx.URL(f"http://{address}")
        yield Desk(browser, bucket, database)
        bucket.hangs.set()


def beat(database: Database, ago: str = "0 seconds") -> None:
    with database.writing() as session:
        session.execute(text("DELETE FROM desk.procrastinate_workers"))
        session.execute(
            text("INSERT INTO desk.procrastinate_workers (last_heartbeat) VALUES (now() - CAST(:ago AS interval))"),
            {"ago": ago},
        )


def test_a_process_that_answers_is_healthy(desk: Desk) -> None:
    assert desk.browser.get("/healthz").json() == {"status": "ok"}


def test_with_every_part_up_the_desk_is_ready(desk: Desk) -> None:
    assert desk.ready() == (200, {"database": "up", "storage": "up", "worker": "up"})


def test_a_storage_that_is_away_is_named(desk: Desk) -> None:
    desk.bucket.away = True
    assert desk.ready() == (503, {"database": "up", "storage": "unreachable", "worker": "up"})


def test_a_part_that_hangs_counts_as_down_in_bounded_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_module, "PATIENCE", 1.5)
    desk.bucket.hangs.clear()
    started = time.monotonic()
    assert desk.ready() == (503, {"database": "up", "storage": "no answer", "worker": "up"})
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("ago", ["1 minute", "1 hour"])
def test_a_worker_that_gave_no_sign_of_life_for_long_is_silent(desk: Desk, ago: str) -> None:
    beat(desk.database, ago)
    assert desk.ready() == (503, {"database": "up", "storage": "up", "worker": "silent"})


def test_without_any_worker_the_desk_is_not_ready(desk: Desk) -> None:
    with desk.database.writing() as session:
        session.execute(text("DELETE FROM desk.procrastinate_workers"))
    assert desk.ready()[0] == 503


def test_a_database_that_is_not_migrated_is_not_ready(desk: Desk) -> None:
    with desk.database.writing() as session:
        session.execute(text("UPDATE desk.alembic_version SET version_num = :old"), {"old": revisions()[0]})
    assert desk.ready() == (503, {"database": "not migrated", "storage": "up", "worker": "up"})


def test_a_database_that_is_away_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Database("postgresql://nobody@127.0.0.1:9/none")
    monkeypatch.setattr(desk.database, "reading", nobody.reading)
    assert desk.ready() == (503, {"database": "unreachable", "storage": "up", "worker": "unknown"})


def test_figures_are_for_this_machine_or_for_who_knows_the_token(desk: Desk) -> None:
    assert desk.browser.get("/metrics").status_code == 200
    assert desk.browser.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 403
    # A proxy that runs on this machine is not this machine asking.
    assert desk.browser.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 403
    known = {"x-forwarded-for": "192.0.2.1", "authorization": "Bearer the token of the metrics"}
    assert desk.browser.get("/metrics", headers=known).status_code == 200
    for wrong in ("Bearer x", "Bearer", "the token", ""):
        assert desk.browser.get("/metrics", headers={**known, "authorization": wrong}).status_code == 403


def test_without_a_configured_token_no_token_fits(database: Database) -> None:
    health = Health(lambda: database, Bucket())  # type: ignore[arg-type]
    with running(Starlette(routes=health.routes()), forwarded_allow_ips="127.0.0.1") as address:
        headers = {"x-forwarded-for": "192.0.2.1", "authorization": "Bearer"}
        assert httpx.get(f"http://{address}/metrics", headers=headers).status_code == 403


def test_the_figures_say_how_long_the_queue_is(desk: Desk) -> None:
    with desk.database.writing() as session:
        for status in (OrderStatus.PAID, OrderStatus.PAID, OrderStatus.AWAITING_VALIDATION, OrderStatus.PENDING):
            make_order(session, status=status)
    text_ = desk.browser.get("/metrics").text
    assert 'lumira_queue_orders{status="PAID"} 2.0' in text_
    assert 'lumira_queue_orders{status="AWAITING_VALIDATION"} 1.0' in text_
    assert "PENDING" not in text_
    assert 'lumira_deliveries{state="FAILED"} 0.0' in text_
    for name in ("lumira_websocket_sessions", "lumira_script_errors_total", "process_resident_memory_bytes"):
        assert f"\n{name}" in text_


def test_figures_are_given_without_a_database_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Database("postgresql://nobody@127.0.0.1:9/none")
    monkeypatch.setattr(desk.database, "reading", nobody.reading)
    answer = desk.browser.get("/metrics")
    assert answer.status_code == 200
    assert "lumira_websocket_sessions" in answer.text
