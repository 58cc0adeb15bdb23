"""What leaves the house: the document that is typeset, the mail that carries it, the words for WhatsApp."""

from email.message import EmailMessage
from zoneinfo import ZoneInfo

from dashboard.documents.document import DeliveryInfo, ReadingDocument, attachment_name, level_name
from dashboard.documents.mail import delivery_mail
from dashboard.gateways.mail import recipient_address
from dashboard.gateways.storage import LONGEST_LINK, Storage
from dashboard.settings import Settings
from lumira_db.commands.sending import Parcel
from lumira_db.reading import parse


def document_of(parcel: Parcel, zone: ZoneInfo) -> ReadingDocument:
    """The approved version as a document; nothing else of the order goes into it."""
    info = _info(parcel, zone)
    return ReadingDocument(
        order_number=info.order_number,
        level=info.level,
        level_name=info.level_name,
        client_name=info.client_name,
        first_name=info.first_name,
        date=info.date,
        reading=parse(parcel.content),
    )


def message_of(parcel: Parcel, pdf: bytes, settings: Settings, storage: Storage) -> EmailMessage:
    """The mail with the PDF attached; with a link of seven days instead when it is too large to travel.

    Raises ``MailRefused`` when the client's address cannot be read, ``StorageUnavailable``.
    """
    attached = len(pdf) <= settings.mail_attach_limit_mb * 1024 * 1024
    link = None
    if not attached:
        link = storage.presigned_url(parcel.pdf_key, LONGEST_LINK, attachment_name(parcel.order_number))
    return delivery_mail(
        _info(parcel, ZoneInfo(settings.timezone)),
        attach=pdf if attached else None,
        link=link,
        message_id=parcel.message_id,
        sender=settings.mail_from,
        reply_to=settings.mail_reply_to,
        recipient=recipient_address(parcel.recipient),
    )


def _info(parcel: Parcel, zone: ZoneInfo) -> DeliveryInfo:
    return DeliveryInfo(
        order_number=parcel.order_number,
        level=parcel.level,
        level_name=level_name(parcel.level),
        client_name=f"{parcel.first_name} {parcel.last_name}".strip(),
        first_name=parcel.first_name,
        date=parcel.approved_at.astimezone(zone).date(),
    )
