"""The products: what they say, what they cost, and whether they are on sale.

A price counts from the moment it is written, for orders that are begun then; an order keeps what it was begun with.
The history is written by a trigger (migration 0011), which learns here who it is that writes.
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.commands.locking import lock_product
from lumira_db.permissions import Permission, require
from lumira_db.products import ProductValues, checked

_WHO = text("SELECT set_config('desk.actor_id', :id, true), set_config('desk.actor_name', :name, true)")


def change_product(session: Session, actor: Actor, product_id: str, values: ProductValues, *, seen: str) -> bool:
    """Write what differs; whether anything did.

    Raises ``NotPermitted``, ``RecordNotFound``, ``StaleRecord``, ``InvalidInput``.
    """
    require(actor, Permission.MANAGE_PRODUCTS)
    wanted = checked(values)
    product = lock_product(session, product_id, seen)
    before = {name: getattr(product, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if _differs(before[name], value)}
    if not changed:
        return False
    # First of all: executing anything writes what has been changed before.
    session.execute(_WHO, {"id": actor.id, "name": actor.name})
    for name, value in changed.items():
        setattr(product, name, value)
    session.flush()
    session.execute(_WHO, {"id": "", "name": ""})
    was = {_said(name): before[name] for name in changed}
    now = {_said(name): value for name, value in changed.items()}
    audit.record(session, actor, "product.edit", "product", product_id, before=was, after=now)
    return True


def _differs(before: Any, wanted: Any) -> bool:
    # No list of features is an empty one (DOMAIN §1).
    return (before or []) != wanted if isinstance(wanted, list) else bool(before != wanted)


def _said(name: str) -> str:
    return name.rstrip("_")
