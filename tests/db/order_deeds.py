"""What the platform may write about orders, refunds and paths, at random: new, late, undone, deleted."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.enums import OrderStatus
from lumira_db.models import Client, Order, Refund
from tests.factories import make_client, make_order, make_path

# Around midnights, both changes of the clock, and the ends of months and of a year.
MOMENTS = [
    datetime.fromisoformat(moment).replace(tzinfo=UTC)
    for moment in (
        *("2025-10-25T21:59:59.999", "2025-10-25T22:00", "2025-10-26T00:30", "2025-10-26T01:30", "2025-10-26T23:00"),
        *("2025-12-31T22:59:59.999", "2025-12-31T23:00", "2026-01-31T23:00", "2026-02-28T22:59:59.999"),
        *(
            "2026-03-29T00:59:59.999",
            "2026-03-29T01:00",
            "2026-03-29T21:59:59.999",
            "2026-03-31T22:00",
            "2026-04-02T10:00",
        ),
    )
]


def write(session: Session, chance: Random, steps: int) -> None:
    """So many random writes, as the platform does them: new, late, undone, deleted."""
    clients = list(session.scalars(text('SELECT id FROM "User"')))
    for _ in range(steps):
        orders = list(session.scalars(text('SELECT id FROM "Order" ORDER BY id')))
        deed = chance.choice(DEEDS)
        deed(session, chance, clients, orders)
    session.flush()


def buy(session: Session, chance: Random, clients: list[str], _orders: list[str]) -> None:
    client = session.get(Client, chance.choice(clients)) if clients and chance.random() < 0.8 else None
    if client is None:
        client = make_client(session, source=chance.choice([None, "", "instagram", "ami"]))
        clients.append(client.id)
    make_order(
        session,
        client,
        status=chance.choice(list(OrderStatus)),
        level=chance.choice([1, 1, 2, 4, 7, -1]),
        amount=chance.choice([0, 900, 2900, 1234]),
        currency=chance.choice(["eur", "eur", "EUR", "usd"]),
        paid_at=chance.choice([None, *MOMENTS]),
        created_at=chance.choice(MOMENTS),
        updated_at=chance.choice(MOMENTS),
    )


def change(session: Session, chance: Random, clients: list[str], orders: list[str]) -> None:
    if not orders:
        return
    column, value = chance.choice(
        [
            ('"paidAt"', chance.choice([None, *MOMENTS])),
            ("level", chance.choice([1, 2, 3])),
            ("amount", chance.randint(0, 9999)),
            ("currency", chance.choice(["eur", "chf"])),
            ('"createdAt"', chance.choice(MOMENTS)),
            ('"userId"', chance.choice(clients)),
            ('"updatedAt"', chance.choice(MOMENTS)),
        ]
    )
    value = value.replace(tzinfo=None) if isinstance(value, datetime) else value
    session.execute(text(f'UPDATE "Order" SET {column} = :v WHERE id = :id'), {"v": value, "id": chance.choice(orders)})


def change_status(session: Session, chance: Random, _clients: list[str], orders: list[str]) -> None:
    if orders:
        status = chance.choice(list(OrderStatus))
        sql = 'UPDATE "Order" SET status = CAST(:v AS "OrderStatus") WHERE id = :id'
        session.execute(text(sql), {"v": status.value, "id": chance.choice(orders)})


def refund(session: Session, chance: Random, _clients: list[str], orders: list[str]) -> None:
    order = session.get(Order, chance.choice(orders), populate_existing=True) if orders else None
    at = chance.choice(MOMENTS)
    session.add(
        Refund(
            id=f"re_{chance.getrandbits(64)}",
            order_id=None if order is None or chance.random() < 0.2 else order.id,
            amount=chance.randint(1, 900),
            currency="eur" if order is None else order.currency,
            status="succeeded",
            created_at=at,
            said_at=at,
            succeeded_at=at if chance.random() < 0.8 else None,
        )
    )
    session.flush()


def match_refund(session: Session, chance: Random, _clients: list[str], orders: list[str]) -> None:
    """A refund's order becomes known, or the refund goes."""
    if orders and chance.random() < 0.7:
        found = {"id": chance.choice(orders)}
        session.execute(
            text(
                'UPDATE desk.refund r SET order_id = o.id, currency = o.currency FROM "Order" o'
                " WHERE o.id = :id AND r.id = (SELECT max(id) FROM desk.refund)"
            ),
            found,
        )
    else:
        session.execute(text("DELETE FROM desk.refund WHERE id = (SELECT min(id) FROM desk.refund)"))


def delete(session: Session, chance: Random, _clients: list[str], orders: list[str]) -> None:
    if orders:
        session.execute(text('DELETE FROM "Order" WHERE id = :id'), {"id": chance.choice(orders)})
        session.expire_all()


def rename(session: Session, chance: Random, clients: list[str], _orders: list[str]) -> None:
    if clients:
        values = {"v": chance.choice([None, "instagram", "salon"]), "id": chance.choice(clients)}
        session.execute(text('UPDATE "User" SET source = :v WHERE id = :id'), values)


def walk(session: Session, chance: Random, clients: list[str], _orders: list[str]) -> None:
    client = make_client(session)
    clients.append(client.id)
    order = make_order(session, client, level=chance.choice([1, 2]), paid_at=None, status=OrderStatus.COMPLETED)
    done = chance.randint(0, 7)
    make_path(
        session,
        client,
        completed=done,
        unlocked=min(7, done + chance.choice([0, 1])),
        order=chance.choice([None, order]),
        started_at=chance.choice(MOMENTS),
        archetype=chance.choice(["Le Guide", "La Source"]),
    )


def step(session: Session, chance: Random, _clients: list[str], _orders: list[str]) -> None:
    values: dict[str, Any] = {"day": chance.randint(1, 7), "at": chance.choice([None, *MOMENTS])}
    values["at"] = values["at"].replace(tzinfo=None) if values["at"] else None
    values["done"] = values["at"] is not None
    session.execute(
        text('UPDATE "PathStep" SET "completedAt" = :at, "isCompleted" = :done WHERE "dayNumber" = :day'), values
    )


DEEDS: list[Callable[[Session, Random, list[str], list[str]], None]] = [
    *(buy, buy, buy, buy, change, change, change_status, refund, refund, match_refund, delete, rename, walk, step)
]
