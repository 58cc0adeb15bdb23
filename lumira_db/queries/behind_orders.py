"""The orders behind a figure: what a click on it narrows the list of orders to, so that it counts the same ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, extract, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.enums import OrderStatus
from lumira_db.models import AuditEntry, Client, Order, ReadingVersion, Refund
from lumira_db.periods import Period, day_start
from lumira_db.queries.expertise import Decision
from lumira_db.queries.facts import Buyers
from lumira_db.queries.flags import amount_differs
from lumira_db.states import VersionOrigin

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class OrderBehind:
    """What besides dates, levels and currency narrows the orders that a figure counts. Periods are business days.

    ``checkout``: paid, pending, or its payment failed. ``paid``: whether it ever was. ``weekday`` (1 is Monday) and
    ``hour`` are those of the payment. ``waiting_at``: had been paid and not approved at this moment, for at least
    ``waited_days`` and less than ``waited_below`` business days. ``approved`` is the first approval that we keep.
    """

    sources: tuple[str, ...] = ()
    buyers: Buyers | None = None
    paid: bool | None = None
    checkout: bool = False
    refunded: bool = False
    refunded_in: Period | None = None
    off_catalogue: bool = False
    weekday: int | None = None
    hour: int | None = None
    waiting_at: datetime | None = None
    waited_days: int | None = None
    waited_below: int | None = None
    approved_in: Period | None = None
    approved_by: str | None = None
    delivered_in: Period | None = None
    decision: Decision | None = None
    decided_in: Period | None = None
    decided_by: str | None = None


_Earlier = aliased(Order)


def conditions(behind: OrderBehind, zone: ZoneInfo) -> Iterator[Condition]:
    """What holds for the orders (``Order``) that ``behind`` names."""
    yield from _of_purchase(behind, zone)
    yield from _of_work(behind, zone)
    yield from _of_decisions(behind, zone)


def _of_purchase(behind: OrderBehind, zone: ZoneInfo) -> Iterator[Condition]:
    if behind.sources:
        source = func.coalesce(func.left(Client.source, 200), "")
        yield (
            select(Client.id).where(Client.id == Order.client_id, source.in_(behind.sources)).correlate(Order).exists()
        )
    if behind.buyers is not None:
        yield is_first() if behind.buyers is Buyers.NEW else ~is_first()
    if behind.paid is not None:
        yield Order.paid_at.is_not(None) if behind.paid else Order.paid_at.is_(None)
    if behind.checkout:
        yield or_(Order.paid_at.is_not(None), Order.status.in_((OrderStatus.PENDING, OrderStatus.FAILED)))
    if behind.refunded:
        yield or_(_ledger(), and_(Order.status == OrderStatus.REFUNDED, Order.paid_at.is_not(None)))
    if behind.refunded_in is not None:
        at = (_moment(behind.refunded_in.start(zone)), _moment(behind.refunded_in.end(zone)))
        estimated = and_(Order.status == OrderStatus.REFUNDED, Order.paid_at.is_not(None), ~_ledger())
        yield or_(
            _ledger(Refund.succeeded_at >= at[0], Refund.succeeded_at < at[1]),
            and_(estimated, Order.updated_at >= at[0], Order.updated_at < at[1]),
        )
    if behind.off_catalogue:
        yield amount_differs()
    clock = func.timezone(zone.key, func.timezone("UTC", Order.paid_at))
    if behind.weekday is not None:
        yield extract("isodow", clock) == behind.weekday
    if behind.hour is not None:
        yield extract("hour", clock) == behind.hour


def is_first() -> Condition:
    """The order is its client's first paid one; a checkout that was not paid: nothing of theirs had been paid."""
    earlier = select(_Earlier.id).where(_Earlier.client_id == Order.client_id, _Earlier.paid_at.is_not(None))
    before = or_(
        tuple_(_Earlier.paid_at, _Earlier.id) < tuple_(Order.paid_at, Order.id),
        and_(Order.paid_at.is_(None), _Earlier.paid_at <= Order.created_at),
    )
    return ~earlier.where(before).correlate(Order).exists()


def _ledger(*also: Condition) -> Condition:
    known = select(Refund.id).where(Refund.order_id == Order.id, Refund.succeeded_at.is_not(None), *also)
    return known.correlate(Order).exists()


def _of_work(behind: OrderBehind, zone: ZoneInfo) -> Iterator[Condition]:
    if behind.waiting_at is not None:
        yield from _waiting(behind, behind.waiting_at, zone)
    if behind.approved_in is not None:
        approved = first_approved_at()
        yield approved >= behind.approved_in.start(zone)
        yield approved < behind.approved_in.end(zone)
    if behind.approved_by is not None:
        yield _first_approval(ReadingVersion.author_id) == behind.approved_by
    if behind.delivered_in is not None:
        yield Order.delivered_at >= behind.delivered_in.start(zone)
        yield Order.delivered_at < behind.delivered_in.end(zone)


def _waiting(behind: OrderBehind, at: datetime, zone: ZoneInfo) -> Iterator[Condition]:
    """As ``metrics.operations.WORK`` says when work begins and ends."""
    entered = func.coalesce(Order.paid_at, Order.created_at)
    approved = func.timezone("UTC", first_approved_at())
    closed = func.coalesce(approved, Order.delivered_at, Order.updated_at)
    refunded = func.least(approved, Order.delivered_at, Order.updated_at)
    moment = _moment(at)
    yield Order.status != OrderStatus.PENDING
    yield or_(Order.paid_at.is_not(None), Order.status.not_in((OrderStatus.FAILED, OrderStatus.REFUNDED)))
    yield entered < moment
    yield or_(
        Order.status.not_in((OrderStatus.COMPLETED, OrderStatus.REFUNDED)),
        and_(Order.status == OrderStatus.COMPLETED, closed >= moment),
        and_(Order.status == OrderStatus.REFUNDED, refunded >= moment),
    )
    # By days, as the ages of the backlog: the last moment of a day belongs to it.
    day = (at - timedelta(microseconds=1)).astimezone(zone).date()
    if behind.waited_days is not None:
        yield entered < _moment(day_start(day - timedelta(days=behind.waited_days - 1), zone))
    if behind.waited_below is not None:
        yield entered >= _moment(day_start(day - timedelta(days=behind.waited_below - 1), zone))


def first_approved_at() -> ColumnElement[Any]:
    return _first_approval(ReadingVersion.created_at)


def _first_approval(column: Any) -> ColumnElement[Any]:
    first = select(column).where(
        ReadingVersion.order_id == Order.id, ReadingVersion.origin == VersionOrigin.APPROVED.value
    )
    return first.order_by(ReadingVersion.number).limit(1).correlate(Order).scalar_subquery()


def _of_decisions(behind: OrderBehind, zone: ZoneInfo) -> Iterator[Condition]:
    if behind.decision is None:
        return
    query = select(AuditEntry.id).where(AuditEntry.subject_id == Order.id, AuditEntry.action == behind.decision.value)
    if behind.decided_in is not None:
        query = query.where(AuditEntry.at >= behind.decided_in.start(zone), AuditEntry.at < behind.decided_in.end(zone))
    if behind.decided_by is not None:
        query = query.where(AuditEntry.actor_id == behind.decided_by)
    yield query.correlate(Order).exists()


def _moment(moment: datetime) -> ColumnElement[Any]:
    return literal(moment, Order.updated_at.type)
