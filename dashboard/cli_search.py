"""``lumira search``: verify what the search stands on, and make it again."""

from typing import Annotated

import typer

from dashboard.cli_output import NO, say, steps

app = typer.Typer(help="Verify and rebuild the indexes of the search.", no_args_is_help=True)


@app.command()
def verify(
    *,
    every: Annotated[
        bool, typer.Option("--all", envvar="LUMIRA_SEARCH_ALL", help="Look for every row, not for some at random.")
    ] = False,
) -> None:
    """Say whether every index is there, whole, and finds the rows that are read without it."""
    from dashboard.cli_database import opened
    from lumira_db.search_index import SAMPLE
    from lumira_db.search_index import verify as look

    with opened() as database, steps() as bar, database.engine.connect() as connection:
        findings = look(connection, sample=None if every else SAMPLE, progress=bar)
    for finding in findings:
        sentence = finding.wrong or f"found each of {finding.rows:,} rows"
        say(f"{'✗' if finding.wrong else '✓'} {finding.index}: {sentence}", style="red" if finding.wrong else None)
    if any(finding.wrong for finding in findings):
        say("“lumira search rebuild” makes them again.")
        raise typer.Exit(NO)


@app.command()
def rebuild() -> None:
    """Make every index of the search again while the platform goes on writing."""
    from dashboard.cli_database import opened
    from lumira_db.search_index import INDEXES
    from lumira_db.search_index import rebuild as make

    with opened() as database, steps() as bar:
        make(database.engine, bar)
    say(f"{len(INDEXES)} indexes of the search were made again.")
