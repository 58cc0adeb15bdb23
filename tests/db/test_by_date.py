"""What the figures read of a period is found by its date, however much there ever was."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.metrics import METRICS


@pytest.mark.parametrize(
    ("code", "index"),
    [
        ("insights_read", "desk_insight_created"),
        ("chats", "desk_chat_created"),
        ("text_changed", "reading_version_approved_idx"),
        ("generator_failures", "generation_failed_idx"),
        ("deliveries", "delivery_created_idx"),
        ("approvals", "audit_at_idx"),
        ("minutes_per_reading", "audit_at_idx"),
    ],
)
def test_the_rows_of_a_period_are_found_by_its_index(session: Session, code: str, index: str) -> None:
    """In an empty table PostgreSQL would read all of it whatever there is: it is told to read by an index if it can."""
    for setting in ("enable_seqscan", "enable_bitmapscan"):
        session.execute(text(f"SET LOCAL {setting} = off"))
    period = {"start": datetime(2026, 3, 1), "end": datetime(2026, 4, 1)}  # noqa: DTZ001 - as the contract keeps them
    plan = "\n".join(session.execute(text(f"EXPLAIN {METRICS[code].sql}"), period).scalars())
    assert index in plan
