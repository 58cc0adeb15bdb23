"""What the Desk knows about one person: found for an export, counted before they are erased, and looked for after."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from lumira_db.enums import OrderStatus
from lumira_db.models import Client, Delivery, Erasure, Generation, Order
from lumira_db.personal import ERASED_EMAIL, REACHED, Table
from lumira_db.queries.streaming import be_patient, stream_text
from lumira_db.quotes import quotes

_SHORTEST = 5
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
_NEVER = "(?!)"
_OPEN = (OrderStatus.PAID, OrderStatus.PROCESSING, OrderStatus.AWAITING_VALIDATION)


@dataclass(frozen=True, slots=True)
class Person:
    """What a client's rows are found by. Everything is text as the database keeps it; ``emails`` are lower case."""

    client_id: str
    name: str
    ref_id: str | None
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    payments: tuple[str, ...]
    order_ids: tuple[str, ...]
    order_numbers: tuple[str, ...]
    delivery_ids: tuple[str, ...]
    generation_ids: tuple[str, ...]
    tags: tuple[str, ...] = ()
    open_orders: int = 0
    version: str = ""

    def to_json(self) -> dict[str, Any]:
        """For a task's place: after the rows are gone, nothing else says whom to look for."""
        return asdict(self)

    @staticmethod
    def from_json(kept: dict[str, Any]) -> "Person":
        """What ``to_json`` made."""
        values: dict[str, Any] = {one.name: kept[one.name] for one in fields(Person)}
        taken: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return Person(**taken)

    @property
    def strings(self) -> tuple[str, ...]:
        """What nobody else is called: addresses, numbers, the refId, the ids at the payment service."""
        written = (*self.emails, *(quote(email, safe="") for email in self.emails), *self.phones, *self.payments)
        return tuple(one for one in (self.ref_id or "", *written) if len(one) >= _SHORTEST)

    def values(self, task: UUID | None = None) -> dict[str, Any]:
        """The values of every condition in ``lumira_db.personal``."""
        ours = (self.client_id, *self.order_ids, *self.order_numbers)
        anywhere = (*self.strings, *(one for one in ours if len(one) >= _SHORTEST))
        return {
            "client": self.client_id,
            "customers": [self.client_id, *self.payments],
            "emails": list(self.emails),
            "orders": list(self.order_ids),
            "deliveries": list(self.delivery_ids),
            "generations": list(self.generation_ids),
            "subjects": [*ours, *self.delivery_ids, *self.generation_ids],
            "strings": pattern(self.strings),
            "anywhere": pattern(anywhere),
            "quotes": quotes(anywhere),
            "task": task,
        }


@dataclass(frozen=True, slots=True)
class Count:
    """What one table holds about the person: rows, and per personal column how many of them say something.
    ``spared`` are rows that an erasure leaves alone for now."""

    table: str
    rows: int
    columns: dict[str, int]
    spared: int = 0

    @property
    def holds(self) -> bool:
        return any(self.columns.values())


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """An erasure that was carried through; ``receipt`` is signed and names nobody."""

    id: UUID
    client_id: str
    erased_by_name: str
    erased_at: datetime
    receipt: str


def pattern(strings: tuple[str, ...]) -> str:
    """A regular expression of PostgreSQL's that finds any of the strings, whole: not inside a longer word, number
    or address."""
    if not strings:
        return _NEVER
    alternatives = "|".join(sorted({re.sub(r"([^\w\s])", r"\\\1", one) for one in strings}))
    return rf"(?<![\w.%+-])({alternatives})(?![\w@]|[.-]\w)"


def find_person(session: Session, client_id: str) -> Person | None:
    """The client and everything that is found by them; None when there is no such client."""
    client = session.get(Client, client_id, populate_existing=True)
    if client is None:
        return None
    orders = session.execute(
        select(Order.id, Order.order_number, Order.client_email, Order.payment_intent_id, Order.stripe_session_id)
        .add_columns(Order.status)
        .where(Order.client_id == client_id)
        .order_by(Order.created_at, Order.id)
    ).all()
    order_ids = [row.id for row in orders]
    emails = [client.email, *(row.client_email for row in orders)]
    payments = [client.stripe_customer_id, *(row.stripe_session_id for row in orders)]
    payments += [row.payment_intent_id for row in orders]
    return Person(
        client_id=client.id,
        name=f"{client.first_name} {client.last_name}".strip(),
        ref_id=client.ref_id,
        emails=_several(email.strip().lower() for email in emails if email != ERASED_EMAIL),
        phones=_phones(client.phone),
        payments=_several(payments),
        order_ids=tuple(order_ids),
        order_numbers=tuple(row.order_number for row in orders),
        delivery_ids=_ids(session, select(Delivery.id).where(Delivery.order_id.in_(order_ids))),
        generation_ids=_ids(session, select(Generation.id).where(Generation.order_id.in_(order_ids))),
        tags=tuple(client.tags or ()),
        open_orders=sum(row.status in _OPEN for row in orders),
        version=session.execute(text('SELECT xmin::text FROM "User" WHERE id = :id'), {"id": client_id}).scalar_one(),
    )


def count_personal(session: Session, person: Person, *, task: UUID | None = None) -> tuple[Count, ...]:
    """What every table holds about the person, tables without anything left out."""
    be_patient(session)
    found = (count_table(session, table, person, task=task) for table in REACHED)
    return tuple(one for one in found if one.rows)


def find_erasure(session: Session, client_id: str) -> ErasureRow | None:
    """The newest erasure of the client, or None."""
    query = select(Erasure).where(Erasure.client_id == client_id).order_by(Erasure.erased_at.desc()).limit(1)
    return next((_erasure(one) for one in session.scalars(query)), None)


def list_erasures(session: Session, *, limit: int = 20) -> tuple[ErasureRow, ...]:
    """The latest erasures, the newest first."""
    query = select(Erasure).order_by(Erasure.erased_at.desc(), Erasure.id).limit(limit)
    return tuple(_erasure(one) for one in session.scalars(query))


def walk_rows(session: Session, table: Table, person: Person, *, task: UUID | None = None) -> Iterator[dict[str, Any]]:
    """Every row of ``table`` that concerns the person, whole, as JSON, streamed."""
    statement = f"SELECT to_jsonb(t) FROM {table.sql} t WHERE {table.reach}"  # noqa: S608 - of lumira_db.personal
    return stream_text(session, bound(statement, person.values(task)))


def bound(statement: str, values: dict[str, Any]) -> TextClause:
    """The statement with those of ``values`` that it names."""
    named = set(_PARAMETER.findall(statement))
    return text(statement).bindparams(**{name: value for name, value in values.items() if name in named})


def residue(table: Table, column: str) -> str:
    """The condition that the column still says something of the person."""
    return table.replaced[column].left if column in table.replaced else f't."{column}" IS NOT NULL'


def count_table(session: Session, table: Table, person: Person, *, task: UUID | None = None) -> Count:
    """What one table holds about the person."""
    counted = "".join(
        f""", count(*) FILTER (WHERE NOT ({table.spared}) AND ({residue(table, column)})) AS "{column}" """
        for column in table.personal
    )
    wanted = f"count(*) AS all_rows, count(*) FILTER (WHERE {table.spared}) AS spared_rows{counted}"
    statement = f"SELECT {wanted} FROM {table.sql} t WHERE {table.reach}"  # noqa: S608 - of lumira_db.personal
    row = session.execute(bound(statement, person.values(task))).mappings().one()
    columns = {column: row[column] for column in table.personal if row[column]}
    return Count(table.name, row["all_rows"], columns, row["spared_rows"])


def _erasure(row: Erasure) -> ErasureRow:
    return ErasureRow(row.id, row.client_id, row.erased_by_name, row.erased_at, row.receipt)


def _ids(session: Session, query: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in session.scalars(query))


def _several(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _phones(phone: str | None) -> tuple[str, ...]:
    """The number as it is kept, and the ways in which one of a text would repeat it."""
    digits = re.sub(r"\D", "", phone or "")
    if len(digits) < 8:
        return _several([phone])
    national = re.sub(r"^(00)?33(?=[1-9]\d{8}$)|^0(?=[1-9]\d{8}$)", "", digits)
    spellings = [digits]
    if len(national) == 9:
        pairs = " ".join([national[0], *(national[n : n + 2] for n in range(1, 9, 2))])
        spellings += [f"0{national}", f"33{national}", f"+33{national}", f"0{pairs}", f"+33 {pairs}"]
    return _several([phone, *spellings])
