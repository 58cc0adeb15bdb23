"""The screen of payments: what differs, what came, what went back, and what can be done about it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from streamlit.testing.v1 import AppTest

from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands.payments import keep_failed_event, receive_event
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import Finding, Payment, RefundRequest, StripeEvent
from lumira_db.payments import EventState, understood
from lumira_db.states import FindingKind, FindingState, RefundState
from tests.db.test_payments import event, intent, refund
from tests.factories import make_order, make_staff
from tests.ui.conftest import Open
from tests.ui.test_screens import shown


@pytest.fixture
def boss(desk: Database) -> Actor:
    with desk.writing() as session:
        return make_staff(session, Role.ADMIN)


def words(screen: AppTest) -> str:
    """What the page says, its tables included."""
    assert not screen.exception
    drawn = [*screen.get("bidi_component"), *screen.get("page_link")]
    return shown(screen) + "\n" + "\n".join(str(one.proto) for one in drawn)


@pytest.mark.parametrize("language", ["fr-FR", "en-GB"])
def test_every_kind_of_finding_can_be_looked_at(desk: Database, boss: Actor, open_screen: Open, language: str) -> None:
    """With all that belongs to it, and with nothing."""
    now = utcnow()
    with desk.writing() as session:
        order = make_order(session)
        for number, kind in enumerate(FindingKind):
            for empty in (False, True):
                own: dict[str, Any] = {"amount": 2900, "currency": "eur", "order_id": order.id, "intent_id": "pi_1"}
                facts = {"here": 900, "here_currency": "eur", "payments": 3, "type": "adjustment"}
                moments = {"happened_at": now - timedelta(hours=number), "found_at": now, "seen_at": now}
                named = {"kind": kind, "object_id": f"{kind}{empty}", "facts": {} if empty else facts}
                session.add(Finding(**named, **({} if empty else own), **moments, seen_by=UUID(int=1)))
    screen = open_screen("payments", boss, language)
    assert str(len(FindingKind) * 2) in words(screen)
    # Nothing chosen is not all of them: the filter says what is shown.
    assert screen.multiselect(key="finding.choice").placeholder == {"fr": "Ouvert", "en": "Open"}[language[:2]]
    assert not open_screen("payments", boss, language, finding=FindingState.SOLVED).exception


def test_an_event_that_failed_is_shown_and_tried_again(desk: Database, boss: Actor, open_screen: Open) -> None:
    """With its error, what was kept of it, and the order that it paid in the end."""
    with desk.writing() as session:
        order = make_order(session, status=OrderStatus.PENDING, paid_at=None)
        keep_failed_event(session, understood(event("payment_intent.succeeded", intent(order))), "KeyError")
    screen = open_screen("payments", boss, part="events", event="evt_1")
    said = words(screen)
    assert "payment_intent" in said
    assert "KeyError" in said
    screen.button(key="payments.retry_one").click().run()
    assert "1 event was tried again" in words(screen)
    with desk.reading() as session:
        assert session.get_one(StripeEvent, "evt_1").state == EventState.APPLIED


def test_refunds_are_listed_with_their_orders(desk: Database, boss: Actor, open_screen: Open) -> None:
    with desk.writing() as session:
        order = make_order(session, payment_intent_id="pi_1")
        receive_event(session, understood(event("refund.created", refund())))
    said = words(open_screen("payments", boss, part="refunds"))
    assert order.order_number in said
    assert "re_1" in said


def test_a_refund_that_waits_for_a_second_administrator_is_found_by_the_others(
    desk: Database, boss: Actor, open_screen: Open
) -> None:
    """On their home, and in the list that leads to its payment; whoever asked for it is not called."""
    with desk.writing() as session:
        order = make_order(session, status=OrderStatus.COMPLETED)
        for number, state in enumerate((RefundState.WAITING_APPROVAL, RefundState.UNKNOWN, RefundState.DECLINED)):
            own = {"order_id": order.id, "intent_id": f"pi_{number}", "amount": 12_300 + number, "currency": "eur"}
            asked = {"idempotency_key": state, "note": f"geste {number}", "asked_by": boss.id, "asked_by_name": "Zoé"}
            session.add(RefundRequest(id=uuid4(), reason="GOODWILL", state=state, whole=False, **own, **asked))
        other = make_staff(session, Role.ADMIN)
    assert "1 refund waits for your approval" in words(open_screen("home", other))
    assert "for your approval" not in words(open_screen("home", boss))
    said = words(open_screen("payments", other, part="refunds"))
    assert order.order_number in said
    assert "Waits for a second person" in said
    assert [f"geste {number}" in said for number in range(3)] == [True, True, False]


def test_the_form_that_a_finding_leads_to_is_about_what_is_left_of_that_payment(
    desk: Database, boss: Actor, open_screen: Open
) -> None:
    """Of the payment that was one too many, and of no other."""
    with desk.writing() as session:
        order = make_order(session, status=OrderStatus.COMPLETED, amount=2900, payment_intent_id="pi_1")
        for intent_id, cents in (("pi_1", 2900), ("pi_2", 3100)):
            known = {"amount": cents, "currency": "eur", "succeeded_at": utcnow()}
            session.add(Payment(intent_id=intent_id, order_id=order.id, **known))
    screen = open_screen("order", boss, id=order.id, part="payment")
    screen.session_state["payment.refunding"] = "pi_2"
    screen.run()
    assert not screen.exception
    assert screen.text_input(key="refund.again").value == ""
    offered = " ".join(str(one.proto) for one in screen.get("button_group"))
    assert "All that is left: €31.00" in offered
