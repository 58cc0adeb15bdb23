"""Likely duplicates are found with their reasons; merging them loses nothing and can be taken back."""

import itertools
from collections.abc import Mapping
from typing import Any, cast

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dashboard.gateways.storage import Storage
from lumira_db import audit
from lumira_db.actor import Actor, Role
from lumira_db.commands.client_summaries import drain
from lumira_db.commands.merging import merge_clients, rule_out_duplicate, unmerge_clients
from lumira_db.engine import Database
from lumira_db.errors import InvalidInput, MergeStands, StaleRecord
from lumira_db.merging import FIELDS, OWNED, Side
from lumira_db.models import AuditEntry, Client, NoteVersion, Order
from lumira_db.queries.duplicates import Likeness, list_duplicates_of, list_pairs
from lumira_db.queries.merging import find_kept, find_side, list_merges, list_moving
from tests.factories import make_client, make_order, make_profile, make_staff
from tests.integration.persons import everything, tell


class Nowhere:
    """A storage for rows whose files nobody looks at."""

    def put(self, *_: Any) -> None:
        """Nothing is kept."""


def two(session: Session) -> tuple[str, str]:
    """Two clients of whom every table says something."""
    nowhere = cast(Storage, Nowhere())
    numbers = itertools.count(1)
    return tuple(tell(session, nowhere, (f"{one}{next(numbers)}" for _ in numbers)).client_id for one in "AB")  # type: ignore[return-value]


def versions(session: Session, *ids: str) -> tuple[str, str]:
    first, second = (find_side(session, one) for one in ids)
    assert first is not None
    assert second is not None
    return first.version, second.version


def merge(database: Database, who: Actor, kept: str, dropped: str, choices: Mapping[str, Side] | None = None) -> int:
    """Merge; the number of the entry in the audit."""
    with database.writing() as session:
        merge_clients(session, who, kept, dropped, seen=versions(session, kept, dropped), choices=choices or {})
    with database.reading() as session:
        return session.scalars(select(AuditEntry.id).where(AuditEntry.action == "client.merge")).all()[-1]


def facts(session: Session) -> dict[str, list[Any]]:
    """Every row, but for what only says when somebody wrote, and what follows from the others."""
    found = everything(session)
    for derived in ("desk.audit", "desk.change", "desk.tag_usage"):
        del found[derived]
    for rows in found.values():
        for row in rows:
            row.pop("updatedAt", None)
            row.pop("updated_at", None)
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


@pytest.mark.parametrize("side", [Side.KEPT, Side.DROPPED])
def test_a_merge_that_is_taken_back_has_changed_nothing(database: Database, side: Side) -> None:
    """Whichever side everything was taken from, with rows in every table; the chain of the audit holds."""
    with database.writing() as session:
        kept, dropped = two(session)
        who = make_staff(session, Role.ADMIN)
    choices = dict.fromkeys((*FIELDS, *(owned.table.name for owned in OWNED)), side)
    with database.reading() as session:
        before = facts(session)
        planned = {one.table: one for one in list_moving(session, kept, dropped, choices)}
    number = merge(database, who, kept, dropped, choices)
    with database.reading() as session:
        between = everything(session)
        assert session.get(Client, dropped) is None
    for owned in OWNED:
        owners = [row[owned.table.owner] for row in between[owned.table.name]]
        assert dropped not in owners, owned.table.name
        plan = planned[owned.table.name]
        assert len(owners) == len(before[owned.table.name]) - plan.gone, owned.table.name
    assert planned["public.UserProfile"].gone == 1
    with database.writing() as session:
        assert unmerge_clients(session, who, number) == (kept, dropped)
    with database.reading() as session:
        assert facts(session) == before
        assert list(audit.verify(session)) == []
        assert [one.undone for one in list_merges(session, kept)] == [True]


def test_the_address_of_a_client_who_was_merged_leads_to_the_person(database: Database) -> None:
    """However often they were merged on; an address that never was anybody's leads nowhere."""
    with database.writing() as session:
        first, second, third = (make_client(session).id for _ in range(3))
        who = make_staff(session, Role.ADMIN)
    merge(database, who, second, first)
    merge(database, who, third, second)
    with database.reading() as session:
        assert find_kept(session, first) == third
        assert find_kept(session, third) is None
        assert find_kept(session, "nobody") is None


def test_notes_and_tags_of_both_are_kept_unless_one_is_chosen(database: Database) -> None:
    """Nobody's words are lost by default; the history of the notes goes on counting."""
    with database.writing() as session:
        kept = make_client(session, notes="Rappeler", tags=["vip", "paris"]).id
        dropped = make_client(session, notes="Préfère le soir", tags=["paris", "lyon"]).id
        for one, count in ((kept, 2), (dropped, 3)):
            session.add_all(
                NoteVersion(client_id=one, number=n + 1, content="x", author_id="a", author_name="A")
                for n in range(count)
            )
        who = make_staff(session, Role.ADMIN)
    merge(database, who, kept, dropped)
    with database.reading() as session:
        client = session.get_one(Client, kept)
        assert client.notes == "Rappeler\n\nPréfère le soir"
        assert client.tags == ["vip", "paris", "lyon"]
        numbers = session.scalars(select(NoteVersion.number).where(NoteVersion.client_id == kept))
        assert sorted(numbers) == [1, 2, 3, 4, 5]


def test_a_merge_that_was_built_upon_stands_and_nothing_is_changed(database: Database) -> None:
    """The kept one was changed, the dropped one's address is somebody's again, an order moved on, or it is undone."""
    with database.writing() as session:
        who = make_staff(session, Role.ADMIN)
        pairs = [(make_client(session).id, make_client(session)) for _ in range(3)]
        make_order(session, pairs[2][1])
    email = pairs[1][1].email
    numbers = [
        merge(database, who, kept, gone.id, {"firstName": Side.DROPPED, "lastName": Side.DROPPED})
        for kept, gone in pairs
    ]
    with database.writing() as session:
        session.get_one(Client, pairs[0][0]).last_name = "Nouveau"
        make_client(session, email=email)
        order = session.scalars(select(Order).where(Order.client_id == pairs[2][0])).one()
        order.client_id = pairs[0][0]
    with database.reading() as session:
        before = facts(session)
    for number in numbers:
        with pytest.raises(MergeStands), database.writing() as session:
            unmerge_clients(session, who, number)
    with database.reading() as session:
        assert facts(session) == before


def test_a_merge_on_a_stale_screen_or_with_oneself_is_refused(database: Database) -> None:
    """The platform wrote one of the two meanwhile."""
    with database.writing() as session:
        one, other, who = make_client(session), make_client(session), make_staff(session, Role.ADMIN)
    with database.reading() as session:
        seen = versions(session, one.id, other.id)
    with database.writing() as session:
        session.execute(text("""UPDATE "User" SET phone = '0612345678' WHERE id = :id"""), {"id": other.id})
    with pytest.raises(StaleRecord), database.writing() as session:
        merge_clients(session, who, one.id, other.id, seen=seen, choices={})
    with pytest.raises(InvalidInput), database.writing() as session:
        merge_clients(session, who, one.id, one.id, seen=seen, choices={})


def test_likely_duplicates_are_found_with_their_reasons_until_they_are_ruled_out(session: Session) -> None:
    """However the number is written, whatever dots and pluses the address has, wherever the day of birth is kept."""
    me = make_client(
        session, email="jean.petit+lumira@gmail.com", phone="06 98 76 54 32", first_name="Zoé", last_name="D'Été"
    )
    make_profile(session, me, birth_date="1979-03-04")
    phone = make_client(session, phone="+33698765432")
    mailbox = make_client(session, email="JeanPetit@gmail.com")
    name = make_client(session, first_name="Zoe", last_name="d’Eté")
    make_profile(session, name, birth_date="1979-03-04")
    make_profile(session, make_client(session, first_name="Zoé", last_name="D'Été"), birth_date="1980-01-01")
    drain(session)
    found = {pair.second.id: {kind for kind, _ in pair.why} for pair in list_duplicates_of(session, me.id)}
    assert found == {phone.id: {Likeness.PHONE}, mailbox.id: {Likeness.MAILBOX}, name.id: {Likeness.NAME}}
    for kind, other in ((Likeness.PHONE, phone), (Likeness.MAILBOX, mailbox), (Likeness.NAME, name)):
        page = list_pairs(session, kind)
        assert [{pair.first.id, pair.second.id} for pair in page.pairs] == [{me.id, other.id}]
        assert page.next is None
    rule_out_duplicate(session, make_staff(session, Role.ADMIN), me.id, phone.id)
    session.flush()
    assert phone.id not in {pair.second.id for pair in list_duplicates_of(session, me.id)}
    assert me.id in {pair.second.id for pair in list_duplicates_of(session, name.id)}
    assert list_pairs(session, Likeness.PHONE).pairs == ()


def test_pages_of_pairs_follow_one_another_without_gap_or_overlap(session: Session) -> None:
    """Each page begins after what the last pair of the one before it had in common."""
    for number in range(5):
        for _ in range(2):
            make_client(session, phone=f"06000000{number:02d}")
    drain(session)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = list_pairs(session, Likeness.PHONE, after=after, limit=2)
        seen += [pair.why[0][1] for pair in page.pairs]
        after = page.next
    assert seen == sorted(set(seen))
    assert len(seen) == 5
