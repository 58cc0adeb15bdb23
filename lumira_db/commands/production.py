"""Production: handing an order to the generator, and taking its answer.

A request is a row of ``desk.generation`` and a job; the row's id is the request's id for good, however
often it is sent. ``start_production`` and ``retry_production`` are people's, the rest is the system's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lumira_db import audit, jobs
from lumira_db.actor import SYSTEM, Actor
from lumira_db.clock import iso_ms, utcnow
from lumira_db.commands.locking import as_mapping, lock_order
from lumira_db.enums import OrderStatus
from lumira_db.errors import ForbiddenTransition, RecordNotFound
from lumira_db.i18n_marker import N_
from lumira_db.models import Generation, GenerationState, Order
from lumira_db.permissions import Permission, require
from lumira_db.reading import normalise
from lumira_db.transitions import Move, target_of

TASK = "lumira.generate"
BACK_OFF = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
)
"""How long to wait after the first, second … request that the generator did not take."""
MAXIMUM_ATTEMPTS = len(BACK_OFF) + 1
UNANSWERED_AFTER = timedelta(minutes=15)
"""A request that was taken and not answered for so long is sent again, under the same id."""

NO_ANSWER = N_("The generator did not answer.")
SUPERSEDED = N_("Another request took its place.")
ORDER_MOVED = N_("The order is not in production any more.")

OPEN = (GenerationState.REQUESTED, GenerationState.ACCEPTED)
_MAXIMUM_ERROR = 2000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of a request: which one it is, counted from 1."""

    generation_id: UUID
    order_id: str
    number: int


def start_production(session: Session, actor: Actor, order_id: str, *, seen: str | None) -> UUID:
    """Have the reading of a paid order made; also of one whose production failed. Returns the request's id.

    Raises ``NotPermitted``, ``StaleRecord``, ``ForbiddenTransition``.
    """
    require(actor, Permission.WORK_ORDERS)
    order = lock_order(session, order_id, seen)
    return _start(session, actor, order, "order.start_production")


def retry_production(session: Session, actor: Actor, order_id: str, *, seen: str | None) -> UUID:
    """Start again what failed after payment; the same as ``start_production`` but from FAILED alone."""
    require(actor, Permission.WORK_ORDERS)
    order = lock_order(session, order_id, seen)
    if order.status is not OrderStatus.FAILED:
        raise ForbiddenTransition(source=order.status, target=OrderStatus.PROCESSING)
    return _start(session, actor, order, "order.retry_production")


def request_generation(session: Session, actor: Actor, order: Order, instructions: str | None) -> Generation:
    """Write down, and hand to the worker, that the locked order's reading is to be made.

    The caller has already set its status and ``revisionCount``. A request still open is closed: only the
    newest one is listened to.
    """
    session.execute(
        update(Generation)
        .where(Generation.order_id == order.id, Generation.state.in_(OPEN))
        .values(state=GenerationState.FAILED, error=SUPERSEDED, answered_at=utcnow())
    )
    generation = Generation(
        order_id=order.id,
        revision=order.revision_count,
        state=GenerationState.REQUESTED,
        instructions=instructions,
        requested_by=actor.id,
        requested_at=utcnow(),
    )
    session.add(generation)
    session.flush()
    schedule(session, generation.id, 1)
    return generation


def begin_attempt(session: Session, generation_id: UUID, number: int) -> Attempt | None:
    """Count the ``number``-th sending before it happens; None when it is not its turn or no longer wanted.

    The number makes a job that runs twice harmless. When all attempts are used up the production fails.
    """
    order, generation = lock_request(session, generation_id)
    if generation.state not in OPEN or generation.attempts != number - 1:
        return None
    if order.status is not OrderStatus.PROCESSING:
        close_request(generation, GenerationState.FAILED, ORDER_MOVED)
        return None
    if generation.attempts >= MAXIMUM_ATTEMPTS:
        fail_production(session, SYSTEM, order, generation, generation.error or NO_ANSWER)
        return None
    generation.attempts = number
    return Attempt(generation.id, order.id, number)


def record_accepted(session: Session, attempt: Attempt, now: datetime) -> None:
    """The generator took the request; ask again if no answer has come by then."""
    _, generation = lock_request(session, attempt.generation_id)
    if generation.state in OPEN:
        generation.state, generation.error = GenerationState.ACCEPTED, None
        schedule(session, generation.id, attempt.number + 1, now + UNANSWERED_AFTER)


def postpone_request(session: Session, attempt: Attempt, now: datetime, problem: str) -> None:
    """The generator could not be reached: ask again later, or give up after the last attempt."""
    order, generation = lock_request(session, attempt.generation_id)
    if generation.state not in OPEN:
        return
    generation.error = plain_error(problem)
    if attempt.number >= MAXIMUM_ATTEMPTS:
        fail_production(session, SYSTEM, order, generation, problem)
    else:
        schedule(session, generation.id, attempt.number + 1, now + BACK_OFF[attempt.number - 1])


def fail_request(session: Session, attempt: Attempt, problem: str) -> None:
    """The generator will never take this request: the production has failed."""
    order, generation = lock_request(session, attempt.generation_id)
    if generation.state in OPEN:
        fail_production(session, SYSTEM, order, generation, problem)


def abandon_request(session: Session, generation_id: UUID) -> None:
    """The order of this request does not exist any more."""
    generation = session.get(Generation, generation_id, with_for_update=True, populate_existing=True)
    if generation is not None and generation.state in OPEN:
        close_request(generation, GenerationState.FAILED, ORDER_MOVED)


def schedule(session: Session, generation_id: UUID, number: int, at: datetime | None = None) -> None:
    """Hand the ``number``-th sending of a request to the worker."""
    key = f"generation:{generation_id}"
    args = {"generation_id": str(generation_id), "attempt": number}
    jobs.defer(session, TASK, args, at=at, lock=key, queueing_lock=key)


def _start(session: Session, actor: Actor, order: Order, action: str) -> UUID:
    before = order.status
    order.status = target_of(Move.START_PRODUCTION, order.status, ever_paid=order.paid_at is not None)
    now = iso_ms(utcnow())
    assigned = {"assignedBy": actor.id, "assignedAt": now}
    processed = {"processedBy": actor.id, "processedAt": now}
    order.expert_review = {**assigned, **as_mapping(order.expert_review), **processed}
    order.error_log = None
    generation = request_generation(session, actor, order, order.expert_instructions)
    audit.record(
        session,
        actor,
        action,
        "order",
        order.id,
        before={"status": before},
        after={"status": order.status, "request": str(generation.id), "revision": generation.revision},
    )
    return generation.id


def lock_request(session: Session, generation_id: UUID) -> tuple[Order, Generation]:
    """The request and its order, both locked, the order first. Raises ``RecordNotFound``."""
    order_id = session.scalar(select(Generation.order_id).where(Generation.id == generation_id))
    if order_id is None:
        raise RecordNotFound(id=generation_id)
    order = lock_order(session, order_id, None)
    return order, session.get_one(Generation, generation_id, with_for_update=True, populate_existing=True)


def close_request(generation: Generation, state: GenerationState, error: str | None) -> None:
    """The request is over; an answer that comes after this is late."""
    generation.state, generation.error, generation.answered_at = state, error, utcnow()


def fail_production(session: Session, actor: Actor, order: Order, generation: Generation, problem: str) -> None:
    """The reading will not be made: ``problem`` stays in the order's ``errorLog``. Both rows are locked."""
    if order.status is not OrderStatus.PROCESSING:
        close_request(generation, GenerationState.FAILED, ORDER_MOVED)
        return
    before = order.status
    order.status = target_of(Move.FAIL_PRODUCTION, order.status, ever_paid=order.paid_at is not None)
    order.error_log = plain_error(problem)
    close_request(generation, GenerationState.FAILED, order.error_log)
    audit.record(
        session,
        actor,
        "order.fail_production",
        "order",
        order.id,
        before={"status": before},
        after={"status": order.status, "request": str(generation.id), "attempts": generation.attempts},
        reason=order.error_log,
    )


def plain_error(text: str) -> str:
    """Somebody else's words as we keep them: nothing PostgreSQL refuses, at most 2,000 characters."""
    return normalise(text).strip()[:_MAXIMUM_ERROR]
