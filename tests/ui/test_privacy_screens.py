"""Duplicates, merging and requests under the GDPR, as an administrator meets them on screen."""

from sqlalchemy import select

from lumira_db.actor import Role
from lumira_db.engine import Database
from lumira_db.models import Client, NotSameClient, Order, SpiritualPath, Task
from lumira_db.personal import ERASED_DOMAIN
from tests.factories import make_client, make_order, make_path, make_profile, make_staff
from tests.ui.conftest import Open
from tests.ui.test_screens import HOSTILE, shown


def test_two_clients_are_merged_and_told_apart_again(desk: Database, open_screen: Open) -> None:
    """What differs is chosen, hostile names included; every row that will move or go is shown before it does; the way
    back is offered where the merge was done."""
    with desk.writing() as session:
        who = make_staff(session, Role.ADMIN)
        kept = make_client(session, first_name="Anne", phone="0612345678", notes="Un", tags=["vip"])
        dropped = make_client(session, first_name=HOSTILE, phone="+33612345678", notes="Deux", tags=None)
        make_path(session, kept)
        path = make_path(session, dropped)
        number = make_order(session, dropped).order_number
    screen = open_screen("merge", who, keep=kept.id, drop=dropped.id)
    assert not screen.exception
    screen.radio(key="merge.choice.firstName").set_value("dropped").run()
    screen.radio(key="merge.choice.public.SpiritualPath").set_value("dropped").run()
    told = {expander.label.partition(" · ")[0]: expander.label.partition(" · ")[2] for expander in screen.expander}
    assert (told["Orders and readings"], told["Path"]) == ("1 moves", "1 moves · 1 goes")
    assert f"→ {number}" in shown(screen)
    screen.button(key="merge.do").click().run()
    assert not screen.exception
    with desk.reading() as session:
        client = session.get_one(Client, kept.id)
        assert (client.first_name, client.notes, client.phone) == (HOSTILE, "Un\n\nDeux", "0612345678")
        assert session.get(Client, dropped.id) is None
        assert session.scalars(select(Order.client_id)).one() == kept.id
        assert session.scalars(select(SpiritualPath.id)).all() == [path.id]
    next(one for one in screen.button if one.key and one.key.startswith("merge.undo.")).click().run()
    assert not screen.exception
    with desk.reading() as session:
        assert session.get_one(Client, dropped.id).first_name == HOSTILE
        assert session.get_one(Client, kept.id).first_name == "Anne"
        assert len(session.scalars(select(SpiritualPath.id)).all()) == 2


def test_a_pair_that_is_ruled_out_is_not_shown_again(desk: Database, open_screen: Open) -> None:
    """On the client's page, with the reason; noted with one click."""
    with desk.writing() as session:
        who = make_staff(session, Role.ADMIN)
        one = make_client(session, phone="06 12 34 56 78")
        other = make_client(session, phone="0033612345678")
    screen = open_screen("client", who, id=one.id)
    assert "06 12 34 56 78" in shown(screen)
    screen.button(key=f"duplicates.not_same.{other.id}").click().run()
    assert not screen.exception
    with desk.reading() as session:
        assert len(session.scalars(select(NotSameClient)).all()) == 1
    assert not [button for button in screen.button if button.key == f"duplicates.not_same.{other.id}"]


def test_support_sees_a_likely_duplicate_without_the_day_of_birth(desk: Database, open_screen: Open) -> None:
    """The reason is named; what is masked elsewhere does not slip out here, and merging is not offered."""
    with desk.writing() as session:
        who = make_staff(session, Role.SUPPORT)
        one, other = (make_client(session, first_name="Zoé", last_name="Été") for _ in range(2))
        for client in (one, other):
            make_profile(session, client, birth_date="1979-03-04")
    screen = open_screen("client", who, id=one.id)
    assert "Same name and day of birth" in shown(screen)
    assert "1979" not in shown(screen)
    assert not [button for button in screen.button if button.key == f"duplicates.not_same.{other.id}"]


def test_an_erasure_begins_with_the_right_word_only(desk: Database, open_screen: Open) -> None:
    """The wrong word starts nothing and says so."""
    with desk.writing() as session:
        who = make_staff(session, Role.ADMIN)
        client = make_client(session, ref_id="LUM-C-26-0042")
    screen = open_screen("privacy", who, id=client.id)
    assert not screen.exception
    screen.text_input(key="privacy.word").set_value("LUM-C-26-0043").run()
    screen.button(key="privacy.erase").click().run()
    assert "exactly" in shown(screen)
    screen.text_input(key="privacy.word").set_value("lum-c-26-0042").run()
    screen.button(key="privacy.erase").click().run()
    assert not screen.exception
    with desk.reading() as session:
        assert session.scalars(select(Task.subject)).all() == [client.id]


def test_of_an_erased_client_nothing_is_asked_again(desk: Database, open_screen: Open) -> None:
    """What the books keep is shown; no refId, no address, no edit that would make them a person again."""
    with desk.writing() as session:
        who = make_staff(session, Role.ADMIN)
        client = make_client(session, first_name="Client", last_name="effacé", email=f"efface-1{ERASED_DOMAIN}")
        make_order(session, client, amount=90_000)
    screen = open_screen("client", who, id=client.id)
    assert not screen.exception
    assert "Erased on request" in shown(screen)
    assert ERASED_DOMAIN not in shown(screen)
    assert not {"client.assign_ref_id", "client.edit"} & {button.key for button in screen.button}
    assert "VIP" not in shown(screen)
