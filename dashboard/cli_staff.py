"""``lumira staff``: the accounts of the people who sign in, for the first one and for emergencies."""

from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_output import Failure, out, say
from lumira_db.actor import Actor, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lumira_db.queries.staff import StaffRow

app = typer.Typer(help="Accounts of staff.", no_args_is_help=True)

Email = Annotated[str, typer.Option(envvar="LUMIRA_STAFF_EMAIL", prompt="E-mail", help="The person's address.")]
Password = Annotated[
    str | None,
    typer.Option(
        envvar="LUMIRA_STAFF_PASSWORD", help="The password; without it one is made and printed. Better not typed here."
    ),
]


@app.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option(envvar="LUMIRA_STAFF_NAME", prompt="Name", help="The person's name.")],
    role: Annotated[Role, typer.Option(envvar="LUMIRA_STAFF_ROLE", help="What the person may do.")] = Role.EXPERT,
    password: Password = None,
) -> None:
    """Open an account."""
    from dashboard.cli_database import opened
    from lumira_db.commands.staff import add_staff

    chosen, hashed = _password(password, email)
    with opened() as database, database.writing() as session:
        add_staff(session, _actor(), email=email, name=name, role=role, password_hash=hashed)
    say(f"{email} may sign in as {role}.")
    _reveal(password, chosen)


@app.command(name="list")
def list_() -> None:
    """List the accounts: address, name, role, last sign-in."""
    from rich.table import Table
    from rich.text import Text

    from dashboard.cli_database import opened
    from lumira_db.queries.staff import list_staff

    with opened() as database, database.reading() as session:
        rows = list_staff(session)
    table = Table("e-mail", "name", "role", "state", "last sign-in (UTC)", box=None, pad_edge=False)
    for row in rows:
        last = f"{row.last_login:%Y-%m-%d %H:%M}" if row.last_login else "never"
        cells = (row.email, row.name, row.role, "active" if row.is_active else "disabled", last)
        table.add_row(*(Text(cell) for cell in cells))
    out.print(table)


@app.command()
def disable(email: Email) -> None:
    """Close an account and end its sessions at once."""
    from dashboard.cli_database import opened
    from lumira_db.commands.staff import disable_staff

    with opened() as database, database.writing() as session:
        ended = disable_staff(session, _actor(), _find(session, email).id)
    say(f"{email} may no longer sign in; {ended} session(s) ended.")


@app.command()
def reset_password(email: Email, password: Password = None) -> None:
    """Set a new password and end the sessions of the account."""
    from dashboard.cli_database import opened
    from lumira_db.commands import staff

    chosen, hashed = _password(password, email)
    with opened() as database, database.writing() as session:
        staff.reset_password(session, _actor(), _find(session, email).id, password_hash=hashed)
    say(f"{email} has a new password.")
    _reveal(password, chosen)


def _find(session: "Session", email: str) -> "StaffRow":
    from lumira_db.queries.staff import list_staff

    wanted = email.strip().lower()
    found = [row for row in list_staff(session) if row.email.lower() == wanted]
    if not found:
        raise Failure(f"No account has the address {email}.")
    return found[0]


def _password(given: str | None, email: str) -> tuple[str, str]:
    from dashboard.auth.password import hash_password, random_password, require_good_password

    if given is not None:
        require_good_password(given, email)
    chosen = random_password() if given is None else given
    return chosen, hash_password(chosen)


def _reveal(given: str | None, chosen: str) -> None:
    if given is None:
        say(f"Password, shown this once: {chosen}")


def _actor() -> Actor:
    from getpass import getuser

    return Actor(id="command-line", name=f"Command line ({getuser()})", email="", role=None)
