"""The payments of invented orders: the account of the stand-in for Stripe, and what Stripe has told the Desk of it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from dashboard.embedded.stripe_server.mirror import Bought, mirror, remembered
from dashboard.embedded.stripe_server.store import Store
from lumira_db.commands.payments import receive_event
from lumira_db.engine import Database, parse_url
from lumira_db.payments import KNOWN, understood

Progress = Callable[[int, int], None]
"""Called with what is done, and how much there is to do."""

_AT_ONCE = 500
"""Events of one transaction: each payment holds a lock in it, and PostgreSQL has room for some thousands."""
_ORDERS = """
    SELECT id, "paymentIntentId", "stripeSessionId", amount, currency, status::text,
        extract(epoch FROM "createdAt")::bigint, extract(epoch FROM "paidAt")::bigint
    FROM "Order" WHERE "paymentIntentId" IS NOT NULL ORDER BY "createdAt", id
"""


def pay_orders(database_url: str, account: Path, progress: Progress = lambda _done, _all: None) -> int:
    """Make the file ``account`` hold the payments of all orders, and take the events that Stripe would have sent
    within the time it remembers them; how many payments there are. A file is complete or does not exist."""
    draft = account.with_name(f"{account.name}.new")
    for leftover in account.parent.glob(f"{draft.name}*"):
        leftover.unlink()
    store = Store(draft)
    try:
        made = mirror(bought(database_url), store, time.time())
        _tell(database_url, store, progress)
    finally:
        store.close()
    draft.rename(account)
    return made


def bought(database_url: str) -> Iterator[Bought]:
    """The orders that Stripe may know, in the order of time, some at a time."""
    url, _ = parse_url(database_url)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, application_name="lumira-seed") as connection:
        cursor: psycopg.ServerCursor[Any]
        with connection.cursor("bought") as cursor:
            cursor.itersize = 2000
            for row in cursor.execute(_ORDERS):
                yield Bought(*row)


def _tell(database_url: str, store: Store, progress: Progress) -> None:
    events = [event for event in remembered(store) if event["type"] in KNOWN]
    database = Database(database_url, pool_size=1, application_name="lumira-seed")
    try:
        for begin in range(0, len(events), _AT_ONCE):
            progress(begin, len(events))
            with database.writing() as session:
                for event in events[begin : begin + _AT_ONCE]:
                    receive_event(session, understood(event))
    finally:
        database.dispose()
