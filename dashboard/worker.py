"""The worker: sends what is due, asks the generator, and sweeps up what a kill left behind.

procrastinate runs the jobs; a loop of ours beside it looks every few seconds for work that no job will
do any more. Ending the worker at any moment loses nothing: every task can be run again.
"""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import procrastinate
import psycopg
from procrastinate.exceptions import ConnectorException, UniqueViolation
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import SQLAlchemyError

from dashboard.gateways.generator import Generator, make_generator
from dashboard.gateways.mail import Mailer, make_mailer
from dashboard.gateways.storage import Storage, make_storage
from dashboard.gateways.stripe import Stripe, make_stripe
from dashboard.settings import Settings, get_settings
from dashboard.web.logs import JsonLines, Redactor, secrets_of
from dashboard.workflows import staff_mails
from dashboard.workflows.deliver import deliver
from dashboard.workflows.events import retry_due
from dashboard.workflows.produce import send_request
from dashboard.workflows.reconcile import start_nightly
from dashboard.workflows.refund_notices import tell_client
from dashboard.workflows.refunds import give_back
from dashboard.workflows.tasks import run_task
from dashboard.workflows.work import Tools
from lumira_db.clock import utcnow
from lumira_db.commands import client_summaries, refunds, rollups, tasks
from lumira_db.commands.housekeeping import purge_sessions, purge_sign_in_attempts
from lumira_db.commands.production import schedule
from lumira_db.commands.refund_following import NOTICE_TASK
from lumira_db.commands.staff_mails import TASK as STAFF_TASK
from lumira_db.commands.staff_mails import purge_mails
from lumira_db.commands.tasks import TASK
from lumira_db.engine import Database, parse_url
from lumira_db.payment_facts import Mode
from lumira_db.queries.outbox import (
    list_due_deliveries,
    list_due_notices,
    list_due_refunds,
    list_due_staff_mails,
    list_lost_requests,
)
from lumira_db.queries.tasks import list_lost_tasks

logger = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=3)
SILENCE = timedelta(seconds=12)
"""A worker that has given no sign of life for so long is dead: /readyz says so, its jobs are taken over."""
LOOK_AROUND = 2.0
"""Seconds between two looks for work left behind."""
KEEP_UP = 1.0
"""Seconds between two looks for what the platform wrote."""
GRACE = timedelta(seconds=3)
"""How long a due delivery is left to its own job before the sweep takes it."""
STOP_WITHIN = 2.5
"""Seconds from the signal to the end, whatever is going on."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the tasks work with."""

    settings: Settings
    database: Database
    storage: Storage
    mailer: Mailer
    generator: Generator
    stripe: Stripe


class DeskConnector(procrastinate.PsycopgConnector):  # type: ignore[misc, unused-ignore]
    """Finds procrastinate's tables in ``desk`` through a search path that ends with each transaction.

    A session's search path would, behind a transaction pooler, reach the platform's connections too.
    """

    @contextlib.asynccontextmanager
    async def _get_cursor(self, connection: Any = None) -> AsyncIterator[Any]:
        async with super()._get_cursor(connection) as cursor:
            await cursor.execute("SET LOCAL search_path TO desk, public")
            yield cursor


def make_services(settings: Settings) -> Services:
    """The real ones, as the settings say; nothing is connected yet."""
    database = Database(
        settings.database_url.get_secret_value(), pool_size=settings.database_pool, application_name="lumira-worker"
    )
    return Services(
        settings,
        database,
        make_storage(settings),
        make_mailer(settings),
        make_generator(settings),
        make_stripe(settings),
    )


def make_app(services: Services) -> procrastinate.App:
    """The tasks, over ``services``."""
    app = procrastinate.App(connector=_connector(services.settings))
    database = services.database

    @app.task(name="lumira.deliver")
    def _deliver(delivery_id: str) -> None:
        _send(services, UUID(delivery_id))

    @app.task(name="lumira.generate")
    def _generate(generation_id: str, attempt: int = 1) -> None:
        send_request(UUID(generation_id), attempt, database=database, generator=services.generator)

    @app.task(name=refunds.TASK)
    def _refund(request_id: str) -> None:
        _give_back(services, UUID(request_id))

    @app.task(name=NOTICE_TASK)
    def _notice(request_id: str) -> None:
        _tell(services, UUID(request_id))

    @app.task(name=STAFF_TASK)
    def _staff(mail_id: str) -> None:
        _tell_staff(services, UUID(mail_id))

    @app.task(name=TASK)
    def _task(task_id: str) -> None:
        run_task(UUID(task_id), Tools(database, services.storage, services.settings, services.stripe))

    _add_periodic(app, services)
    return app


def _add_periodic(app: procrastinate.App, services: Services) -> None:
    """The tasks that come by the clock."""
    database = services.database

    @app.periodic(cron="* * * * *")
    @app.task(name="lumira.sweep", queueing_lock="lumira.sweep")
    async def _sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate names it
        await retry_stalled(app)
        await asyncio.to_thread(sweep, services)

    @app.periodic(cron="* * * * *")
    @app.task(name="lumira.digests", queueing_lock="lumira.digests")
    async def _digests(timestamp: int) -> None:  # noqa: ARG001 - likewise
        await asyncio.to_thread(staff_mails.plan, database, services.settings)

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="lumira.watch", queueing_lock="lumira.watch")
    async def _watch(timestamp: int) -> None:  # noqa: ARG001 - likewise
        await asyncio.to_thread(staff_mails.watch, database, services.settings)

    @app.periodic(cron="40 1 * * *")
    @app.task(name="lumira.reconcile", queueing_lock="lumira.reconcile")
    async def _reconcile(timestamp: int) -> None:  # noqa: ARG001 - likewise
        if services.stripe.mode is not Mode.NONE:
            await asyncio.to_thread(start_nightly, database)

    @app.periodic(cron="17 * * * *")
    @app.task(name="lumira.housekeeping", queueing_lock="lumira.housekeeping")
    async def _housekeeping(timestamp: int) -> None:  # noqa: ARG001 - likewise
        await app.job_manager.delete_old_jobs(
            nb_hours=24 * 30, include_failed=True, include_cancelled=True, include_aborted=True
        )
        await asyncio.to_thread(_purge, database)


def sweep(services: Services) -> int:
    """Do what is due and nobody does; how many things there were.

    Deliveries, refunds, the mails about them and those to staff are done here, requests and tasks get a job again,
    Stripe's events another try.
    """
    now = utcnow()
    with services.database.reading() as session:
        due = list_due_deliveries(session, now - GRACE)
        money = list_due_refunds(session, now - GRACE)
        notices = list_due_notices(session, now - GRACE)
        mails = list_due_staff_mails(session, now - GRACE)
        lost = list_lost_requests(session, now, SILENCE)
        stuck = list_lost_tasks(session, now - SILENCE)
    _each(due, partial(_send, services))
    _each(money, partial(_give_back, services))
    _each(notices, partial(_tell, services))
    _each(mails, partial(_tell_staff, services))
    if lost or stuck:
        with services.database.writing() as session:
            for request in lost:
                schedule(session, request.generation_id, request.attempts + 1)
            for task_id in stuck:
                tasks.schedule(session, task_id)
    found = (due, money, notices, mails, lost, stuck)
    return sum(len(one) for one in found) + retry_due(services.database)


def _each(ids: Iterable[UUID], act: Callable[[UUID], object]) -> None:
    for one in ids:
        try:
            act(one)
        except SQLAlchemyError:
            raise
        except Exception:
            # It is tried again later; the others must not wait for it.
            logger.exception("work left behind crashed", extra={"id": str(one)})


async def retry_stalled(app: procrastinate.App) -> None:
    """Queue again the jobs of workers that died."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE.total_seconds()):
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            # The same work is queued already; this job has nothing left to do.
            await app.job_manager.finish_job(job, procrastinate.jobs.Status.ABORTED, delete_job=True)


def run() -> None:
    """Work until SIGTERM or SIGINT; a database that is away for a while is waited for."""
    settings = get_settings()
    _log_to_stderr(settings)
    logger.info("worker starts")
    asyncio.run(_until_stopped(make_services(settings)))
    logger.info("worker stopped")


def _log_to_stderr(settings: Settings) -> None:
    """JSON lines, as the server writes them, without loading what only the server needs."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(Redactor(secrets_of(settings))))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for noisy in ("procrastinate", "botocore", "boto3", "urllib3", "httpx", "httpcore", "stripe"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


async def _until_stopped(services: Services) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _ask_to_stop, stop)
    while not stop.is_set():
        try:
            await _work(services, stop)
        except (ConnectorException, PoolTimeout, psycopg.Error, SQLAlchemyError) as problem:
            logger.warning("database away", extra={"problem": type(problem).__name__})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), timeout=1)


def _ask_to_stop(stop: asyncio.Event) -> None:
    stop.set()
    # A thread that waits for a mail server cannot be interrupted, and need not be: the next start resumes
    # what it was doing. So the process ends in time, finished or not.
    deadline = threading.Timer(STOP_WITHIN, _end_now)
    deadline.daemon = True
    deadline.start()


def _end_now() -> None:
    logger.info("worker stopped in the middle of its work")
    os._exit(0)


async def _work(services: Services, stop: asyncio.Event) -> None:
    """Run procrastinate's worker and our own loop until one of them ends or ``stop`` is set."""
    async with make_app(services).open_async() as app:
        await retry_stalled(app)
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=_concurrency(services.database),
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=HEARTBEAT.total_seconds(),
                stalled_worker_timeout=SILENCE.total_seconds(),
                shutdown_graceful_timeout=STOP_WITHIN - 0.5,
                listen_notify=not _pooled(services.settings),
                install_signal_handlers=False,
                delete_jobs="successful",
            )
        )
        looking = asyncio.create_task(_look_around(services))
        keeping_up = asyncio.create_task(_keep_up(services.database, services.settings.timezone))
        stopping = asyncio.create_task(stop.wait())
        tasks = (worker, looking, keeping_up, stopping)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


async def _look_around(services: Services) -> None:
    while True:
        await asyncio.to_thread(sweep, services)
        await asyncio.sleep(LOOK_AROUND)


async def _keep_up(database: Database, zone: str) -> None:
    # Once in the life of a database, and when its business days become those of another zone.
    await asyncio.to_thread(build_rollups, database, zone)
    while True:
        noted = await asyncio.to_thread(keep_up, database)
        await asyncio.sleep(0 if noted >= client_summaries.CHUNK else KEEP_UP)


def build_rollups(database: Database, zone: str) -> None:
    """Count everything that the figures need, if it never was, or by the days of another zone."""
    with database.writing() as session:
        if rollups.is_due(session, zone):
            rollups.rebuild(session, zone)


def keep_up(database: Database) -> int:
    """Work out what the platform wrote about clients since the last time; how many changes that were."""
    with database.writing() as session:
        return client_summaries.drain(session)


def _send(services: Services, delivery_id: UUID) -> None:
    deliver(
        delivery_id,
        database=services.database,
        storage=services.storage,
        mailer=services.mailer,
        settings=services.settings,
    )


def _give_back(services: Services, request_id: UUID) -> None:
    give_back(request_id, database=services.database, stripe=services.stripe)


def _tell(services: Services, request_id: UUID) -> None:
    tell_client(request_id, database=services.database, mailer=services.mailer, settings=services.settings)


def _tell_staff(services: Services, mail_id: UUID) -> None:
    staff_mails.tell_staff(mail_id, database=services.database, mailer=services.mailer, settings=services.settings)


def _purge(database: Database) -> None:
    with database.writing() as session:
        purge_sign_in_attempts(session, utcnow())
        purge_sessions(session, utcnow())
        purge_mails(session, utcnow())


def _connector(settings: Settings) -> DeskConnector:
    address, _ = parse_url(settings.database_url.get_secret_value())
    conninfo = address.set(drivername="postgresql").render_as_string(hide_password=False)
    kwargs: dict[str, Any] = {"application_name": "lumira-worker"}
    if _pooled(settings):
        kwargs["prepare_threshold"] = None
    return DeskConnector(conninfo=conninfo, kwargs=kwargs, min_size=1, max_size=4, timeout=5)


def _pooled(settings: Settings) -> bool:
    """Behind a transaction pooler nothing is prepared, and no notification arrives: polling does it all."""
    return parse_url(settings.database_url.get_secret_value())[1].get("pgbouncer") == "true"


def _concurrency(database: Database) -> int:
    """Jobs at a time: each needs two connections, its guard's and its work's, and the sweep needs two."""
    size: int = getattr(database.engine.pool, "size", lambda: 2)()
    return max(1, min(4, size // 2 - 1))
