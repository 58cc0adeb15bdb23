"""``lumira db check``: a sound database is said to be sound, and each fault is found and named."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.migrate import revisions
from lumira_db import audit
from lumira_db.actor import SYSTEM
from lumira_db.health import HealthFinding, check
from tests.factories import NOON, make_claim, make_client, make_order, make_products, make_staff

HEAD = revisions()[-1]


def problems(session: Session) -> list[HealthFinding]:
    return [finding for finding in check(session, head=HEAD) if not finding.ok]


def test_a_migrated_database_is_in_order(session: Session) -> None:
    """Every area is named and well, also with rows of every owner in place."""
    order = make_order(session)
    make_claim(session, order, make_staff(session), expires_at=NOON)
    make_products(session)
    findings = check(session, head=HEAD)
    assert [finding.area for finding in findings] == ["contract", "desk", "orphans", "counters", "audit"]
    assert all(finding.ok for finding in findings)


FAULTS = [
    ('DROP INDEX "User_email_key"', "contract", "User_email_key"),
    ("UPDATE desk.alembic_version SET version_num = '0002'", "desk", "0002"),
    ("DROP TABLE desk.draft", "desk", "desk.draft"),
    (
        "INSERT INTO desk.claim VALUES ('nowhere', 'nobody', now(), now())",
        "orphans",
        "The order of 1 claims is gone",
    ),
    (
        "INSERT INTO desk.staff_account (staff_id, updated_at) VALUES ('nobody', now())",
        "orphans",
        "The staff member of 1 staff accounts",
    ),
    (
        """INSERT INTO "Insight" (id, "userId", category, short, "full", "updatedAt")
           VALUES ('i', 'nobody', 'SANTE', 'a', 'b', now())""",
        "orphans",
        "The client of 1 insights",
    ),
    (
        """INSERT INTO "ProductOrder" (id, "productId", "customerId", amount, "paymentIntentId", "updatedAt")
           VALUES ('p', 'initie', 'nobody', 900, 'pi_1', now())""",
        "orphans",
        "The client of 1 product orders",
    ),
    (
        """INSERT INTO "User" (id, email, "firstName", "lastName", "refId", "updatedAt")
           VALUES ('u', 'a@b.c', 'A', 'B', 'LUM-C-26-10042', now())""",
        "counters",
        "The counter client_26 stands at 0, but 10042 is in use",
    ),
]


@pytest.mark.parametrize(("fault", "area", "words"), FAULTS, ids=[f"{fault[1]}-{fault[2][:30]}" for fault in FAULTS])
def test_a_fault_is_found_and_named(session: Session, fault: str, area: str, words: str) -> None:
    """One sentence says what is wrong, in its area."""
    make_products(session)
    session.execute(text(fault))
    assert any(finding.area == area and words in finding.sentence for finding in problems(session))


def test_an_order_counter_behind_the_numbers_in_use_is_found(session: Session) -> None:
    """The next order of that day would be refused for its number."""
    make_order(session, order_number="LU260130-007")
    assert [finding.sentence for finding in problems(session)] == [
        "The counter order_20260130 stands at 0, but 7 is in use."
    ]


def test_numbers_of_other_forms_are_no_concern_of_the_counters(session: Session) -> None:
    """The platform's older order numbers and malformed refIds have no counter of ours."""
    make_order(session, make_client(session, ref_id="LUM-C-26-42"), order_number="LUM-O-260130-001")
    make_order(session, order_number="LU260130001")
    assert problems(session) == []


def test_a_tampered_audit_is_found(session: Session) -> None:
    """The check walks the chain, so a changed entry shows."""
    audit.record(session, SYSTEM, "order.approve", "order", "o1", after={"status": "COMPLETED"})
    audit.flush(session)
    session.execute(text("UPDATE desk.audit SET actor_name = 'Somebody else'"))
    assert [finding.area for finding in problems(session)] == ["audit"]


def test_a_difference_that_does_not_matter_is_told_but_is_no_fault(session: Session) -> None:
    """The platform's newer columns are worth knowing, not worth an alarm."""
    session.execute(text('ALTER TABLE "Order" ADD COLUMN addons jsonb'))
    findings = check(session, head=HEAD)
    assert all(finding.ok for finding in findings)
    assert "Order.addons" in findings[0].sentence
