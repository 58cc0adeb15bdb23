"""One place that names every enum value on screen, and gives it its tone and icon.

Every label, tone and icon covers its enum; a test walks them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from dashboard.locale import _, by_the_clock, money
from lumira_db.actor import Role
from lumira_db.clock import utcnow
from lumira_db.enums import DeliveryFormat, InsightCategory, OrderStatus, PathActionType, ProductOrderStatus, UserStatus
from lumira_db.errors import Amount
from lumira_db.i18n_marker import N_
from lumira_db.payments import EventState
from lumira_db.states import (
    DeliveryState,
    FindingState,
    NoticeState,
    PaymentState,
    RefundReason,
    RefundState,
    VersionOrigin,
)


@dataclass(frozen=True, slots=True)
class Look:
    """How a value appears: its English name (a catalogue key), a semantic tone, an icon name."""

    label: str
    tone: str
    icon: str


ORDER_STATUS: Mapping[OrderStatus, Look] = {
    OrderStatus.PENDING: Look(N_("Not paid"), "neutral", "clock"),
    OrderStatus.PAID: Look(N_("To start"), "info", "coins"),
    OrderStatus.PROCESSING: Look(N_("In production"), "neutral", "play"),
    OrderStatus.AWAITING_VALIDATION: Look(N_("To validate"), "gold", "eye"),
    OrderStatus.COMPLETED: Look(N_("Approved"), "success", "check"),
    OrderStatus.FAILED: Look(N_("Failed"), "danger", "alert"),
    OrderStatus.REFUNDED: Look(N_("Refunded"), "warning", "undo"),
}
CLIENT_STATUS: Mapping[UserStatus, Look] = {
    UserStatus.ACTIVE: Look(N_("Active"), "success", "check"),
    UserStatus.BANNED: Look(N_("Banned"), "danger", "ban"),
    UserStatus.SUSPENDED: Look(N_("Suspended"), "warning", "lock"),
}
PRODUCT_ORDER_STATUS: Mapping[ProductOrderStatus, Look] = {
    ProductOrderStatus.PENDING: Look(N_("Not paid"), "neutral", "clock"),
    ProductOrderStatus.PROCESSING: Look(N_("Under way"), "info", "play"),
    ProductOrderStatus.COMPLETED: Look(N_("Completed"), "success", "check"),
    ProductOrderStatus.FAILED: Look(N_("Failed"), "danger", "alert"),
    ProductOrderStatus.CANCELLED: Look(N_("Cancelled"), "neutral", "x"),
}
DELIVERY_STATE: Mapping[DeliveryState, Look] = {
    DeliveryState.WAITING: Look(N_("Waiting"), "info", "clock"),
    DeliveryState.SENDING: Look(N_("Being sent"), "info", "play"),
    DeliveryState.CONFIRMING: Look(N_("To confirm"), "gold", "chat"),
    DeliveryState.SENT: Look(N_("Sent"), "success", "check"),
    DeliveryState.FAILED: Look(N_("Failed"), "danger", "alert"),
    DeliveryState.BLOCKED: Look(N_("Blocked"), "warning", "ban"),
    DeliveryState.CANCELLED: Look(N_("Cancelled"), "neutral", "x"),
}
CHANNEL: Mapping[DeliveryFormat, Look] = {
    DeliveryFormat.EMAIL: Look(N_("E-mail"), "neutral", "mail"),
    DeliveryFormat.WHATSAPP: Look(N_("WhatsApp"), "neutral", "chat"),
}
ROLE: Mapping[Role, Look] = {
    Role.ADMIN: Look(N_("Administrator"), "gold", "shield"),
    Role.EXPERT: Look(N_("Expert"), "info", "star"),
    Role.SUPPORT: Look(N_("Support"), "neutral", "user"),
}
VERSION_ORIGIN: Mapping[VersionOrigin, Look] = {
    VersionOrigin.FOUND: Look(N_("Found as it was"), "neutral", "file"),
    VersionOrigin.GENERATED: Look(N_("Generated"), "info", "play"),
    VersionOrigin.EDITED: Look(N_("Edited"), "gold", "file"),
    VersionOrigin.APPROVED: Look(N_("Approved"), "success", "check"),
    VersionOrigin.REJECTED: Look(N_("Rejected"), "danger", "x"),
}
REFUND_STATE: Mapping[RefundState, Look] = {
    RefundState.WAITING_APPROVAL: Look(N_("Waits for a second person"), "gold", "hourglass"),
    RefundState.COMMITTED: Look(N_("About to be sent"), "info", "clock"),
    RefundState.SENT: Look(N_("Asked at Stripe"), "info", "send"),
    RefundState.UNKNOWN: Look(N_("Outcome unknown"), "warning", "alert"),
    RefundState.PENDING: Look(N_("On its way to the bank"), "info", "clock"),
    RefundState.SUCCEEDED: Look(N_("Given back"), "success", "check"),
    RefundState.REFUSED: Look(N_("Refused by Stripe"), "danger", "x"),
    RefundState.FAILED: Look(N_("Returned by the bank"), "danger", "undo"),
    RefundState.DECLINED: Look(N_("Declined"), "neutral", "ban"),
    RefundState.WITHDRAWN: Look(N_("Withdrawn"), "neutral", "undo"),
}
PAYMENT_STATE: Mapping[PaymentState, Look] = {
    PaymentState.UNPAID: Look(N_("Not paid"), "neutral", "clock"),
    PaymentState.DECLINED: Look(N_("Card declined"), "warning", "alert"),
    PaymentState.CANCELLED: Look(N_("Cancelled"), "neutral", "x"),
    PaymentState.PAID: Look(N_("Money received"), "success", "check"),
    PaymentState.PARTLY_REFUNDED: Look(N_("Refunded in part"), "warning", "undo"),
    PaymentState.REFUNDED: Look(N_("Refunded"), "warning", "undo"),
    PaymentState.DISPUTED: Look(N_("Disputed"), "danger", "shield"),
}
NOTICE_STATE: Mapping[NoticeState, Look] = {
    NoticeState.WAITING: Look(N_("Mail waiting"), "info", "clock"),
    NoticeState.SENDING: Look(N_("Mail being sent"), "info", "send"),
    NoticeState.SENT: Look(N_("Client told by mail"), "success", "mail"),
    NoticeState.FAILED: Look(N_("Mail failed"), "danger", "alert"),
}
REFUND_REASON: Mapping[RefundReason, str] = {
    RefundReason.CLIENT_ASKED: N_("The client asked for it"),
    RefundReason.NOT_SATISFIED: N_("The client is not satisfied"),
    RefundReason.NOT_DELIVERED: N_("The reading was not delivered"),
    RefundReason.DUPLICATE: N_("Paid twice"),
    RefundReason.FRAUDULENT: N_("Fraud"),
    RefundReason.GOODWILL: N_("Goodwill"),
    RefundReason.OTHER: N_("Another reason"),
}
EVENT_STATE: Mapping[EventState, Look] = {
    EventState.APPLIED: Look(N_("Counted"), "success", "check"),
    EventState.IGNORED: Look(N_("Not needed"), "neutral", "x"),
    EventState.UNMATCHED: Look(N_("Without an order"), "warning", "alert"),
    EventState.FAILED: Look(N_("Failed"), "danger", "alert"),
}
FINDING_STATE: Mapping[FindingState, Look] = {
    FindingState.OPEN: Look(N_("Open"), "warning", "alert"),
    FindingState.EXPLAINED: Look(N_("Explained"), "info", "chat"),
    FindingState.SOLVED: Look(N_("Solved"), "success", "check"),
}
DOMAIN: Mapping[InsightCategory, str] = {
    InsightCategory.SPIRITUEL: N_("Spiritual life"),
    InsightCategory.RELATIONS: N_("Relationships"),
    InsightCategory.MISSION: N_("Life mission"),
    InsightCategory.CREATIVITE: N_("Creativity"),
    InsightCategory.EMOTIONS: N_("Emotions"),
    InsightCategory.TRAVAIL: N_("Work"),
    InsightCategory.SANTE: N_("Health"),
    InsightCategory.FINANCE: N_("Finances"),
}
ACTION_TYPE: Mapping[PathActionType, str] = {
    PathActionType.MANTRA: N_("Mantra"),
    PathActionType.RITUAL: N_("Ritual"),
    PathActionType.JOURNALING: N_("Journaling"),
    PathActionType.MEDITATION: N_("Meditation"),
    PathActionType.REFLECTION: N_("Reflection"),
}
# The levels are proper names of the products: they are the same in every language.
LEVELS: Mapping[int, str] = {1: "Initié", 2: "Mystique", 3: "Profond", 4: "Intégrale"}

_ALL: tuple[Mapping[Any, Look], ...] = (
    *(ORDER_STATUS, CLIENT_STATUS, PRODUCT_ORDER_STATUS, DELIVERY_STATE),
    *(CHANNEL, ROLE, VERSION_ORIGIN, REFUND_STATE, NOTICE_STATE, PAYMENT_STATE),
    *(EVENT_STATE, FINDING_STATE),
)


def level_name(level: int) -> str:
    """The level's name; a number that is no level is shown as such (DOMAIN §1)."""
    return LEVELS.get(level) or _("Unknown level ({level})").format(level=level)


def level_tone(level: int) -> str:
    """The level's colour token: ``level1`` … ``level4``, or neutral for an unknown one."""
    return f"level{level}" if level in LEVELS else "neutral"


def look_of(value: Enum) -> Look:
    """The look of any enum value that has one. Raises ``KeyError`` for an enum without looks."""
    for table in _ALL:
        if value in table and type(next(iter(table))) is type(value):
            return table[value]
    raise KeyError(value)


def label(value: Enum) -> str:
    """The value's name in the person's language."""
    return _(look_of(value).label)


def fact_label(value: Any) -> Any:
    """A fact of a refusal as it is shown: enums by their label, moments by the clock, amounts, texts translated."""
    if isinstance(value, Enum):
        return label(value)
    if isinstance(value, Amount):
        return money(value.cents, value.currency)
    if hasattr(value, "astimezone"):
        from dashboard.context import zone

        return by_the_clock(value, zone(), utcnow())
    return _(value) if isinstance(value, str) and value else value
