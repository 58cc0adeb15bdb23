"""Products that clients bought beside readings. These rows have no foreign key: what they name may be gone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lumira_db.enums import ProductOrderStatus
from lumira_db.models import Client, Product, ProductOrder

_MOST = 500


@dataclass(frozen=True, slots=True)
class Purchase:
    """A product that was bought; ``product`` is its id where it is no longer there. ``amount`` in cents, UTC."""

    id: str
    product: str
    status: ProductOrderStatus
    amount: int
    currency: str
    intent: str
    completed_at: datetime | None
    created_at: datetime
    as_guest: bool


def list_client_purchases(session: Session, client_id: str) -> tuple[Purchase, ...]:
    """What the client bought, signed in or as a guest with their address, the newest first."""
    p = ProductOrder
    # Written as the indexes of migration 0016 are.
    email = select(func.lower(func.left(Client.email, 300))).where(Client.id == client_id).scalar_subquery()
    own = p.customer_id.is_not(None) & (func.left(p.customer_id, 300) == client_id[:300]) & (p.customer_id == client_id)
    guest = p.customer_id.is_(None) & (func.lower(func.left(p.customer_email, 300)) == email)
    query = (
        select(p.id, func.coalesce(Product.name, p.product_id), p.status, p.amount, p.currency, p.payment_intent_id)
        .add_columns(p.completed_at, p.created_at, p.customer_id.is_(None))
        .outerjoin(Product, Product.id == p.product_id)
        .where(or_(own, guest))
        .order_by(p.created_at.desc(), p.id.desc())
        .limit(_MOST)
    )
    return tuple(Purchase(*row) for row in session.execute(query))
