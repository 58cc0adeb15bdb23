"""What people do with deliveries: plan, call back, retry, confirm."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.actor import Role
from lumira_db.clock import utcnow
from lumira_db.commands.deliveries import (
    cancel_waiting_deliveries,
    confirm_whatsapp,
    plan_delivery,
    recipient_for,
    retry_delivery,
)
from lumira_db.commands.locking import lock_order
from lumira_db.enums import DeliveryFormat, OrderStatus, UserStatus
from lumira_db.errors import (
    ClientBlocked,
    DeliveryStopped,
    DeliveryUnderWay,
    NotPermitted,
    RecordNotFound,
)
from lumira_db.models import Client, Delivery, DeliveryState, Order, VersionOrigin
from lumira_db.versions import keep_version
from tests.factories import actor, make_client, make_order

NOW = utcnow()
ACTOR = actor()


def planned(session: Session, state: DeliveryState = DeliveryState.WAITING, **values: Any) -> Delivery:
    order = values.pop("order", None) or make_order(session, status=OrderStatus.COMPLETED)
    order = lock_order(session, order.id, None)
    version = keep_version(session, order.id, order.generated_content, VersionOrigin.APPROVED, ACTOR)
    delivery = plan_delivery(
        session,
        order=order,
        version=version,
        channel=values.pop("channel", DeliveryFormat.EMAIL),
        recipient="camille@example.org",
        actor=ACTOR,
        now=NOW,
        undo_seconds=10,
        sender_domain="lumira.example",
    )
    delivery.state = state
    for name, value in values.items():
        setattr(delivery, name, value)
    session.flush()
    return delivery


def jobs(session: Session) -> list[Any]:
    found = session.execute(text("SELECT task_name, args, scheduled_at, lock FROM desk.procrastinate_jobs ORDER BY id"))
    return list(found)


def test_a_planned_delivery_fixes_its_key_its_message_and_its_time_and_queues_a_job(session: Session) -> None:
    delivery = planned(session)
    order = session.get_one(Order, delivery.order_id)
    assert delivery.pdf_key == f"readings/{order.order_number}/{int(NOW.timestamp() * 1000)}-lecture.pdf"
    assert delivery.message_id == f"<{delivery.id}@lumira.example>"
    assert delivery.due_at == NOW + timedelta(seconds=10)
    (job,) = jobs(session)
    assert tuple(job) == (
        "lumira.deliver",
        {"delivery_id": str(delivery.id)},
        delivery.due_at,
        f"delivery:{delivery.id}",
    )


@pytest.mark.parametrize(
    "state", [DeliveryState.WAITING, DeliveryState.CONFIRMING, DeliveryState.FAILED, DeliveryState.BLOCKED]
)
def test_what_has_not_left_is_called_back(session: Session, state: DeliveryState) -> None:
    delivery = planned(session, state)
    assert cancel_waiting_deliveries(session, ACTOR, delivery.order_id, "une faute") == [delivery.id]
    assert (delivery.state, delivery.last_error) == (DeliveryState.CANCELLED, "une faute")


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.SENT])
def test_what_is_leaving_or_has_left_cannot_be_called_back_and_is_left_alone_by_force(
    session: Session, state: DeliveryState
) -> None:
    delivery = planned(session, state)
    with pytest.raises(DeliveryUnderWay):
        cancel_waiting_deliveries(session, ACTOR, delivery.order_id, "une faute")
    assert cancel_waiting_deliveries(session, ACTOR, delivery.order_id, "une faute", force=True) == []
    assert delivery.state == state


def test_what_left_in_an_earlier_round_does_not_hold_up_the_present_one(session: Session) -> None:
    earlier = planned(session, DeliveryState.SENT)
    order = session.get_one(Order, earlier.order_id)
    again = planned(session, order=order)
    assert cancel_waiting_deliveries(session, ACTOR, order.id, "une faute") == [again.id]
    assert earlier.state == DeliveryState.SENT


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.BLOCKED])
def test_a_retry_starts_afresh_at_the_clients_present_address(session: Session, state: DeliveryState) -> None:
    delivery = planned(session, state, attempts=6, last_error="The mail server refused the message.")
    order = session.get_one(Order, delivery.order_id)
    session.get_one(Client, order.client_id).email = "nouvelle@example.org"
    session.flush()
    retry_delivery(session, ACTOR, delivery.id)
    assert (delivery.state, delivery.attempts, delivery.last_error) == (DeliveryState.WAITING, 0, None)
    assert delivery.recipient == "nouvelle@example.org"
    assert delivery.due_at <= utcnow()
    assert len(jobs(session)) == 2


@pytest.mark.parametrize("state", [s for s in DeliveryState if s not in {DeliveryState.FAILED, DeliveryState.BLOCKED}])
def test_only_what_failed_or_was_blocked_is_retried(session: Session, state: DeliveryState) -> None:
    delivery = planned(session, state)
    with pytest.raises(DeliveryStopped):
        retry_delivery(session, ACTOR, delivery.id)
    assert delivery.state == state


def test_a_retry_for_a_blocked_client_or_another_version_is_refused(session: Session) -> None:
    delivery = planned(session, DeliveryState.BLOCKED)
    order = session.get_one(Order, delivery.order_id)
    client = session.get_one(Client, order.client_id)
    client.status = UserStatus.SUSPENDED
    session.flush()
    with pytest.raises(ClientBlocked):
        retry_delivery(session, ACTOR, delivery.id)
    client.status = UserStatus.ACTIVE
    planned(session, order=order)
    with pytest.raises(DeliveryStopped):
        retry_delivery(session, ACTOR, delivery.id)


def test_the_persons_word_completes_a_whatsapp_delivery_once(session: Session) -> None:
    delivery = planned(session, DeliveryState.CONFIRMING, channel=DeliveryFormat.WHATSAPP)
    confirm_whatsapp(session, ACTOR, delivery.id)
    order = session.get_one(Order, delivery.order_id)
    assert delivery.state == DeliveryState.SENT
    assert (order.delivered_at, order.delivery_method) == (delivery.sent_at, DeliveryFormat.WHATSAPP)
    with pytest.raises(DeliveryStopped):
        confirm_whatsapp(session, ACTOR, delivery.id)


@pytest.mark.parametrize("command", [retry_delivery, confirm_whatsapp])
def test_support_sends_nothing_and_unknown_ids_are_unknown(session: Session, command: Any) -> None:
    delivery = planned(session, DeliveryState.FAILED)
    with pytest.raises(NotPermitted):
        command(session, actor(Role.SUPPORT), delivery.id)
    with pytest.raises(RecordNotFound):
        command(session, ACTOR, uuid4())


@pytest.mark.parametrize(
    ("phone", "form", "reached"),
    [("06 11", {"phone": "07"}, "06 11"), (None, {"phone": "07"}, "07"), (None, {}, ""), (None, [1], "")],
)
def test_a_phone_is_the_clients_else_the_one_typed_at_checkout(
    session: Session, phone: str | None, form: Any, reached: str
) -> None:
    client = make_client(session, phone=phone)
    order = make_order(session, client, form_data=form)
    assert recipient_for(order, client, DeliveryFormat.WHATSAPP) == reached
    assert recipient_for(order, client, DeliveryFormat.EMAIL) == client.email
