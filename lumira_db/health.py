"""Whether a database is in order: what ``lumira db check`` says, one sentence a finding."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.contract.compare import contract, differences, live_catalog
from lumira_db.models import DeskBase
from lumira_db.models.base import DESK


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """One thing that was looked at; ``sentence`` says what was found, also when it is well."""

    area: str
    ok: bool
    sentence: str


_ORPHANS = (
    ("claims", 'desk.claim d LEFT JOIN "Order" o ON o.id = d.order_id', "order"),
    ("drafts", 'desk.draft d LEFT JOIN "Order" o ON o.id = d.order_id', "order"),
    ("versions", 'desk.reading_version d LEFT JOIN "Order" o ON o.id = d.order_id', "order"),
    ("deliveries", 'desk.delivery d LEFT JOIN "Order" o ON o.id = d.order_id', "order"),
    ("deliveries", "desk.delivery d LEFT JOIN desk.reading_version o ON o.id = d.reading_version_id", "version"),
    ("generations", 'desk.generation d LEFT JOIN "Order" o ON o.id = d.order_id', "order"),
    ("claims", 'desk.claim d LEFT JOIN "Expert" o ON o.id = d.staff_id', "staff member"),
    ("drafts", 'desk.draft d LEFT JOIN "Expert" o ON o.id = d.staff_id', "staff member"),
    ("sessions", 'desk.session d LEFT JOIN "Expert" o ON o.id = d.staff_id', "staff member"),
    ("staff accounts", 'desk.staff_account d LEFT JOIN "Expert" o ON o.id = d.staff_id', "staff member"),
    ("insights", '"Insight" d LEFT JOIN "User" o ON o.id = d."userId"', "client"),
    (
        "insights",
        '(SELECT * FROM "Insight" WHERE "orderId" <> \'\') d LEFT JOIN "Order" o ON o.id = d."orderId"',
        "order",
    ),
    (
        "product orders",
        '(SELECT * FROM "ProductOrder" WHERE "customerId" <> \'\') d LEFT JOIN "User" o ON o.id = d."customerId"',
        "client",
    ),
    ("product orders", '"ProductOrder" d LEFT JOIN "Product" o ON o.id = d."productId"', "product"),
)

# The highest number in use of every counter, beside the counter: what is behind would be drawn twice.
_COUNTERS_BEHIND = text(
    """
    WITH used (name, value) AS (
        SELECT 'client_' || substr("refId", 7, 2), max(substr("refId", 10)::bigint)
        FROM "User" WHERE "refId" ~ '^LUM-C-[0-9]{2}-[0-9]{4,12}$' GROUP BY 1
        UNION ALL
        SELECT 'order_20' || substr("orderNumber", 3, 6), max(substr("orderNumber", 10)::bigint)
        FROM "Order" WHERE "orderNumber" ~ '^LU[0-9]{6}-[0-9]{3,12}$' GROUP BY 1
    )
    SELECT used.name, used.value AS used, coalesce(c.value, 0) AS counted
    FROM used LEFT JOIN "SequenceCounter" c ON c.name = used.name
    WHERE coalesce(c.value, 0) < used.value ORDER BY used.name
    """
)
_INVALID_INDEXES = text(
    "SELECT i.oid::regclass::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE NOT x.indisvalid"
)
SHOWN = 5
"""How many breaks of the audit are named one by one."""


def check(session: Session, *, head: str) -> tuple[HealthFinding, ...]:
    """Look at everything; ``head`` is the newest migration. Reads only, but all of the audit."""
    areas: tuple[tuple[str, str, Callable[[Session], Iterator[str]]], ...] = (
        ("orphans", "Every row has its owner.", _orphans),
        ("counters", "No counter is behind the numbers in use.", _counters),
        ("audit", "The audit's chain holds.", _audit),
    )
    found = [*_contract(session), *_desk(session, head)]
    if any(not finding.ok for finding in found):
        return (*found, HealthFinding("rest", ok=False, sentence="The rest was not looked at: mend this first."))
    for area, well, look in areas:
        problems = [HealthFinding(area, ok=False, sentence=sentence) for sentence in look(session)]
        found += problems or [HealthFinding(area, ok=True, sentence=well)]
    return tuple(found)


def _contract(session: Session) -> Iterator[HealthFinding]:
    found = differences(live_catalog(session.connection()), contract())
    for difference in found:
        yield HealthFinding("contract", ok=not difference.matters, sentence=difference.sentence)
    if not found:
        yield HealthFinding("contract", ok=True, sentence="The schema public is what the platform makes.")


def _desk(session: Session, head: str) -> Iterator[HealthFinding]:
    there = inspect(session.connection())
    tables = set(there.get_table_names(DESK))
    wanted = {table.name for table in DeskBase.metadata.tables.values()} | {"alembic_version", "procrastinate_jobs"}
    problems = [f"The table desk.{name} is missing." for name in sorted(wanted - tables)]
    if "alembic_version" in tables:
        at = session.scalar(text("SELECT version_num FROM desk.alembic_version"))
        if at != head:
            problems.append(
                f"The database is at revision {at or 'none'}; the newest is {head}: run “lumira db upgrade”."
            )
    problems += [
        f"The index {name} is unfinished: drop it, then create it again." for name in session.scalars(_INVALID_INDEXES)
    ]
    for sentence in problems:
        yield HealthFinding("desk", ok=False, sentence=sentence)
    if not problems:
        yield HealthFinding("desk", ok=True, sentence=f"The schema desk is at revision {head}, the newest.")


def _orphans(session: Session) -> Iterator[str]:
    for rows, joined, owner in _ORPHANS:
        count = session.scalar(text(f"SELECT count(*) FROM {joined} WHERE o.id IS NULL"))  # noqa: S608 constants above
        if count:
            yield f"The {owner} of {count} {rows} is gone."


def _counters(session: Session) -> Iterator[str]:
    for row in session.execute(_COUNTERS_BEHIND):
        yield f"The counter {row.name} stands at {row.counted}, but {row.used} is in use."


def _audit(session: Session) -> Iterator[str]:
    for found in islice(audit.verify(session), SHOWN):
        yield f"Entry {found.entry_id} of the audit: {found.problem}."
