"""A client's page: who they are, what they bought, what they told. One part, one or two statements."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from lumira_db.discretion import PROFILE, masked
from lumira_db.enums import DeliveryFormat, OrderStatus, SubscriptionStatus
from lumira_db.errors import RecordNotFound
from lumira_db.models import Client, Delivery, Order, OrderFile, row_version
from lumira_db.queries.clients import ClientRow, ProfileFacts, client_row, get_profile, lacks_ref_id
from lumira_db.queries.workbench import FileRow
from lumira_db.states import DeliveryState, Intimate

_MOST = 500
_UNDER_WAY = (OrderStatus.PAID, OrderStatus.PROCESSING, OrderStatus.AWAITING_VALIDATION)
_LEAVING = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.CONFIRMING)


@dataclass(frozen=True, slots=True)
class Value:
    """What a client has paid in one currency: orders and cents, refunded ones apart; moments in UTC."""

    currency: str
    orders: int
    cents: int
    refunded_orders: int
    refunded_cents: int


@dataclass(frozen=True, slots=True)
class ClientHead:
    """Who a client is. ``version`` is what the screen saw; the figures are computed from orders."""

    version: str
    row: ClientRow
    values: tuple[Value, ...]
    orders: int
    first_order_at: datetime | None
    last_order_at: datetime | None

    def is_vip(self, threshold: int) -> bool:
        """Whether they have paid ``threshold`` cents or more in one currency; 0 means that nobody is."""
        return threshold > 0 and any(value.cents >= threshold for value in self.values)


@dataclass(frozen=True, slots=True)
class Account:
    """What the platform keeps about a client's account; ``born`` as a day (ISO), or masked."""

    born: str | None
    subscription: SubscriptionStatus
    stripe_customer: str | None


@dataclass(frozen=True, slots=True)
class Payment:
    """An order that was paid, or whose payment failed; ``amount`` in cents."""

    order_id: str
    order_number: str
    status: OrderStatus
    amount: int
    currency: str
    intent: str | None
    checkout: str | None
    paid_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """A delivery of one of the client's orders; ``error`` as ``lumira_db.reasons`` keeps it."""

    id: str
    order_id: str
    order_number: str
    channel: DeliveryFormat
    state: DeliveryState
    recipient: str
    at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class ClientFile:
    """A photo that came with one of the client's orders."""

    order_number: str
    file: FileRow


@dataclass(frozen=True, slots=True)
class Effect:
    """What stands still while a client may not be sent anything, and what was stopped before."""

    orders: int
    leaving: int
    blocked: int


_HEAD = select(Client, row_version("User")).where(Client.id == bindparam("client_id"))
_PAID = Order.paid_at.is_not(None)
_KEPT = Order.status != OrderStatus.REFUNDED
_VALUES = (
    select(
        func.lower(func.trim(Order.currency)),
        func.count().filter(_PAID, _KEPT),
        func.coalesce(func.sum(Order.amount).filter(_PAID, _KEPT), 0),
        func.count().filter(_PAID, ~_KEPT),
        func.coalesce(func.sum(Order.amount).filter(_PAID, ~_KEPT), 0),
        func.count(),
        func.min(Order.created_at),
        func.max(Order.created_at),
    )
    .where(Order.client_id == bindparam("client_id"))
    .group_by(func.lower(func.trim(Order.currency)))
)


def find_head(session: Session, client_id: str) -> ClientHead | None:
    """Who the client is, in two statements; None when no client has this id."""
    found = session.execute(_HEAD, {"client_id": client_id}).first()
    if found is None:
        return None
    client, version = found
    rows = session.execute(_VALUES, {"client_id": client_id}).all()
    values = [Value(row[0], row[1], int(row[2]), row[3], int(row[4])) for row in rows if row[1] or row[3]]
    return ClientHead(
        version=version,
        row=client_row(client),
        values=tuple(sorted(values, key=lambda value: (-value.cents, value.currency))),
        orders=sum(row[5] for row in rows),
        first_order_at=min((row[6] for row in rows), default=None),
        last_order_at=max((row[7] for row in rows), default=None),
    )


def get_account(session: Session, client_id: str, shown: frozenset[Intimate]) -> Account:
    """The client's account. Raises ``RecordNotFound``."""
    query = select(Client.date_of_birth, Client.subscription_status, Client.stripe_customer_id)
    row = session.execute(query.where(Client.id == client_id)).first()
    if row is None:
        raise RecordNotFound(id=client_id)
    born = row[0].date().isoformat() if row[0] else None
    return Account(masked(born, Intimate.BIRTH, shown), row[1], row[2])


def get_told(session: Session, client_id: str, shown: frozenset[Intimate]) -> ProfileFacts | None:
    """What the client told, masked but for what is ``shown``; None without a profile."""
    profile = get_profile(session, client_id)
    if profile is None:
        return None
    facts: dict[str, Any] = {name: getattr(profile, name) for name in ProfileFacts.__dataclass_fields__}
    for name, kind in PROFILE.items():
        facts[name] = masked(facts[name], kind, shown)
    return ProfileFacts(**facts)


def list_payments(session: Session, client_id: str) -> tuple[Payment, ...]:
    """What was paid, and what was tried and failed, the newest first. A cart that was left is no payment."""
    o = Order
    tried = o.paid_at.is_not(None) | (o.status == OrderStatus.FAILED)
    query = select(
        o.id, o.order_number, o.status, o.amount, o.currency, o.payment_intent_id, o.stripe_session_id, o.paid_at,
        o.created_at,
    ).where(o.client_id == client_id, tried)  # fmt: skip
    rows = session.execute(query.order_by(func.coalesce(o.paid_at, o.created_at).desc(), o.id.desc()).limit(_MOST))
    return tuple(Payment(*row) for row in rows)


def list_sendings(session: Session, client_id: str) -> tuple[Sending, ...]:
    """The deliveries of the client's orders, the newest first."""
    d = Delivery
    query = (
        select(d.id, Order.id, Order.order_number, d.channel, d.state, d.recipient)
        .add_columns(func.coalesce(d.sent_at, d.due_at), d.last_error)
        .join(Order, Order.id == d.order_id)
        .where(Order.client_id == client_id)
        .order_by(d.created_at.desc(), d.id.desc())
        .limit(_MOST)
    )
    return tuple(
        Sending(str(row[0]), row[1], row[2], DeliveryFormat(row[3]), DeliveryState(row[4]), *row[5:])
        for row in session.execute(query)
    )


def list_client_files(session: Session, client_id: str, shown: frozenset[Intimate]) -> tuple[ClientFile, ...]:
    """The photos that came with the client's orders, the newest first; none unless photos are ``shown``."""
    if Intimate.PHOTOS not in shown:
        return ()
    f = OrderFile
    query = (
        select(Order.order_number, f.id, f.name, f.content_type, f.size, f.type, f.uploaded_at)
        .join(Order, Order.id == f.order_id)
        .where(Order.client_id == client_id)
        .order_by(f.uploaded_at.desc(), f.id)
        .limit(_MOST)
    )
    return tuple(ClientFile(row[0], FileRow(*row[1:])) for row in session.execute(query))


def count_client_files(session: Session, client_id: str) -> int:
    """How many photos came with the client's orders."""
    query = select(func.count()).select_from(OrderFile).join(Order, Order.id == OrderFile.order_id)
    return session.execute(query.where(Order.client_id == client_id)).scalar_one()


def find_effect(session: Session, client_id: str) -> Effect:
    """What a change of the client's status stops, or lets go on."""
    orders = select(func.count()).where(Order.client_id == client_id, Order.status.in_(_UNDER_WAY))
    sendings = select(
        func.count().filter(Delivery.state.in_(_LEAVING)), func.count().filter(Delivery.state == DeliveryState.BLOCKED)
    ).join(Order, Order.id == Delivery.order_id)
    leaving, blocked = session.execute(sendings.where(Order.client_id == client_id)).one()
    return Effect(session.execute(orders).scalar_one(), leaving, blocked)


def count_without_ref_id(session: Session, *, most: int) -> int:
    """How many clients have no refId, counted up to ``most``."""
    few = select(Client.id).where(*lacks_ref_id()).limit(most).subquery()
    return session.execute(select(func.count()).select_from(few)).scalar_one()


def list_without_ref_id(session: Session, *, limit: int) -> tuple[ClientRow, ...]:
    """The clients who get a refId first."""
    query = select(Client).where(*lacks_ref_id()).order_by(Client.created_at, Client.id).limit(limit)
    return tuple(client_row(client) for client in session.scalars(query))
