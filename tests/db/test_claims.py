"""Claims: whoever takes an order holds it, for as long as they give a sign of life."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.claims import (
    release_claim,
    renew_claim,
    require_claim,
    take_next,
    take_order,
    take_over,
)
from lumira_db.enums import OrderStatus
from lumira_db.errors import ClaimHeld, ClaimMissing, NothingToTake, ReasonRequired, RecordNotFound
from lumira_db.models import Claim
from lumira_db.queries.queue import TABS, QueueFilter, list_queue
from lumira_db.queries.workbench import find_hold
from tests.db.traces import traces
from tests.factories import NOON, make_claim, make_order, make_staff

LEASE = timedelta(minutes=5)
TO_VALIDATE = OrderStatus.AWAITING_VALIDATION
NO_WORK = [status for status in OrderStatus if status not in TABS]


@pytest.fixture
def anne(session: Session) -> Actor:
    return make_staff(session, name="Anne")


@pytest.fixture
def bruno(session: Session) -> Actor:
    return make_staff(session, name="Bruno")


def take(session: Session, actor: Actor, status: OrderStatus = TO_VALIDATE, level: int | None = None) -> str:
    return take_next(session, actor, status=status, lease=LEASE, level=level).order_id


def holder(session: Session, order_id: str) -> str | None:
    found = find_hold(session, order_id, now=utcnow())
    return found.staff_id if found else None


def test_the_order_that_has_waited_longest_is_handed_out_first(session: Session, anne: Actor) -> None:
    """By the payment, whatever order the rows were written in."""
    middle = make_order(session, paid_at=NOON)
    newest = make_order(session, paid_at=NOON + timedelta(hours=1))
    oldest = make_order(session, paid_at=NOON - timedelta(hours=1))
    assert [take(session, anne) for _ in range(3)] == [oldest.id, middle.id, newest.id]
    with pytest.raises(NothingToTake):
        take(session, anne)


def test_orders_paid_in_the_same_moment_are_handed_out_in_one_fixed_order(session: Session, anne: Actor) -> None:
    """The same that the queue shows."""
    orders = [make_order(session, paid_at=NOON) for _ in range(5)]
    shown = [row.id for row in list_queue(session, QueueFilter(), now=utcnow()).rows]
    assert [take(session, anne) for _ in orders] == shown == sorted(order.id for order in orders)


def test_a_free_reading_waits_since_it_was_ordered(session: Session, anne: Actor) -> None:
    """It has no payment, and still its place between the others."""
    later = make_order(session, paid_at=NOON + timedelta(hours=2))
    free = make_order(session, paid_at=None, amount=0, created_at=NOON + timedelta(hours=1))
    earlier = make_order(session, paid_at=NOON)
    assert [take(session, anne) for _ in range(3)] == [earlier.id, free.id, later.id]


@pytest.mark.parametrize("status", TABS)
def test_each_part_of_the_queue_hands_out_its_own(session: Session, anne: Actor, status: OrderStatus) -> None:
    """Nothing of another status is taken."""
    orders = {one: make_order(session, status=one) for one in OrderStatus}
    assert take(session, anne, status) == orders[status].id
    with pytest.raises(NothingToTake):
        take(session, anne, status)


@pytest.mark.parametrize("status", NO_WORK)
def test_what_is_no_work_is_not_handed_out(session: Session, anne: Actor, status: OrderStatus) -> None:
    """Abandoned carts, finished and refunded orders wait for nobody."""
    make_order(session, status=status)
    with pytest.raises(NothingToTake):
        take(session, anne, status)


@pytest.mark.parametrize("status", [OrderStatus.FAILED, OrderStatus.PAID])
def test_what_was_never_paid_is_not_handed_out(session: Session, anne: Actor, status: OrderStatus) -> None:
    """A checkout that failed never reached the queue."""
    make_order(session, status=status, paid_at=None)
    with pytest.raises(NothingToTake):
        take(session, anne, status)


def test_a_level_can_be_asked_for(session: Session, anne: Actor) -> None:
    """Older orders of other levels stay where they are."""
    make_order(session, level=1, paid_at=NOON - timedelta(days=1))
    wanted = make_order(session, level=3)
    assert take(session, anne, level=3) == wanted.id
    with pytest.raises(NothingToTake):
        take(session, anne, level=3)


def test_what_somebody_holds_is_passed_over_until_the_lease_ends(session: Session, anne: Actor, bruno: Actor) -> None:
    """Held to the last millisecond, free after it."""
    held, free, expired = (make_order(session) for _ in range(3))
    make_claim(session, held, bruno, expires_at=utcnow() + timedelta(minutes=1))
    make_claim(session, expired, bruno, expires_at=utcnow() - timedelta(milliseconds=1))
    assert [take(session, anne), take(session, anne)] == [free.id, expired.id]
    assert [holder(session, one.id) for one in (held, free, expired)] == [bruno.id, anne.id, anne.id]


def test_the_next_order_is_never_one_that_i_hold_already(session: Session, anne: Actor) -> None:
    """Two tabs of one person get two orders."""
    first, second = make_order(session), make_order(session)
    assert take(session, anne) == first.id
    assert take(session, anne) == second.id


def test_a_taken_order_is_held_for_the_lease(session: Session, anne: Actor) -> None:
    """From now on, and no longer."""
    order = make_order(session)
    before = utcnow()
    taken = take_order(session, anne, order.id, lease=LEASE)
    assert before + LEASE <= taken.expires_at <= utcnow() + LEASE
    hold = find_hold(session, order.id, now=utcnow())
    assert hold is not None
    assert (hold.staff_id, hold.name, hold.until) == (anne.id, "Anne", taken.expires_at)
    assert find_hold(session, order.id, now=taken.expires_at) is None


def test_an_order_that_somebody_holds_is_refused_with_their_name(session: Session, anne: Actor, bruno: Actor) -> None:
    """And until when; nothing about the claim changes."""
    order = make_order(session)
    until = take_order(session, anne, order.id, lease=LEASE).expires_at
    with pytest.raises(ClaimHeld) as refused:
        take_order(session, bruno, order.id, lease=LEASE)
    assert refused.value.facts == {"holder": "Anne", "until": until}
    assert holder(session, order.id) == anne.id


def test_taking_again_what_i_hold_renews_it_without_a_second_trace(session: Session, anne: Actor) -> None:
    """A reload of the page is no new deed."""
    order = make_order(session)
    first = take_order(session, anne, order.id, lease=LEASE)
    again = take_order(session, anne, order.id, lease=2 * LEASE)
    assert again.expires_at > first.expires_at
    assert [trace.action for trace in traces(session, order.id)] == ["order.take"]


def test_an_expired_claim_of_somebody_else_can_be_taken_without_a_reason(
    session: Session, anne: Actor, bruno: Actor
) -> None:
    """Silence has given it back."""
    order = make_order(session)
    make_claim(session, order, bruno, expires_at=utcnow() - timedelta(seconds=1))
    take_order(session, anne, order.id, lease=LEASE)
    assert holder(session, order.id) == anne.id
    with pytest.raises(ClaimMissing):
        renew_claim(session, bruno, order.id, lease=LEASE)


def test_a_sign_of_life_renews_the_lease_even_a_little_late(session: Session, anne: Actor) -> None:
    """An expired lease that nobody took goes on; that leaves no trace, it happens every minute."""
    order = make_order(session)
    make_claim(session, order, anne, expires_at=utcnow() - timedelta(seconds=30))
    assert renew_claim(session, anne, order.id, lease=LEASE).expires_at > utcnow()
    assert holder(session, order.id) == anne.id
    assert traces(session, order.id) == []


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's"])
def test_a_sign_of_life_without_a_claim_is_refused(session: Session, anne: Actor, bruno: Actor, whose: str) -> None:
    """It neither makes a claim nor takes one away."""
    order = make_order(session)
    if whose == "somebody else's":
        make_claim(session, order, bruno, expires_at=utcnow() + LEASE)
    with pytest.raises(ClaimMissing):
        renew_claim(session, anne, order.id, lease=LEASE)
    assert holder(session, order.id) == (bruno.id if whose == "somebody else's" else None)


def test_a_released_order_is_the_next_to_be_handed_out(session: Session, anne: Actor, bruno: Actor) -> None:
    """It goes back to its place at the head of the queue."""
    order = make_order(session)
    make_order(session)
    assert take(session, anne) == order.id
    assert release_claim(session, anne, order.id) is True
    assert take(session, bruno) == order.id


def test_only_my_own_claim_is_released(session: Session, anne: Actor, bruno: Actor) -> None:
    """A late "I am leaving" of a former holder takes nothing from the present one."""
    order = make_order(session)
    take_order(session, bruno, order.id, lease=LEASE)
    assert release_claim(session, anne, order.id) is False
    assert holder(session, order.id) == bruno.id
    assert release_claim(session, bruno, order.id) is True
    assert release_claim(session, bruno, order.id) is False


@pytest.mark.parametrize("reason", ["", "  ", "ab", " a\t"])
def test_taking_over_needs_a_reason(session: Session, anne: Actor, bruno: Actor, reason: str) -> None:
    """White space is none."""
    order = make_order(session)
    take_order(session, bruno, order.id, lease=LEASE)
    with pytest.raises(ReasonRequired):
        take_over(session, anne, order.id, reason=reason, lease=LEASE)
    assert holder(session, order.id) == bruno.id


def test_taking_over_says_from_whom_and_why(session: Session, anne: Actor, bruno: Actor) -> None:
    """The former holder is out at once; the audit has both names and the reason."""
    order = make_order(session)
    take_order(session, bruno, order.id, lease=LEASE)
    take_over(session, anne, order.id, reason=" Bruno est malade ", lease=LEASE)
    assert holder(session, order.id) == anne.id
    with pytest.raises(ClaimMissing):
        renew_claim(session, bruno, order.id, lease=LEASE)
    trace = traces(session, order.id)[-1]
    assert (trace.action, trace.actor_id, trace.reason) == ("order.take_over", anne.id, "Bruno est malade")
    assert (trace.before, trace.after) == ({"holder": bruno.id}, {"holder": anne.id})


def test_taking_over_what_nobody_holds_is_just_taking_it(session: Session, anne: Actor) -> None:
    """The holder may have left in the same moment."""
    order = make_order(session)
    take_over(session, anne, order.id, reason="Urgent", lease=LEASE)
    assert holder(session, order.id) == anne.id
    assert traces(session, order.id)[-1].before is None


def test_an_order_that_does_not_exist_cannot_be_held(session: Session, anne: Actor) -> None:
    """No claim is left behind for it."""
    with pytest.raises(RecordNotFound):
        take_order(session, anne, "nothing", lease=LEASE)
    with pytest.raises(RecordNotFound):
        take_over(session, anne, "nothing", reason="Urgent", lease=LEASE)
    assert session.scalars(select(Claim)).all() == []


def test_a_decision_needs_a_living_claim_of_ones_own(session: Session, anne: Actor, bruno: Actor) -> None:
    """Nobody's, an expired one and somebody else's expired one are missing; somebody else's is held."""
    free, mine, expired, theirs, left = (make_order(session) for _ in range(5))
    soon, past = utcnow() + LEASE, utcnow() - timedelta(milliseconds=1)
    make_claim(session, mine, anne, expires_at=soon)
    make_claim(session, expired, anne, expires_at=past)
    make_claim(session, theirs, bruno, expires_at=soon)
    make_claim(session, left, bruno, expires_at=past)
    require_claim(session, anne, mine.id)
    for order in (free, expired, left):
        with pytest.raises(ClaimMissing):
            require_claim(session, anne, order.id)
    with pytest.raises(ClaimHeld):
        require_claim(session, anne, theirs.id)
