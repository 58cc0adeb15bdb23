"""What makes an order stand out in a list: conditions in SQL, named once for the queue and the lists."""

from enum import StrEnum
from functools import cache

from sqlalchemy import Select, Text, and_, case, cast, func, literal_column, or_, select
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.enums import OrderStatus, ProductLevel, UserStatus
from lumira_db.models import Client, ClientProfile, Dispute, Order, OrderFile, Product, ProductChange, RefundRequest
from lumira_db.queries.payment_rows import SETTLED_DISPUTES
from lumira_db.states import REFUND_OPEN

# DOMAIN §2: the level of an order says the same as the level of a product.
PRODUCT_LEVELS = {1: ProductLevel.INITIE, 2: ProductLevel.MYSTIQUE, 3: ProductLevel.PROFOND, 4: ProductLevel.INTEGRALE}


def has_status(status: OrderStatus) -> ColumnElement[bool]:
    """The order is in ``status``, written as a literal: only then can PostgreSQL use the partial index
    ``desk_order_queue`` for a prepared statement's generic plan."""
    return Order.status == literal_column(f"'{status.value}'::\"OrderStatus\"", Order.status.type)


class Flag(StrEnum):
    """A reason to look twice."""

    NO_PHOTO = "no_photo"
    CLIENT_BLOCKED = "client_blocked"
    AMOUNT_DIFFERS = "amount_differs"
    REVISED = "revised"
    DISPUTED = "disputed"
    REFUNDING = "refunding"


def no_photo() -> ColumnElement[bool]:
    """No file with the order and no photo in the profile (the photo columns are tested, never read)."""
    in_profile = select(ClientProfile.id).where(
        ClientProfile.client_id == Order.client_id,
        or_(ClientProfile.face_photo_url.is_not(None), ClientProfile.palm_photo_url.is_not(None)),
    )
    return and_(~_any(select(OrderFile.id).where(OrderFile.order_id == Order.id)), ~_any(in_profile))


def client_blocked() -> ColumnElement[bool]:
    """The client is banned or suspended."""
    return _any(select(Client.id).where(Client.id == Order.client_id, Client.status != UserStatus.ACTIVE))


def amount_differs() -> ColumnElement[bool]:
    """No product of the order's level costs, or ever did cost, what was paid; a level that no product has always
    differs. A new price makes no old order stand out."""
    level = case({number: kind.value for number, kind in PRODUCT_LEVELS.items()}, value=Order.level, else_="")
    same_price = select(Product.id).where(
        cast(Product.level, Text) == level,
        Product.amount_cents == Order.amount,
        func.lower(Product.currency) == func.lower(Order.currency),
    )
    was_price = select(ProductChange.kind).where(
        ProductChange.is_price,
        ProductChange.level == level,
        ProductChange.amount_cents == Order.amount,
        ProductChange.currency == func.lower(Order.currency),
    )
    return ~or_(_any(same_price), _any(was_price))


def revised() -> ColumnElement[bool]:
    """The reading was sent back at least once."""
    return Order.revision_count > 0


def disputed() -> ColumnElement[bool]:
    """A bank took the order's money back, or may: nothing is sent until that has been won."""
    standing = Dispute.status.not_in(SETTLED_DISPUTES)
    return _any(select(Dispute.id).where(Dispute.order_id == Order.id, standing))


def refunding() -> ColumnElement[bool]:
    """A full refund has been asked for and has not ended."""
    asked = (RefundRequest.order_id == Order.id, RefundRequest.whole, RefundRequest.state.in_(REFUND_OPEN))
    return _any(select(RefundRequest.order_id).where(*asked))


def _any(query: Select[str]) -> ColumnElement[bool]:
    """Whether ``query``, which is about one order, finds a row.

    Not EXISTS: for a tab that PostgreSQL believes to be large it would read the whole other table once
    instead of looking up fifty orders. Correlated with the order alone: a list may have the client in its
    own FROM already.
    """
    return query.limit(1).correlate(Order).scalar_subquery().is_not(None)


CONDITIONS = {
    Flag.NO_PHOTO: no_photo,
    Flag.CLIENT_BLOCKED: client_blocked,
    Flag.AMOUNT_DIFFERS: amount_differs,
    Flag.REVISED: revised,
    Flag.DISPUTED: disputed,
    Flag.REFUNDING: refunding,
}


@cache
def flag_columns() -> tuple[ColumnElement[bool], ...]:
    """One boolean column per flag, in the order of ``Flag``."""
    return tuple(CONDITIONS[flag]().label(f"flag_{flag}") for flag in Flag)


def any_flag() -> ColumnElement[bool]:
    """Whether any flag stands."""
    return or_(*(CONDITIONS[flag]() for flag in Flag))
