"""One client about whom every table of the database says something, each time in words of their own."""

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.gateways.storage import Storage
from lumira_db import audit
from lumira_db.actor import SYSTEM, Actor
from lumira_db.clock import utcnow
from lumira_db.commands.client_summaries import refresh_clients
from lumira_db.enums import FileType, InsightCategory, OrderStatus
from lumira_db.jobs import defer
from lumira_db.models import (
    AkashicRecord,
    BulkChange,
    ChatSession,
    ClientAccess,
    ClientReveal,
    Delivery,
    Draft,
    Generation,
    Insight,
    NoteDraft,
    NoteVersion,
    NotSameClient,
    ProcessedEvent,
    ProductOrder,
    ReadingVersion,
    SavedView,
    Task,
    TaskKind,
    TaskState,
)
from lumira_db.states import DeliveryState
from tests.factories import make_claim, make_client, make_file, make_order, make_path, make_profile, make_staff, reading

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Told:
    """The client's id, and every word that was said about them: none may be left."""

    client_id: str
    words: list[str]
    keys: list[str]


class _Words:
    def __init__(self, seeds: Iterator[str]) -> None:
        self._seeds = seeds
        self.said: list[str] = []

    def __call__(self, kind: str = "") -> str:
        self.said.append(f"{next(self._seeds)}{kind}")
        return self.said[-1]


def tell(session: Session, storage: Storage, seeds: Iterator[str], staff: Actor | None = None) -> Told:
    """Write the client into every table and into the storage. ``seeds`` are words that occur nowhere else."""
    say = _Words(seeds)
    staff = staff or make_staff(session)
    email = f"{say()}@exemple.fr".lower()
    say.said[-1] = email
    phone = f"+336{uuid.uuid4().int % 10**8:08d}"
    client = make_client(
        session,
        email=email,
        first_name=say(),
        last_name=say(),
        phone=phone,
        ref_id=say("C"),
        notes=say(" a téléphoné"),
        tags=[say()],
        source=say(),
        stripe_customer_id=f"cus_{say()}",
    )
    say.said.append(phone)
    inline = "data:image/png;base64," + base64.b64encode(PIXEL + uuid.uuid4().bytes).decode()
    keys = [f"uploads/clients/{uuid.uuid4().hex}.jpg"]
    make_profile(
        session,
        client,
        birth_place=say(),
        specific_question=say("?"),
        objective=say(),
        highs=say(),
        lows=say(),
        fears=say(),
        ailments=say(),
        rituals=say(),
        face_photo_url=keys[0],
        palm_photo_url=inline,
    )
    say.said.append(inline)
    _orders(session, client, say, keys, staff)
    _journey(session, client, say)
    _looked_after(session, client, say, staff)
    for key in keys:
        storage.put(key, say(key[-4:]).encode(), "application/octet-stream")
    refresh_clients(session, [client.id])
    return Told(client.id, say.said, keys)


def _orders(session: Session, client: Any, say: _Words, keys: list[str], staff: Actor) -> None:
    content = reading(first_name=say()) | {"lecture": f"<p>{say()}</p>", "soulProfile": say()}
    order = make_order(
        session,
        client,
        status=OrderStatus.COMPLETED,
        content=content,
        client_name=say(),
        form_data={"birthPlace": say(), "deep": [{"er": say()}]},
        client_inputs={"q": say()},
        expert_prompt=say(),
        expert_instructions=say(),
        error_log=say(),
        expert_validation={"notes": say()},
        stripe_session_id=f"cs_{say()}",
    )
    folder = f"readings/{order.order_number}"
    keys += [f"{folder}/1-lecture.pdf", f"uploads/{order.order_number}/1.jpg", f"{folder}/unnamed.pdf"]
    order.generated_content = content | {"pdfKey": keys[-3]}
    make_file(session, order, FileType.FACE_PHOTO, key=keys[-2], name=say(".jpg"))
    version = ReadingVersion(
        order_id=order.id, number=1, origin="EDITED", content={"reading": say()}, digest="d",
        author_id=staff.id, author_name=staff.name, note=say(),
    )  # fmt: skip
    session.add(version)
    session.flush()
    delivery = Delivery(
        order_id=order.id, reading_version_id=version.id, channel="EMAIL", recipient=client.email,
        state=DeliveryState.FAILED, due_at=utcnow(), attempts=1, last_error=say(), pdf_key=keys[-3],
        message_id=f"<{uuid.uuid4()}@lumira.example>", approved_by=staff.id, approved_at=utcnow(),
    )  # fmt: skip
    generation = Generation(
        order_id=order.id, revision=0, state="DONE", instructions=say(), requested_by=staff.id, error=say()
    )
    draft = Draft(order_id=order.id, staff_id=staff.id, edits={"p": say()}, bases={"p": say()}, base_version="1")
    paid = {"id": order.payment_intent_id, "metadata": {"orderId": order.id, "email": client.email, "x": say()}}
    event = ProcessedEvent(event_id=f"evt_{uuid.uuid4().hex}", event_type="payment_intent.succeeded", data=paid)
    bought = ProductOrder(
        product_id="initie", customer_id=client.id, customer_email=client.email, amount=900,
        payment_intent_id=f"pi_{uuid.uuid4().hex}", metadata_={"note": say()},
    )  # fmt: skip
    session.add_all([delivery, generation, draft, event, bought])
    make_claim(session, order, staff, expires_at=utcnow() + timedelta(minutes=5))
    session.flush()
    defer(session, "lumira.deliver", {"delivery_id": str(delivery.id)}, lock=f"delivery:{delivery.id}")
    audit.record(session, SYSTEM, "order.reject", "order", order.id, before={"t": say()}, reason=say())


def _journey(session: Session, client: Any, say: _Words) -> None:
    make_path(session, client, synthesis=say(), key_blockage=say(), archetype=say())
    said = {"role": "user", "content": say(), "timestamp": "2026-02-05T18:00:00.000Z"}
    session.add_all(
        [
            Insight(client_id=client.id, category=InsightCategory.SANTE, short=say(), full=say()),
            AkashicRecord(client_id=client.id, domains={"travail": {"summary": say()}}, history=[{"insights": say()}]),
            ChatSession(client_id=client.id, title=say(), messages=[said]),
        ]
    )


def _looked_after(session: Session, client: Any, say: _Words, staff: Actor) -> None:
    now = utcnow()
    other = make_client(session)
    session.add_all(
        [
            NoteVersion(client_id=client.id, number=1, content=say(), author_id=staff.id, author_name=staff.name),
            NoteDraft(client_id=client.id, staff_id=staff.id, content=say(), base=say(), sequence=1),
            ClientAccess(client_id=client.id, staff_id=staff.id, staff_name=staff.name),
            ClientReveal(client_id=client.id, staff_id=staff.id, field="fears", reason=say(), expires_at=now),
            BulkChange(task_id=uuid.uuid4(), client_id=client.id, before={"tags": [say()]}, after={"tags": [say()]}),
            NotSameClient(
                first_id=min(client.id, other.id),
                second_id=max(client.id, other.id),
                said_by=staff.id,
                said_by_name=staff.name,
            ),
            SavedView(owner_id=staff.id, owner_name=staff.name, name=client.email, query=f"q={client.phone}"),
            Task(
                kind=TaskKind.TAG_CLIENTS,
                subject="",
                state=TaskState.DONE,
                arguments={"query": f"q={client.email}"},
                place={},
                result={},
                started_by=staff.id,
                started_by_name=staff.name,
            ),
        ]
    )
    audit.record(session, SYSTEM, "client.change_identity", "client", client.id, before={"name": say()}, reason=say())
    audit.record(session, SYSTEM, "orders.export", "export", "orders.csv", after={"filter": {"client": client.email}})


TABLES = text(
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname IN ('public', 'desk') AND c.relkind = 'r' ORDER BY 1, 2"
)


def everything(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    found = {}
    for schema, table in session.execute(TABLES).all():
        rows = session.connection().exec_driver_sql(f'SELECT to_jsonb(t) FROM {schema}."{table}" t')
        found[f"{schema}.{table}"] = list(rows.scalars())
    return found


def leaves(value: Any) -> Iterator[str]:
    """Every value in it, as text."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif value is not None:
        yield json.dumps(value, ensure_ascii=False)
