"""What became of the products, in the schema ``desk``; written by a trigger alone (migration 0011)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.models.base import DeskBase


class ProductChange(DeskBase):
    """One write to a product. Level, price in cents and currency are those after it, ``is_price`` says that they
    count from ``at`` on; ``changes`` maps a column to its value before and after. No actor: the platform."""

    __tablename__ = "product_change"
    __table_args__ = (
        CheckConstraint("kind IN ('FOUND', 'CREATED', 'CHANGED', 'DELETED')", name="kind"),
        Index("product_change_product_id_idx", "product_id", text("at DESC"), text("id DESC")),
        Index("product_change_price_idx", "level", "amount_cents", "currency", postgresql_where=text("is_price")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    product_id: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    kind: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    is_price: Mapped[bool] = mapped_column(Boolean)
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor_id: Mapped[str | None] = mapped_column(Text)
    actor_name: Mapped[str | None] = mapped_column(Text)
