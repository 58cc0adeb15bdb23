"""Deliveries that a person sends by hand: the WhatsApp conversation, ready to be opened."""

from uuid import UUID
from zoneinfo import ZoneInfo

from dashboard.documents.document import DeliveryInfo, attachment_name, level_name
from dashboard.documents.mail import whatsapp_text
from dashboard.gateways.storage import LONGEST_LINK, Storage
from dashboard.gateways.whatsapp import wa_link
from dashboard.settings import Settings
from lumira_db.actor import Actor
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus, UserStatus
from lumira_db.errors import ClientBlocked, DeliveryStopped, RecordNotFound
from lumira_db.i18n_marker import N_
from lumira_db.permissions import Permission, require
from lumira_db.queries.outbox import find_handover
from lumira_db.states import DeliveryState


def whatsapp_link(delivery_id: UUID, actor: Actor, *, database: Database, storage: Storage, settings: Settings) -> str:
    """The ``wa.me`` address of a delivery that awaits confirmation, with a link to the PDF of seven days.

    Made afresh each time, so that a client blocked since then is sent nothing. Raises ``NotPermitted``,
    ``RecordNotFound``, ``ClientBlocked``, ``DeliveryStopped``, ``StorageUnavailable``.
    """
    require(actor, Permission.SEND_DELIVERIES)
    with database.reading() as session:
        found = find_handover(session, delivery_id)
    if found is None:
        raise RecordNotFound(id=delivery_id)
    if found.client_status is not UserStatus.ACTIVE:
        raise ClientBlocked(client=f"{found.first_name} {found.last_name}", status=found.client_status)
    if found.state is not DeliveryState.CONFIRMING or found.order_status is not OrderStatus.COMPLETED:
        raise DeliveryStopped(cause=N_("no confirmation is awaited"))
    info = DeliveryInfo(
        order_number=found.order_number,
        level=found.level,
        level_name=level_name(found.level),
        client_name=f"{found.first_name} {found.last_name}".strip(),
        first_name=found.first_name,
        date=found.approved_at.astimezone(ZoneInfo(settings.timezone)).date(),
    )
    pdf = storage.presigned_url(found.pdf_key, LONGEST_LINK, attachment_name(found.order_number))
    link = wa_link(found.recipient, whatsapp_text(info, link=pdf))
    if link is None:
        raise DeliveryStopped(cause=N_("the client has no usable phone number"))
    return link
