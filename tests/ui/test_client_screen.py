"""The client's page as each role sees it: every part, over clean rows and dirty ones, and what is covered."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lumira_db import audit
from lumira_db.actor import STRIPE, Role
from lumira_db.clock import utcnow
from lumira_db.commands.client_summaries import refresh_clients
from lumira_db.commands.deliveries import REFUNDED
from lumira_db.commands.merging import merge_clients
from lumira_db.engine import Database
from lumira_db.enums import InsightCategory, OrderStatus, ProductOrderStatus, UserStatus
from lumira_db.models import AkashicRecord, ChatSession, Client, ClientAccess, Insight, ProductOrder
from lumira_db.queries.merging import find_side
from tests.factories import make_client, make_order, make_path, make_profile, make_staff
from tests.ui.conftest import Open
from tests.ui.test_screens import HOSTILE, shown

PARTS = ("orders", "payments", "timeline", "profile", "insights", "path", "memory", "chats", "access")
SECRET = "ce que nul ne doit lire"


@pytest.fixture
def client(desk: Database) -> Client:
    """A client with everything, much of it of a foreign shape."""
    with desk.writing() as session:
        client = make_client(session, first_name=HOSTILE, last_name="", tags=["vip", HOSTILE], phone="voir mail")
        told: dict[str, Any] = {"birth_place": SECRET, "fears": SECRET, "ailments": SECRET, "lows": SECRET}
        make_profile(session, client, specific_question=HOSTILE, face_photo_url="data:image/svg+xml,x", **told)
        order = make_order(session, client, status=OrderStatus.COMPLETED, expert_validation={"action": "approve"})
        make_path(session, client, completed=2, unlocked=2, synthesis=SECRET, key_blockage=SECRET)
        insight = {"category": InsightCategory.SANTE, "short": SECRET, "full": SECRET}
        session.add(Insight(client_id=client.id, order_id=order.id, **insight))
        session.add(AkashicRecord(client_id=client.id, domains=[SECRET], history={"insights": SECRET}))
        said = [{"role": "user", "content": SECRET}, 7, {"x": HOSTILE}]
        session.add(ChatSession(client_id=client.id, title=SECRET, messages=said, last_message_at=utcnow()))
    return client


def words(screen: AppTest) -> str:
    """Everything that the page says, what the Desk's own elements are given included."""
    given = [str(one.label) for one in screen.expander]
    given += [one.proto.json for one in screen.main if hasattr(getattr(one, "proto", None), "json")]
    return "\n".join([shown(screen), *given])


@pytest.mark.parametrize(("role", "language"), [(Role.ADMIN, "fr-FR"), (Role.SUPPORT, "en-GB")])
def test_every_part_opens_and_support_reads_nothing_that_is_covered(
    desk: Database, open_screen: Open, client: Client, role: Role, language: str
) -> None:
    with desk.writing() as session:
        who = make_staff(session, role)
    screen = open_screen("client", who, language, id=client.id)
    read = {}
    for part in PARTS:
        screen.query_params["part"] = part
        screen.run()
        assert not screen.exception
        read[part] = words(screen)
    telling = {part for part, text in read.items() if SECRET in text}
    assert telling == (
        set() if role is Role.SUPPORT else {"timeline", "profile", "insights", "path", "memory", "chats"}
    )


def test_support_uncovers_one_thing_for_a_reason_and_covers_it_again(
    desk: Database, open_screen: Open, client: Client
) -> None:
    with desk.writing() as session:
        who = make_staff(session, Role.SUPPORT)
    screen = open_screen("client", who, id=client.id, part="profile")
    assert {"FEARS", "LOWS", "AILMENTS", "BIRTH"} <= {
        (button.key or "").rpartition(".")[2] for button in screen.button if "reveal" in (button.key or "")
    }
    screen.button(key="client.reveal.FEARS").click().run()
    assert not screen.exception
    assert screen.text_area(key="client.reveal.reason")


def test_a_look_is_written_down_once_and_shown_to_the_admin_alone(
    desk: Database, open_screen: Open, client: Client
) -> None:
    with desk.writing() as session:
        support, admin = make_staff(session, Role.SUPPORT), make_staff(session, Role.ADMIN)
    screen = open_screen("client", support, id=client.id)
    screen.run()
    with desk.reading() as session:
        [look] = session.query(ClientAccess).all()
    assert (look.staff_id, look.client_id, look.looks) == (support.id, client.id, 1)
    assert "Who looked" not in screen.segmented_control[0].options
    opened = open_screen("client", admin, id=client.id, part="access")
    assert "Who looked" in opened.segmented_control[0].options
    assert support.name in words(opened)


def test_a_client_who_is_blocked_and_one_without_ref_id_say_so(desk: Database, open_screen: Open) -> None:
    with desk.writing() as session:
        who = make_staff(session, Role.SUPPORT)
        blocked = make_client(session, status=UserStatus.SUSPENDED)
    screen = open_screen("client", who, id=blocked.id)
    assert "nothing is sent to this client" in shown(screen)
    screen.button(key="client.assign_ref_id").click().run()
    assert not screen.exception
    with desk.reading() as session:
        assert (session.get_one(Client, blocked.id).ref_id or "").startswith("LUM-C-")


def test_products_bought_signed_in_or_as_a_guest_are_shown(desk: Database, open_screen: Open) -> None:
    """A product that is gone is named by its id; another guest's purchase is not theirs."""
    with desk.writing() as session:
        who = make_staff(session, Role.SUPPORT)
        client = make_client(session, email="Lou@Example.org")
        bought = {"amount": 990, "payment_intent_id": "pi_a", "status": ProductOrderStatus.COMPLETED}
        session.add(ProductOrder(product_id="gone", customer_id=client.id, **bought))
        guest = bought | {"payment_intent_id": "pi_b"}
        session.add(ProductOrder(product_id="as-guest", customer_email="lou@example.org", **guest))
        other = bought | {"payment_intent_id": "pi_c"}
        session.add(ProductOrder(product_id="elsewhere", customer_email="lu@example.org", **other))
    read = words(open_screen("client", who, id=client.id))
    assert "gone" in read
    assert "as-guest" in read
    assert "elsewhere" not in read


def test_an_old_address_of_a_merged_client_opens_the_person(desk: Database, open_screen: Open) -> None:
    with desk.writing() as session:
        who = make_staff(session, Role.ADMIN)
        kept, dropped = make_client(session, last_name="Kervella").id, make_client(session).id
        sides = [find_side(session, one) for one in (kept, dropped)]
        seen = tuple(side.version for side in sides if side)
        merge_clients(session, who, kept, dropped, seen=(seen[0], seen[1]), choices={})
    screen = open_screen("client", who, id=dropped)
    assert not screen.exception
    assert "Kervella" in shown(screen)


def test_tags_are_added_and_removed_where_they_are_shown(desk: Database, open_screen: Open) -> None:
    with desk.writing() as session:
        who = make_staff(session, Role.EXPERT)
        client = make_client(session, tags=["ancien"])
    screen = open_screen("client", who, id=client.id)
    screen.multiselect(key=f"client.tags.{client.id}").set_value(["à rappeler"]).run()
    assert not screen.exception
    with desk.reading() as session:
        assert session.get_one(Client, client.id).tags == ["à rappeler"]


def test_a_list_that_a_misspelt_name_left_empty_says_whom_the_search_finds(desk: Database, open_screen: Open) -> None:
    """Set apart from the list, which stays empty: what is exported or changed in bulk is what the filter says."""
    with desk.writing() as session:
        who = make_staff(session, Role.SUPPORT)
        client = make_client(session, first_name="Marion", last_name="Duponchel")
        refresh_clients(session, [client.id])
    screen = open_screen("clients", who, q="duponchelle marionne")
    assert not screen.exception
    read = words(screen)
    assert "Among all clients it finds" in read
    assert f"client?id={client.id}" in read
    assert "No client matches" in read
    screen.query_params["q"] = "duponch"
    screen.run()
    assert "Among all clients it finds" not in words(screen)


def test_what_was_done_with_the_money_is_told_in_words(desk: Database, open_screen: Open) -> None:
    """No code of the audit, and our own reasons in the person's language."""
    with desk.writing() as session:
        who = make_staff(session, Role.ADMIN)
        client = make_client(session)
        order = make_order(session, client, status=OrderStatus.REFUNDED)
        audit.record(session, who, "refund.request", "order", order.id, reason="Trop tard")
        audit.record(session, STRIPE, "refund.succeed", "order", order.id)
        audit.record(session, STRIPE, "delivery.hold", "order", order.id, reason=REFUNDED)
    told = shown(open_screen("client", who, "fr-FR", id=client.id, part="timeline"))
    for words_of in ("Remboursement demandé", "Trop tard", "Remboursement effectué", "La commande a été remboursée."):
        assert words_of in told
    assert "refund." not in told
