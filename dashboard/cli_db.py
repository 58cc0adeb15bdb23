"""``lumira db``: upgrade, adopt, check and seed the database."""

from typing import Annotated

import typer

from dashboard.cli_output import NO, Failure, say, steps

app = typer.Typer(help="Prepare and check the database.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the database to the newest revision; one that is there already is left alone."""
    from dashboard import migrate
    from dashboard.cli_database import database_url

    url = database_url()
    with steps() as bar:
        changed = migrate.upgrade(url, lambda number, total, name: bar(number, total, f"Revision {name}"))
    head = migrate.revisions()[-1]
    say(f"The database is now at revision {head}." if changed else f"The database is at revision {head} already.")


@app.command()
def adopt() -> None:
    """Move into a database that the platform made: compare it, and prepare it if nothing that matters differs."""
    from dashboard import migrate
    from dashboard.cli_database import database_url

    url = database_url()
    with steps() as bar:
        report = migrate.adopt(url, lambda number, total, name: bar(number, total, f"Revision {name}"))
    for difference in report.differences:
        say(f"{'✗' if difference.matters else '·'} {difference.sentence}")
    if not report.adopted:
        count = sum(difference.matters for difference in report.differences)
        raise Failure(f"Not adopted, and nothing was written: {count} difference(s) matter (✗).")
    say(f"The Desk is at home here, at revision {migrate.revisions()[-1]}.", style="green")


@app.command()
def check() -> None:
    """Say whether the database is in order: contract, desk schema, orphans, counters, audit."""
    from dashboard import migrate
    from dashboard.cli_database import database_url
    from lumira_db.engine import Database
    from lumira_db.health import check as look

    database = Database(database_url(), pool_size=1, application_name="lumira-cli")
    with database.reading() as session:
        findings = look(session, head=migrate.revisions()[-1])
    database.dispose()
    for finding in findings:
        say(f"{'✓' if finding.ok else '✗'} {finding.area}: {finding.sentence}", style=None if finding.ok else "red")
    if any(not finding.ok for finding in findings):
        raise typer.Exit(NO)


@app.command()
def seed(
    *,
    clients: Annotated[int, typer.Option(envvar="LUMIRA_SEED_CLIENTS", min=20, help="How many clients.")] = 400,
    orders: Annotated[int, typer.Option(envvar="LUMIRA_SEED_ORDERS", min=100, help="How many orders.")] = 1500,
    months: Annotated[int, typer.Option(envvar="LUMIRA_SEED_MONTHS", min=2, help="Over how many months.")] = 18,
    random_seed: Annotated[
        int, typer.Option(envvar="LUMIRA_SEED_RANDOM_SEED", help="The same number makes the same data.")
    ] = 1,
    photos: Annotated[
        bool, typer.Option(envvar="LUMIRA_SEED_PHOTOS", help="Store the photos in the bucket as well.")
    ] = True,
) -> None:
    """Fill an empty database with invented clients, orders and readings, dirt of real data included."""
    from dashboard.cli_database import require_database
    from dashboard.gateways.storage import make_storage
    from dashboard.seed.fill import seed as fill
    from dashboard.settings import get_settings

    url = require_database()
    storage = make_storage(get_settings()) if photos else None
    with steps() as bar:
        report = fill(
            url, storage, clients=clients, orders=orders, months=months, random_seed=random_seed, progress=bar
        )
    say(str(report))
