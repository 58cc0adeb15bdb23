"""Rows for tests: sensible defaults, any column by keyword, unique values, flushed but not committed."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from lumira_db.actor import Actor, Role
from lumira_db.enums import ExpertRole, FileType, OrderStatus, PathActionType, ProductLevel
from lumira_db.models import (
    Claim,
    Client,
    ClientProfile,
    Order,
    OrderFile,
    PathStep,
    Product,
    SpiritualPath,
    Staff,
    StaffAccount,
)

NOON = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)
"""When orders were paid unless a test says otherwise: each a minute after the one made before it."""

PRICES: Mapping[ProductLevel, int] = {
    ProductLevel.INITIE: 900,
    ProductLevel.MYSTIQUE: 2900,
    ProductLevel.PROFOND: 5900,
    ProductLevel.INTEGRALE: 9900,
}
"""Cents per level: what ``make_products`` makes and ``make_order`` charges."""

Row = TypeVar("Row")
_UNSET: Any = object()
_numbers = itertools.count(1)


def actor(role: Role = Role.EXPERT, **values: Any) -> Actor:
    """A person of this role who is in no table: enough for commands that only record who acted."""
    number = next(_numbers)
    defaults = {"id": f"cstaff{number:019d}", "name": f"Staff {number}", "email": f"staff{number}@lumira.test"}
    return Actor(role=role, **(defaults | values))


def make_staff(session: Session, role: Role = Role.EXPERT, **values: Any) -> Actor:
    """A staff member who may sign in once a test gives a ``password`` hash; SUPPORT by our own table."""
    person = actor(role, **{key: values.pop(key) for key in ("id", "name", "email") if key in values})
    contract_role = ExpertRole.ADMIN if role is Role.ADMIN else ExpertRole.EXPERT
    defaults = {"id": person.id, "name": person.name, "email": person.email, "role": contract_role, "password": "!"}
    session.add(Staff(**(defaults | values)))
    if role is Role.SUPPORT:
        session.add(StaffAccount(staff_id=person.id, role=Role.SUPPORT))
    session.flush()
    return person


def make_client(session: Session, **values: Any) -> Client:
    """A client without refId, phone or tags."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "email": f"camille{number}@example.org",
        "first_name": "Camille",
        "last_name": f"Martin {number}",
    }
    return _add(session, Client(**(defaults | values)))


def make_profile(session: Session, client: Client, **values: Any) -> ClientProfile:
    """A complete profile without photos."""
    defaults: dict[str, Any] = {
        "client_id": client.id,
        "birth_date": "1988-11-02",
        "birth_time": "06:45",
        "birth_place": "Nantes",
        "specific_question": "Dois-je changer de ville cette année ?",
        "objective": "Retrouver un élan",
        "profile_completed": True,
        "submitted_at": NOON,
        "face_photo_url": None,
        "palm_photo_url": None,
    }
    return _add(session, ClientProfile(**(defaults | values)))


def make_order(
    session: Session,
    client: Client | None = None,
    *,
    status: OrderStatus = OrderStatus.AWAITING_VALIDATION,
    level: int = 1,
    paid_at: datetime | None = _UNSET,
    content: Any = _UNSET,
    **values: Any,
) -> Order:
    """An order of a new client unless one is given, at the price of its level.

    Every status but PENDING was paid, each order a minute after the one made before it. Orders to
    validate and completed ones have ``reading()`` as their content.
    """
    number = next(_numbers)
    if client is None:
        client = make_client(session)
    if paid_at is _UNSET:
        paid_at = None if status is OrderStatus.PENDING else NOON + timedelta(minutes=number)
    if content is _UNSET:
        written = status in {OrderStatus.AWAITING_VALIDATION, OrderStatus.COMPLETED}
        content = reading(first_name=client.first_name) if written else None
    created_at = (paid_at or NOON + timedelta(minutes=number)) - timedelta(minutes=5)
    defaults: dict[str, Any] = {
        "order_number": f"LU250101{number:03d}",
        "client_id": client.id,
        "client_email": client.email,
        "client_name": f"{client.first_name} {client.last_name}",
        "amount": dict(enumerate(PRICES.values(), start=1)).get(level, 900),
        "payment_intent_id": f"pi_{number:06d}",
        "form_data": {"phone": "+33600000001"},
        "created_at": created_at,
    }
    order = Order(status=status, level=level, paid_at=paid_at, generated_content=content, **(defaults | values))
    return _add(session, order)


def make_product(session: Session, level: ProductLevel = ProductLevel.INITIE, **values: Any) -> Product:
    """The product of one level, under the platform's id (``initie``)."""
    defaults: dict[str, Any] = {
        "id": level.lower(),
        "name": level.title(),
        "description": "Une lecture personnelle",
        "amount_cents": PRICES[level],
        "level": level,
        "features": ["Lecture PDF"],
    }
    return _add(session, Product(**(defaults | values)))


def make_products(session: Session) -> dict[int, Product]:
    """The four products, by level from 1."""
    return {number: make_product(session, level) for number, level in enumerate(ProductLevel, start=1)}


def make_file(session: Session, order: Order, kind: FileType = FileType.FACE_PHOTO, **values: Any) -> OrderFile:
    """A photo's row; nothing is stored under its key."""
    number = next(_numbers)
    key = f"uploads/{order.order_number}/{number}-{kind.lower()}.jpg"
    defaults: dict[str, Any] = {
        "order_id": order.id,
        "name": f"{kind.lower()}.jpg",
        "url": f"https://lumira-uploads.s3.eu-west-3.amazonaws.com/{key}",
        "key": key,
        "content_type": "image/jpeg",
        "size": 123456,
        "type": kind,
    }
    return _add(session, OrderFile(**(defaults | values)))


def make_path(
    session: Session,
    client: Client,
    *,
    completed: int = 0,
    unlocked: int = 1,
    order: Order | None = None,
    **values: Any,
) -> SpiritualPath:
    """A path of seven steps, of which the first ``completed`` are done and the first ``unlocked`` open."""
    defaults: dict[str, Any] = {
        "client_id": client.id,
        "archetype": "Le Guide",
        "synthesis": "Fatigue contenue, désir de changement",
        "key_blockage": "Peur de décevoir",
        "started_at": NOON,
    }
    path = _add(session, SpiritualPath(**(defaults | values)))
    for day in range(1, 8):
        moment = NOON + timedelta(days=day)
        step = PathStep(
            path_id=path.id,
            day_number=day,
            title=f"Jour {day}",
            description="Marcher dix minutes en silence.",
            synthesis="Je m'écoute avant de répondre.",
            archetype="Le Guide",
            action_type=PathActionType.MEDITATION,
            unlocked_at=moment - timedelta(days=1) if day <= unlocked else None,
            is_completed=day <= completed,
            completed_at=moment if day <= completed else None,
            origin_reading_id=None if order is None else order.id,
        )
        session.add(step)
    session.flush()
    return path


def make_claim(session: Session, order: Order, holder: Actor, *, expires_at: datetime, **values: Any) -> Claim:
    """``holder``'s lease on the order until ``expires_at`` (which may be past)."""
    defaults: dict[str, Any] = {"claimed_at": expires_at - timedelta(minutes=5)}
    return _add(session, Claim(order_id=order.id, staff_id=holder.id, expires_at=expires_at, **(defaults | values)))


def reading(*, first_name: str = "Camille", **values: Any) -> dict[str, Any]:
    """A short reading in the shape that the generator sends: eight sections, a ritual, seven days."""
    domains = ("spirituel", "relations", "mission", "creativite", "emotions", "travail", "sante", "finance")
    sections = [
        {"domain": name, "title": f"Titre {name}", "content": f"Ce que l'année dit de {name} à {first_name}."}
        for name in domains
    ]
    days = [
        {
            "day": day,
            "title": f"Jour {day}",
            "action": "Marcher dix minutes en silence puis noter trois sensations.",
            "mantra": "Je m'écoute avant de répondre.",
            "actionType": "MEDITATION",
        }
        for day in range(1, 8)
    ]
    content = {
        "pdf_content": {
            "introduction": f"{first_name}, ton année s'ouvre sur un seuil.",
            "archetype_reveal": "Tu portes l'empreinte du Guide.",
            "sections": sections,
            "karmic_insights": ["Apprendre à recevoir", "Dire non sans se justifier"],
            "life_mission": "Transmettre ce que tu as appris seule.",
            "rituals": [
                {
                    "name": "Bougie du lundi",
                    "description": "Poser une intention pour la semaine",
                    "instructions": ["Allumer la bougie", "Écrire une phrase", "Éteindre sans souffler"],
                }
            ],
            "conclusion": "Avance à ton pas, la route est déjà là.",
        },
        "synthesis": {
            "archetype": "Le Guide",
            "keywords": ["transmission", "patience", "ancrage", "voix", "seuil"],
            "emotional_state": "Fatigue contenue, désir de changement",
            "key_blockage": "Peur de décevoir",
        },
        "timeline": days,
    }
    return content | values


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
