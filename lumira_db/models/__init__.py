"""The tables: the contract's (``clients``, ``orders``, ``journey``, ``system``) and ours (``desk``)."""

from lumira_db.models import rollups as _rollups  # noqa: F401 - its tables are known by being made
from lumira_db.models import sums as _sums  # noqa: F401 - as well
from lumira_db.models.base import Base, DeskBase, row_version
from lumira_db.models.client_care import ClientAccess, ClientReveal, NoteDraft, NoteVersion
from lumira_db.models.client_lists import BulkChange, Change, ClientLikeness, ClientSummary, SavedView, TagUsage
from lumira_db.models.clients import Client, ClientProfile
from lumira_db.models.desk import (
    AuditEntry,
    Claim,
    Delivery,
    DeskSession,
    Draft,
    Generation,
    ReadingVersion,
    SignInAttempt,
    StaffAccount,
)
from lumira_db.models.journey import AkashicRecord, ChatSession, Insight, PathStep, SpiritualPath
from lumira_db.models.money import Dispute, Payment, PaymentAttempt, Refund, StripeEvent
from lumira_db.models.orders import Order, OrderFile, Product, ProductOrder
from lumira_db.models.privacy import Erasure, NotSameClient
from lumira_db.models.products import ProductChange
from lumira_db.models.reconciliation import Finding, StripeMirror
from lumira_db.models.refunds import PaymentWord, RefundNotice, RefundRequest
from lumira_db.models.staff_mails import Alert, MailChoice, StaffMail
from lumira_db.models.system import ProcessedEvent, SequenceCounter, Staff, SystemSetting
from lumira_db.models.tasks import Task
from lumira_db.states import DeliveryState, GenerationState, TaskKind, TaskState, VersionOrigin

__all__ = [
    "AkashicRecord",
    "Alert",
    "AuditEntry",
    "Base",
    "BulkChange",
    "Change",
    "ChatSession",
    "Claim",
    "Client",
    "ClientAccess",
    "ClientLikeness",
    "ClientProfile",
    "ClientReveal",
    "ClientSummary",
    "Delivery",
    "DeliveryState",
    "DeskBase",
    "DeskSession",
    "Dispute",
    "Draft",
    "Erasure",
    "Finding",
    "Generation",
    "GenerationState",
    "Insight",
    "MailChoice",
    "NotSameClient",
    "NoteDraft",
    "NoteVersion",
    "Order",
    "OrderFile",
    "PathStep",
    "Payment",
    "PaymentAttempt",
    "PaymentWord",
    "ProcessedEvent",
    "Product",
    "ProductChange",
    "ProductOrder",
    "ReadingVersion",
    "Refund",
    "RefundNotice",
    "RefundRequest",
    "SavedView",
    "SequenceCounter",
    "SignInAttempt",
    "SpiritualPath",
    "Staff",
    "StaffAccount",
    "StaffMail",
    "StripeEvent",
    "StripeMirror",
    "SystemSetting",
    "TagUsage",
    "Task",
    "TaskKind",
    "TaskState",
    "VersionOrigin",
    "row_version",
]
