"""Deliveries as they are listed: found by number, by client and by day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from dashboard import filters
from lumira_db.commands.deliveries import plan_delivery
from lumira_db.enums import DeliveryFormat
from lumira_db.models import Delivery, VersionOrigin
from lumira_db.queries.deliveries import list_deliveries, walk_deliveries
from lumira_db.versions import keep_version
from tests.factories import actor, make_client, make_order, reading

PARIS = ZoneInfo("Europe/Paris")
SOMEBODY = actor(name="Anne")


def deliver(session: Session, name: str, number: str, at: datetime) -> None:
    """A delivery to a client of this name, made at this moment."""
    client = make_client(session, first_name=name, last_name="Morel", email=f"{name.lower()}@example.org")
    order = make_order(session, client, order_number=number)
    plan_delivery(
        session,
        order=order,
        version=keep_version(session, order.id, reading(), VersionOrigin.APPROVED, SOMEBODY),
        channel=DeliveryFormat.EMAIL,
        recipient=name,
        actor=SOMEBODY,
        now=at,
        undo_seconds=0,
        sender_domain="lumira.example",
    )
    session.execute(update(Delivery).where(Delivery.order_id == order.id).values(created_at=at))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Brune", "Agathe"]),
        ({"about": [" lu261101-001"]}, ["Agathe"]),
        ({"about": ["brune mor"]}, ["Brune"]),
        ({"about": ["nobody at all"]}, []),
        ({"days": ["2026-11-02..2026-11-02"]}, ["Brune"]),
        ({"about": ["brune"], "state": ["FAILED"]}, []),
    ],
)
def test_deliveries_are_found_by_number_client_and_day(
    session: Session, query: dict[str, list[str]], found: list[str]
) -> None:
    """The same rows in the list and in what is taken away of it; a day begins at midnight in Paris."""
    # Half an hour after midnight there, still the day before in UTC.
    moment = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    deliver(session, "Agathe", "LU261101-001", moment)
    deliver(session, "Brune", "LU261101-002", moment + timedelta(days=1))
    chosen = filters.delivery_filter(query)
    assert [row.recipient for row in list_deliveries(session, chosen, zone=PARIS).rows] == found
    assert [row.recipient for row in walk_deliveries(session, chosen, zone=PARIS)] == found
