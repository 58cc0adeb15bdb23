"""``lumira clients``: what the list of clients knows, held against the platform's tables."""

from typing import Annotated

import typer

from dashboard.cli_output import NO, complain, say, steps

app = typer.Typer(help="What the list of clients knows.", no_args_is_help=True)
_SHOWN = 50


@app.callback()
def _group() -> None:
    """What the list of clients knows."""


@app.command()
def verify() -> None:
    """Count every client again and name every difference."""
    from dashboard.cli_database import opened
    from lumira_db.queries.client_list import estimate_clients
    from lumira_db.queries.client_summaries import compare_clients, compare_tags, count_waiting

    seen, wrong = 0, 0
    with opened() as database, database.reading() as session, steps() as bar:
        about, waiting = estimate_clients(session), count_waiting(session)
        for looked_at, differences in compare_clients(session):
            seen += looked_at
            bar(seen, max(about, seen), "Clients")
            for found in differences[: max(0, _SHOWN - wrong)]:
                said = ", ".join(f"{name}: {kept!r} is {true!r}" for name, (kept, true) in found.columns.items())
                complain(f"Client {found.client_id} ({found.kind}): {said}.")
            wrong += len(differences)
        tags = compare_tags(session)
    for tag, kept, true in tags:
        complain(f"Tag {tag}: counted {kept}, is {true}.")
    if waiting:
        say(f"{waiting:,} changes wait for the worker; a difference may be one of them.")
    if wrong or tags:
        complain(f"{wrong:,} of {seen:,} clients and {len(tags)} tags differ: run “lumira clients rebuild”.")
        raise typer.Exit(NO)
    say(f"All {seen:,} clients are as their rows say.", style="green")


@app.command()
def rebuild() -> None:
    """Work every client out again, some thousands at a time, beside whoever works; can be stopped and run again."""
    from dashboard.cli_database import opened
    from lumira_db.commands.client_summaries import CHUNK, add_up_tags, refresh_after
    from lumira_db.queries.client_list import estimate_clients

    after: str | None = ""
    done = 0
    with opened() as database, steps() as bar:
        with database.reading() as session:
            about = estimate_clients(session)
        while after is not None:
            with database.writing() as session:
                after = refresh_after(session, after)
            done += CHUNK
            bar(done, max(about, done), "Clients")
        with database.writing() as session:
            add_up_tags(session)
    say("Every client is worked out again.", style="green")


@app.command()
def unmerge(
    entry: Annotated[int, typer.Argument(envvar="LUMIRA_AUDIT_ENTRY", help="The merge's number in the audit.")],
) -> None:
    """Take the merge of two clients back, if nothing was built upon it."""
    from dashboard.cli_database import opened
    from lumira_db.actor import SYSTEM
    from lumira_db.commands.merging import unmerge_clients

    with opened() as database, database.writing() as session:
        kept, other = unmerge_clients(session, SYSTEM, entry)
    say(f"{kept} and {other} are two clients again.", style="green")
