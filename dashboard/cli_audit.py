"""``lumira audit``: verify the chain of the audit."""

import typer

from dashboard.cli_output import NO, complain, say

app = typer.Typer(help="The audit.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The audit."""


@app.command()
def verify() -> None:
    """Walk the whole chain and name every place where it does not hold."""
    from sqlalchemy import func, select

    from dashboard.cli_database import opened
    from lumira_db import audit
    from lumira_db.models import AuditEntry

    with opened() as database, database.reading() as session:
        breaks = list(audit.verify(session))
        count = session.scalar(select(func.count()).select_from(AuditEntry))
    for found in breaks:
        complain(f"Entry {found.entry_id}: {found.problem}.")
    if breaks:
        raise typer.Exit(NO)
    say(f"The chain of {count} entries holds.", style="green")
