"""Keeping what the figures are counted from true: facts of orders, refunds and paths, and sums of them by day.

Only the worker's drain and a rebuild write them, one at a time by ``LOCK``; both are one transaction, so whoever dies
has done nothing, and readers see what was until they see what is (docs/adr/0019-rollups.md).
"""

from collections.abc import Collection

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

from lumira_db.commands.wording import count_words

LOCK = 0x4C554D53  # any number that nothing else locks
REFUND = "refund:"
"""What the id of a refund is marked with, among those of clients."""

_REFRESH = text("SELECT desk.refresh_facts(:clients, :refunds)").bindparams(
    bindparam("clients", type_=ARRAY(TEXT)), bindparam("refunds", type_=ARRAY(TEXT))
)
_REFRESH_WORK = text("SELECT desk.refresh_work(:clients)").bindparams(bindparam("clients", type_=ARRAY(TEXT)))


def refresh(session: Session, ids: Collection[str]) -> None:
    """Work out the orders, refunds and paths of these clients, and the refunds that are marked as such."""
    session.flush()
    refunds = sorted(one.removeprefix(REFUND) for one in ids if one.startswith(REFUND))
    clients = sorted(one for one in ids if not one.startswith(REFUND))
    session.execute(_REFRESH, {"clients": clients, "refunds": refunds})
    session.execute(_REFRESH_WORK, {"clients": clients})
    count_words(session, clients)


def is_due(session: Session, zone: str) -> bool:
    """Whether everything has to be counted anew: it never was, or by the days of another zone."""
    built = text("SELECT built_at IS NULL OR zone <> :zone FROM desk.rollup")
    return bool(session.scalar(built, {"zone": zone}))


def rebuild(session: Session, zone: str) -> None:
    """Count everything anew, by the days of ``zone``, in this transaction; the drain waits until it is over."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    # Planned without knowing how few refunds an order has, the counting takes a hundred times longer.
    session.execute(text("ANALYZE desk.refund, desk.rollup"))
    session.execute(text("SELECT desk.rebuild_figures(:zone)"), {"zone": zone})
