"""The states that are ours: of versions, deliveries and requests to the generator."""

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
