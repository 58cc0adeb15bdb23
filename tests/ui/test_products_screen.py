"""The screen of products: what is typed is kept, what is saved is said, and nobody is overwritten."""

from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from lumira_db.actor import Role
from lumira_db.engine import Database
from lumira_db.queries.products import list_products
from tests.factories import make_order, make_products, make_staff
from tests.ui.conftest import Open
from tests.ui.test_screens import shown


def opened(desk: Database, open_screen: Open) -> AppTest:
    with desk.writing() as session:
        who = make_staff(session, Role.ADMIN)
        make_products(session)
        make_order(session, level=1, amount=1)
    return open_screen("products", who, id="initie")


def test_a_price_is_changed_by_somebody_who_was_told_what_it_means(desk: Database, open_screen: Open) -> None:
    screen = opened(desk, open_screen)
    assert "Nothing was changed yet" in shown(screen)
    screen.number_input(key="product.initie.price").set_value(12.5).run()
    assert "counts from the moment it is saved" in shown(screen)
    screen.button(key="product.save").click().run()
    assert not screen.exception
    assert "Initie was saved." in shown(screen)
    with desk.reading() as session:
        first = list_products(session)[0]
    assert (first.amount_cents, first.price_by is not None) == (1250, True)


def test_a_product_in_yen_beyond_all_prices_is_shown_and_changed(desk: Database, open_screen: Open) -> None:
    """What the platform writes has no limits, and no cents where its currency has none."""
    screen = opened(desk, open_screen)
    with desk.writing() as session:
        session.execute(text("""UPDATE "Product" SET "amountCents" = 150000, currency = 'jpy' WHERE id = 'initie'"""))
    screen.run()
    assert not screen.exception
    assert "JP¥150,000<" in shown(screen)
    screen.text_input(key="product.initie.name").set_value("Initié au Japon").run()
    screen.number_input(key="product.initie.price").set_value(2900).run()
    assert "JP¥150,000 → JP¥2,900" in shown(screen)
    screen.button(key="product.save").click().run()
    assert not screen.exception
    with desk.reading() as session:
        first = list_products(session)[0]
    assert (first.name, first.amount_cents, first.currency) == ("Initié au Japon", 2900, "jpy")


def test_what_was_typed_survives_what_the_platform_writes(desk: Database, open_screen: Open) -> None:
    """The fields that the person left alone follow the platform; theirs stay, and are saved."""
    screen = opened(desk, open_screen)
    screen.text_input(key="product.initie.name").set_value("Initié du matin").run()
    with desk.writing() as session:
        session.execute(text("""UPDATE "Product" SET "amountCents" = 700, description = 'autre' WHERE id = 'initie'"""))
    screen.button(key="product.save").click().run()
    assert "changed since you opened it" in shown(screen)
    assert screen.text_input(key="product.initie.name").value == "Initié du matin"
    screen.button(key="product.keep").click().run()
    assert screen.text_area(key="product.initie.description").value == "autre"
    screen.button(key="product.save").click().run()
    assert not screen.exception
    with desk.reading() as session:
        first = list_products(session)[0]
    assert (first.name, first.amount_cents, first.description) == ("Initié du matin", 700, "autre")


def test_what_was_typed_is_there_after_a_look_elsewhere(desk: Database, open_screen: Open) -> None:
    """Also when what was typed could not be saved."""
    screen = opened(desk, open_screen)
    screen.text_area(key="product.initie.metadata").set_value("{").run()
    screen.button(key="product.save").click().run()
    assert "not valid JSON" in shown(screen)
    screen.query_params["id"] = "profond"
    screen.run()
    assert screen.text_input(key="product.profond.name").value == "Profond"
    screen.query_params["id"] = "initie"
    screen.run()
    assert screen.text_area(key="product.initie.metadata").value == "{"
    screen.button(key="product.discard").click().run()
    assert "Nothing was changed yet" in shown(screen)
