"""Counting once how much of each approved reading is the expert's: no screen opens the texts of a period for it.

The worker does it soon after the approval, with what else it works out of a client (``rollups.refresh``).
"""

from collections.abc import Collection, Iterable

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from lumira_db.models import Order, ReadingVersion
from lumira_db.queries.wording import Wording, wordings

_KEEP = (
    update(ReadingVersion)
    .where(ReadingVersion.id == bindparam("version_id"))
    .values(words=bindparam("counted"), changed_words=bindparam("replaced"))
)


def count_words(session: Session, client_ids: Collection[str]) -> None:
    """Count what was approved for these clients and is not counted yet."""
    of_clients = ReadingVersion.order_id.in_(select(Order.id).where(Order.client_id.in_(client_ids)))
    for some in wordings(session, ReadingVersion.words.is_(None), of_clients):
        _keep(session, some)


def recount_words(session: Session) -> None:
    """Count everything that was ever approved anew."""
    for some in wordings(session):
        _keep(session, some)


def _keep(session: Session, counted: Iterable[Wording]) -> None:
    rows = [
        {"version_id": one.version_id, "counted": one.words, "replaced": one.changed}
        for one in counted
        if not one.is_kept
    ]
    if rows:
        session.connection().execute(_KEEP, rows)
