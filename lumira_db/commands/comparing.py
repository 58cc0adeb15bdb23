"""The steps of holding Stripe against the database: rows read there are kept, then compared with ours in SQL.

Nothing is held in memory but the rows of one step. Every comparison writes findings by kind and object: found again,
a finding stays one row, and one that somebody explained stays explained as long as its facts are the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql import bindparam

from lumira_db.clock import utcnow
from lumira_db.comparisons import ABSENT, COMPARISONS, SUSPECTS
from lumira_db.states import FindingKind


@dataclass(frozen=True, slots=True)
class Mirrored:
    """An object of Stripe's, in cents and UTC; what the fields are: ``models.reconciliation.StripeMirror``."""

    kind: str
    id: str
    intent_id: str | None
    source_id: str | None
    amount: int
    refunded: int
    currency: str
    status: str
    created_at: datetime
    named_order: str | None


@dataclass(frozen=True, slots=True)
class Absent:
    """An order that is paid here and that Stripe, asked about it alone, knows no payment of; ``there`` is the status
    of its payment at Stripe, None where there is none."""

    order_id: str
    there: str | None


# Whose it is: named by the metadata, known by the ledger, or by the order that names the payment.
_KEEP = text("""
    INSERT INTO desk.stripe_mirror
    SELECT :task, r.kind, r.id, r.intent_id, r.source_id, r.amount, r.refunded, lower(r.currency), r.status,
        r.created_at,
        COALESCE((SELECT o.id FROM "Order" o WHERE o.id = r.named_order),
            (SELECT o.id FROM desk.payment p JOIN "Order" o ON o.id = p.order_id WHERE p.intent_id = r.intent_id),
            (SELECT o.id FROM "Order" o WHERE o."paymentIntentId" = r.intent_id ORDER BY o."createdAt", o.id LIMIT 1),
            CASE WHEN r.kind = 'refund' THEN (SELECT f.order_id FROM desk.refund f WHERE f.id = r.id) END,
            CASE WHEN r.kind = 'dispute' THEN (SELECT d.order_id FROM desk.dispute d WHERE d.id = r.id) END),
        EXISTS (SELECT FROM "ProductOrder" b WHERE b."paymentIntentId" = r.intent_id)
    FROM jsonb_to_recordset(:rows) AS r(kind text, id text, intent_id text, source_id text, amount bigint,
        refunded bigint, currency text, status text, created_at timestamptz, named_order text)
    ON CONFLICT DO NOTHING
""").bindparams(bindparam("rows", type_=JSONB))
_COUNT = text("SELECT count(*) FROM desk.stripe_mirror WHERE task_id = :task")
_FORGET_OTHERS = text("DELETE FROM desk.stripe_mirror WHERE task_id <> :task")
_FORGET = text("DELETE FROM desk.stripe_mirror WHERE task_id = :task")
_ANALYZE = text("ANALYZE desk.stripe_mirror")

_FOUND = """
    INSERT INTO desk.finding AS f (kind, object_id, intent_id, order_id, amount, currency, facts, happened_at,
        found_at, seen_at, seen_by, state)
    SELECT '{kind}', x.object_id, x.intent_id, x.order_id, x.amount, x.currency, x.facts, x.happened_at,
        :now, :now, :task, 'OPEN'
    FROM ({found}) x ORDER BY x.object_id
    ON CONFLICT (kind, object_id) DO UPDATE SET
        intent_id = excluded.intent_id, order_id = excluded.order_id, amount = excluded.amount,
        currency = excluded.currency, facts = excluded.facts, happened_at = excluded.happened_at,
        seen_at = excluded.seen_at, seen_by = excluded.seen_by,
        found_at = CASE WHEN {again} THEN excluded.found_at ELSE f.found_at END,
        state = CASE WHEN {again} THEN 'OPEN' ELSE f.state END,
        settled_at = CASE WHEN {again} THEN NULL ELSE f.settled_at END,
        settled_by = CASE WHEN {again} THEN NULL ELSE f.settled_by END,
        settled_by_name = CASE WHEN {again} THEN NULL ELSE f.settled_by_name END
"""
# What was solved and is there again, and what was explained and has become something else.
_AGAIN = "(f.state = 'SOLVED' OR (f.state = 'EXPLAINED' AND f.facts IS DISTINCT FROM excluded.facts))"
COMPARED: tuple[FindingKind, ...] = tuple(COMPARISONS)
"""The comparisons that need nothing but what was read, in their order."""

_VANISHED = text("""
    UPDATE desk.finding SET state = 'SOLVED', settled_at = :now, settled_by = NULL, settled_by_name = NULL
    WHERE state <> 'SOLVED' AND seen_by <> :task AND happened_at >= :since AND happened_at < :until
""")


def keep_rows(session: Session, task_id: UUID, rows: Iterable[Mirrored]) -> None:
    """Keep what was read; a row that was kept before (its page was asked for again) stays as it was."""
    told = [
        {
            "kind": row.kind,
            "id": row.id,
            "intent_id": row.intent_id,
            "source_id": row.source_id,
            "amount": row.amount,
            "refunded": row.refunded,
            "currency": row.currency,
            "status": row.status,
            "created_at": row.created_at.isoformat(),
            "named_order": row.named_order,
        }
        for row in rows
    ]
    if told:
        session.execute(_KEEP, {"task": task_id, "rows": told})


def count_rows(session: Session, task_id: UUID) -> int:
    """How many rows this look has kept."""
    return int(session.execute(_COUNT, {"task": task_id}).scalar_one())


def begin_anew(session: Session, task_id: UUID) -> None:
    """Forget what any look has kept: this one begins."""
    session.execute(_FORGET_OTHERS, {"task": task_id})
    session.execute(_FORGET, {"task": task_id})


def prepare_comparing(session: Session) -> None:
    """Tell the planner how much was read."""
    session.execute(_ANALYZE)


def compare(session: Session, task_id: UUID, kind: FindingKind, since: datetime, until: datetime) -> None:
    """Write what this comparison finds between ``since`` and, but without, ``until``."""
    _write(session, task_id, kind, COMPARISONS[kind], {"since": since, "until": until})


def list_suspects(
    session: Session, task_id: UUID, since: datetime, until: datetime, *, after: str, limit: int
) -> Sequence[tuple[str, Sequence[str]]]:
    """The next orders that are paid here and whose payment was not read, with the payments that are known of each."""
    wanted = {"task": task_id, "since": since, "until": until, "after": after, "limit": limit}
    return [(row[0], row[1]) for row in session.execute(text(SUSPECTS), wanted)]


def write_absent(session: Session, task_id: UUID, absent: Iterable[Absent]) -> None:
    """Write that these orders are paid here and not at Stripe."""
    rows = [{"order_id": one.order_id, "there": one.there} for one in absent]
    if rows:
        _write(session, task_id, FindingKind.PAID_HERE_ONLY, ABSENT, {"rows": rows})


def close_vanished(session: Session, task_id: UUID, since: datetime, until: datetime) -> int:
    """What an earlier look found in this window and this one did not has solved itself; how many those were."""
    values = {"now": utcnow(), "task": task_id, "since": since, "until": until}
    closed = session.execute(_VANISHED, values)
    session.execute(_FORGET, {"task": task_id})
    return int(getattr(closed, "rowcount", 0))


def _write(session: Session, task_id: UUID, kind: FindingKind, found: str, values: Mapping[str, Any]) -> None:
    statement = text(_FOUND.format(kind=kind.value, found=found, again=_AGAIN))
    if "rows" in values:
        statement = statement.bindparams(bindparam("rows", type_=JSONB))
    session.execute(statement, {"now": utcnow(), "task": task_id, **values})
