"""The worker as a process: it works, is killed, is stopped, and loses nothing."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.orm import undefer
from starlette.applications import Starlette

from dashboard import hooks
from dashboard.embedded.generator_part import GeneratorServer
from dashboard.embedded.home import free_port
from dashboard.embedded.mail import Keeper
from dashboard.embedded.supervisor import Supervisor
from dashboard.settings import Settings
from dashboard.worker import SILENCE, STOP_WITHIN, make_services, retry_stalled, sweep
from dashboard.worker import make_app as make_tasks
from lumira_db.clock import utcnow
from lumira_db.commands.production import start_production
from lumira_db.enums import OrderStatus
from lumira_db.models import DeliveryState, Generation, GenerationState, Order
from lumira_db.queries.outbox import find_worker_pulse
from lumira_db.reading import parse
from tests.embedded.serving import serving
from tests.factories import actor, make_order
from tests.integration.peers import Desk, until

PATIENCE = STOP_WITHIN + 2
"""Seconds that a worker may take to end, with a margin for a busy machine; a mail server may take twenty."""

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(desk: Desk, tmp_path: Path) -> Iterator[Start]:
    """Starts workers, each a process; all are gone at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def run(**environment: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / f"worker-{len(running)}.log").open("wb") as log:
            command = [sys.executable, "-c", "from dashboard.worker import run; run()"]
            process = subprocess.Popen(command, env=desk.environment(**environment), stderr=log, stdout=log)
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.wait()


def sent(desk: Desk, *deliveries: UUID) -> bool:
    return all(desk.delivery(each).state == DeliveryState.SENT for each in deliveries)


def alive(desk: Desk) -> bool:
    with desk.database.reading() as session:
        return find_worker_pulse(session) is not None


class Holding(Keeper):
    """Keeps the first mail at once and says so only when it is allowed to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.reached, self.released = threading.Event(), threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if not self.reached.is_set():
            self.reached.set()
            await asyncio.to_thread(self.released.wait, 60)
        return answer


@contextmanager
def holding(desk: Desk) -> Iterator[tuple[Holding, dict[str, str]]]:
    """An SMTP server into the Desk's mailbox that leaves the first sender waiting; and how to reach it."""
    keeper, port = Holding(desk.mailbox.folder), free_port()
    controller = Controller(keeper, "127.0.0.1", port, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield keeper, {"LUMIRA_SMTP_PORT": str(port)}
    finally:
        keeper.released.set()
        controller.stop()


def test_it_sends_what_is_approved_and_stops_when_told(desk: Desk, start: Start) -> None:
    worker = start()
    until(lambda: alive(desk))
    delivery_id = desk.approve()
    until(lambda: sent(desk, delivery_id))
    assert len(desk.submissions()) == 1

    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0
    assert time.monotonic() - began < PATIENCE
    assert not alive(desk)
    assert queued(desk) == []


def test_killed_while_sending_and_started_again_it_is_one_mail(desk: Desk, start: Start) -> None:
    with holding(desk) as (server, where):
        worker = start(**where)
        delivery_id = desk.approve()
        assert server.reached.wait(90)
        assert desk.delivery(delivery_id).state == DeliveryState.SENDING
        worker.kill()
        worker.wait()
        start(**where)
        until(lambda: sent(desk, delivery_id))
    assert len(desk.mails()) == 1
    assert [each.repeated for each in desk.submissions()] == [False, True]
    assert len(desk.objects(delivery_id)) == 1


def test_told_to_stop_while_a_mail_server_dawdles_it_ends_in_time_and_resumes(desk: Desk, start: Start) -> None:
    with holding(desk) as (server, where):
        worker = start(**where)
        delivery_id = desk.approve()
        assert server.reached.wait(90)
        began = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
        assert time.monotonic() - began < PATIENCE
        start(**where)
        until(lambda: sent(desk, delivery_id))
    assert len(desk.mails()) == 1


def test_two_workers_share_the_work_and_send_everything_once(desk: Desk, start: Start) -> None:
    deliveries = [desk.approve() for _ in range(8)]
    start()
    start()
    until(lambda: sent(desk, *deliveries))
    assert len(desk.submissions()) == len(desk.mails()) == 8


def test_a_database_that_was_away_is_found_again(desk: Desk, start: Start) -> None:
    start()
    until(lambda: alive(desk))
    with desk.database.writing() as session:
        session.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lumira-worker'")
        )
    delivery_id = desk.approve()
    until(lambda: sent(desk, delivery_id))
    assert len(desk.submissions()) == 1


def test_an_address_for_a_transaction_pooler_will_do(desk: Desk, start: Start) -> None:
    start(DATABASE_URL=f"{desk.url}?schema=public&connection_limit=2&pgbouncer=true")
    delivery_id = desk.approve()
    until(lambda: sent(desk, delivery_id))
    with desk.database.reading() as session:
        search_paths = session.execute(text("SELECT setconfig FROM pg_db_role_setting")).all()
    assert search_paths == []


def test_the_loop_with_the_generator_closes(
    desk: Desk, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started by an expert, asked for by the worker, written by the demo's generator, taken by the hook."""
    generator = GeneratorServer(free_port(), tmp_path / "generator", "secret of the tests", delay=0)
    secrets = Settings(generator_secret=SecretStr(f"{generator.secret},an older one"))
    monkeypatch.setattr(hooks, "database", lambda: desk.database)
    monkeypatch.setattr(hooks, "get_settings", lambda: secrets)
    with (
        serving(Starlette(routes=hooks.routes())) as answers,
        Supervisor(tmp_path / "run", tmp_path / "log") as supervisor,
    ):
        supervisor.start(generator.part())
        start(
            LUMIRA_GENERATOR_URL=generator.url,
            LUMIRA_GENERATOR_SECRET=secrets.generator_secret.get_secret_value(),
            LUMIRA_PUBLIC_URL=str(answers.base_url),
        )
        request_id = produce(desk)
        until(lambda: request(desk, request_id).state == GenerationState.DONE)
    with desk.database.reading() as session:
        order = session.scalars(select(Order).options(undefer(Order.generated_content))).one()
    assert order.status is OrderStatus.AWAITING_VALIDATION
    assert parse(order.generated_content).has_content
    assert request(desk, request_id).attempts == 1


def test_work_that_lost_its_job_is_done_all_the_same(desk: Desk) -> None:
    delivery_id, request_id = desk.approve(), produce(desk)
    with desk.database.writing() as session:
        session.execute(text("DELETE FROM desk.procrastinate_jobs"))
        session.execute(text("UPDATE desk.generation SET requested_at = now() - interval '1 minute'"))
        session.execute(text("UPDATE desk.delivery SET due_at = now() - interval '1 minute'"))
    services = make_services(desk.settings)
    services = replace(services, database=desk.database, storage=desk.storage, mailer=desk.mailer)
    assert sweep(services) == 2
    assert sent(desk, delivery_id)
    assert queued(desk) == [("lumira.generate", {"generation_id": str(request_id), "attempt": 1})]
    assert sweep(services) == 0


def test_jobs_of_a_dead_worker_are_queued_again_unless_they_are_already(desk: Desk) -> None:
    produce(desk)
    key = "generation:x"
    with desk.database.writing() as session:
        dead = session.scalar(
            text("INSERT INTO desk.procrastinate_workers (last_heartbeat) VALUES (now() - :silence * 2) RETURNING id"),
            {"silence": SILENCE},
        )
        session.execute(text("UPDATE desk.procrastinate_jobs SET status = 'doing', worker_id = :dead"), {"dead": dead})
        for status in ("doing", "todo"):
            session.execute(
                text(
                    "INSERT INTO desk.procrastinate_jobs (queue_name, task_name, queueing_lock, status, worker_id)"
                    " VALUES ('default', 'lumira.generate', :key, CAST(:status AS desk.procrastinate_job_status),"
                    " :dead)"
                ),
                {"key": key, "status": status, "dead": dead if status == "doing" else None},
            )

    async def retry() -> None:
        async with make_tasks(make_services(desk.settings)).open_async() as app:
            await retry_stalled(app)

    asyncio.run(retry())
    assert len(queued(desk)) == 2
    with desk.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM desk.procrastinate_jobs WHERE status <> 'todo'")) == 0


def produce(desk: Desk) -> UUID:
    with desk.database.writing() as session:
        order = make_order(session, status=OrderStatus.PAID)
        return start_production(session, actor(), order.id, seen=None)


def request(desk: Desk, request_id: UUID) -> Generation:
    with desk.database.reading() as session:
        return session.get_one(Generation, request_id)


def queued(desk: Desk) -> list[Any]:
    with desk.database.reading() as session:
        found = session.execute(
            text(
                "SELECT task_name, args FROM desk.procrastinate_jobs"
                " WHERE status = 'todo' AND task_name IN ('lumira.deliver', 'lumira.generate') ORDER BY id"
            )
        )
        return [tuple(row) for row in found]


def test_a_pulse_older_than_the_silence_is_no_sign_of_life(desk: Desk, start: Start) -> None:
    start()
    until(lambda: alive(desk))
    with desk.database.reading() as session:
        pulse = find_worker_pulse(session)
    assert pulse is not None
    assert utcnow() - pulse < SILENCE
