"""Which screens are measured, at which addresses, and by whom."""

from dataclasses import dataclass
from urllib.parse import urlencode

import psycopg

from benchmarks.store import Store
from lumira_db.actor import Role
from lumira_db.queries.paging import Cursor

_WAITING = """
SELECT id, "userId" FROM "Order" WHERE status = 'AWAITING_VALIDATION' AND "generatedContent" ? 'pdf_content'
ORDER BY coalesce("paidAt", "createdAt"), id LIMIT 2
"""
_MIDDLE = """
SELECT o."createdAt" AT TIME ZONE 'UTC', o.id FROM "Order" o
WHERE o."createdAt" <= (SELECT min("createdAt") + (max("createdAt") - min("createdAt")) / 2 FROM "Order")
ORDER BY o."createdAt" DESC LIMIT 1
"""
_NAME = """
SELECT lower("firstName") FROM "User" WHERE "firstName" ~ '^[A-Z][a-z]{4,}$'
GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """One address, looked at by one role. ``page`` is empty for the first screen."""

    name: str
    page: str
    query: str
    role: Role

    @property
    def group(self) -> str:
        """The screen that it is a look of."""
        return self.page or "home"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one database that the addresses name; ``name`` is the first name that most clients have."""

    order: str
    held: str
    client: str
    middle: Cursor
    name: str


def rows_of(store: Store) -> Rows:
    """Look for them: the two readings that have waited longest, a client, the middle of the orders."""
    with psycopg.connect(store.url, options="-c timezone=UTC") as connection:
        (order, client), (held, _) = connection.execute(_WAITING).fetchall()
        at, middle = connection.execute(_MIDDLE).fetchall()[0]
        (name,) = connection.execute(_NAME).fetchall()[0]
    return Rows(order, held, client, Cursor(at, middle), name)


def screens(rows: Rows) -> list[Screen]:
    """Every screen, the long lists also filtered, sorted and far from their beginning."""
    admin, expert = Role.ADMIN, Role.EXPERT
    return [
        Screen("home, admin", "", "", admin),
        Screen("home, expert", "", "", expert),
        Screen("home, support", "", "", Role.SUPPORT),
        Screen("queue, to validate", "queue", "", expert),
        Screen("queue, to start", "queue", "tab=PAID", expert),
        Screen("queue, in production", "queue", "tab=PROCESSING", expert),
        Screen("queue, failed", "queue", "tab=FAILED", expert),
        Screen("queue, free and flagged", "queue", "free=1&flagged=1", expert),
        Screen("order, looked at", "order", f"id={rows.order}", admin),
        Screen("order, worked on", "order", f"id={rows.held}", expert),
        Screen("orders", "orders", "", admin),
        Screen("orders, the middle", "orders", urlencode({"from": rows.middle.encode()}), admin),
        Screen("orders, refunded of level 4", "orders", "status=REFUNDED&level=4", admin),
        Screen("orders, by amount", "orders", "sort=amount", admin),
        Screen("orders, of a name", "orders", urlencode({"client": rows.name}), admin),
        Screen("clients", "clients", "", admin),
        Screen("clients, of a name", "clients", urlencode({"q": rows.name}), admin),
        Screen("client", "client", f"id={rows.client}", admin),
        Screen("deliveries", "deliveries", "", admin),
        Screen("staff", "staff", "", admin),
        Screen("audit", "audit", "", admin),
        Screen("account", "account", "", expert),
    ]


def empty(role: Role) -> Screen:
    """The page that everything is compared with, for this role (whose menu it has)."""
    return Screen("empty", "empty", "", role)
