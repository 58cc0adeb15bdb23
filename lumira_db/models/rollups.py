"""The facts that figures are counted from, in the schema ``desk`` (migrations 0012, 0015); their sums are in ``sums``.

Only SQL reads and writes these tables, so they are no classes. ``order_fact``: ``prev_day`` is the day of the client's
paid order before this one in the same currency, ``prev_level_day`` of that at the same level too, ``prev_any_day`` in
any; ``first_…`` is their first ever, ``rank`` counts from it. Days are those of ``rollup.zone``.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeEngine

from lumira_db.models.base import DeskBase, UtcTimestamp

_PAID = text("kind = 'PAID'")


def _fact(name: str, key: str, columns: dict[str, TypeEngine[Any]], *rest: Index, required: str) -> Table:
    needed = {key, *required.split()}
    made = (
        Column(column, kind, primary_key=column == key, nullable=column not in needed)
        for column, kind in columns.items()
    )
    return Table(name, DeskBase.metadata, *made, *rest)


ROLLUP = Table(
    "rollup",
    DeskBase.metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("zone", Text, nullable=False),
    Column("built_at", DateTime(timezone=True)),
    CheckConstraint("id = 1", name="one"),
)
ORDER_FACT = _fact(
    "order_fact",
    "order_id",
    {
        **dict.fromkeys(("order_id", "client_id", "kind"), Text()),
        "level": Integer(),
        **dict.fromkeys(("currency", "source"), Text()),
        "amount": Integer(),
        "is_first": Boolean(),
        "created_at": UtcTimestamp(),
        "created_day": Date(),
        "paid_at": UtcTimestamp(),
        "paid_day": Date(),
        **dict.fromkeys(("paid_hour", "rank"), Integer()),
        **dict.fromkeys(("prev_day", "prev_level_day", "prev_any_day", "first_day"), Date()),
        "first_level": Integer(),
        "first_currency": Text(),
        "refunded": Boolean(),
        "refund_cents": BigInteger(),
    },
    Index(None, "client_id"),
    Index(
        "order_fact_paid_idx",
        *("paid_day", "currency"),
        postgresql_include=[
            *("level", "source", "is_first", "prev_day", "prev_level_day"),
            *("paid_at", "amount", "refunded", "refund_cents"),
        ],
        postgresql_where=_PAID,
    ),
    Index(
        "order_fact_pair_idx",
        text("date_trunc('month', paid_day::timestamp)"),
        text("date_trunc('month', prev_day::timestamp)"),
        postgresql_include=["paid_day", "prev_day", "prev_level_day", "currency", "source", "level"],
        postgresql_where=text("kind = 'PAID' AND prev_day IS NOT NULL"),
    ),
    Index(
        "order_fact_created_idx",
        *("created_day", "currency"),
        postgresql_include=["level", "source", "is_first", "created_at", "kind", "amount"],
        postgresql_where=text("kind <> 'FREE'"),
    ),
    required="client_id kind level currency source amount is_first created_at created_day refunded refund_cents",
)
REFUND_FACT = _fact(
    "refund_fact",
    "id",
    {
        **dict.fromkeys(("id", "order_id", "client_id"), Text()),
        "level": Integer(),
        **dict.fromkeys(("currency", "source"), Text()),
        "is_first": Boolean(),
        "amount": BigInteger(),
        "at": UtcTimestamp(),
        "day": Date(),
        "estimated": Boolean(),
    },
    Index(None, "client_id"),
    Index(
        "refund_fact_day_idx",
        *("day", "currency"),
        postgresql_include=["level", "source", "is_first", "amount", "estimated", "order_id", "at"],
    ),
    Index(None, "order_id"),
    Index("refund_fact_unmatched_idx", "day", postgresql_where=text("level IS NULL")),
    required="currency amount at day estimated",
)
PATH_FACT = _fact(
    "path_fact",
    "path_id",
    {
        **dict.fromkeys(("path_id", "client_id", "archetype"), Text()),
        "level": Integer(),
        "started_at": UtcTimestamp(),
        "open_day": Integer(),
        **dict.fromkeys(("since", "last_done_at"), UtcTimestamp()),
        "days_done": Integer(),
        "gap_hours": ARRAY(Double()),
        "actions": ARRAY(Text()),
        **dict.fromkeys(("opened", "done"), ARRAY(Boolean())),
        "wait_hours": ARRAY(Double()),
    },
    Index(None, "client_id"),
    Index(
        "path_fact_started_idx",
        "started_at",
        postgresql_include=["level", "archetype", "open_day", "since", "last_done_at", "days_done"],
    ),
    Index(
        "path_fact_open_idx",
        "since",
        postgresql_include=["started_at", "level", "archetype", "days_done"],
        postgresql_where=text("open_day IS NOT NULL"),
    ),
    required="client_id archetype started_at days_done gap_hours actions opened done wait_hours",
)
WORK_FACT = _fact(
    "work_fact",
    "order_id",
    {
        **dict.fromkeys(("order_id", "client_id"), Text()),
        "level": Integer(),
        "entered_at": UtcTimestamp(),
        "entered_day": Date(),
        "approved_at": UtcTimestamp(),
        "approved_by": Text(),
        "delivered_at": UtcTimestamp(),
        "left_day": Date(),
    },
    Index(None, "client_id"),
    Index(
        "work_fact_approved_idx",
        "approved_at",
        postgresql_include=["level", "entered_at", "approved_by"],
        postgresql_where=text("approved_at IS NOT NULL"),
    ),
    Index(
        "work_fact_delivered_idx",
        "delivered_at",
        postgresql_include=["level", "entered_at", "approved_by"],
        postgresql_where=text("delivered_at IS NOT NULL"),
    ),
    required="client_id level entered_at entered_day left_day",
)
