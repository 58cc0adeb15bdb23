"""``lumira demo``: what the demo needs of the Desk itself, migrated, seeded, with one account per role."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.embedded import demo
from dashboard.embedded.demo import Account, Endpoints
from dashboard.embedded.home import Home
from dashboard.embedded.steps import Steps
from dashboard.embedded.stripe_part import home_stripe
from lumira_db.actor import SYSTEM, Role

if TYPE_CHECKING:
    from lumira_db.engine import Database

_PEOPLE = {
    Role.ADMIN: ("Camille Aubry", "admin@lumira.example"),
    Role.EXPERT: ("Maëlle Kervran", "expert@lumira.example"),
    Role.SUPPORT: ("Noé Lacombe", "support@lumira.example"),
}


def run(*, port: int | None, home: Path | None, pg_bin: Path | None) -> None:
    """Run the demo until it is told to stop; see ``dashboard.embedded.demo.run`` for what it raises."""
    demo.run(home or Path(".lumira"), prepare=prepare, meanwhile=_import, port=port, pg_bin=pg_bin)


def _import() -> None:
    """Load what ``prepare`` needs while the parts start: a second of a second start."""
    for name in ("dashboard.migrate", "dashboard.seed.fill", "dashboard.gateways.storage", "dashboard.settings"):
        importlib.import_module(name)
    for name in ("lumira_db.engine", "lumira_db.commands.staff", "lumira_db.queries.staff", "dashboard.auth.password"):
        importlib.import_module(name)


def prepare(endpoints: Endpoints, steps: Steps) -> Sequence[Account]:
    """Bring the demo's database to the newest revision, fill it if it is empty, and open the accounts."""
    from dashboard import migrate
    from dashboard.gateways.storage import make_storage
    from dashboard.seed.fill import is_empty, seed
    from dashboard.settings import get_settings

    # The settings may have been read before the demo named its parts.
    get_settings.cache_clear()
    url = endpoints.database_url
    current, head = migrate.current_and_head(url)
    if current != head:
        with steps.step("Preparing the database") as step:
            migrate.upgrade(url, lambda number, total, name: step.at(number - 1, total, f"revision {name}"))
    if is_empty(url):
        with steps.step("Inventing clients and orders") as step:
            storage = make_storage(get_settings())
            storage.ensure_bucket()
            seed(url, storage, bucket=endpoints.s3_bucket, progress=lambda n, total, what: step.at(n, total, what))
    account = home_stripe(endpoints.home).file
    if not account.exists():
        from dashboard.seed.payments import pay_orders

        with steps.step("Paying the orders") as step:
            pay_orders(url, account, lambda done, every: step.at(done, every))
    return open_accounts(url, endpoints.home)


def open_accounts(database_url: str, home: Home) -> list[Account]:
    """One account per role, whose passwords the demo's folder keeps.

    Whatever was done to them since, they work again after a start: what the demo prints is true.
    """
    from lumira_db.engine import Database

    database = Database(database_url, pool_size=1, application_name="lumira-demo")
    try:
        return [_open_account(database, home, role) for role in _PEOPLE]
    finally:
        database.dispose()


def _open_account(database: "Database", home: Home, role: Role) -> Account:
    from dashboard.auth.password import hash_password, random_password
    from lumira_db.commands import staff
    from lumira_db.queries.staff import get_password_hash, list_staff

    name, email = _PEOPLE[role]
    password = home.secret(f"password {role}", random_password)
    hashed = home.secret(f"password hash {role}", lambda: hash_password(password))
    with database.writing() as session:
        found = next((row for row in list_staff(session) if row.email == email), None)
        if found is None:
            staff.add_staff(session, SYSTEM, email=email, name=name, role=role, password_hash=hashed)
            return Account(role, email, password)
        if get_password_hash(session, found.id) != hashed:
            staff.reset_password(session, SYSTEM, found.id, password_hash=hashed)
        if not found.is_active:
            staff.enable_staff(session, SYSTEM, found.id)
        if found.role is not role:
            staff.set_role(session, SYSTEM, found.id, role)
    return Account(role, email, password)
