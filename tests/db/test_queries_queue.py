"""The queue and the home screens: paid work that waits, oldest first, with what stands out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from lumira_db.actor import Actor
from lumira_db.enums import FileType, OrderStatus, ProductLevel, UserStatus
from lumira_db.models import Dispute, RefundRequest
from lumira_db.queries import queue
from lumira_db.queries.flags import Flag
from lumira_db.queries.home import admin_home, expert_home, list_mine
from lumira_db.queries.queue import TABS, QueueFilter, QueueRow, count_late, count_queue, list_queue, oldest_waiting
from lumira_db.queries.workbench import find_workbench
from lumira_db.states import RefundState
from tests.factories import (
    NOON,
    make_claim,
    make_client,
    make_file,
    make_order,
    make_product,
    make_products,
    make_profile,
    make_staff,
)

NOW = NOON + timedelta(days=3)
HOUR = timedelta(hours=1)
S = OrderStatus
TO_VALIDATE = S.AWAITING_VALIDATION


@pytest.fixture
def anne(session: Session) -> Actor:
    return make_staff(session, name="Anne")


def shown(session: Session, **chosen: Any) -> list[QueueRow]:
    return list(list_queue(session, QueueFilter(**chosen), now=NOW).rows)


def ids(rows: list[QueueRow]) -> list[str]:
    return [row.id for row in rows]


def test_each_tab_shows_its_status_and_counts_what_it_shows(session: Session) -> None:
    """Nothing of another status is in it; the counts are the lists'."""
    made = {status: [make_order(session, status=status).id for _ in range(n)] for n, status in enumerate(S, start=1)}
    for tab in TABS:
        assert ids(shown(session, status=tab)) == made[tab]
    assert count_queue(session) == {tab: len(made[tab]) for tab in TABS}


def test_abandoned_carts_and_what_was_never_paid_are_no_work(session: Session) -> None:
    """A checkout that failed before any payment is not a failed production."""
    make_order(session, status=S.PENDING)
    make_order(session, status=S.FAILED, paid_at=None)
    make_order(session, status=S.PAID, paid_at=None)
    paid = make_order(session, status=S.FAILED)
    assert [row.id for tab in TABS for row in shown(session, status=tab)] == [paid.id]
    assert sum(count_queue(session).values()) == 1
    assert oldest_waiting(session, S.FAILED) == paid.paid_at


@pytest.mark.parametrize("status", [TO_VALIDATE, S.PROCESSING])
def test_a_free_reading_waits_among_the_others(session: Session, status: OrderStatus) -> None:
    """It was never paid and is work all the same, since the moment it was ordered."""
    later = make_order(session, status=status, paid_at=NOON + 2 * HOUR)
    free = make_order(session, status=status, paid_at=None, amount=0, created_at=NOON + HOUR)
    earlier = make_order(session, status=status, paid_at=NOON)
    rows = shown(session, status=status)
    assert ids(rows) == [earlier.id, free.id, later.id]
    assert rows[1].since == NOON + HOUR
    assert count_queue(session)[status] == 3


def test_a_row_says_whose_it_is_and_how_often_it_came_back(session: Session, anne: Actor) -> None:
    """Number, client, level, revisions, holder."""
    client = make_client(session, first_name="Zoé", last_name="d'Arc")
    order = make_order(session, client, level=3, revision_count=2)
    make_claim(session, order, anne, expires_at=NOW + HOUR)
    (row,) = shown(session)
    assert (row.number, row.client_id, row.client_name) == (order.order_number, client.id, "Zoé d'Arc")
    assert (row.level, row.revisions, row.since) == (3, 2, order.paid_at)
    assert (row.holder_id, row.holder_name, row.held_until) == (anne.id, "Anne", NOW + HOUR)


@pytest.mark.parametrize(
    ("first", "last", "typed", "name"), [("", " ", "Du paiement", "Du paiement"), ("", "", None, "")]
)
def test_a_client_without_a_name_has_the_one_typed_at_checkout(
    session: Session, first: str, last: str, typed: str | None, name: str
) -> None:
    """Or none; the row is there either way."""
    make_order(session, make_client(session, first_name=first, last_name=last), client_name=typed)
    assert [row.client_name for row in shown(session)] == [name]


def test_an_expired_claim_holds_nothing(session: Session, anne: Actor) -> None:
    """The row is free for everybody, and not mine."""
    order = make_order(session)
    make_claim(session, order, anne, expires_at=NOW)
    (row,) = shown(session)
    assert (row.holder_id, row.holder_name, row.held_until) == (None, None, None)
    assert ids(shown(session, free=True)) == [order.id]
    assert shown(session, holder=anne.id) == []


def test_the_queue_is_narrowed_by_level_holder_and_freedom(session: Session, anne: Actor) -> None:
    """Each alone and together."""
    bruno = make_staff(session)
    mine, theirs, free, other = (make_order(session, level=level) for level in (1, 1, 1, 2))
    make_claim(session, mine, anne, expires_at=NOW + HOUR)
    make_claim(session, theirs, bruno, expires_at=NOW + HOUR)
    assert ids(shown(session, level=1)) == [mine.id, theirs.id, free.id]
    assert ids(shown(session, holder=anne.id)) == [mine.id]
    assert ids(shown(session, free=True)) == [free.id, other.id]
    assert ids(shown(session, free=True, level=2)) == [other.id]
    assert shown(session, free=True, holder=anne.id) == []


def sound(session: Session, **values: Any) -> Any:
    """An order that nothing stands out about."""
    order = make_order(session, **values)
    make_file(session, order)
    return order


def flags_of(session: Session, order_id: str) -> tuple[Flag, ...]:
    """What the queue says; the order screen must say the same."""
    session.flush()
    (in_queue,) = [row.flags for row in shown(session) if row.id == order_id]
    bench = find_workbench(session, order_id, staff_id="nobody", now=NOW)
    assert bench is not None
    assert bench.flags == in_queue
    assert bool(in_queue) is (order_id in ids(shown(session, flagged=True)))
    return in_queue


def test_nothing_stands_out_about_a_sound_order(session: Session) -> None:
    """A photo, an active client, the product's price, never sent back."""
    make_products(session)
    assert flags_of(session, sound(session).id) == ()


@pytest.mark.parametrize("kind", FileType)
def test_a_photo_with_the_order_is_a_photo(session: Session, kind: FileType) -> None:
    """Of the face or of the palm; another order's is not this one's."""
    make_products(session)
    with_photo, without = make_order(session), make_order(session)
    make_file(session, with_photo, kind)
    assert flags_of(session, with_photo.id) == ()
    assert flags_of(session, without.id) == (Flag.NO_PHOTO,)


@pytest.mark.parametrize("column", ["face_photo_url", "palm_photo_url"])
@pytest.mark.parametrize("value", ["https://example.org/x.jpg", "uploads/x.jpg", "data:image/png;base64,AAAA"])
def test_a_photo_in_the_profile_is_a_photo(session: Session, column: str, value: str) -> None:
    """However it is kept."""
    make_products(session)
    client = make_client(session)
    make_profile(session, client, **{column: value})
    assert flags_of(session, make_order(session, client).id) == ()


def test_a_profile_without_photos_is_no_photo(session: Session) -> None:
    """Nor is another client's profile."""
    make_products(session)
    client, other = make_client(session), make_client(session)
    make_profile(session, client)
    make_profile(session, other, face_photo_url="uploads/x.jpg")
    assert flags_of(session, make_order(session, client).id) == (Flag.NO_PHOTO,)


@pytest.mark.parametrize("status", UserStatus)
def test_a_blocked_client_stands_out(session: Session, status: UserStatus) -> None:
    """Banned and suspended, not active."""
    make_products(session)
    order = sound(session, client=make_client(session, status=status))
    assert flags_of(session, order.id) == (() if status is UserStatus.ACTIVE else (Flag.CLIENT_BLOCKED,))


@pytest.mark.parametrize(
    ("values", "differs"),
    [
        ({"level": 2, "amount": 2900}, False),
        ({"level": 2, "amount": 2900, "currency": "EUR"}, False),
        ({"level": 2, "amount": 2899}, True),
        ({"level": 1, "amount": 2900}, True),
        ({"level": 2, "amount": 2900, "currency": "usd"}, True),
        ({"level": 7, "amount": 900}, True),
        ({"level": 0, "amount": 0}, True),
        ({"level": 1, "amount": 0, "paid_at": None}, True),
    ],
)
def test_an_amount_that_is_not_the_products_stands_out(session: Session, values: Any, differs: bool) -> None:
    """Amounts came from the browser: level, cents and currency have to fit one product."""
    make_products(session)
    order = sound(session, **values)
    assert flags_of(session, order.id) == ((Flag.AMOUNT_DIFFERS,) if differs else ())


def test_any_product_of_the_level_will_do(session: Session) -> None:
    """An offer beside the usual price is a price too."""
    make_products(session)
    make_product(session, ProductLevel.MYSTIQUE, id="mystique-noel", amount_cents=1900)
    assert flags_of(session, sound(session, level=2, amount=1900).id) == ()


@pytest.mark.parametrize(("revisions", "flags"), [(0, ()), (1, (Flag.REVISED,)), (3, (Flag.REVISED,))])
def test_a_reading_that_was_sent_back_stands_out(session: Session, revisions: int, flags: tuple[Flag, ...]) -> None:
    """Once is enough."""
    make_products(session)
    assert flags_of(session, sound(session, revision_count=revisions).id) == flags


def test_everything_at_once_stands_out_in_the_order_of_the_flags(session: Session) -> None:
    """No flag hides another."""
    client = make_client(session, status=UserStatus.BANNED)
    order = make_order(session, client, revision_count=1)
    own = {"order_id": order.id, "intent_id": "pi_1", "amount": 900, "currency": "eur", "reason": "OTHER"}
    session.add(Dispute(id="du_1", status="lost", created_at=NOON, said_at=NOON, **own))
    asked = {"idempotency_key": "k", "note": "", "asked_by": "c", "asked_by_name": "C", "state": RefundState.UNKNOWN}
    session.add(RefundRequest(id=uuid4(), whole=True, **own, **asked))
    session.flush()
    assert flags_of(session, order.id) == tuple(Flag)


def test_the_oldest_is_the_one_that_is_handed_out_first(session: Session) -> None:
    """None where nothing waits."""
    assert oldest_waiting(session, TO_VALIDATE) is None
    make_order(session, paid_at=NOON)
    make_order(session, paid_at=None, created_at=NOON - HOUR)
    assert oldest_waiting(session, TO_VALIDATE) == NOON - HOUR


def test_an_order_is_late_by_the_promise_of_its_level(session: Session) -> None:
    """The same wait is late for one level and not for another; unknown levels promise nothing."""
    for level in (1, 2, 7):
        make_order(session, level=level, paid_at=NOW - 30 * HOUR)
    before = {1: NOW - 24 * HOUR, 2: NOW - 48 * HOUR}
    assert count_late(session, status=TO_VALIDATE, before=before) == 1
    assert count_late(session, status=TO_VALIDATE, before={1: NOW - 30 * HOUR}) == 0
    assert count_late(session, status=TO_VALIDATE, before={}) == 0


def test_counting_stops_where_nobody_reads_on(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tab says "1000+": counting a million costs what counting a thousand does."""
    monkeypatch.setattr(queue, "COUNT_CAP", 3)
    for _ in range(5):
        make_order(session, paid_at=NOON)
    assert count_queue(session)[TO_VALIDATE] == 3
    assert count_late(session, status=TO_VALIDATE, before={1: NOW}) == 3


PROMISE = {level: timedelta(hours=24 * level) for level in range(1, 5)}


def test_an_experts_home_shows_what_waits_and_what_is_theirs(session: Session, anne: Actor) -> None:
    """Held by others, or once held, is not theirs; a quarter of the promise left is a risk."""
    bruno = make_staff(session)
    client = make_client(session, first_name="Zoé", last_name="d'Arc")
    risky = make_order(session, client, paid_at=NOW - 18 * HOUR - timedelta(minutes=1))
    calm = make_order(session, paid_at=NOW - 18 * HOUR)
    theirs, lost = make_order(session, paid_at=NOW - HOUR), make_order(session, paid_at=NOW - HOUR)
    for order, holder, until in (
        (calm, anne, NOW + 2 * HOUR),
        (risky, anne, NOW + HOUR),
        (theirs, bruno, NOW + HOUR),
        (lost, anne, NOW),
    ):
        make_claim(session, order, holder, expires_at=until)
    home = expert_home(session, anne.id, now=NOW, promise=PROMISE)
    assert [row.id for row in home.mine] == [risky.id, calm.id]
    assert (home.mine[0].number, home.mine[0].client_name) == (risky.order_number, "Zoé d'Arc")
    assert (home.mine[0].status, home.mine[0].until) == (TO_VALIDATE, NOW + HOUR)
    assert (home.oldest, home.at_risk, home.counts[TO_VALIDATE]) == (risky.paid_at, 1, 4)


def test_nobody_holds_anything_at_first(session: Session, anne: Actor) -> None:
    """An empty house is shown as such."""
    assert list_mine(session, anne.id, now=NOW) == ()
    home = expert_home(session, anne.id, now=NOW, promise=PROMISE)
    assert (home.oldest, home.at_risk, set(home.counts.values())) == (None, 0, {0})


def test_an_admins_home_counts_what_was_paid_since_midnight(session: Session) -> None:
    """Per currency, with the state of the work beside it."""
    midnight = datetime(2026, 2, 4, 23, tzinfo=UTC)  # 5 February in Paris
    make_order(session, status=S.PAID, amount=900, paid_at=midnight)
    make_order(session, status=S.COMPLETED, amount=2900, paid_at=midnight + HOUR)
    make_order(session, status=S.PAID, amount=700, currency="usd", paid_at=midnight + HOUR)
    make_order(session, status=S.PAID, amount=5900, paid_at=midnight - timedelta(milliseconds=1))
    make_order(session, status=S.PENDING)
    home = admin_home(session, now=midnight + 2 * HOUR, day_start=midnight)
    assert [(paid.currency, paid.orders, paid.cents) for paid in home.paid_today] == [("eur", 2, 3800), ("usd", 1, 700)]
    assert home.counts[S.PAID] == 3


def test_an_admins_home_names_the_oldest_orders_and_what_failed(session: Session, anne: Actor) -> None:
    """Oldest first, only as many as one look takes; a checkout that failed before payment is none of them."""
    waiting = [make_order(session, paid_at=NOW - (9 - n) * HOUR) for n in range(8)]
    make_claim(session, waiting[0], anne, expires_at=NOW + HOUR)
    failed = make_order(session, status=S.FAILED, paid_at=NOW - HOUR)
    make_order(session, status=S.FAILED, paid_at=None)
    home = admin_home(session, now=NOW, day_start=NOW - 12 * HOUR)
    assert [row.id for row in home.waiting] == [order.id for order in waiting[:6]]
    assert home.waiting[0].holder_name == anne.name
    assert [row.id for row in home.failed] == [failed.id]
