"""What a house has before its first client: products, staff, settings."""

from collections.abc import Mapping
from random import Random
from typing import Any

from dashboard.seed.moments import DAY, cuid, naive
from dashboard.seed.stories import stories
from lumira_db.enums import ProductLevel

Row = dict[str, Any]

PRICES: Mapping[int, int] = {1: 900, 2: 2900, 3: 5900, 4: 9900}
"""Cents per level."""

UNUSABLE = "!"
"""In place of a password's hash: nobody can sign in with it."""

_PRODUCTS = (
    ("initie", "Initié", ["Lecture PDF", "Archétype", "Parcours de 7 jours"]),
    ("mystique", "Mystique", ["Tout le niveau Initié", "Rituels personnels", "Lecture audio"]),
    ("profond", "Profond", ["Tout le niveau Mystique", "Mission de vie", "Mandala"]),
    ("integrale", "Intégrale", None),
)


def product_rows(at: int) -> list[Row]:
    """The four levels."""
    return [
        {
            "id": product_id,
            "name": name,
            "description": f"La lecture {name}, écrite pour une seule personne.",
            "amountCents": PRICES[number],
            "currency": "eur",
            "level": level,
            "features": features,
            "limitedOffer": "Offre de lancement" if number == 1 else None,
            "isActive": True,
            "comingSoon": False,
            "metadata": None if number == 4 else '{"color":"#E8A838"}',
            "createdAt": naive(at),
            "updatedAt": naive(at),
        }
        for number, (level, (product_id, name, features)) in enumerate(zip(ProductLevel, _PRODUCTS, strict=True), 1)
    ]


def staff_rows(rng: Random, at: int, now: int) -> tuple[list[Row], list[Row]]:
    """The rows of ``"Expert"`` and those of ``desk.staff_account``; the last one has left the house."""
    people, narrowed = [], []
    told = stories()["staff"]
    for number, (name, email, role, support) in enumerate(told):
        staff_id = cuid(rng, at + number * DAY)
        people.append(
            {
                "id": staff_id,
                "email": email,
                "password": UNUSABLE,
                "name": name,
                "role": role,
                "isActive": number < len(told) - 1,
                "lastLogin": naive(now - rng.randrange(5 * DAY)) if number else None,
                "createdAt": naive(at + number * DAY),
                "updatedAt": naive(at + number * DAY),
            }
        )
        if support:
            narrowed.append({"staff_id": staff_id, "role": "SUPPORT", "language": None, "updated_at": naive(at)})
    return people, narrowed


def setting_rows(rng: Random, at: int) -> list[Row]:
    """Settings of the platform, one of them encrypted."""
    values = {"maintenance": ("false", False), "openai.key": (f"enc:{rng.getrandbits(128):032x}", True)}
    return [
        {"id": cuid(rng, at), "key": key, "value": value, "isEncrypted": encrypted, "updatedAt": naive(at)}
        for key, (value, encrypted) in values.items()
    ]


def counter_rows(rng: Random, at: int, counters: Mapping[str, int]) -> list[Row]:
    """The counters, at the highest number that was given out."""
    return [
        {"id": cuid(rng, at), "name": name, "value": value, "updatedAt": naive(at)}
        for name, value in sorted(counters.items())
    ]
