"""What Stripe and the database disagree about, and up to when they were compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from lumira_db.models import Finding, Order, Task, TaskKind, TaskState
from lumira_db.periods import day_start
from lumira_db.queries.paging import AnySelect, Cursor, Page, fetch_page
from lumira_db.queries.streaming import stream
from lumira_db.states import FindingKind, FindingState

CAP = 1_000
"""Counting stops here."""
_LOOKS = 400


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings; without states, those that are open. Days are business days, both ends included."""

    states: tuple[FindingState, ...] = ()
    kinds: tuple[FindingKind, ...] = ()
    about: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding; amount in cents, moments in UTC. No ``settled_by`` of a solved one: it solved itself."""

    id: int
    kind: FindingKind
    object_id: str
    intent_id: str | None
    order_id: str | None
    order_number: str | None
    amount: int | None
    currency: str | None
    facts: dict[str, Any]
    happened_at: datetime
    found_at: datetime
    state: FindingState
    note: str | None
    settled_at: datetime | None
    settled_by: str | None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Whether the figures can be relied on: all between ``since`` and ``until`` (UTC) was held against Stripe, and
    ``findings`` differences are open (counted no further than ``CAP``). No ``until``: it never was."""

    since: datetime | None
    until: datetime | None
    findings: int
    under_way: bool

    @property
    def is_clean(self) -> bool:
        return self.until is not None and not self.findings


_F = Finding
_COLUMNS = (
    _F.id, _F.kind, _F.object_id, _F.intent_id, _F.order_id, Order.order_number, _F.amount, _F.currency, _F.facts,
    _F.happened_at, _F.found_at, _F.state, _F.note, _F.settled_at, _F.settled_by_name,
)  # fmt: skip


def get_reconciled(session: Session) -> Reconciled:
    """Up to when everything was compared without a gap, and what is open."""
    looks = session.execute(
        select(Task.state, Task.arguments)
        .where(Task.kind == TaskKind.RECONCILE)
        .order_by(Task.started_at.desc(), Task.id)
        .limit(_LOOKS)
    ).all()
    spans = sorted(_window(arguments) for state, arguments in looks if state == TaskState.DONE)
    since, until = None, None
    for begin, end in spans:
        # The newest stretch without a gap is what counts.
        if until is None or begin > until:
            since, until = begin, end
        else:
            until = max(until, end)
    under_way = any(state in (TaskState.WAITING, TaskState.RUNNING, TaskState.STOPPING) for state, _window_ in looks)
    return Reconciled(since, until, count_findings(session), under_way)


def count_findings(session: Session) -> int:
    """How many findings are open; counts no further than ``CAP``."""
    capped = select(_F.id).where(_F.state == FindingState.OPEN).limit(CAP).subquery()
    return session.execute(select(func.count()).select_from(capped)).scalar_one()


def first_payment(session: Session) -> datetime | None:
    """When the first order was paid."""
    return session.scalar(select(Order.paid_at).where(Order.paid_at.is_not(None)).order_by(Order.paid_at).limit(1))


def list_findings(
    session: Session, chosen: FindingFilter, *, zone: ZoneInfo, cursor: Cursor | None = None, limit: int = 50
) -> Page[FindingRow]:
    """A page of findings, what happened last first."""
    return fetch_page(
        session,
        _matching(session, chosen, zone),
        key=_F.happened_at,
        row_id=cast(_F.id, Text),
        descending=True,
        cursor=cursor,
        limit=limit,
        build=_row,
        position=lambda row: (row.happened_at, str(row.id)),
    )


def walk_findings(session: Session, chosen: FindingFilter, *, zone: ZoneInfo) -> Iterator[FindingRow]:
    """Every finding that ``chosen`` names, streamed."""
    query = _matching(session, chosen, zone).order_by(_F.happened_at.desc(), _F.id.desc())
    for row in stream(session, query):
        yield _row(row)


def find_finding(session: Session, finding_id: int) -> FindingRow | None:
    """The finding, or None."""
    row = session.execute(_query().where(_F.id == finding_id)).first()
    return None if row is None else _row(row)


def _query() -> AnySelect:
    return select(*_COLUMNS).select_from(_F).outerjoin(Order, Order.id == _F.order_id)


def _matching(session: Session, chosen: FindingFilter, zone: ZoneInfo) -> AnySelect:
    query = _query().where(_F.state.in_(chosen.states or (FindingState.OPEN,)))
    if chosen.kinds:
        query = query.where(_F.kind.in_(chosen.kinds))
    if chosen.about:
        own = session.scalar(select(Order.id).where(Order.order_number == chosen.about.upper()).limit(1))
        said = chosen.about
        query = query.where(or_(_F.object_id == said, _F.intent_id == said, _F.order_id == (own or said)))
    days: list[ColumnElement[bool]] = []
    if chosen.first_day is not None:
        days.append(_F.happened_at >= day_start(chosen.first_day, zone))
    if chosen.last_day is not None:
        days.append(_F.happened_at < day_start(chosen.last_day + timedelta(days=1), zone))
    return query.where(*days)


def _window(arguments: dict[str, str]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(arguments["since"]), datetime.fromisoformat(arguments["until"])


def _row(row: Any) -> FindingRow:
    values: list[Any] = list(row)
    values[1], values[11] = FindingKind(values[1]), FindingState(values[11])
    return FindingRow(*values)
