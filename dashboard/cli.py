"""The ``lumira`` command. What a command needs is imported when it runs, so that help comes at once."""

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from dashboard import cli_audit, cli_clients, cli_db, cli_privacy, cli_rollups, cli_search, cli_staff, cli_stripe
from dashboard.cli_output import INCOMPLETE, Failure, complain, fail_if_expected

app = typer.Typer(
    name="lumira",
    help="Lumira Desk, the back office of Oracle Lumira.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_db.app, name="db")
app.add_typer(cli_staff.app, name="staff")
app.add_typer(cli_audit.app, name="audit")
app.add_typer(cli_search.app, name="search")
app.add_typer(cli_clients.app, name="clients")
app.add_typer(cli_rollups.app, name="rollups")
app.add_typer(cli_privacy.app, name="privacy")
app.add_typer(cli_stripe.app, name="stripe")


@contextmanager
def _loading() -> Iterator[None]:
    """What is loaded stays: to look for cycles among it takes a fifth of the time, and finds none."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


Host = Annotated[str | None, typer.Option(envvar="LUMIRA_HOST", help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(envvar="LUMIRA_PORT", help="Port to listen on.", min=0, max=65535)]


@app.command()
def demo(
    port: Port = None,
    home: Annotated[Path | None, typer.Option(envvar="LUMIRA_HOME", help="Where the demo keeps its data.")] = None,
    pg_bin: Annotated[Path | None, typer.Option(envvar="LUMIRA_PG_BIN", help="PostgreSQL's programs to use.")] = None,
) -> None:
    """Run the whole Desk on this machine with data of its own; Ctrl-C stops it."""
    from dashboard import cli_demo

    cli_demo.run(port=port, home=home, pg_bin=pg_bin)


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    processes: Annotated[
        int | None, typer.Option(envvar="LUMIRA_PROCESSES", help="How many; 0: two where there are processors.", min=0)
    ] = None,
) -> None:
    """Serve the Desk."""
    with _loading():
        from dashboard.auth.signing import MINIMUM_SECRET
        from dashboard.cli_database import require_database
        from dashboard.processes import handed_socket, wanted
        from dashboard.settings import get_settings
        from dashboard.web.counting import count_together

    settings = get_settings()
    if len(settings.secret_key.get_secret_value()) < MINIMUM_SECRET:
        sentence = f"Set LUMIRA_SECRET_KEY to at least {MINIMUM_SECRET} characters that nobody else knows."
        raise Failure(sentence, INCOMPLETE)
    require_database()
    host, port = settings.host if host is None else host, settings.port if port is None else port
    on = handed_socket()
    count = wanted(settings.processes if processes is None else processes) if on is None else 1
    if count > 1:
        count_together()
    with _loading():
        from dashboard.server import serve as run

    run(host, port, processes=count, on=on)


@app.command()
def worker() -> None:
    """Run the worker: it sends what was approved and talks to the generator."""
    with _loading():
        from dashboard.cli_database import require_database

    require_database()
    with _loading():
        from dashboard.worker import run

    run()


@app.command()
def config() -> None:
    """Print the settings in force, where each comes from and what it does; secrets are masked."""
    from dashboard import cli_config

    cli_config.show(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command of ``arguments`` (the process's own by default) and end the process with its exit code."""
    try:
        try:
            app(args=None if arguments is None else list(arguments))
        except Exception as error:
            if isinstance(error, Failure):
                raise
            fail_if_expected(error)
    except Failure as failure:
        complain(str(failure))
        sys.exit(failure.code)
