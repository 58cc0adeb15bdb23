"""The second beat of every command: lock the row and compare it with what the person saw."""

from typing import Any, TypeVar

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, undefer

from lumira_db.errors import RecordNotFound, StaleRecord
from lumira_db.i18n_marker import N_
from lumira_db.models import Client, Order, Product, Staff, row_version

MINIMUM_REASON = 3

Locked = TypeVar("Locked", Order, Client, Staff, Product)


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
    return _as_seen(row, order_id, seen, N_("This order"))


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
    return _as_seen(row, client_id, seen, N_("This client"))


def lock_staff(session: Session, staff_id: str, seen: str | None = None) -> Staff:
    """The staff member's row, locked. Raises ``RecordNotFound``, ``StaleRecord``."""
    row = session.execute(
        select(Staff, row_version("Expert"))
        .where(Staff.id == staff_id)
        .with_for_update(of=Staff)
        .execution_options(populate_existing=True)
    ).first()
    return _as_seen(row, staff_id, seen, N_("This account"))


def lock_product(session: Session, product_id: str, seen: str) -> Product:
    """The product's row, locked; ``seen`` as for ``lock_order``. Raises ``RecordNotFound``, ``StaleRecord``."""
    row = session.execute(
        select(Product, row_version("Product"))
        .where(Product.id == product_id)
        .with_for_update(of=Product, key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    return _as_seen(row, product_id, seen, N_("This product"))


def as_mapping(value: Any) -> dict[str, Any]:
    """A JSON column as a mapping: a foreign shape or NULL counts as empty."""
    return dict(value) if isinstance(value, dict) else {}


def _as_seen(row: Row[Locked, str] | None, row_id: str, seen: str | None, what: str) -> Locked:
    """The row that was found, if it still is what the person saw."""
    if row is None:
        raise RecordNotFound(id=row_id)
    found, version = row
    if seen is not None and version != seen:
        raise StaleRecord(what=what)
    return found
