"""The whole Desk on one machine: starts the parts, has the database prepared, serves until it is told to stop.

What belongs to the Desk itself is handed in by the command line, so that nothing here knows it:

- ``prepare(endpoints, steps)`` migrates, seeds where the database is empty, makes one account per role, and returns
  the accounts. It runs in this process, whose environment already names the parts: ``get_settings()`` is right.
- ``meanwhile()`` is called while the parts start: the place for imports that take their time.
- ``lumira`` is the command that ``serve`` and ``worker`` are given to.
"""

import hashlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from dashboard.embedded.generator_part import home_generator
from dashboard.embedded.home import LOOPBACK, Home, port_is_free, write_private
from dashboard.embedded.mail import home_mailbox
from dashboard.embedded.probes import http_answers
from dashboard.embedded.s3 import REGION, home_storage
from dashboard.embedded.steps import Steps
from dashboard.embedded.stripe_part import home_stripe
from dashboard.embedded.supervisor import Event, Part, Supervisor, nothing

LUMIRA = (sys.executable, "-c", "from dashboard.cli import main; main()")
DEFAULT_PORT = 8501
_PREPARED = "prepared"
_LEANS_ON = ("postgres", "s3", "mail")
_ROOT = Path(__file__).parents[2]
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Of the person's own environment, what would lead a part to another peer than the demo's.
_FOREIGN = (
    "AWS_",
    "STRIPE_",
    "LUMIRA_SMTP_",
    "LUMIRA_STRIPE_",
    "DATABASE_URL",
    "LUMIRA_DATABASE_URL",
    "LUMIRA_READ_DATABASE_URL",
)


class PortTaken(Exception):
    """The port that was asked for is in use."""


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in to the demo."""

    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Endpoints:
    """Where the parts of one demo are, and the secrets that open them."""

    home: Home
    web_port: int
    database_url: str
    s3_url: str
    s3_bucket: str
    s3_access_key: str
    s3_secret_key: str
    smtp_port: int
    mailbox_dir: Path
    generator_url: str
    generator_secret: str
    stripe_url: str
    stripe_key: str
    stripe_webhook_secret: str
    secret_key: str

    @property
    def url(self) -> str:
        """The Desk's own address."""
        return f"http://{LOOPBACK}:{self.web_port}"

    def environment(self) -> dict[str, str]:
        """The same as the settings' environment variables."""
        return {
            "DATABASE_URL": self.database_url,
            "AWS_ACCESS_KEY_ID": self.s3_access_key,
            "AWS_SECRET_ACCESS_KEY": self.s3_secret_key,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.s3_url,
            "LUMIRA_S3_BUCKET": self.s3_bucket,
            "LUMIRA_SMTP_HOST": LOOPBACK,
            "LUMIRA_SMTP_PORT": str(self.smtp_port),
            "LUMIRA_SMTP_TLS": "none",
            "LUMIRA_MAILBOX_DIR": str(self.mailbox_dir),
            "LUMIRA_GENERATOR_URL": self.generator_url,
            "LUMIRA_GENERATOR_SECRET": self.generator_secret,
            "LUMIRA_STRIPE_API_BASE": self.stripe_url,
            "STRIPE_API_KEY": self.stripe_key,
            "STRIPE_WEBHOOK_SECRET": self.stripe_webhook_secret,
            "LUMIRA_SECRET_KEY": self.secret_key,
            "LUMIRA_PUBLIC_URL": self.url,
            "LUMIRA_HOST": LOOPBACK,
            "LUMIRA_PORT": str(self.web_port),
            # One visitor needs no second, and the start is what they wait for.
            "LUMIRA_PROCESSES": "1",
            "LUMIRA_HOME": str(self.home.root),
            "LUMIRA_DEMO": "true",
            "NO_PROXY": f"{LOOPBACK},localhost",
            "no_proxy": f"{LOOPBACK},localhost",
        }


Prepare = Callable[[Endpoints, Steps], Sequence[Account]]


def run(
    home: Path,
    *,
    prepare: Prepare,
    meanwhile: Callable[[], None] = nothing,
    port: int | None = None,
    pg_bin: Path | None = None,
    lumira: Sequence[str] = LUMIRA,
    console: Console | None = None,
) -> None:
    """Run the demo kept in ``home`` until Ctrl-C, SIGTERM or SIGHUP; everything is stopped when this returns.

    ``port`` is the Desk's; without one (or 0), the one it had before while that is free. Raises HomeBusy, PortTaken,
    PartFailed, PostgresUnavailable, StorageUnavailable; their texts are fit to show.
    """
    shown, place = console or Console(), Home.at(home)
    with place.alone(), _asked_to_stop() as asked:
        (place.root / "demo.json").unlink(missing_ok=True)
        try:
            _run(_Wanted(place, prepare, meanwhile, port, pg_bin, lumira, shown, asked))
        except KeyboardInterrupt:
            shown.print("Stopped.")


@dataclass(frozen=True)
class _Wanted:
    """What ``run`` was asked for."""

    home: Home
    prepare: Prepare
    meanwhile: Callable[[], None]
    port: int | None
    pg_bin: Path | None
    lumira: Sequence[str]
    console: Console
    asked: threading.Event


def _run(wanted: _Wanted) -> None:
    home, console = wanted.home, wanted.console
    prepared = _was_prepared(home)
    with Supervisor(home.run_dir, home.log_dir, _reporter(console, home, wanted.asked)) as supervisor:
        with Steps(console) as steps:
            with steps.step("Starting PostgreSQL, storage and mail"):
                endpoints = _start_parts(supervisor, wanted, with_desk=prepared)
            accounts = wanted.prepare(endpoints, steps)
            with steps.step("Starting the Desk"):
                if not prepared:
                    supervisor.launch(_server(endpoints, wanted.lumira))
                    _mark_prepared(home)
                supervisor.wait_ready("server")
            # Nobody has to wait for these, and they would take the processor from what somebody waits for.
            stripe = home_stripe(home).part(f"{endpoints.url}/webhooks/stripe")
            supervisor.launch(_worker(wanted.lumira), home_generator(home).part(), stripe)
        announce(endpoints, accounts, console)
        supervisor.wait_ready("generator", "stripe")
        wanted.asked.wait()
        raise KeyboardInterrupt


def _start_parts(supervisor: Supervisor, wanted: _Wanted, *, with_desk: bool) -> Endpoints:
    """Everything that the Desk leans on, side by side; and the Desk itself where its database is known to be in
    order, because loading it takes longer than all the rest."""
    home = wanted.home
    # What a killed demo left was ended by the supervisor: the address that it had is free again.
    web_port = _web_port(home, wanted.port)
    storage, mailbox, generator, stripe = (
        home_storage(home),
        home_mailbox(home),
        home_generator(home),
        home_stripe(home),
    )
    supervisor.launch(storage.part(), mailbox.part())
    from dashboard.embedded.postgres import home_postgres  # its imports take their time while the others start

    database = home_postgres(home, wanted.pg_bin)
    supervisor.launch(database.part())
    endpoints = Endpoints(
        home=home,
        web_port=web_port,
        database_url=database.url,
        s3_url=storage.url,
        s3_bucket=storage.bucket,
        s3_access_key=storage.access_key,
        s3_secret_key=storage.secret_key,
        smtp_port=mailbox.port,
        mailbox_dir=mailbox.folder,
        generator_url=generator.url,
        generator_secret=generator.secret,
        stripe_url=stripe.url,
        stripe_key=stripe.key,
        stripe_webhook_secret=stripe.webhook_secret,
        secret_key=home.secret("secret_key"),
    )
    _point_environment(endpoints)
    if with_desk:
        supervisor.launch(_server(endpoints, wanted.lumira, copes=True))
    wanted.meanwhile()
    supervisor.wait_ready("postgres")
    database.create_database()
    supervisor.wait_ready("s3", "mail")
    return endpoints


def _was_prepared(home: Home) -> bool:
    """Whether an earlier start of this very version left a database in order."""
    mark = home.root / _PREPARED
    return mark.exists() and mark.read_text() == _version()


def _mark_prepared(home: Home) -> None:
    (home.root / _PREPARED).write_text(_version())


def _version() -> str:
    """What tells one state of the migrations from another, without loading what runs them."""
    parts = [f"{path.name} {path.stat().st_size}" for path in sorted((_ROOT / "migrations" / "versions").glob("*.py"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _point_environment(endpoints: Endpoints) -> None:
    """Make this process, and those it starts from now on, find the demo's parts and no others."""
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        del os.environ[name]
    os.environ.update(endpoints.environment())


def _server(endpoints: Endpoints, lumira: Sequence[str], *, copes: bool = False) -> Part:
    def answers() -> bool:
        return http_answers(endpoints.web_port, "/healthz")

    return Part("server", [*lumira, "serve"], ready=answers, cwd=_ROOT, needs=_LEANS_ON, copes=copes)


def _worker(lumira: Sequence[str]) -> Part:
    return Part("worker", [*lumira, "worker"], cwd=_ROOT, needs=_LEANS_ON)


def announce(endpoints: Endpoints, accounts: Sequence[Account], console: Console) -> None:
    """Print where the Desk is and who may sign in, and keep it in ``demo.json``."""
    kept = {
        "url": endpoints.url,
        "database_url": endpoints.database_url,
        "accounts": [asdict(account) for account in accounts],
    }
    write_private(endpoints.home.root / "demo.json", kept)
    lines = [
        f"\nLumira Desk is ready at {endpoints.url}\n",
        *(f"  {account.role:8}  {account.email:32}  {account.password}" for account in accounts),
        f"\nMails it sends are shown at {endpoints.url}/mailbox. Ctrl-C stops everything; the data stays.\n",
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _reporter(console: Console, home: Home, asked: threading.Event) -> Callable[[Event], None]:
    def report(event: Event) -> None:
        if event.kind == "died" and not asked.is_set():
            log = home.log_dir / f"{event.part}.log"
            console.print(f"{event.part} ended ({event.detail}) and is started again. Its log: {log}", markup=False)
        elif event.kind == "ended a leftover":
            console.print(f"{event.part}: still ran from a demo that was killed; ended.", markup=False)

    return report


def _web_port(home: Home, port: int | None) -> int:
    if not port:
        return home.port("web", preferred=DEFAULT_PORT)
    if not port_is_free(port):
        raise PortTaken(f"Port {port} is in use. Choose another one with --port, or leave it out.")
    return port


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """An event that the first signal sets, while it also interrupts what is going on.

    Later signals are ignored: stopping takes seconds, and must not be interrupted half-way.
    """
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not asked.is_set():
            asked.set()
            raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup
            signal.signal(number, stop)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
