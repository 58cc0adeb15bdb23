"""Limits: conversion halved and refunds doubled, counted by hand; too few orders say nothing."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lumira_db.commands import rollups
from lumira_db.enums import OrderStatus
from lumira_db.queries.limits import Limits, Measured, measure
from lumira_db.states import AlertKind
from tests.factories import make_client, make_order

NOW = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)
LIMITS = Limits(late_orders=0, conversion=0.5, refunds=2.0, days=7, least=5)


def measured(session: Session, limits: Limits = LIMITS) -> dict[AlertKind, Measured]:
    rollups.rebuild(session, "Europe/Paris")
    found = measure(session, limits, zone=ZoneInfo("Europe/Paris"), now=NOW, promise={1: timedelta(hours=24)})
    return {one.kind: one for one in found}


def begin(session: Session, day: date, *, paid: int, carts: int, refunded: int = 0) -> None:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    for number in range(paid + carts):
        status = OrderStatus.PENDING if number >= paid else OrderStatus.PAID
        more = {"status": OrderStatus.REFUNDED, "updated_at": at} if number < refunded else {"status": status}
        moment = None if status is OrderStatus.PENDING else at
        make_order(session, make_client(session), paid_at=moment, created_at=at, **more)  # type: ignore[arg-type]


def test_halved_and_doubled_are_told_from_the_days_before(session: Session) -> None:
    """Of the week 2 of 10 checkouts were paid, before it 8 of 10: the limit is 4 of 10. Of the 2 orders, 1 was given
    back, before it 1 of 8."""
    begin(session, date(2026, 3, 10), paid=8, carts=2, refunded=1)
    begin(session, date(2026, 3, 25), paid=2, carts=8, refunded=1)
    found = measured(session)
    conversion = found[AlertKind.CONVERSION]
    assert (conversion.value, conversion.bound, conversion.is_passed) == (0.2, 0.4, True)
    assert found[AlertKind.REFUNDS].bound is None
    found = measured(session, Limits(0, 0.2, 2.0, 7, 2))
    assert not found[AlertKind.CONVERSION].is_passed
    refunds = found[AlertKind.REFUNDS]
    assert (refunds.value, refunds.bound, refunds.is_passed) == (0.5, 0.25, True)
    assert (refunds.first, refunds.last) == (date(2026, 3, 23), date(2026, 3, 29))


def test_a_limit_that_is_switched_off_is_never_passed(session: Session) -> None:
    begin(session, date(2026, 3, 10), paid=8, carts=2)
    begin(session, date(2026, 3, 25), paid=0, carts=8)
    found = measured(session, Limits(0, 0, 2.0, 7, 5))
    assert not any(one.is_passed for one in found.values())
    assert measured(session, Limits(1, 0, 2.0, 7, 5))[AlertKind.LATE_BACKLOG].is_passed
