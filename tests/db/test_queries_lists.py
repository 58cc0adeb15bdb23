"""Finding people and orders: by any part of what they are called, by days in Paris, by what was paid."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from lumira_db.clock import utcnow
from lumira_db.commands.client_summaries import drain
from lumira_db.enums import OrderStatus, UserStatus
from lumira_db.errors import RecordNotFound
from lumira_db.models import Client, VersionOrigin
from lumira_db.queries.client_list import ClientListFilter, ListedClient, list_clients
from lumira_db.queries.client_page import find_head
from lumira_db.queries.clients import get_profile
from lumira_db.queries.orders import OrderFilter, OrderSort, list_client_orders, list_orders
from lumira_db.queries.search import find
from lumira_db.queries.workbench import find_hold, find_workbench, get_version_content
from lumira_db.versions import keep_version
from tests.factories import NOON, actor, make_claim, make_client, make_file, make_order, make_profile

PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)

PEOPLE: dict[str, dict[str, Any]] = {
    "zoe": {"first_name": "Zoé", "last_name": "d'Arc", "email": "zoe.darc@example.org", "ref_id": "LUM-C-26-0042"},
    "percent": {"first_name": "100%", "last_name": "Sûr", "email": "cent_pour@example.org", "ref_id": None},
    "hundred": {"first_name": "1000", "last_name": "Sur", "email": "centXpour@example.org", "ref_id": "LUM-C-26-10000"},
    "slash": {"first_name": "A\\B", "last_name": "Back", "email": "slash@example.org", "ref_id": None},
    "rtl": {"first_name": "שרה", "last_name": "<b>Lévy</b>", "email": "sara@example.org", "ref_id": None},
}


@pytest.fixture
def people(session: Session) -> dict[str, str]:
    """Ids by nickname."""
    return {name: make_client(session, **values).id for name, values in PEOPLE.items()}


def listed(session: Session, chosen: ClientListFilter) -> tuple[ListedClient, ...]:
    """The page, once the worker has looked."""
    drain(session)
    return list_clients(session, chosen, zone=ZoneInfo("Europe/Paris"), now=NOON).rows


def found(session: Session, people: dict[str, str], typed: str) -> set[str]:
    names = {client_id: name for name, client_id in people.items()}
    return {names[row.id] for row in listed(session, ClientListFilter(typed))}


SEARCHES = [
    ("LUM-C-26-0042", {"zoe"}),
    ("lum-c-26-0042", {"zoe"}),
    ("26-1000", {"hundred"}),
    ("0042", {"zoe"}),
    ("zoe.darc@example.org", {"zoe"}),
    ("ZOE.DARC@EXAMPLE.ORG", {"zoe"}),
    ("darc@", {"zoe"}),
    ("zoé", {"zoe"}),
    ("ZOÉ", {"zoe"}),
    ("Zoé d'Arc", {"zoe"}),
    ("d'arc zoé", {"zoe"}),
    ("zoé sur", set()),
    ("100%", {"percent"}),
    ("0%", set()),
    ("00%", {"percent"}),
    ("cent_pour", {"percent"}),
    ("centxpour", {"hundred"}),
    ("a\\b", {"slash"}),
    ("\\", set()),
    ("%%%", set()),
    ("___", set()),
    ("שרה", {"rtl"}),
    ("<b>lévy", {"rtl"}),
    ("example.org", set(PEOPLE)),
    ("  zoé  ", {"zoe"}),
]


@pytest.mark.parametrize(("typed", "names"), SEARCHES)
def test_a_client_is_found_by_any_part_of_what_they_are_called(
    session: Session, people: dict[str, str], typed: str, names: set[str]
) -> None:
    """refId, address, first and last name, in any case and order; %, _ and \\ mean themselves."""
    assert found(session, people, typed) == names


@pytest.mark.parametrize("typed", ["", "   "])
def test_no_search_is_the_whole_list_newest_first(session: Session, typed: str) -> None:
    """White space finds everybody."""
    old, new = make_client(session, created_at=NOON), make_client(session, created_at=NOON + HOUR)
    assert [row.id for row in listed(session, ClientListFilter(typed))] == [new.id, old.id]


def test_two_letters_find_a_beginning_only(session: Session) -> None:
    """Fewer letters than the index has would read the whole table."""
    made = make_client(session, ref_id="LUM-C-26-0001")
    assert [row.id for row in listed(session, ClientListFilter("lu"))] == [made.id]
    assert listed(session, ClientListFilter("01")) == ()


@pytest.mark.parametrize("status", UserStatus)
def test_clients_are_narrowed_by_status(session: Session, status: UserStatus) -> None:
    """One status at a time."""
    made = {one: make_client(session, status=one).id for one in UserStatus}
    assert [row.id for row in listed(session, ClientListFilter(statuses=(status,)))] == [made[status]]


def test_a_client_without_tags_has_none(session: Session) -> None:
    """NULL means empty."""
    make_client(session, tags=None)
    make_client(session, tags=["vip", "fidèle"])
    assert [row.tags for row in listed(session, ClientListFilter())] == [("vip", "fidèle"), ()]


def test_a_clients_page_counts_what_they_paid_per_currency(session: Session) -> None:
    """Refunds and carts are left out; the unreliable counter of the contract is not asked."""
    client = make_client(session, total_orders=99, notes="Rappeler")
    for status in OrderStatus:
        make_order(session, client, status=status, amount=1000)
    make_order(session, client, status=OrderStatus.PAID, amount=700, currency="usd")
    page = find_head(session, client.id)
    assert page is not None
    assert [(one.currency, one.orders, one.cents) for one in page.values] == [("eur", 5, 5000), ("usd", 1, 700)]
    assert find_head(session, "nobody") is None


def test_of_a_photo_a_profile_tells_only_how_it_is_kept(session: Session) -> None:
    """The first two thousand characters, not the megabytes."""
    client = make_client(session)
    make_profile(
        session, client, face_photo_url="data:image/png;base64," + "A" * 100_000, palm_photo_url="uploads/p.jpg"
    )
    profile = get_profile(session, client.id)
    assert profile is not None
    assert profile.face is not None
    assert len(profile.face) == 2000
    assert profile.palm == "uploads/p.jpg"
    assert get_profile(session, "nobody") is None


def ordered(session: Session, text: str) -> list[str]:
    """The orders that the one box finds."""
    return [hit.order.id for hit in find(session, text, year=26).hits if hit.order is not None]


def numbers(session: Session, **chosen: Any) -> list[str]:
    return [row.number for row in list_orders(session, OrderFilter(**chosen), zone=PARIS).rows]


@pytest.mark.parametrize("typed", ["LU250127-001", "LU260130001", "LUM-O-260130-001"])
def test_an_order_is_found_by_each_form_of_its_number(session: Session, typed: str) -> None:
    """All three are in use; lower case and blanks around it do not matter."""
    order = make_order(session, order_number=typed)
    make_order(session)
    for text in (typed, typed.lower(), f"  {typed} "):
        assert ordered(session, text) == [order.id]
        assert numbers(session, client=text) == [typed]
    assert ordered(session, order.id) == [order.id]
    assert ordered(session, "nothing") == []


def test_orders_are_found_by_their_client(session: Session, people: dict[str, str]) -> None:
    """By any part of the name, as the clients are; by the id exactly."""
    for client_id in people.values():
        make_order(session, session.get_one(Client, client_id), order_number=f"N-{client_id}")
    assert numbers(session, client="zoé d'arc") == [f"N-{people['zoe']}"]
    assert numbers(session, client="100%") == [f"N-{people['percent']}"]
    assert numbers(session, client_id=people["rtl"]) == [f"N-{people['rtl']}"]
    assert numbers(session, client="%") == []


def test_orders_are_narrowed_by_status_level_currency_and_amount(session: Session) -> None:
    """Several of a kind are any of them; amounts include both ends, in cents."""
    for status, level, amount, currency in (
        (OrderStatus.PAID, 1, 900, "eur"),
        (OrderStatus.PENDING, 2, 2900, "eur"),
        (OrderStatus.PAID, 7, 901, "USD"),
    ):
        values = {"order_number": f"{level}", "paid_at": NOON, "created_at": NOON + level * HOUR}
        make_order(session, status=status, level=level, amount=amount, currency=currency, **values)
    assert numbers(session) == ["7", "2", "1"]
    assert numbers(session, statuses=(OrderStatus.PAID,)) == ["7", "1"]
    assert numbers(session, statuses=(OrderStatus.PAID, OrderStatus.PENDING)) == ["7", "2", "1"]
    assert numbers(session, levels=(2, 7)) == ["7", "2"]
    assert numbers(session, currency="usd") == ["7"]
    assert numbers(session, amount_min=901) == ["7", "2"]
    assert numbers(session, amount_min=900, amount_max=901) == ["7", "1"]
    assert numbers(session, levels=(1,), currency="usd") == []


# The moments around a day in Paris, and whether they belong to it.
DAYS = [
    (date(2026, 2, 1), datetime(2026, 1, 31, 22, 59, 59, 999000, UTC), False),
    (date(2026, 2, 1), datetime(2026, 1, 31, 23, 0, tzinfo=UTC), True),
    (date(2026, 2, 1), datetime(2026, 2, 1, 22, 59, 59, 999000, UTC), True),
    (date(2026, 2, 1), datetime(2026, 2, 1, 23, 0, tzinfo=UTC), False),
    (date(2026, 7, 1), datetime(2026, 6, 30, 21, 59, 59, 999000, UTC), False),
    (date(2026, 7, 1), datetime(2026, 6, 30, 22, 0, tzinfo=UTC), True),
    # 29 March has 23 hours, 25 October 25 of them.
    (date(2026, 3, 29), datetime(2026, 3, 28, 23, 0, tzinfo=UTC), True),
    (date(2026, 3, 29), datetime(2026, 3, 29, 21, 59, 59, 999000, UTC), True),
    (date(2026, 3, 29), datetime(2026, 3, 29, 22, 0, tzinfo=UTC), False),
    (date(2026, 10, 25), datetime(2026, 10, 24, 22, 0, tzinfo=UTC), True),
    (date(2026, 10, 25), datetime(2026, 10, 25, 22, 59, 59, 999000, UTC), True),
    (date(2026, 10, 25), datetime(2026, 10, 25, 23, 0, tzinfo=UTC), False),
]


@pytest.mark.parametrize(("day", "moment", "within"), DAYS)
@pytest.mark.parametrize("column", ["created", "paid"])
def test_a_filters_day_is_a_day_in_paris(
    session: Session, column: str, day: date, moment: datetime, within: bool
) -> None:
    """From midnight to midnight there, also when the clocks change."""
    make_order(session, paid_at=moment, created_at=moment, status=OrderStatus.PAID)
    chosen = {f"{column}_from": day, f"{column}_to": day}
    assert len(numbers(session, **chosen)) == within


def test_what_was_never_paid_is_in_no_span_of_payments(session: Session) -> None:
    """Nor does it open a list that is sorted by payment, newest first."""
    make_order(session, status=OrderStatus.PENDING, order_number="cart")
    make_order(session, status=OrderStatus.PAID, order_number="paid")
    assert numbers(session, paid_from=date(1971, 1, 1), paid_to=date(2999, 1, 1)) == ["paid"]
    assert numbers(session, sort=OrderSort.PAID) == ["paid", "cart"]
    assert numbers(session, sort=OrderSort.PAID, descending=False) == ["cart", "paid"]


def test_a_clients_orders_are_shown_newest_first(session: Session) -> None:
    """Theirs only, as many as asked for."""
    client = make_client(session)
    made = [make_order(session, client, created_at=NOON + number * HOUR) for number in range(4)]
    make_order(session)
    shown = list_client_orders(session, client.id, limit=3)
    assert [row.id for row in shown] == [order.id for order in reversed(made[1:])]


def test_the_workbench_of_an_unknown_order_is_none(session: Session) -> None:
    """Any text is an id; none of these is one."""
    for order_id in ("", "nothing", "x" * 5000, "%"):
        assert find_workbench(session, order_id, staff_id="x", now=NOON) is None


def test_the_workbench_holds_the_order_whole(session: Session) -> None:
    """The documents, the files by kind, the versions newest first, without their texts."""
    client = make_client(session)
    make_profile(session, client, specific_question="Où ?")
    order = make_order(session, client, content={"reading": "x"}, expert_prompt="Sois doux", error_log="?")
    file = make_file(session, order)
    for number in range(3):
        keep_version(session, order.id, {"reading": str(number)}, VersionOrigin.EDITED, actor(name=f"N{number}"))
    session.expunge_all()
    bench = find_workbench(session, order.id, staff_id="x", now=NOON)
    assert bench is not None
    assert (bench.content, bench.prompt, bench.error) == ({"reading": "x"}, "Sois doux", "?")
    assert bench.form_data == {"phone": "+33600000001"}
    assert [one.id for one in bench.files] == [file.id]
    assert [(one.number, one.author_name) for one in bench.versions] == [(3, "N2"), (2, "N1"), (1, "N0")]
    assert bench.profile is not None
    assert bench.profile.specific_question == "Où ?"
    assert (bench.hold, bench.draft, bench.generation, bench.deliveries) == (None, None, None, ())
    assert get_version_content(session, bench.versions[0].id) == {"reading": "2"}


def test_a_version_that_does_not_exist_is_not_found(session: Session) -> None:
    """Rather than an empty text."""
    with pytest.raises(RecordNotFound):
        get_version_content(session, 0)


def test_somebody_who_is_gone_still_holds_by_their_id(session: Session) -> None:
    """The platform may have deleted the account; the claim is shown until it expires."""
    order = make_order(session)
    make_claim(session, order, actor(id="gone"), expires_at=utcnow() + HOUR)
    hold = find_hold(session, order.id, now=utcnow())
    assert hold is not None
    assert hold.name == "gone"
