"""The second beat of every command: lock the row and compare it with what the person saw."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from lumira_db.errors import RecordNotFound, StaleRecord
from lumira_db.i18n_marker import N_
from lumira_db.models import Client, Order, Staff, row_version

MINIMUM_REASON = 3


def lock_order(session: Session, order_id: str, seen: str | None) -> Order:
    """The order with its reading, locked until the transaction ends.

    ``seen`` is the row version that the screen showed; None for the system, which saw nothing.
    Raises ``RecordNotFound``, ``StaleRecord``.
    """
    row = session.execute(
        select(Order, row_version("Order"))
        .where(Order.id == order_id)
        .options(
            undefer(Order.generated_content),
            undefer(Order.error_log),
            undefer(Order.expert_prompt),
            undefer(Order.form_data),
        )
        .with_for_update(of=Order)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise RecordNotFound(id=order_id)
    order, version = row
    if seen is not None and version != seen:
        raise StaleRecord(what=N_("This order"))
    return order


def lock_client(session: Session, client_id: str, seen: str | None) -> Client:
    """The client's row, locked until the transaction ends; ``seen`` as for ``lock_order``.

    Raises ``RecordNotFound``, ``StaleRecord``.
    """
    row = session.execute(
        select(Client, row_version("User"))
        .where(Client.id == client_id)
        .with_for_update(of=Client, key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise RecordNotFound(id=client_id)
    client, version = row
    if seen is not None and version != seen:
        raise StaleRecord(what=N_("This client"))
    return client


def lock_staff(session: Session, staff_id: str, seen: str | None = None) -> Staff:
    """The staff member's row, locked. Raises ``RecordNotFound``, ``StaleRecord``."""
    row = session.execute(
        select(Staff, row_version("Expert"))
        .where(Staff.id == staff_id)
        .with_for_update(of=Staff)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise RecordNotFound(id=staff_id)
    staff, version = row
    if seen is not None and version != seen:
        raise StaleRecord(what=N_("This account"))
    return staff


def as_mapping(value: Any) -> dict[str, Any]:
    """A JSON column as a mapping: a foreign shape or NULL counts as empty."""
    return dict(value) if isinstance(value, dict) else {}
