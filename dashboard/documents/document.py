"""What a delivered document says beside the reading itself: whose it is, which level, which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lumira_db.reading import Reading

_LEVELS = {1: "Initié", 2: "Mystique", 3: "Profond", 4: "Intégrale"}
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
    *("septembre", "octobre", "novembre", "décembre"),
)


@dataclass(frozen=True, slots=True)
class DeliveryInfo:
    """An order as its client knows it. ``date`` is the day of the approval in Paris."""

    order_number: str
    level: int
    level_name: str
    client_name: str
    first_name: str
    date: date


@dataclass(frozen=True, slots=True)
class ReadingDocument(DeliveryInfo):
    """All that the PDF is made from: the same value always gives the same bytes."""

    reading: Reading


def level_name(level: int) -> str:
    """The level as the client bought it; one that is none of the four is called by its number."""
    return _LEVELS.get(level, f"Niveau {level}")


def french_date(day: date) -> str:
    """``1er mars 2026``."""
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]} {day.year}"


def attachment_name(order_number: str) -> str:
    """The file name of the PDF: ``lecture-LU260130-001.pdf``, safe for any file system."""
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in order_number)
    return f"lecture-{kept or 'lumira'}.pdf"
