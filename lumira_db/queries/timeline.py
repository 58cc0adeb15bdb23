"""Everything that happened to and around one client, in one line of time, a page at a time.

Each kind of event is one SELECT over the client's own rows (few, found by index); a page is the newest of their union.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DateTime,
    Integer,
    SQLColumnExpression,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.discretion import masked
from lumira_db.models import (
    AuditEntry,
    ChatSession,
    Delivery,
    Generation,
    NoteVersion,
    Order,
    PathStep,
    SpiritualPath,
    Staff,
)
from lumira_db.queries.paging import AnySelect, Cursor, Page, fetch_page
from lumira_db.states import DeliveryState, GenerationState, Intimate


class TimelineKind(StrEnum):
    """The kinds of events; a timeline is filtered by them."""

    ORDER = "ORDER"
    PAYMENT = "PAYMENT"
    STATUS = "STATUS"
    DECISION = "DECISION"
    DELIVERY = "DELIVERY"
    NOTE = "NOTE"
    PATH = "PATH"
    CHAT = "CHAT"
    ACTION = "ACTION"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``what`` says which of its kind (``order.placed``, an audit's action …); ``number`` is a level, a
    day, a version or a count of messages, as ``what`` has it; ``amount`` in cents; ``who`` is staff."""

    at: datetime
    key: str
    kind: TimelineKind
    what: str
    order_id: str | None
    order_number: str | None
    who: str | None
    number: int | None
    amount: int | None
    currency: str | None
    detail: str | None


DECISIONS = ("order.approve", "order.request_revision", "order.reject", "order.reopen")
_NOTES = ("client.notes", "client.restore_notes")
_STATUS = ("client.set_status", "order.fail_production", "order.receive_reading", "order.start_production")
# Deliveries, versions and generator's requests have events of their own.
_TOLD_OTHERWISE = ("delivery.send", "order.refuse_callback", *_NOTES)
# What PostgreSQL reads as a moment without fail: no 30th of February gets through.
_READABLE = (
    r"^(19|20)\d\d-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
    r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?Z$"
)
_MOMENT = DateTime(timezone=True)
_ID = bindparam("client_id", type_=Text)


def list_timeline(
    session: Session,
    client_id: str,
    *,
    kinds: Iterable[TimelineKind] = (),
    shown: frozenset[Intimate],
    reasons: bool,
    cursor: Cursor | None = None,
    limit: int = 50,
) -> Page[Event]:
    """A page of events, newest first. Without ``kinds``, all. ``reasons`` says whether why a reading was decided on
    may be shown: such a reason quotes the reading."""
    wanted = set(kinds) or set(TimelineKind)
    parts = [part for kind, of_kind in _PARTS.items() if kind in wanted for part in of_kind]
    every = union_all(*parts).subquery("event")
    return fetch_page(
        session,
        select(every),
        key=every.c.at,
        row_id=every.c.key,
        descending=True,
        cursor=cursor,
        limit=limit,
        build=lambda row: _event(row, shown, reasons=reasons),
        position=lambda event: (event.at, event.key),
        values={"client_id": client_id},
    )


def _event(row: Any, shown: frozenset[Intimate], *, reasons: bool) -> Event:
    at, key, kind, what, order_id, order_number, who, number, amount, currency, detail = row
    if kind == TimelineKind.CHAT:
        detail = masked(detail, Intimate.CHATS, shown)
    elif kind == TimelineKind.PATH:
        detail = masked(detail, Intimate.READING, shown)
    elif not reasons and (kind == TimelineKind.DECISION or what == "client.reveal"):
        detail = None
    return Event(at, key, TimelineKind(kind), what, order_id, order_number, who, number, amount, currency, detail)


def _part(
    kind: TimelineKind,
    what: str | SQLColumnExpression[Any],
    at: SQLColumnExpression[Any],
    key: SQLColumnExpression[Any],
    **more: Any,
) -> AnySelect:
    """One kind's rows with the columns that all have; ``key`` is made unique by what it begins with."""
    given = {"order_id": None, "order_number": None, "who": None, "number": None, "amount": None} | {
        "currency": None,
        "detail": None,
    }
    named = literal(what, Text) if isinstance(what, str) else cast(what, Text)
    mark = literal(f"{kind}:{what if isinstance(what, str) else ''}:", Text)
    columns: list[ColumnElement[Any]] = [
        at.label("at"),
        (mark + cast(key, Text)).label("key"),
        literal(kind, Text).label("kind"),
    ]
    columns.append(named.label("what"))
    for name, value in (given | more).items():
        type_ = Integer if name in {"number", "amount"} else Text
        columns.append(cast(null() if value is None else value, type_).label(name))
    return select(*columns)


def _utc(column: Any) -> ColumnElement[datetime]:
    """The contract's moments have no zone and are UTC."""
    return func.timezone("UTC", column, type_=_MOMENT)


def _orders() -> list[AnySelect]:
    o = Order
    own = {"order_id": o.id, "order_number": o.order_number}
    paid = {"amount": o.amount, "currency": o.currency}
    placed = _part(TimelineKind.ORDER, "order.placed", _utc(o.created_at), o.id, number=o.level, **own, **paid)
    return [placed.where(o.client_id == _ID)]


def _payments() -> list[AnySelect]:
    o = Order
    own = {"order_id": o.id, "order_number": o.order_number, "amount": o.amount, "currency": o.currency}
    paid = _part(TimelineKind.PAYMENT, "order.paid", _utc(o.paid_at), o.id, **own)
    return [paid.where(o.client_id == _ID, o.paid_at.is_not(None))]


def _statuses() -> list[AnySelect]:
    o, g = Order, Generation
    own = {"order_id": o.id, "order_number": o.order_number}
    asked = _part(TimelineKind.STATUS, "production.asked", g.requested_at, g.id, **own).join_from(
        o, g, g.order_id == o.id
    )
    state = func.lower(literal("production.") + g.state)
    answered = _part(TimelineKind.STATUS, state, g.answered_at, g.id, **own).join_from(o, g, g.order_id == o.id)
    a = AuditEntry
    status = literal("client.set_status.") + func.lower(func.coalesce(a.after["status"].astext, ""))
    changed = _part(TimelineKind.STATUS, status, a.at, a.id, who=a.actor_name, detail=a.reason)
    over = (GenerationState.DONE, GenerationState.FAILED)
    return [
        asked.where(o.client_id == _ID),
        answered.where(o.client_id == _ID, g.answered_at.is_not(None), g.state.in_(over)),
        changed.where(AuditEntry.subject_id == _ID, AuditEntry.action == "client.set_status"),
    ]


def _decisions() -> list[AnySelect]:
    """Ours by the audit; those of the earlier studio, which left no other trace, by what it wrote into the order."""
    a, o = AuditEntry, Order
    said = o.expert_validation
    moment, by = (
        _first(said, "validatedAt", "finalizedAt", "rejectedAt"),
        _first(said, "validatedBy", "finalizedBy", "rejectedBy"),
    )
    at = case((moment.regexp_match(_READABLE), cast(moment, _MOMENT)), else_=_utc(o.updated_at))
    what = literal("studio.") + func.lower(said["action"].astext)
    own = {"order_id": o.id, "order_number": o.order_number, "who": func.coalesce(Staff.name, by)}
    studio = _part(TimelineKind.DECISION, what, at, o.id, detail=said["reason"].astext, **own)
    ours = select(a.id).where(a.subject_id == o.id, a.action.in_(DECISIONS))
    known = said["action"].astext.in_(("approve", "finalize", "reject"))
    return [
        _of_orders(TimelineKind.DECISION).where(a.action.in_(DECISIONS)),
        studio.select_from(o).outerjoin(Staff, Staff.id == by).where(o.client_id == _ID, known, ~ours.exists()),
    ]


def _first(document: Any, *names: str) -> ColumnElement[str]:
    return func.coalesce(*(document[name].astext for name in names))


def _deliveries() -> list[AnySelect]:
    o, d = Order, Delivery
    own = {"order_id": o.id, "order_number": o.order_number}
    sent = _part(
        TimelineKind.DELIVERY,
        func.lower(literal("delivery.") + d.state),
        func.coalesce(d.sent_at, d.updated_at),
        d.id,
        detail=d.recipient,
        **own,
    ).join_from(o, d, d.order_id == o.id)
    elsewhere = _part(TimelineKind.DELIVERY, "delivery.by_platform", _utc(o.delivered_at), o.id, **own)
    ours = select(d.id).where(d.order_id == o.id, d.state == DeliveryState.SENT)
    return [
        sent.where(o.client_id == _ID),
        elsewhere.where(o.client_id == _ID, o.delivered_at.is_not(None), ~ours.exists()),
    ]


def _notes() -> list[AnySelect]:
    n = NoteVersion
    what = func.lower(literal("note.") + n.origin)
    return [
        _part(TimelineKind.NOTE, what, n.created_at, n.id, who=n.author_name, number=n.number).where(n.client_id == _ID)
    ]


def _path() -> list[AnySelect]:
    p, s = SpiritualPath, PathStep
    found = []
    for what, moment in (("step.unlocked", s.unlocked_at), ("step.done", s.completed_at)):
        part = _part(TimelineKind.PATH, what, _utc(moment), s.id, number=s.day_number, detail=s.title)
        found.append(part.join_from(p, s, s.path_id == p.id).where(p.client_id == _ID, moment.is_not(None)))
    begun = _part(TimelineKind.PATH, "path.begun", _utc(p.started_at), p.id)
    return [begun.where(p.client_id == _ID), *found]


def _chats() -> list[AnySelect]:
    c = ChatSession
    begun = _part(TimelineKind.CHAT, "chat.begun", _utc(c.created_at), c.id, detail=c.title)
    spoken = _part(TimelineKind.CHAT, "chat.last", _utc(c.last_message_at), c.id, detail=c.title)
    later = c.last_message_at > c.created_at
    return [begun.where(c.client_id == _ID), spoken.where(c.client_id == _ID, later)]


def _actions() -> list[AnySelect]:
    a = AuditEntry
    own = _audited(TimelineKind.ACTION).where(a.subject_id == _ID, a.action.not_in((*_NOTES, "client.set_status")))
    on_orders = _of_orders(TimelineKind.ACTION).where(a.action.not_in((*DECISIONS, *_TOLD_OTHERWISE, *_STATUS)))
    return [own, on_orders]


def _audited(kind: TimelineKind, **own: Any) -> AnySelect:
    a = AuditEntry
    return _part(kind, a.action, a.at, a.id, who=a.actor_name, detail=a.reason, **own)


def _of_orders(kind: TimelineKind) -> AnySelect:
    a, o = AuditEntry, Order
    part = _audited(kind, order_id=o.id, order_number=o.order_number)
    return part.join_from(o, a, a.subject_id == o.id).where(o.client_id == _ID, a.subject_type == "order")


_PARTS: dict[TimelineKind, list[AnySelect]] = {
    TimelineKind.ORDER: _orders(),
    TimelineKind.PAYMENT: _payments(),
    TimelineKind.STATUS: _statuses(),
    TimelineKind.DECISION: _decisions(),
    TimelineKind.DELIVERY: _deliveries(),
    TimelineKind.NOTE: _notes(),
    TimelineKind.PATH: _path(),
    TimelineKind.CHAT: _chats(),
    TimelineKind.ACTION: _actions(),
}
