"""The states that are ours: of versions, deliveries, requests to the generator, long tasks and refunds."""

from enum import StrEnum


class VersionOrigin(StrEnum):
    """How a state of a reading came to be."""

    FOUND = "FOUND"
    GENERATED = "GENERATED"
    EDITED = "EDITED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class DeliveryState(StrEnum):
    """Where a delivery stands; it only moves forward, except from FAILED and BLOCKED by a retry."""

    WAITING = "WAITING"
    SENDING = "SENDING"
    CONFIRMING = "CONFIRMING"
    SENT = "SENT"
    FAILED = "FAILED"
    BLOCKED = "BLOCKED"
    CANCELLED = "CANCELLED"


class GenerationState(StrEnum):
    """Where a request to the generator stands."""

    REQUESTED = "REQUESTED"
    ACCEPTED = "ACCEPTED"
    DONE = "DONE"
    FAILED = "FAILED"


class ProductEvent(StrEnum):
    """What was done to a product; FOUND is how it was when the Desk began to look."""

    FOUND = "FOUND"
    CREATED = "CREATED"
    CHANGED = "CHANGED"
    DELETED = "DELETED"


class TaskKind(StrEnum):
    """The long tasks that a person can start."""

    TAG_CLIENTS = "TAG_CLIENTS"
    ASSIGN_REF_IDS = "ASSIGN_REF_IDS"
    UNDO = "UNDO"
    RENAME_TAG = "RENAME_TAG"
    ERASE_CLIENT = "ERASE_CLIENT"
    BACKFILL_REF_IDS = "BACKFILL_REF_IDS"
    RECONCILE = "RECONCILE"


class FindingKind(StrEnum):
    """What Stripe and the database disagree about."""

    PAID_THERE_ONLY = "PAID_THERE_ONLY"
    PAID_HERE_ONLY = "PAID_HERE_ONLY"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    REFUNDED_THERE_ONLY = "REFUNDED_THERE_ONLY"
    UNMATCHED = "UNMATCHED"
    PAID_TWICE = "PAID_TWICE"
    BALANCE_UNEXPLAINED = "BALANCE_UNEXPLAINED"


class FindingState(StrEnum):
    """Where a finding stands; SOLVED by somebody's act, or by itself when a later look finds it no more."""

    OPEN = "OPEN"
    EXPLAINED = "EXPLAINED"
    SOLVED = "SOLVED"


class TaskState(StrEnum):
    """Where a long task stands. STOPPED and FAILED ones can be resumed where they were."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    DONE = "DONE"
    FAILED = "FAILED"


class NoteOrigin(StrEnum):
    """How a state of a client's notes came to be."""

    FOUND = "FOUND"
    WRITTEN = "WRITTEN"
    RESTORED = "RESTORED"


class Intimate(StrEnum):
    """What of a client is uncovered one by one, to those who may not see it anyway."""

    BIRTH = "BIRTH"
    FEARS = "FEARS"
    AILMENTS = "AILMENTS"
    LOWS = "LOWS"
    CHATS = "CHATS"
    PHOTOS = "PHOTOS"
    READING = "READING"


class RefundState(StrEnum):
    """Where a refund that staff asked for stands. COMMITTED is decided and surely not at Stripe yet, SENT being
    asked, UNKNOWN asked without an answer; PENDING and SUCCEEDED are Stripe's words, FAILED came back from the bank."""

    WAITING_APPROVAL = "WAITING_APPROVAL"
    COMMITTED = "COMMITTED"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


REFUND_OPEN = (RefundState.WAITING_APPROVAL, RefundState.COMMITTED, RefundState.SENT, RefundState.UNKNOWN)
"""Not known to have ended; a payment has one of these at most."""
REFUND_ASKED = (RefundState.COMMITTED, RefundState.SENT, RefundState.UNKNOWN)
"""Decided, and the worker's to bring to an end."""


class RefundReason(StrEnum):
    """Why money is given back."""

    CLIENT_ASKED = "CLIENT_ASKED"
    NOT_SATISFIED = "NOT_SATISFIED"
    NOT_DELIVERED = "NOT_DELIVERED"
    DUPLICATE = "DUPLICATE"
    FRAUDULENT = "FRAUDULENT"
    GOODWILL = "GOODWILL"
    OTHER = "OTHER"


class PaymentState(StrEnum):
    """Where a payment stands, all in all."""

    UNPAID = "UNPAID"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    PAID = "PAID"
    PARTLY_REFUNDED = "PARTLY_REFUNDED"
    REFUNDED = "REFUNDED"
    DISPUTED = "DISPUTED"


class NoticeState(StrEnum):
    """Where a mail about a refund stands."""

    WAITING = "WAITING"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"


class Cadence(StrEnum):
    """How often somebody wants the digest by mail."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"


class StaffMailState(StrEnum):
    """Where a mail to a member of staff stands; DROPPED had nobody to go to any more when it was to leave."""

    WAITING = "WAITING"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    DROPPED = "DROPPED"


class AlertKind(StrEnum):
    """What the desk is warned of when it passes its limit."""

    LATE_BACKLOG = "LATE_BACKLOG"
    CONVERSION = "CONVERSION"
    REFUNDS = "REFUNDS"
