"""Hands work to the worker in the same transaction as its cause: both are committed, or neither.

The worker is procrastinate, whose tables live in ``desk``. Inserting the row here, rather than through
its own connection, is what makes the hand-over atomic; its triggers notify the worker at commit.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql import bindparam

_DEFER = text(
    """
    INSERT INTO desk.procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
    VALUES (:queue, :task, :lock, :queueing_lock, :args, :at)
    ON CONFLICT DO NOTHING
    """
).bindparams(bindparam("args", type_=JSONB))


def defer(
    session: Session,
    task: str,
    args: Mapping[str, Any],
    *,
    at: datetime | None = None,
    lock: str | None = None,
    queueing_lock: str | None = None,
) -> None:
    """Queue ``task`` with ``args`` for the worker, not before ``at`` (UTC) if given.

    Jobs of one ``lock`` never run at the same time. A ``queueing_lock`` that is already waiting makes
    this a no-op.
    """
    session.execute(
        _DEFER,
        {"queue": "default", "task": task, "lock": lock, "queueing_lock": queueing_lock, "args": dict(args), "at": at},
    )
