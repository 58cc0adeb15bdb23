"""Products: what they cost, since when, and which orders were never paid a price."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lumira_db.actor import Role
from lumira_db.commands.products import change_product
from lumira_db.enums import OrderStatus, ProductLevel
from lumira_db.errors import InvalidInput, StaleRecord
from lumira_db.models import Order, Product
from lumira_db.products import ProductValues
from lumira_db.queries.flags import amount_differs
from lumira_db.queries.orders import OrderFilter, count_odd_amounts, list_orders
from lumira_db.queries.products import list_prices, list_product_changes, list_products
from tests.factories import actor, make_order, make_product, make_products

PARIS = ZoneInfo("Europe/Paris")
BOSS = actor(Role.ADMIN, name="Anne")


def values(session: Session, product_id: str = "initie", **changed: Any) -> tuple[ProductValues, str]:
    """The product as it is, with some of it changed, and the version that was seen."""
    row = next(row for row in list_products(session) if row.id == product_id)
    own = {name: getattr(row, name) for name in ProductValues.__dataclass_fields__}
    return ProductValues(**(own | changed)), row.version


def change(session: Session, **changed: Any) -> bool:
    wanted, seen = values(session, **changed)
    return change_product(session, BOSS, "initie", wanted, seen=seen)


def prices(session: Session) -> list[tuple[int, str | None]]:
    page = list_product_changes(session, "initie", prices_only=True)
    return [(row.amount_cents, row.actor_name) for row in page.rows]


def test_a_new_price_counts_from_now_and_leaves_past_orders_alone(session: Session) -> None:
    """The history says who and when; an order at the old price stands out to nobody."""
    make_products(session)
    order = make_order(session, level=1, amount=900)
    assert change(session, amount_cents=1200)
    assert prices(session) == [(1200, "Anne"), (900, None)]
    assert (order.amount, order.currency) == (900, "eur")
    assert list_prices(session)[1] == {(900, "eur"), (1200, "eur")}
    assert not session.scalar(select(amount_differs()).select_from(Order).where(Order.id == order.id))
    row = next(row for row in list_products(session) if row.id == "initie")
    assert (row.price_by, row.price_since is not None) == ("Anne", True)


def test_what_the_platform_writes_is_in_the_history_too(session: Session) -> None:
    """Prices and everything else, without an author of ours, also after one of ours."""
    make_product(session)
    change(session, name="Initié+")
    session.execute(text('UPDATE "Product" SET "amountCents" = 1500, "isActive" = false'))
    session.execute(text('UPDATE "Product" SET "updatedAt" = now()'))
    found = list_product_changes(session, "initie", prices_only=False).rows
    assert [(row.kind, row.actor_name, row.is_price) for row in found] == [
        ("CHANGED", None, True),
        ("CHANGED", "Anne", False),
        ("CREATED", None, True),
    ]
    assert found[0].changes == {"amountCents": [900, 1500], "isActive": [True, False]}
    session.execute(text('DELETE FROM "Product"'))
    assert list_product_changes(session, "initie", prices_only=False).rows[0].kind == "DELETED"
    assert list_prices(session)[1] == {(900, "eur"), (1500, "eur")}


def test_the_history_never_stops_the_platform(session: Session) -> None:
    """Whatever became of our own table."""
    session.execute(text("DROP TABLE desk.product_change"))
    product = make_product(session)
    session.execute(text('UPDATE "Product" SET "amountCents" = 1'))
    session.refresh(product)
    assert product.amount_cents == 1


def test_a_product_that_changed_meanwhile_is_not_overwritten(session: Session) -> None:
    """The platform's write counts as much as a colleague's."""
    make_product(session)
    session.commit()
    wanted, seen = values(session, name="Autre")
    session.execute(text("UPDATE \"Product\" SET description = 'du site'"))
    with pytest.raises(StaleRecord):
        change_product(session, BOSS, "initie", wanted, seen=seen)
    assert session.scalars(select(Product.name)).one() == "Initie"


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "  "},
        {"name": "x" * 121},
        {"description": "x" * 2001},
        {"amount_cents": 49},
        {"amount_cents": -1},
        {"amount_cents": 10_000_001},
        {"currency": "€"},
        {"currency": "euro"},
        {"currency": "kwd"},
        {"currency": "jpy", "amount_cents": 49},
        {"features": ("x" * 201,)},
        {"features": tuple("abc" * 20)},
        {"limited_offer": "x" * 201},
    ],
)
def test_what_no_product_can_be_is_refused(session: Session, changed: dict[str, Any]) -> None:
    make_product(session)
    with pytest.raises(InvalidInput):
        change(session, **changed)


def test_saving_what_is_there_already_writes_nothing(session: Session) -> None:
    """No list of features is an empty one."""
    make_product(session, features=None)
    assert not change(session)
    assert len(prices(session)) == 1


def test_the_orders_whose_amount_never_was_a_price_are_listed(session: Session) -> None:
    """Paid ones, of an unknown level too; an open cart has not been paid anything."""
    make_products(session)
    change(session, amount_cents=1200)
    make_order(session, level=1, amount=900)
    make_order(session, level=1, amount=1200, currency="EUR")
    make_order(session, level=1, amount=1, status=OrderStatus.PENDING)
    odd = [
        make_order(session, level=1, amount=901),
        make_order(session, level=2, amount=900),
        make_order(session, level=1, amount=900, currency="usd"),
        make_order(session, level=7, amount=900),
    ]
    found = list_orders(session, OrderFilter(odd_amount=True), zone=PARIS, limit=3)
    rest = list_orders(session, OrderFilter(odd_amount=True), zone=PARIS, cursor=found.next)
    assert {row.id for row in (*found.rows, *rest.rows)} == {order.id for order in odd}
    assert (count_odd_amounts(session, most=10), count_odd_amounts(session, most=2)) == (4, 2)


def test_every_level_has_a_product_row(session: Session) -> None:
    make_products(session)
    assert [row.level for row in list_products(session)] == list(ProductLevel)
