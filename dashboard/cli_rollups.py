"""``lumira rollups``: what the figures are counted from, held against the platform's tables."""

import typer

from dashboard.cli_output import NO, complain, say

app = typer.Typer(help="What the figures are counted from.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What the figures are counted from."""


@app.command()
def verify() -> None:
    """Count everything again and name every table that differs; changes nothing."""
    from dashboard.cli_database import opened
    from lumira_db.queries.rollups import differences, freshness

    with opened() as database, database.reading() as session:
        fresh, wrong = freshness(session), differences(session)
    if fresh.waiting:
        say(f"{fresh.waiting:,} changes wait for the worker; a difference may be one of them.")
    for name, rows in wrong.items():
        complain(f"desk.{name}: {rows:,} rows are not what a recount gives.")
    if wrong:
        complain("Run “lumira rollups rebuild”.")
        raise typer.Exit(NO)
    say("0 differences.", style="green")


@app.command()
def rebuild() -> None:
    """Count everything anew beside whoever works: screens show what was until all of it is there."""
    from dashboard.cli_database import opened
    from dashboard.settings import get_settings
    from lumira_db.commands import rollups, wording

    with opened() as database:
        with database.writing() as session:
            rollups.rebuild(session, get_settings().timezone)
        with database.writing() as session:
            wording.recount_words(session)
    say("Everything is counted anew.", style="green")
