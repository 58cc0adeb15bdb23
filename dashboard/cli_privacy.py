"""``lumira privacy``: hand out what is kept about a client, see what is, and check the receipt of an erasure."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli_output import INCOMPLETE, NO, Failure, complain, say

app = typer.Typer(help="Requests under the GDPR.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Requests under the GDPR."""


@app.command()
def scan(client_id: Annotated[str, typer.Argument(envvar="LUMIRA_CLIENT_ID", help="The client's id.")]) -> None:
    """Count what every table holds about a client; exit code 1 when it is anything."""
    from dashboard.cli_database import opened
    from lumira_db.queries.personal import count_personal, find_person

    with opened() as database, database.reading() as session:
        person = find_person(session, client_id)
        if person is None:
            raise Failure(f"No client has the id {client_id}.", NO)
        counts = [one for one in count_personal(session, person) if one.holds]
    for one in counts:
        say(f"{one.table}: {one.rows} rows, " + ", ".join(f"{name} {rows}" for name, rows in one.columns.items()))
    if counts:
        raise typer.Exit(NO)
    say("Nothing personal is kept about this client.", style="green")


@app.command("verify-receipt")
def verify_receipt(
    receipt: Annotated[
        str, typer.Argument(envvar="LUMIRA_RECEIPT", help="Its file, or - to read it from standard input.")
    ] = "-",
    email: Annotated[
        str | None,
        typer.Option(envvar="LUMIRA_RECEIPT_EMAIL", help="Say too whether it is about whoever has this address."),
    ] = None,
) -> None:
    """Check that a receipt is ours and unchanged, and print what it says."""
    from dashboard.auth.signing import MINIMUM_SECRET
    from dashboard.settings import get_settings
    from dashboard.workflows.receipts import read_receipt

    settings = get_settings()
    if len(settings.secret_key.get_secret_value()) < MINIMUM_SECRET:
        raise Failure("Set LUMIRA_SECRET_KEY to the key that signed the receipt.", INCOMPLETE)
    found = read_receipt(settings, sys.stdin.read() if receipt == "-" else Path(receipt).read_text("utf-8"))
    if found is None:
        complain("This is not a receipt of this Desk, or it was changed.")
        raise typer.Exit(NO)
    for name, value in found.facts.items():
        say(f"{name}: {value}")
    if email is not None:
        theirs = found.about(email)
        say("It is about the person with this address." if theirs else "It is about somebody else.")
        if not theirs:
            raise typer.Exit(NO)
