"""The products: as they are, what became of them, and every price that there ever was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, cast, func, select, union
from sqlalchemy.orm import Session

from lumira_db.enums import OrderStatus, ProductLevel
from lumira_db.models import Order, Product, ProductChange, row_version
from lumira_db.queries.flags import PRODUCT_LEVELS
from lumira_db.queries.paging import Cursor, Page, fetch_page
from lumira_db.states import ProductEvent

MANY = 1_000
"""Counting stops here."""
_NUMBERS = {kind: number for number, kind in PRODUCT_LEVELS.items()}


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as it is now; the price in cents. ``version`` is what a change must have seen, ``price_since`` when
    the price began to count (UTC), ``price_by`` who set it (None: the platform, or nobody knows)."""

    id: str
    name: str
    description: str
    amount_cents: int
    currency: str
    level: ProductLevel
    features: tuple[str, ...]
    limited_offer: str
    is_active: bool
    coming_soon: bool
    metadata: Any
    updated_at: datetime
    version: str
    price_since: datetime | None
    price_by: str | None

    @property
    def number(self) -> int:
        """The level as an order names it."""
        return _NUMBERS[self.level]


@dataclass(frozen=True, slots=True)
class ProductChangeRow:
    """One write to a product; the price after it. No ``actor_name``: the platform wrote."""

    id: int
    at: datetime
    kind: ProductEvent
    amount_cents: int
    currency: str
    is_price: bool
    changes: Mapping[str, Any]
    actor_name: str | None


def list_products(session: Session) -> tuple[ProductRow, ...]:
    """Every product, by level."""
    newest = select(func.max(ProductChange.id)).where(ProductChange.is_price).group_by(ProductChange.product_id)
    told = and_(ProductChange.product_id == Product.id, ProductChange.id.in_(newest))
    rows = session.execute(
        select(Product, row_version("Product"), ProductChange.at, ProductChange.actor_name)
        .outerjoin(ProductChange, told)
        .order_by(Product.level, Product.id)
        .execution_options(populate_existing=True)
    )
    return tuple(_row(product, version, at, name) for product, version, at, name in rows)


def list_product_changes(
    session: Session, product_id: str, *, prices_only: bool, cursor: Cursor | None = None, limit: int = 20
) -> Page[ProductChangeRow]:
    """What was written to a product, the newest first."""
    c = ProductChange
    query = select(c.id, c.at, c.kind, c.amount_cents, c.currency, c.is_price, c.changes, c.actor_name)
    query = query.where(c.product_id == product_id)
    return fetch_page(
        session,
        query.where(c.is_price) if prices_only else query,
        key=c.id,
        row_id=c.kind,
        descending=True,
        cursor=cursor,
        limit=limit,
        build=lambda row: ProductChangeRow(row[0], row[1], ProductEvent(row[2]), *row[3:]),
        position=lambda row: (row.id, row.kind),
    )


def list_prices(session: Session) -> dict[int, frozenset[tuple[int, str]]]:
    """Every price that each level ever had, as (cents, currency in lower case)."""
    history = select(ProductChange.level, ProductChange.amount_cents, ProductChange.currency)
    # Should the history lack the present price, that one is a price all the same.
    now = select(cast(Product.level, Text), Product.amount_cents, func.lower(Product.currency))
    found: dict[int, set[tuple[int, str]]] = {}
    for level, cents, currency in session.execute(union(history.where(ProductChange.is_price), now)):
        if level in ProductLevel.__members__:
            found.setdefault(_NUMBERS[ProductLevel(level)], set()).add((cents, currency))
    return {level: frozenset(prices) for level, prices in found.items()}


def count_open_checkouts(session: Session, level: int) -> int:
    """How many orders of the level were begun and not paid; counts no further than ``MANY``."""
    begun = select(Order.id).where(Order.level == level, Order.status == OrderStatus.PENDING).limit(MANY)
    return session.execute(select(func.count()).select_from(begun.subquery())).scalar_one()


def _row(product: Product, version: str, since: datetime | None, by: str | None) -> ProductRow:
    return ProductRow(
        id=product.id,
        name=product.name,
        description=product.description,
        amount_cents=product.amount_cents,
        currency=product.currency,
        level=product.level,
        features=tuple(product.features or ()),
        limited_offer=product.limited_offer or "",
        is_active=product.is_active,
        coming_soon=product.coming_soon,
        metadata=product.metadata_,
        updated_at=product.updated_at,
        version=version,
        price_since=since,
        price_by=by,
    )
