"""The orders behind a figure: what a click on it narrows the list of orders to, so that it counts the same ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, extract, func, literal, literal_column, or_, select, text, tuple_
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.enums import OrderStatus
from lumira_db.metrics.operations import FAILED_GENERATION, error_words
from lumira_db.models import AuditEntry, Client, Generation, Order, ReadingVersion, Refund
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
    ``waited_days`` and less than ``waited_below`` business days. ``approved`` is the first approval that we keep; what
    was approved or delivered before it was paid counts nowhere. ``reason`` is the key of one (``ReasonRow``),
    ``generator_error`` what the generator said as failures are grouped (``""``: nothing).
    """

    sources: tuple[str, ...] = ()
    buyers: Buyers | None = None
    paid: bool | None = None
    checkout: bool = False
    refunded: bool = False
    refunded_in: Period | None = None
    refunded_currency: str | None = None
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
    reason: str | None = None
    generator_error: str | None = None
    failed_in: Period | None = None


_Earlier = aliased(Order)
_entered = func.coalesce(Order.paid_at, Order.created_at)


def conditions(behind: OrderBehind, zone: ZoneInfo) -> Iterator[Condition]:
    """What holds for the orders (``Order``) that ``behind`` names."""
    yield from _of_purchase(behind, zone)
    yield from _of_work(behind, zone)
    yield from _of_decisions(behind, zone)
    yield from _of_generator(behind, zone)


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
        yield _refunded(behind.refunded_in, behind.refunded_currency, zone)
    if behind.off_catalogue:
        yield amount_differs()
    clock = func.timezone(zone.key, func.timezone("UTC", Order.paid_at))
    if behind.weekday is not None:
        yield extract("isodow", clock) == behind.weekday
    if behind.hour is not None:
        yield extract("hour", clock) == behind.hour


def _refunded(period: Period, currency: str | None, zone: ZoneInfo) -> Condition:
    """As ``metrics.revenue.REFUNDS`` says when money was given back, and in which currency."""
    start, end = _moment(period.start(zone)), _moment(period.end(zone))
    known = [Refund.succeeded_at >= start, Refund.succeeded_at < end]
    estimated = [Order.status == OrderStatus.REFUNDED, Order.paid_at.is_not(None), ~_ledger()]
    estimated += [Order.updated_at >= start, Order.updated_at < end]
    if currency is not None:
        known.append(func.lower(Refund.currency) == currency)
        estimated.append(func.lower(Order.currency) == currency)
    return or_(_ledger(*known), and_(*estimated))


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
        yield func.timezone("UTC", approved) >= _entered
    if behind.approved_by is not None:
        yield _first_approval(ReadingVersion.author_id) == behind.approved_by
    if behind.delivered_in is not None:
        yield Order.delivered_at >= behind.delivered_in.start(zone)
        yield Order.delivered_at < behind.delivered_in.end(zone)
        yield Order.delivered_at >= _entered
    if behind.waiting_at is not None or behind.approved_in is not None or behind.delivered_in is not None:
        yield Order.status != OrderStatus.PENDING
        yield or_(Order.paid_at.is_not(None), Order.status.not_in((OrderStatus.FAILED, OrderStatus.REFUNDED)))


def _waiting(behind: OrderBehind, at: datetime, zone: ZoneInfo) -> Iterator[Condition]:
    """As ``metrics.operations.WORK`` says when work begins and ends."""
    approved = func.timezone("UTC", first_approved_at())
    closed = func.coalesce(approved, Order.delivered_at, Order.updated_at)
    refunded = func.least(approved, Order.delivered_at, Order.updated_at)
    moment = _moment(at)
    yield _entered < moment
    yield or_(
        Order.status.not_in((OrderStatus.COMPLETED, OrderStatus.REFUNDED)),
        and_(Order.status == OrderStatus.COMPLETED, closed >= moment),
        and_(Order.status == OrderStatus.REFUNDED, refunded >= moment),
    )
    # By days, as the ages of the backlog: the last moment of a day belongs to it.
    day = (at - timedelta(microseconds=1)).astimezone(zone).date()
    if behind.waited_days is not None:
        yield _entered < _moment(day_start(day - timedelta(days=behind.waited_days - 1), zone))
    if behind.waited_below is not None:
        yield _entered >= _moment(day_start(day - timedelta(days=behind.waited_below - 1), zone))


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
    if behind.reason is not None:
        query = query.where(func.md5(func.lower(func.btrim(AuditEntry.reason))) == behind.reason)
    yield query.correlate(Order).exists()


def _of_generator(behind: OrderBehind, zone: ZoneInfo) -> Iterator[Condition]:
    if behind.failed_in is None and behind.generator_error is None:
        return
    query = select(Generation.id).where(Generation.order_id == Order.id, text(FAILED_GENERATION))
    if behind.failed_in is not None:
        start, end = behind.failed_in.start(zone), behind.failed_in.end(zone)
        query = query.where(Generation.answered_at >= start, Generation.answered_at < end)
    if behind.generator_error is not None:
        query = query.where(literal_column(error_words("desk.generation.error")) == behind.generator_error)
    yield query.correlate(Order).exists()


def _moment(moment: datetime) -> ColumnElement[Any]:
    return literal(moment, Order.updated_at.type)
