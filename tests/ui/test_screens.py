"""Every screen, for every role, in both languages, over clean rows and dirty ones."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.navigation import SCREENS, Screen
from lumira_db.actor import Role
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus, UserStatus
from lumira_db.permissions import GRANTS
from tests.factories import make_client, make_order, make_products, make_profile, make_staff
from tests.ui.conftest import Open

HOSTILE = '<script>alert(1)</script>=HYPERLINK("x") مرحبا 🌙 O\'Neil'
SHAPES = (None, [], "text", 7, {"archetype": "Le Sage", "reading": "Texte"}, {"pdf_content": {"sections": {"a": 1}}})


def shown(screen: AppTest) -> str:
    """Everything that a screen says in words, as it is read: what Markdown must leave alone carries a backslash."""
    kinds = ("title", "markdown", "caption", "info", "warning", "error", "success", "text", "subheader", "html")
    said = "\n".join(str(one.value) for kind in kinds for one in getattr(screen, kind))
    return re.sub(r"\\([^\w\s])", r"\1", said)


def openings() -> list[tuple[Screen, Role, str]]:
    """Each screen for each role that may open it, the languages in turn."""
    pairs = [(s, role) for s in SCREENS for role in Role if s.permission is None or s.permission in GRANTS[role]]
    return [(s, role, ("fr-FR", "en-GB")[number % 2]) for number, (s, role) in enumerate(pairs)]


@pytest.mark.parametrize(("place", "role", "language"), openings(), ids=str)
def test_a_screen_opens_for_every_role_that_may_in_its_language(
    desk: Database, open_screen: Open, place: Screen, role: Role, language: str
) -> None:
    with desk.writing() as session:
        who = make_staff(session, role)
        make_products(session)
        order = make_order(session, status=OrderStatus.AWAITING_VALIDATION)
        ids = {"order": order.id, "client": order.client_id}
    query = {"id": ids[place.name]} if place.name in ids else {}
    screen = open_screen(place.name, who, language, **query)
    assert not screen.exception
    assert screen.title


@pytest.mark.parametrize(
    ("status", "content"),
    [
        *((status, SHAPES[number % len(SHAPES)]) for number, status in enumerate(OrderStatus)),
        *((OrderStatus.AWAITING_VALIDATION, shape) for shape in SHAPES),
    ],
    ids=repr,
)
def test_an_order_of_any_status_and_any_shape_of_reading_can_be_looked_at(
    desk: Database, open_screen: Open, status: OrderStatus, content: object
) -> None:
    with desk.writing() as session:
        who = make_staff(session, Role.EXPERT)
        client = make_client(session, first_name=HOSTILE, last_name="", tags=None, status=UserStatus.BANNED)
        make_profile(session, client, specific_question=HOSTILE)
        order = make_order(session, client=client, status=status, content=content, level=7, form_data=[HOSTILE])
    screen = open_screen("order", who, id=order.id)
    assert not screen.exception
    assert HOSTILE in shown(screen).splitlines()[0]


def test_an_address_that_leads_nowhere_says_so_and_offers_the_way(desk: Database, open_screen: Open) -> None:
    with desk.writing() as session:
        who = make_staff(session, Role.ADMIN)
    for name in ("order", "client"):
        screen = open_screen(name, who, id='nobody\'; DROP TABLE "Order"; --')
        assert not screen.exception
        assert "Nothing here" in shown(screen)


def test_without_a_session_nothing_is_shown_but_the_way_back(desk: Database) -> None:
    from tests.ui.conftest import ENTRY

    screen = AppTest.from_file(str(ENTRY), default_timeout=30)
    screen.user = {"session": ""}
    screen.run()
    assert not screen.exception
    assert "/login" in shown(screen)
    assert not screen.button


def test_a_disabled_account_is_out_at_its_next_click(desk: Database, open_screen: Open) -> None:
    with desk.writing() as session:
        who = make_staff(session, Role.EXPERT)
    screen = open_screen("queue", who)
    assert screen.button(key="queue.take_next")
    with desk.engine.begin() as connection:
        connection.exec_driver_sql('UPDATE "Expert" SET "isActive" = false WHERE id = %s', (who.id,))
    screen.run()
    assert "/login" in shown(screen) or not screen.button


def test_take_next_opens_the_oldest_and_a_decision_without_a_reason_changes_nothing(
    desk: Database, open_screen: Open
) -> None:
    with desk.writing() as session:
        who = make_staff(session, Role.EXPERT)
        make_products(session)
        order = make_order(session, status=OrderStatus.AWAITING_VALIDATION)
    screen = open_screen("order", who, id=order.id)
    assert screen.button(key="order.approve").disabled
    screen.button(key="order.take").click().run()
    assert not screen.exception
    assert not screen.button(key="order.approve").disabled
    screen.button(key="order.request_revision").click().run()
    assert "Say why first" in shown(screen)
    screen.text_area(key="order.reason").set_value("Trop vague").run()
    screen.button(key="order.request_revision").click().run()
    assert not screen.exception
    with desk.reading() as session:
        status = session.connection().exec_driver_sql('SELECT status::text FROM "Order"').scalar_one()
    assert status == "PROCESSING"
