"""The clients of the contract (schema ``public``), as the platform makes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from lumira_db.clock import utcnow
from lumira_db.enums import SubscriptionStatus, UserStatus
from lumira_db.ids import new_id
from lumira_db.models.base import Base, UtcTimestamp, native_enum


class Client(Base):
    """A client: a person who buys. ``total_orders`` and ``last_order_at`` are unreliable in real
    data (DOMAIN §3): compute from orders."""

    __tablename__ = "User"
    __table_args__ = (
        Index("User_createdAt_idx", text('"createdAt" DESC')),
        Index("User_email_idx", "email"),
        Index("User_email_key", "email", unique=True),
        Index("User_refId_idx", "refId"),
        Index("User_refId_key", "refId", unique=True),
        Index("User_status_idx", "status"),
        Index("User_stripeCustomerId_key", "stripeCustomerId", unique=True),
    )

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    ref_id: Mapped[str | None] = mapped_column("refId", Text)
    email: Mapped[str] = mapped_column("email", Text)
    first_name: Mapped[str] = mapped_column("firstName", Text)
    last_name: Mapped[str] = mapped_column("lastName", Text)
    phone: Mapped[str | None] = mapped_column("phone", Text)
    date_of_birth: Mapped[datetime | None] = mapped_column("dateOfBirth", UtcTimestamp)
    stripe_customer_id: Mapped[str | None] = mapped_column("stripeCustomerId", Text)
    subscription_status: Mapped[SubscriptionStatus] = mapped_column(
        "subscriptionStatus", native_enum(SubscriptionStatus), server_default=text("'INACTIVE'::\"SubscriptionStatus\"")
    )
    status: Mapped[UserStatus] = mapped_column(
        "status", native_enum(UserStatus), server_default=text("'ACTIVE'::\"UserStatus\"")
    )
    total_orders: Mapped[int] = mapped_column("totalOrders", Integer, server_default=text("0"), default=0)
    last_order_at: Mapped[datetime | None] = mapped_column("lastOrderAt", UtcTimestamp)
    notes: Mapped[str | None] = mapped_column("notes", Text)
    tags: Mapped[list[str] | None] = mapped_column("tags", ARRAY(Text))
    source: Mapped[str | None] = mapped_column("source", Text)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)


class ClientProfile(Base):
    """What the client told about themselves. Photo columns may hold megabytes of base64: they are
    deferred, and a list never selects them."""

    __tablename__ = "UserProfile"
    __table_args__ = (Index("UserProfile_userId_key", "userId", unique=True),)

    id: Mapped[str] = mapped_column("id", Text, primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(
        "userId", Text, ForeignKey("User.id", name="UserProfile_userId_fkey", onupdate="CASCADE", ondelete="RESTRICT")
    )
    birth_date: Mapped[str | None] = mapped_column("birthDate", Text)
    birth_time: Mapped[str | None] = mapped_column("birthTime", Text)
    birth_place: Mapped[str | None] = mapped_column("birthPlace", Text)
    specific_question: Mapped[str | None] = mapped_column("specificQuestion", Text)
    objective: Mapped[str | None] = mapped_column("objective", Text)
    face_photo_url: Mapped[str | None] = mapped_column("facePhotoUrl", Text, deferred=True, deferred_raiseload=True)
    palm_photo_url: Mapped[str | None] = mapped_column("palmPhotoUrl", Text, deferred=True, deferred_raiseload=True)
    highs: Mapped[str | None] = mapped_column("highs", Text)
    lows: Mapped[str | None] = mapped_column("lows", Text)
    strong_side: Mapped[str | None] = mapped_column("strongSide", Text)
    weak_side: Mapped[str | None] = mapped_column("weakSide", Text)
    strong_zone: Mapped[str | None] = mapped_column("strongZone", Text)
    weak_zone: Mapped[str | None] = mapped_column("weakZone", Text)
    delivery_style: Mapped[str | None] = mapped_column("deliveryStyle", Text)
    pace: Mapped[int | None] = mapped_column("pace", Integer)
    ailments: Mapped[str | None] = mapped_column("ailments", Text)
    fears: Mapped[str | None] = mapped_column("fears", Text)
    rituals: Mapped[str | None] = mapped_column("rituals", Text)
    profile_completed: Mapped[bool] = mapped_column("profileCompleted", Boolean, server_default=text("false"))
    submitted_at: Mapped[datetime | None] = mapped_column("submittedAt", UtcTimestamp)
    created_at: Mapped[datetime] = mapped_column(
        "createdAt", UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"), default=utcnow
    )
    updated_at: Mapped[datetime] = mapped_column("updatedAt", UtcTimestamp, default=utcnow, onupdate=utcnow)
