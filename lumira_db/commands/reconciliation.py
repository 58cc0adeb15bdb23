"""Holding Stripe against the database: started by a person or by the night, and what people say about findings."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.locking import MINIMUM_REASON
from lumira_db.commands.tasks import start_task
from lumira_db.errors import FindingMoved, InvalidInput, ReasonRequired, RecordNotFound
from lumira_db.i18n_marker import N_
from lumira_db.models import Finding
from lumira_db.permissions import Permission, require
from lumira_db.states import FindingState, TaskKind

GRACE = timedelta(minutes=10)
"""What happened so recently may still be on its way here: it is left to the next look."""
MAXIMUM_NOTE = 1_000


def start_reconciliation(session: Session, actor: Actor, *, since: datetime, until: datetime) -> UUID:
    """Compare what happened from ``since`` on, up to but without ``until`` (UTC), as a task of the worker.

    Raises ``NotPermitted``, ``InvalidInput``, ``TaskUnderWay``.
    """
    require(actor, Permission.MANAGE_PAYMENTS)
    until = min(until, utcnow() - GRACE)
    if since >= until:
        raise InvalidInput(problem=N_("There is nothing to compare in these days yet."))
    window = {"since": since.isoformat(), "until": until.isoformat()}
    return start_task(session, actor, TaskKind.RECONCILE, arguments=window)


def explain_finding(session: Session, actor: Actor, finding_id: int, note: str) -> None:
    """Say why the two differ. It stays explained as long as nothing about it changes.

    Raises ``ReasonRequired``, ``RecordNotFound``, ``FindingMoved``.
    """
    require(actor, Permission.MANAGE_PAYMENTS)
    said = note.strip()
    if len(said) < MINIMUM_REASON:
        raise ReasonRequired(minimum=MINIMUM_REASON)
    finding = _lock(session, finding_id)
    if finding.state == FindingState.SOLVED:
        raise FindingMoved
    before = {"state": finding.state, "note": finding.note}
    _settle(finding, actor, FindingState.EXPLAINED)
    finding.note = said[:MAXIMUM_NOTE]
    _record(session, actor, "finding.explain", finding, before)


def reopen_finding(session: Session, actor: Actor, finding_id: int) -> None:
    """Take an explanation back. Raises ``RecordNotFound``, ``FindingMoved``."""
    require(actor, Permission.MANAGE_PAYMENTS)
    finding = _lock(session, finding_id)
    if finding.state != FindingState.EXPLAINED:
        raise FindingMoved
    before = {"state": finding.state, "note": finding.note}
    finding.state, finding.settled_at, finding.settled_by, finding.settled_by_name = FindingState.OPEN, None, None, None
    _record(session, actor, "finding.reopen", finding, before)


def solve_finding(session: Session, actor: Actor, finding_id: int) -> None:
    """Its action was carried out; should it be there still, the next look opens it again.

    Raises ``RecordNotFound``.
    """
    require(actor, Permission.MANAGE_PAYMENTS)
    finding = _lock(session, finding_id)
    before = {"state": finding.state, "note": finding.note}
    _settle(finding, actor, FindingState.SOLVED)
    _record(session, actor, "finding.solve", finding, before)


def _settle(finding: Finding, actor: Actor, state: FindingState) -> None:
    finding.state, finding.settled_at = state, utcnow()
    finding.settled_by, finding.settled_by_name = actor.id, actor.name


def _record(session: Session, actor: Actor, action: str, finding: Finding, before: dict[str, str | None]) -> None:
    after = {"state": finding.state, "note": finding.note}
    audit.record(session, actor, action, "finding", str(finding.id), before=before, after=after)


def _lock(session: Session, finding_id: int) -> Finding:
    finding = session.get(Finding, finding_id, with_for_update=True, populate_existing=True)
    if finding is None:
        raise RecordNotFound(id=finding_id)
    return finding
