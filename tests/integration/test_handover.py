"""WhatsApp deliveries: prepared by the worker, sent and confirmed by a person."""

import urllib.parse
import urllib.request

import pytest
from sqlalchemy import update

from dashboard.workflows.deliver import NO_PHONE, Outcome
from dashboard.workflows.handover import whatsapp_link
from lumira_db.actor import Role
from lumira_db.commands.deliveries import confirm_whatsapp
from lumira_db.enums import DeliveryFormat, UserStatus
from lumira_db.errors import ClientBlocked, DeliveryStopped, NotPermitted
from lumira_db.models import Client, DeliveryState
from tests.factories import actor
from tests.integration.peers import Desk


def test_the_prepared_conversation_leads_to_the_approved_pdf(desk: Desk) -> None:
    delivery_id = desk.approve(channel=DeliveryFormat.WHATSAPP, phone="06 12 34 56 78")
    assert desk.deliver(delivery_id) is Outcome.TO_CONFIRM
    assert desk.delivery(delivery_id).state == DeliveryState.CONFIRMING
    assert desk.order_of(delivery_id).delivered_at is None

    link = whatsapp_link(delivery_id, actor(), database=desk.database, storage=desk.storage, settings=desk.settings)
    address = urllib.parse.urlsplit(link)
    assert (address.hostname, address.path) == ("wa.me", "/33612345678")
    words = urllib.parse.parse_qs(address.query)["text"][0]
    pdf = next(word for word in words.split() if word.startswith("http"))
    with urllib.request.urlopen(pdf, timeout=10) as answer:
        assert answer.read() == desk.storage.get(desk.delivery(delivery_id).pdf_key).read()

    with desk.database.writing() as session:
        confirm_whatsapp(session, actor(), delivery_id)
    assert desk.order_of(delivery_id).delivery_method is DeliveryFormat.WHATSAPP
    with pytest.raises(DeliveryStopped):
        whatsapp_link(delivery_id, actor(), database=desk.database, storage=desk.storage, settings=desk.settings)
    assert desk.submissions() == []


@pytest.mark.parametrize("phone", ["", "12", "none"])
def test_without_a_phone_it_fails_with_words(desk: Desk, phone: str) -> None:
    delivery_id = desk.approve(channel=DeliveryFormat.WHATSAPP, phone=phone, order={"form_data": {}})
    assert desk.deliver(delivery_id) is Outcome.FAILED
    assert desk.delivery(delivery_id).last_error == NO_PHONE


def test_a_client_blocked_meanwhile_has_no_conversation_and_support_opens_none(desk: Desk) -> None:
    delivery_id = desk.approve(channel=DeliveryFormat.WHATSAPP, phone="06 12 34 56 78")
    desk.deliver(delivery_id)
    tools = {"database": desk.database, "storage": desk.storage, "settings": desk.settings}
    with pytest.raises(NotPermitted):
        whatsapp_link(delivery_id, actor(Role.SUPPORT), **tools)
    with desk.database.writing() as session:
        session.execute(update(Client).values(status=UserStatus.BANNED))
    with pytest.raises(ClientBlocked):
        whatsapp_link(delivery_id, actor(), **tools)
