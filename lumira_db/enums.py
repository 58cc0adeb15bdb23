"""The thirteen enums of the contract, in the order that PostgreSQL keeps their values."""

from enum import StrEnum


class AudioVoice(StrEnum):
    MASCULINE = "MASCULINE"
    FEMININE = "FEMININE"


class DeliveryFormat(StrEnum):
    EMAIL = "EMAIL"
    WHATSAPP = "WHATSAPP"


class ExpertRole(StrEnum):
    EXPERT = "EXPERT"
    ADMIN = "ADMIN"


class FileType(StrEnum):
    FACE_PHOTO = "FACE_PHOTO"
    PALM_PHOTO = "PALM_PHOTO"


class InsightCategory(StrEnum):
    SPIRITUEL = "SPIRITUEL"
    RELATIONS = "RELATIONS"
    MISSION = "MISSION"
    CREATIVITE = "CREATIVITE"
    EMOTIONS = "EMOTIONS"
    TRAVAIL = "TRAVAIL"
    SANTE = "SANTE"
    FINANCE = "FINANCE"


class OrderStatus(StrEnum):
    PENDING = "PENDING"
    PAID = "PAID"
    PROCESSING = "PROCESSING"
    AWAITING_VALIDATION = "AWAITING_VALIDATION"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"


class PathActionType(StrEnum):
    MANTRA = "MANTRA"
    RITUAL = "RITUAL"
    JOURNALING = "JOURNALING"
    MEDITATION = "MEDITATION"
    REFLECTION = "REFLECTION"


class ProductLevel(StrEnum):
    INITIE = "INITIE"
    MYSTIQUE = "MYSTIQUE"
    PROFOND = "PROFOND"
    INTEGRALE = "INTEGRALE"


class ProductOrderStatus(StrEnum):
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ReviewStatus(StrEnum):
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    REVISION_NEEDED = "REVISION_NEEDED"


class SubscriptionStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    TRIAL = "TRIAL"


class UserStatus(StrEnum):
    ACTIVE = "ACTIVE"
    BANNED = "BANNED"
    SUSPENDED = "SUSPENDED"


class ValidationStatus(StrEnum):
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
