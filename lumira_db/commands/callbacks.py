"""The generator's answers. Each has one effect, once; anything else is refused with its cause."""

import math
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import GENERATOR
from lumira_db.commands.production import (
    OPEN,
    close_request,
    fail_production,
    lock_request,
    plain_error,
)
from lumira_db.enums import OrderStatus
from lumira_db.errors import CallbackRefused, CallbackUnknown, CallbackUnusable
from lumira_db.i18n_marker import N_
from lumira_db.models import Generation, GenerationState, Order, ReadingVersion, VersionOrigin
from lumira_db.reading import normalise, parse
from lumira_db.transitions import Move, target_of
from lumira_db.versions import keep_version, keep_what_is_found

MAXIMUM_BYTES = 2 * 1024 * 1024
"""A longer answer is no reading: the longest ones have some hundred kilobytes."""
MAXIMUM_DEPTH = 40

UNKNOWN = N_("this request was never made")
FOREIGN = N_("it names another order or revision than the request did")
DUPLICATE = N_("this request has been answered already")
LATE = N_("nobody waits for this answer any more")
NOT_A_READING = N_("its content is not a reading")


def receive_reading(session: Session, *, request_id: str, order_id: str, revision: int, content: Any) -> ReadingVersion:
    """Put the new reading into the order, keep it as a version, and have it validated.

    Raises ``CallbackUnknown``, ``CallbackUnusable``, ``CallbackRefused`` (late or duplicate).
    """
    order, generation = _open_request(session, request_id, order_id, revision)
    _refuse_answered(order, generation, repeated=lambda: generation.state == GenerationState.DONE)
    reading = _storable(content)
    if not isinstance(reading, dict) or not parse(reading).has_content:
        raise CallbackUnusable(cause=NOT_A_READING)
    before = order.status
    keep_what_is_found(session, order.id, order.generated_content)
    order.generated_content = reading
    order.error_log = None
    order.status = target_of(Move.RECEIVE_READING, order.status, ever_paid=order.paid_at is not None)
    version = keep_version(session, order.id, reading, VersionOrigin.GENERATED, GENERATOR)
    close_request(generation, GenerationState.DONE, None)
    audit.record(
        session,
        GENERATOR,
        "order.receive_reading",
        "order",
        order.id,
        before={"status": before},
        after={"status": order.status, "request": str(generation.id), "version": version.number},
    )
    return version


def receive_failure(session: Session, *, request_id: str, order_id: str, revision: int, error: str) -> None:
    """The generator could not make the reading. Raises as ``receive_reading`` does."""
    order, generation = _open_request(session, request_id, order_id, revision)
    problem = plain_error(error) or "?"
    _refuse_answered(order, generation, repeated=lambda: generation.error == problem)
    fail_production(session, GENERATOR, order, generation, problem)


def record_refused_callback(session: Session, refusal: CallbackRefused, *, request_id: str, order_id: str) -> None:
    """Leave a trace of a signed answer that had no effect; the refusal itself rolled its transaction back."""
    after = {"request": normalise(request_id)[:100], "refusal": str(refusal)}
    audit.record(session, GENERATOR, "order.refuse_callback", "order", normalise(order_id)[:100], after=after)


def _open_request(session: Session, request_id: str, order_id: str, revision: int) -> tuple[Order, Generation]:
    try:
        generation_id = UUID(request_id)
    except ValueError:
        raise CallbackUnknown(cause=UNKNOWN) from None
    known = session.execute(
        select(Generation.order_id, Generation.revision).where(Generation.id == generation_id)
    ).first()
    if known is None:
        raise CallbackUnknown(cause=UNKNOWN)
    if (known.order_id, known.revision) != (order_id, revision):
        raise CallbackUnknown(cause=FOREIGN)
    return lock_request(session, generation_id)


def _refuse_answered(order: Order, generation: Generation, repeated: Callable[[], bool]) -> None:
    if generation.state not in OPEN:
        raise CallbackRefused(cause=DUPLICATE if repeated() else LATE)
    if order.status is not OrderStatus.PROCESSING or order.revision_count != generation.revision:
        raise CallbackRefused(cause=LATE)


def _storable(value: Any, depth: int = 0) -> Any:
    """The same JSON without what PostgreSQL cannot keep: NUL and lone surrogates are removed.

    Raises ``CallbackUnusable`` for numbers that JSON does not have and for nesting beyond any reading.
    """
    if depth > MAXIMUM_DEPTH or (isinstance(value, float) and not math.isfinite(value)):
        raise CallbackUnusable(cause=NOT_A_READING)
    if isinstance(value, str):
        return normalise(value)
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {normalise(key): _storable(item, depth + 1) for key, item in value.items()}
    return value
