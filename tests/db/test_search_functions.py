"""What the indexes of the search stand on: total functions, the same in PostgreSQL and in Python."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from lumira_db.engine import Database
from lumira_db.folding import fold, mailbox, name_words, near_keys, words
from lumira_db.queries.search import find
from lumira_db.queries.search_stages import Match
from lumira_db.search_index import INDEXES, rebuild, verify
from tests.factories import make_client, make_order

# Letters as people and careless programs write them; what only one of two Unicode versions knows is left out.
LETTERS = st.text(
    st.one_of(
        st.characters(max_codepoint=0x24F, exclude_characters="\x00"),
        st.sampled_from("éèêëàâçœŒæßłøđžšőñ’‘“”–—·́̂ﬁ№Ⅷ你好שלוםمحمد🌙👩‍👩‍👧\u200f\ufeff\u00a0'-.,@+"),
    ),
    max_size=30,
)
QUIETLY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HOSTILE = (
    "",
    " ",
    "́",
    "\u200f\u202e",
    "🌙" * 50,
    "é" * 1_000_000,
    "x-" * 500_000,
    "%_\\'\"",
    "مرحبا",
    "'; DROP",
    "@",
    "+@.",
)


def ask(session: Session, sql: str, **values: Any) -> Any:
    return session.execute(text(f"SELECT {sql}"), values).scalar_one()


@QUIETLY
@given(LETTERS)
def test_a_text_is_folded_alike_in_python_and_in_postgresql_and_folding_again_changes_nothing(
    session: Session, value: str
) -> None:
    folded = ask(session, "desk.fold(:value)", value=value)
    assert fold(value) == folded
    assert fold(folded) == folded == ask(session, "desk.fold(:value)", value=folded)


@QUIETLY
@given(LETTERS, LETTERS)
def test_a_name_has_the_same_words_and_a_word_the_same_keys_on_both_sides(
    session: Session, first: str, last: str
) -> None:
    theirs = "desk.name_words(desk.fold(:first), desk.fold(:last))"
    assert set(ask(session, theirs, first=first, last=last)) == name_words(first, last)
    ours = {key for word in name_words(first, last) for key in near_keys(word)}
    hashed = ask(
        session, "ARRAY(SELECT DISTINCT hashtext(key) FROM unnest(CAST(:keys AS text[])) AS key)", keys=list(ours)
    )
    assert set(ask(session, f"desk.typo_keys({theirs})", first=first, last=last)) == set(hashed)


@QUIETLY
@given(LETTERS)
def test_an_address_arrives_in_the_same_mailbox_on_both_sides(session: Session, value: str) -> None:
    if value.isascii():
        assert ask(session, "desk.mailbox(:value)", value=value) == mailbox(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Marie.Dupont+x@Gmail.com", "mariedupont@googlemail.com"),
        ("a.b@example.org", "AB+c@example.org"),
    ],
)
def test_dots_and_what_follows_a_plus_do_not_make_another_mailbox(session: Session, one: str, other: str) -> None:
    assert ask(session, "desk.mailbox(:one) = desk.mailbox(:other)", one=one, other=other)


@pytest.mark.parametrize(
    "written",
    ["06 12 34 56 78", "+33612345678", "0033 6 12 34 56 78", "+33 (0)6.12.34.56.78", "33612345678", "612345678"],
)
def test_a_french_phone_is_one_number_however_it_was_written(session: Session, written: str) -> None:
    assert ask(session, "desk.phone(:written)", written=written) == "612345678"


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: f"{len(value)} letters {value[:5]!r}")
def test_whatever_a_row_holds_the_platform_can_write_it_without_any_right_on_our_schema(
    session: Session, value: str
) -> None:
    """The functions run inside the platform's INSERT: none may ever raise, nor need a right of its own."""
    session.execute(text("REVOKE ALL ON SCHEMA desk FROM CURRENT_USER, PUBLIC"))
    assert not ask(session, "has_schema_privilege('desk', 'usage')")
    insert = text(
        'INSERT INTO "User" (id, email, "firstName", "lastName", phone, "updatedAt")'
        " VALUES ('one', :email, :value, :value, :value, now())"
    )
    # Longer ones the contract's own unique index of addresses refuses.
    session.execute(insert, {"value": value, "email": value[:300]})
    session.execute(text("UPDATE \"User\" SET phone = NULL, \"firstName\" = '', \"lastName\" = '' WHERE id = 'one'"))


def test_a_row_that_the_platform_writes_is_found_at_once_and_lost_when_it_goes(session: Session) -> None:
    """Nothing is copied, so nothing lags."""
    insert = text(
        'INSERT INTO "User" (id, email, "firstName", "lastName", phone, "updatedAt")'
        " VALUES ('new', 'zelie@example.org', 'Zélie', 'Kermarrec', '06 00 00 12 34', now())"
    )
    session.execute(insert)
    for asked in ("zelie kermarrec", "zeli kermarec", "kermar", "06 00 00 12 34", "zeliee@example.org"):
        assert [hit.client.id for hit in find(session, asked, year=26).hits] == ["new"], asked
    session.execute(text("UPDATE \"User\" SET \"lastName\" = 'Autre' WHERE id = 'new'"))
    assert not find(session, "kermarrec", year=26).hits
    session.execute(text('DELETE FROM "User"'))
    assert not find(session, "zelie", year=26).hits


def test_each_hit_says_why_and_nothing_found_says_what_was_tried(session: Session) -> None:
    client = make_client(session, first_name="Zélie", last_name="Kermarrec", ref_id="LUM-C-26-7777")
    hit = find(session, "zelie kermarec lum c 26 7777", year=26).hits[0]
    assert hit.client.id == client.id
    assert [reason.match for reason in hit.reasons] == [Match.REF_ID, Match.NAME]
    assert hit.reasons[0].value == "LUM-C-26-7777"
    nothing = find(session, "zzzz 26-9999 nobody@example.net", year=26)
    assert nothing.hits == ()
    assert [term.shown for term in nothing.terms] == ["LUM-C-26-9999", "nobody@example.net", "zzzz"]


def test_an_address_means_the_client_and_a_number_the_order(session: Session) -> None:
    """The address of the client stands in every order of theirs; some were placed with another one."""
    client = make_client(session, email="zelie.kermarrec@example.org")
    for number, address in enumerate(("zelie.kermarrec@example.org", "z.k@example.net"), 1):
        make_order(session, client, order_number=f"LU260220-00{number}", client_email=address)
    for asked in ("zelie.kermarrec@example.org", "z.k@example.net"):
        (hit,) = find(session, asked, year=26).hits
        assert (hit.client.id, hit.order) == (client.id, None)
    (hit,) = find(session, "zelie.kermarrec@example.org LU260220-002", year=26).hits
    assert hit.order is not None
    assert hit.order.number == "LU260220-002"


def test_the_phones_and_names_of_others_do_not_hide_the_one_who_has_both(session: Session) -> None:
    """Of many with the name, and some with the digits, the one with both comes first."""
    for number in range(250):
        make_client(session, first_name="Marie", last_name="Martin", phone=f"06 11 11 {number:04d}")
    meant = make_client(session, first_name="Marie", last_name="Martin", phone="06 22 22 98 76")
    make_client(session, first_name="Paul", last_name="Autre", phone="06 33 33 98 76")
    assert find(session, "martin 9876", year=26).hits[0].client.id == meant.id


def test_every_index_is_found_whole_and_a_function_that_changed_is_noticed_and_healed(database: Database) -> None:
    with database.writing() as session:
        for number in range(30):
            make_client(
                session, first_name=f"Prénom{number}", phone=f"06000000{number:02d}", ref_id=f"LUM-C-26-{number}"
            )
    with database.engine.connect() as connection:
        assert [finding.wrong for finding in verify(connection)] == [""] * len(INDEXES)
    with database.engine.begin() as connection:
        body = connection.scalar(text("SELECT pg_get_functiondef('desk.phone'::regproc)"))
        connection.execute(text(str(body).replace("20)", "19)").replace("60)", "8)").replace(":", "\\:")))
        connection.execute(text("DROP INDEX desk_user_ref"))
    with database.engine.connect() as connection:
        wrong = {finding.index: finding.wrong for finding in verify(connection) if finding.wrong}
    assert wrong.keys() == {"desk_user_phone", "desk_user_phone_end", "desk_user_ref"}
    assert wrong["desk_user_ref"] == "is missing"
    steps: list[str] = []
    database.dispose()
    rebuild(database.engine, lambda number, total, name: steps.append(name))
    assert steps == [*(index.name for index in INDEXES), "statistics"]
    with database.engine.connect() as connection:
        assert not [finding for finding in verify(connection, sample=None) if finding.wrong]


def test_words_are_those_of_the_folded_text() -> None:
    assert words("  Jean-Luc   d’Été ") == ("jean", "luc", "d", "ete")


def test_the_beginning_of_a_name_is_found_without_reading_every_word_that_begins_so(session: Session) -> None:
    """In either order of the names, and inside of one too; a few letters that begin someone's name are enough."""
    for number in range(30):
        make_client(session, first_name=f"Mara{number:02d}", last_name="Zed", email=f"m{number}@example.org")
    client = make_client(session, first_name="Odile", last_name="Marchandeau", email="odile@example.org")
    inside = make_client(session, first_name="Anne-Solveig", last_name="Quint", email="as@example.org")
    asked: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *told: asked.append(str(told[3])))
    assert len(find(session, "mar", year=26).hits) == 10
    assert asked
    assert not [values for values in asked if "'mar':*" in values.replace('"', "").replace("\\", "")]
    assert [find(session, text, year=26).hits[0].client.id for text in ("marchand", "odile mar", "marchandeau od")] == [
        client.id
    ] * 3
    assert find(session, "solv", year=26).hits[0].client.id == inside.id
