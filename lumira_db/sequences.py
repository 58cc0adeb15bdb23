"""Business numbers: refIds and order numbers (DOMAIN §3), drawn with one atomic statement each."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.ids import new_id

BUSINESS_ZONE = ZoneInfo("Europe/Paris")

_DRAW = text(
    """
    INSERT INTO "SequenceCounter" ("id", "name", "value", "updatedAt")
    VALUES (:id, :name, :amount, now() AT TIME ZONE 'UTC')
    ON CONFLICT ("name") DO UPDATE
        SET "value" = "SequenceCounter"."value" + :amount, "updatedAt" = EXCLUDED."updatedAt"
    RETURNING "value"
    """
)


def draw(session: Session, name: str, amount: int = 1) -> int:
    """Raise the counter ``name`` by ``amount`` and return its new value.

    The counter's row stays locked until the transaction ends, so numbers are gap-free: a rollback
    gives its numbers back.
    """
    return int(session.execute(_DRAW, {"id": new_id(), "name": name, "amount": amount}).scalar_one())


def draw_ref_id(session: Session, moment: datetime) -> str:
    """The next refId of the year of ``moment``: ``LUM-C-YY-`` and at least four digits."""
    year = f"{moment.astimezone(BUSINESS_ZONE):%y}"
    return f"LUM-C-{year}-{draw(session, f'client_{year}'):04d}"


def draw_order_number(session: Session, moment: datetime) -> str:
    """The next order number of the Paris day of ``moment``: ``LU250127-001``."""
    day = moment.astimezone(BUSINESS_ZONE)
    return f"LU{day:%y%m%d}-{draw(session, f'order_{day:%Y%m%d}'):03d}"
