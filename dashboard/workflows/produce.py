"""Asking the generator for a reading; its answer comes to ``dashboard.hooks``."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from dashboard.gateways.generator import Generator, GeneratorRefused, GeneratorUnavailable
from dashboard.workflows.checkpoints import Checkpoint, passed
from dashboard.workflows.guard import only_one
from lumira_db.clock import utcnow
from lumira_db.commands.production import (
    abandon_request,
    begin_attempt,
    fail_request,
    postpone_request,
    record_accepted,
)
from lumira_db.engine import Database
from lumira_db.errors import RecordNotFound
from lumira_db.queries.outbox import find_generation_request

logger = logging.getLogger(__name__)


def send_request(
    generation_id: UUID,
    number: int,
    *,
    database: Database,
    generator: Generator,
    clock: Callable[[], datetime] = utcnow,
    checkpoint: Checkpoint = passed,
) -> bool:
    """Send a request for the ``number``-th time, if that is its turn. Whether the generator took it.

    Every sending has the same request id, so the generator can tell a repetition; whatever it answers,
    ``receive_reading`` lets only one answer have an effect.
    """
    with only_one(database, f"generation:{generation_id}") as guard:
        if guard is None:
            return False
        try:
            with database.writing() as session:
                attempt = begin_attempt(session, generation_id, number)
        except RecordNotFound:
            with database.writing() as session:
                abandon_request(session, generation_id)
            return False
        if attempt is None:
            return False
        checkpoint("counted")
        with database.reading() as session:
            request = find_generation_request(session, generation_id)
        if request is None:
            return False
        try:
            generator.request(request)
        except GeneratorUnavailable as problem:
            logger.warning("generator unavailable", extra={"generation": str(generation_id), "problem": str(problem)})
            with database.writing() as session:
                postpone_request(session, attempt, clock(), str(problem))
            return False
        except GeneratorRefused as problem:
            logger.warning("generator refused", extra={"generation": str(generation_id), "problem": str(problem)})
            with database.writing() as session:
                fail_request(session, attempt, str(problem))
            return False
        checkpoint("called")
        with database.writing() as session:
            record_accepted(session, attempt, clock())
        return True
