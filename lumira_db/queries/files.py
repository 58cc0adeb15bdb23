"""Where the files of a client or an order are: a storage key, an address, or the photo itself in the column."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lumira_db.models import ClientProfile, Delivery, Order, OrderFile, row_version

HEAD = 2048
"""Characters that tell a key or an address from a photo kept as text."""

PhotoField = Literal["face", "palm"]


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where a file is said to be; ``name`` is what to call it when it is kept."""

    key: str | None
    url: str | None
    name: str


@dataclass(frozen=True, slots=True)
class PhotoHead:
    """The beginning of a profile's photo column, its whole length in bytes, and the row's version."""

    head: str | None
    size: int
    version: str


def find_order_file(session: Session, file_id: str) -> FilePlace | None:
    """The photo that came with an order."""
    row = session.execute(select(OrderFile.key, OrderFile.url, OrderFile.name).where(OrderFile.id == file_id)).first()
    return FilePlace(row.key, row.url, row.name) if row else None


def find_profile_photo(session: Session, client_id: str, field: PhotoField) -> PhotoHead | None:
    """What kind of photo the profile has, without reading megabytes; None without a profile."""
    column = _column(field)
    row = session.execute(
        select(func.left(column, HEAD).label("head"), func.coalesce(func.octet_length(column), 0).label("size"))
        .add_columns(row_version("UserProfile").label("version"))
        .where(ClientProfile.client_id == client_id)
    ).first()
    return PhotoHead(row.head, row.size, row.version) if row else None


def get_profile_photo(session: Session, client_id: str, field: PhotoField) -> str:
    """The whole column: up to megabytes of base64."""
    value: str | None = session.scalar(select(_column(field)).where(ClientProfile.client_id == client_id))
    return value or ""


def find_reading_pdf(session: Session, order_id: str) -> FilePlace | None:
    """The PDF that the reading says it was sealed as; its key and address are None before that."""
    content = Order.generated_content
    row = session.execute(
        select(content["pdfKey"].astext.label("key"), content["pdfUrl"].astext.label("url"), Order.order_number).where(
            Order.id == order_id
        )
    ).first()
    return FilePlace(row.key, row.url, _pdf_name(row.order_number)) if row else None


def find_delivery_pdf(session: Session, delivery_id: UUID) -> FilePlace | None:
    """The PDF that a delivery sends, which is kept even when the order moves on."""
    row = session.execute(
        select(Delivery.pdf_key, Order.order_number)
        .join(Order, Order.id == Delivery.order_id)
        .where(Delivery.id == delivery_id)
    ).first()
    return FilePlace(row.pdf_key, None, _pdf_name(row.order_number)) if row else None


def _column(field: PhotoField) -> InstrumentedAttribute[str | None] | ColumnElement[str | None]:
    return ClientProfile.face_photo_url if field == "face" else ClientProfile.palm_photo_url


def _pdf_name(order_number: str) -> str:
    return f"{order_number}-lecture.pdf"
