"""Orders, their files and the products of the contract (schema ``public``), as the platform makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.enums import DeliveryFormat, FileType, OrderStatus, ProductLevel, ProductOrderStatus
from lumira_db.ids import new_id
from lumira_db.models.base import Base, UtcTimestamp, native_enum


class Order(Base):
    """A purchase of one level and the reading made for it. ``amount`` is in cents of ``currency``."""

    __tablename__ = "Order"
    __table_args__ = (
        Index("Order_createdAt_idx", text('"createdAt" DESC')),
        Index("Order_level_idx", "level"),
        Index("Order_orderNumber_key", "orderNumber", unique=True),
        Index("Order_paymentIntentId_idx", "paymentIntentId"),
        Index("Order_status_idx", "status"),
        Index("Order_userEmail_idx", "userEmail"),
        Index("Order_userId_idx", "userId"),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    order_number: Mapped[str] = mapped_column("orderNumber", Text)
    client_id: Mapped[str] = mapped_column(
        "userId", Text, ForeignKey("User.id", name="Order_userId_fkey", onupdate="CASCADE", ondelete="RESTRICT")
    )
    client_email: Mapped[str] = mapped_column("userEmail", Text)
    client_name: Mapped[str | None] = mapped_column("userName", Text)
    level: Mapped[int] = mapped_column("level", Integer)
    amount: Mapped[int] = mapped_column("amount", Integer)
    currency: Mapped[str] = mapped_column("currency", Text, server_default=text("'eur'::text"))
    status: Mapped[OrderStatus] = mapped_column(
        "status", native_enum(OrderStatus), server_default=text("'PENDING'::\"OrderStatus\"")
    )
    payment_intent_id: Mapped[str | None] = mapped_column("paymentIntentId", Text)
    stripe_session_id: Mapped[str | None] = mapped_column("stripeSessionId", Text)
    paid_at: Mapped[datetime | None] = mapped_column("paidAt", UtcTimestamp)
    form_data: Mapped[Any] = mapped_column(
        "formData", JSONB(none_as_null=True), deferred=True, deferred_raiseload=True, nullable=False
    )
    client_inputs: Mapped[Any] = mapped_column(
        "clientInputs", JSONB(none_as_null=True), deferred=True, deferred_raiseload=True, nullable=True
    )
    expert_prompt: Mapped[str | None] = mapped_column("expertPrompt", Text, deferred=True, deferred_raiseload=True)
    expert_instructions: Mapped[str | None] = mapped_column("expertInstructions", Text)
    generated_content: Mapped[Any] = mapped_column(
        "generatedContent", JSONB(none_as_null=True), deferred=True, deferred_raiseload=True, nullable=True
    )
    error_log: Mapped[str | None] = mapped_column("errorLog", Text, deferred=True, deferred_raiseload=True)
    expert_review: Mapped[Any] = mapped_column("expertReview", JSONB(none_as_null=True), nullable=True)
    expert_validation: Mapped[Any] = mapped_column("expertValidation", JSONB(none_as_null=True), nullable=True)
    revision_count: Mapped[int] = mapped_column("revisionCount", Integer, server_default=text("0"), default=0)
    delivered_at: Mapped[datetime | None] = mapped_column("deliveredAt", UtcTimestamp)
    delivery_method: Mapped[DeliveryFormat | None] = mapped_column("deliveryMethod", native_enum(DeliveryFormat))
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)


class OrderFile(Base):
    """A photo that the client uploaded; ``key`` is the storage key."""

    __tablename__ = "OrderFile"
    __table_args__ = (Index("OrderFile_orderId_idx", "orderId"),)

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    order_id: Mapped[str] = mapped_column(
        "orderId", Text, ForeignKey("Order.id", name="OrderFile_orderId_fkey", onupdate="CASCADE", ondelete="CASCADE")
    )
    name: Mapped[str] = mapped_column("name", Text)
    url: Mapped[str] = mapped_column("url", Text)
    key: Mapped[str] = mapped_column("key", Text)
    content_type: Mapped[str] = mapped_column("contentType", Text)
    size: Mapped[int] = mapped_column("size", Integer)
    type: Mapped[FileType] = mapped_column("type", native_enum(FileType))
    uploaded_at: Mapped[datetime] = mapped_column(
        "uploadedAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )


class Product(Base):
    """One of the four levels on sale; ``amount_cents`` is today's price."""

    __tablename__ = "Product"
    __table_args__ = ()

    id: Mapped[str] = mapped_column("id", Text, primary_key=True)
    name: Mapped[str] = mapped_column("name", Text)
    description: Mapped[str] = mapped_column("description", Text)
    amount_cents: Mapped[int] = mapped_column("amountCents", Integer)
    currency: Mapped[str] = mapped_column("currency", Text, server_default=text("'eur'::text"))
    level: Mapped[ProductLevel] = mapped_column("level", native_enum(ProductLevel))
    features: Mapped[list[str] | None] = mapped_column("features", ARRAY(Text))
    limited_offer: Mapped[str | None] = mapped_column("limitedOffer", Text)
    is_active: Mapped[bool] = mapped_column("isActive", Boolean, server_default=text("true"))
    coming_soon: Mapped[bool] = mapped_column("comingSoon", Boolean, server_default=text("false"))
    metadata_: Mapped[Any] = mapped_column("metadata", JSONB(none_as_null=True), nullable=True)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)


class ProductOrder(Base):
    """A purchase of a stand-alone product; the contract gives it no foreign key."""

    __tablename__ = "ProductOrder"
    __table_args__ = (
        Index("ProductOrder_createdAt_idx", text('"createdAt" DESC')),
        Index("ProductOrder_paymentIntentId_key", "paymentIntentId", unique=True),
        Index("ProductOrder_productId_idx", "productId"),
        Index("ProductOrder_status_idx", "status"),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    product_id: Mapped[str] = mapped_column("productId", Text)
    customer_id: Mapped[str | None] = mapped_column("customerId", Text)
    customer_email: Mapped[str | None] = mapped_column("customerEmail", Text)
    amount: Mapped[int] = mapped_column("amount", Integer)
    currency: Mapped[str] = mapped_column("currency", Text, server_default=text("'eur'::text"))
    status: Mapped[ProductOrderStatus] = mapped_column(
        "status", native_enum(ProductOrderStatus), server_default=text("'PENDING'::\"ProductOrderStatus\"")
    )
    payment_intent_id: Mapped[str] = mapped_column("paymentIntentId", Text)
    completed_at: Mapped[datetime | None] = mapped_column("completedAt", UtcTimestamp)
    metadata_: Mapped[Any] = mapped_column("metadata", JSONB(none_as_null=True), nullable=True)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)
