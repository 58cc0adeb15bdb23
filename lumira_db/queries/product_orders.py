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
    email = select(func.lower(Client.email)).where(Client.id == client_id).scalar_subquery()
    guest = p.customer_id.is_(None) & (func.lower(p.customer_email) == email)
    query = (
        select(p.id, func.coalesce(Product.name, p.product_id), p.status, p.amount, p.currency, p.payment_intent_id)
        .add_columns(p.completed_at, p.created_at, p.customer_id.is_(None))
        .outerjoin(Product, Product.id == p.product_id)
        .where(or_(p.customer_id == client_id, guest))
        .order_by(p.created_at.desc(), p.id.desc())
        .limit(_MOST)
    )
    return tuple(Purchase(*row) for row in session.execute(query))
