"""Exports leave the house: each is recorded with what was asked for and how much of it was handed out."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.permissions import Permission, require

EXPORTS: Mapping[str, Permission] = {
    "orders": Permission.EXPORT_ORDERS,
    "clients": Permission.EXPORT_CLIENTS,
    "deliveries": Permission.EXPORT_ORDERS,
    "audit": Permission.SEE_AUDIT,
    "events": Permission.MANAGE_PAYMENTS,
    "refunds": Permission.MANAGE_PAYMENTS,
    "findings": Permission.MANAGE_PAYMENTS,
    "revenue": Permission.SEE_REVENUE,
    "paths": Permission.SEE_PATHS,
    "operations": Permission.SEE_OPERATIONS,
}
"""What can be exported, and the permission that it takes."""


def record_export(
    session: Session,
    actor: Actor,
    name: str,
    *,
    form: str,
    chosen: Mapping[str, Any],
    rows: int,
    complete: bool,
) -> None:
    """Record an export of ``name`` (one of ``EXPORTS``) as ``form`` (``csv``, ``xlsx``).

    ``chosen`` is the filter in plain values. ``complete`` is False when it broke off: up to ``rows`` rows
    may have been received all the same. Raises ``NotPermitted``.
    """
    require(actor, EXPORTS[name])
    after = {"filter": dict(chosen), "rows": rows, "complete": complete}
    audit.record(session, actor, f"{name}.export", "export", f"{name}.{form}", after=after)
