"""The audit as it is read: narrowed by what people type, its subjects named."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.clock import utcnow
from lumira_db.queries.audit import AuditFilter, list_actions, list_audit
from tests.db.statements import listening
from tests.factories import actor, make_client, make_order

PARIS = ZoneInfo("Europe/Paris")
SOMEBODY = actor(name="Anne")


def test_the_audit_names_its_actions_once_each(session: Session) -> None:
    """In one statement, however many entries there are."""
    assert list_actions(session) == ()
    for action in ("staff.add", "order.take", "order.take", "order.approve"):
        audit.record(session, SOMEBODY, action, "x", "x")
    audit.flush(session)
    with listening(session) as heard:
        assert list_actions(session) == ("order.approve", "order.take", "staff.add")
    assert len(heard.statements) == 1


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (AuditFilter(), {1, 2, 3, 4}),
        (AuditFilter(action="order.take"), {1}),
        (AuditFilter(action="order"), {1, 2}),
        (AuditFilter(action="orde"), set()),
        (AuditFilter(action="order%"), set()),
        (AuditFilter(actor_id="anne"), {1, 3}),
        (AuditFilter(subject="o2"), {2}),
        (AuditFilter(actor_id="anne", action="staff"), {3}),
    ],
)
def test_the_audit_is_narrowed(session: Session, chosen: AuditFilter, found: set[int]) -> None:
    """By person, by a whole action or its subject, by what it is about."""
    anne, bruno = actor(id="anne"), actor(id="bruno")
    audit.record(session, anne, "order.take", "order", "o1")
    audit.record(session, bruno, "order.take_over", "order", "o2")
    audit.record(session, anne, "staff.add", "staff", "s1")
    audit.record(session, bruno, "orders.export", "export", "orders.csv")
    audit.flush(session)
    assert {row.id for row in list_audit(session, chosen, zone=PARIS).rows} == found


def test_the_audit_names_its_subjects_and_finds_them_by_what_people_type(session: Session) -> None:
    """An order by its number, a client by refId or address, somebody of the staff by address."""
    client = make_client(session, ref_id="LUM-C-26-0042", email="anne@example.org", first_name="Anne", last_name="B")
    order = make_order(session, client, order_number="LU261101-001")
    audit.record(session, SOMEBODY, "order.take", "order", order.id)
    audit.record(session, SOMEBODY, "client.edit", "client", client.id)
    audit.record(session, SOMEBODY, "client.edit", "client", "gone")
    audit.flush(session)
    rows = list_audit(session, AuditFilter(), zone=PARIS).rows
    assert [row.subject_name for row in rows] == [None, "Anne B", "LU261101-001"]
    for typed, kind in {"lu261101-001 ": "order", "lum-c-26-0042": "client", "Anne@example.org": "client"}.items():
        found = list_audit(session, AuditFilter(subject=typed), zone=PARIS).rows
        assert [row.subject_type for row in found] == [kind]


def test_the_audits_days_are_days_in_paris(session: Session) -> None:
    """Today there, whatever UTC says."""
    audit.record(session, SOMEBODY, "order.take", "order", "o")
    audit.flush(session)
    today = utcnow().astimezone(PARIS).date()
    within = AuditFilter(first_day=today - timedelta(days=1), last_day=today)
    assert len(list_audit(session, within, zone=PARIS).rows) == 1
    before = AuditFilter(last_day=today - timedelta(days=2))
    assert list_audit(session, before, zone=PARIS).rows == ()
