"""Stripe held against the database: every difference is found once, explained, and gone when it is gone."""

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from dashboard.gateways.stripe import Span
from dashboard.settings import Settings
from dashboard.workflows import reconcile
from dashboard.workflows.events import replay, take
from dashboard.workflows.reconcile import fetch, start_nightly
from dashboard.workflows.tasks import run_task
from dashboard.workflows.work import Tools
from lumira_db.actor import Role
from lumira_db.commands.reconciliation import explain_finding, start_reconciliation
from lumira_db.commands.tasks import resume_task, stop_task
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.errors import InvalidInput, TaskUnderWay
from lumira_db.models import Finding, Order, Payment, ProductOrder, Refund, StripeMirror, Task
from lumira_db.payments import understood
from lumira_db.queries.reconciliation import find_finding, get_reconciled
from lumira_db.states import FindingKind, FindingState, TaskState
from tests.factories import actor, make_order
from tests.stand_in import StandIn, stand_in

K = FindingKind
BOSS = actor(Role.ADMIN, name="Anne")
NOW = datetime.fromtimestamp(int(time.time()), UTC)
SINCE, UNTIL = NOW - timedelta(days=2), NOW - timedelta(hours=1)
NOON = NOW - timedelta(days=1)
_numbers = itertools.count(1)


@dataclass
class House:
    """A shop: its account at Stripe, its database, and the worker's hands."""

    stripe: StandIn
    database: Database

    @property
    def tools(self) -> Tools:
        return Tools(self.database, None, Settings(), self.stripe.account())  # type: ignore[arg-type]

    def at(self, moment: datetime) -> None:
        """What happens at Stripe from now on happens at this moment."""
        self.stripe.ledger._clock = moment.timestamp

    def order(self, **values: Any) -> str:
        """An order; unpaid unless it says otherwise."""
        own = {"status": OrderStatus.PENDING, "paid_at": None, "payment_intent_id": None, "amount": 2900, "level": 2}
        with self.database.writing() as session:
            return make_order(session, **(own | values)).id

    def paid(self, at: datetime = NOON, **values: Any) -> tuple[str, Any]:
        """An order that was paid at Stripe and told of here; with its payment."""
        self.at(at)
        order = self.order(**values)
        intent = self.stripe.pay(metadata={"orderId": order})
        self.told("payment_intent.succeeded", intent)
        return order, intent

    def told(self, kind: str, item: Any) -> None:
        said = {"id": f"evt_{next(_numbers)}", "type": kind, "created": int(self.stripe.ledger.now())}
        take(self.database, understood(said | {"data": {"object": item}}))

    def look(self, since: datetime = SINCE, until: datetime = UNTIL, **how: Any) -> UUID:
        with self.database.writing() as session:
            task = start_reconciliation(session, BOSS, since=since, until=until)
        run_task(task, self.tools, **how)
        return task

    def findings(self, *states: FindingState) -> set[tuple[FindingKind, str]]:
        with self.database.reading() as session:
            rows = session.execute(
                select(Finding.kind, Finding.object_id).where(Finding.state.in_(states or (FindingState.OPEN,)))
            )
            return {(FindingKind(kind), object_id) for kind, object_id in rows}

    def finding(self, kind: FindingKind) -> int:
        with self.database.reading() as session:
            return session.scalars(select(Finding.id).where(Finding.kind == kind)).one()

    def state(self, task: UUID) -> str:
        with self.database.reading() as session:
            return session.get_one(Task, task).state


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    with stand_in() as stripe:
        yield House(stripe, database)


def test_every_kind_of_difference_is_found_and_nothing_else(house: House) -> None:
    """Beside each difference the shop has what looks like one and is none."""
    house.paid()
    unpaid = house.order()
    there_only = house.stripe.pay(metadata={"orderId": unpaid})["latest_charge"]
    here_only = house.order(status=OrderStatus.PAID, paid_at=NOON, payment_intent_id="pi_of_nobody")
    house.order(status=OrderStatus.PAID, paid_at=NOON, amount=0)
    other, intent = house.paid(amount=2800)
    differs = intent["latest_charge"]
    refunded, intent = house.paid()
    refund = house.stripe.ledger.refund(intent["latest_charge"], 300)["id"]
    _order, intent = house.paid()
    house.told("refund.created", house.stripe.ledger.refund(intent["latest_charge"], 300))
    unmatched = house.stripe.pay()["latest_charge"]
    twice, _intent = house.paid()
    house.at(NOON + timedelta(minutes=1))
    second = house.stripe.pay(metadata={"orderId": twice})
    house.told("payment_intent.succeeded", second)
    once, _intent = house.paid()
    third = house.stripe.pay(metadata={"orderId": once})
    house.told("payment_intent.succeeded", third)
    house.told("charge.refunded", _charge(house, house.stripe.ledger.refund(third["latest_charge"])))
    odd = house.stripe.ledger._book("adjustment", -500, "eur", "src_unknown", fee=0)["id"]
    house.stripe.ledger.pay_out(1000, "eur")
    bought = house.stripe.pay()["id"]
    with house.database.writing() as session:
        session.add(ProductOrder(product_id="bougie", amount=2900, payment_intent_id=bought))
    _disputed, intent = house.paid()
    house.stripe.ledger.open_dispute(intent["latest_charge"])
    assert house.state(house.look()) == TaskState.DONE
    assert house.findings() == {
        (K.PAID_THERE_ONLY, there_only),
        (K.PAID_HERE_ONLY, here_only),
        (K.AMOUNT_DIFFERS, differs),
        (K.REFUNDED_THERE_ONLY, refund),
        (K.UNMATCHED, unmatched),
        (K.PAID_TWICE, twice),
        (K.BALANCE_UNEXPLAINED, odd),
    }
    assert {other, refunded}
    with house.database.reading() as session:
        assert session.scalars(select(StripeMirror)).all() == []
        assert session.get_one(Finding, house.finding(K.PAID_TWICE)).intent_id == second["id"]


def _charge(house: House, refund: Any) -> Any:
    return house.stripe.ledger.need(refund["charge"])


def test_the_edges_of_the_window_are_no_difference(house: House) -> None:
    """Stripe dates the charge, we the event: one may lie before the edge and the other behind it, even by days."""
    for edge in (SINCE, UNTIL):
        for charged, told in ((-5, 5), (5, -5)):
            house.at(edge + timedelta(seconds=charged))
            order = house.order()
            intent = house.stripe.pay(metadata={"orderId": order})
            house.at(edge + timedelta(seconds=told))
            house.told("payment_intent.succeeded", intent)
    late, _intent = house.paid(SINCE - timedelta(days=9))
    with house.database.writing() as session:
        session.execute(update(Order).where(Order.id == late).values(paid_at=NOON))
    house.look()
    assert house.findings() == set()


def test_what_has_just_happened_is_left_to_the_next_look(house: House) -> None:
    """Its webhook may be on its way."""
    now = datetime.now(UTC)
    house.at(now - timedelta(minutes=2))
    house.stripe.pay()
    house.look(until=now + timedelta(days=1))
    assert house.findings() == set()
    with house.database.writing() as session, pytest.raises(InvalidInput):
        start_reconciliation(session, BOSS, since=now - timedelta(minutes=5), until=now)


def test_a_finding_is_one_row_however_often_it_is_found(house: House) -> None:
    """Explained it stays so; changed it is open again; gone it has solved itself, and may come back."""
    order, intent = house.paid(amount=2800)
    house.look()
    with house.database.writing() as session:
        explain_finding(session, BOSS, house.finding(K.AMOUNT_DIFFERS), "Remise de janvier")
    house.look()
    found = (K.AMOUNT_DIFFERS, intent["latest_charge"])
    assert house.findings(FindingState.EXPLAINED) == {found}
    _set_amount(house, order, 2700)
    house.look()
    assert house.findings() == {found}
    _set_amount(house, order, 2900)
    house.look(until=NOON - timedelta(hours=1))
    assert house.findings() == {found}, "outside the window nothing is said about it"
    house.look()
    assert house.findings(FindingState.SOLVED) == {found}
    _set_amount(house, order, 2700)
    house.look()
    assert house.findings() == {found}


def _set_amount(house: House, order: str, amount: int) -> None:
    with house.database.writing() as session:
        session.execute(update(Order).where(Order.id == order).values(amount=amount))


@pytest.mark.parametrize("kind", [K.PAID_THERE_ONLY, K.REFUNDED_THERE_ONLY])
def test_what_is_missing_here_is_fetched_through_the_ledger(house: House, kind: FindingKind) -> None:
    """Once or twice, with or without the real events behind it: paid at Stripe's moment, refunded in the ledger."""
    house.at(NOON)
    order = house.order()
    if kind is K.PAID_THERE_ONLY:
        intent = house.stripe.pay(metadata={"orderId": order})
    else:
        order, intent = house.paid()
        house.stripe.ledger.refund(intent["latest_charge"], 300)
    house.look()
    assert {found for found, _id in house.findings()} == {kind}
    with house.database.reading() as session:
        finding = find_finding(session, house.finding(kind))
    assert finding is not None
    for _time in range(2):
        assert fetch(house.database, house.stripe.account(), BOSS, finding) == order
    assert house.findings() == set()
    list(replay(house.database, house.stripe.account(), Span(SINCE)))
    house.look()
    with house.database.reading() as session:
        row = session.get_one(Order, order)
        assert (row.status, row.paid_at) == (OrderStatus.PAID, NOON)
        refunds = session.scalars(select(Refund.amount)).all()
        assert (session.scalars(select(Payment.order_id)).one(), list(refunds)) == (order, [300][: len(refunds)])
        assert len(refunds) == (kind is K.REFUNDED_THERE_ONLY)
    assert house.findings() == set()


def test_a_payment_that_the_platform_wrote_over_is_found_and_brought_back(house: House) -> None:
    """The ledger knows it, the order no longer does."""
    order, intent = house.paid()
    with house.database.writing() as session:
        session.execute(update(Order).where(Order.id == order).values(status=OrderStatus.PENDING, paid_at=None))
    house.look()
    assert house.findings() == {(K.PAID_THERE_ONLY, intent["latest_charge"])}
    with house.database.reading() as session:
        finding = find_finding(session, house.finding(K.PAID_THERE_ONLY))
    assert finding is not None
    assert fetch(house.database, house.stripe.account(), BOSS, finding) == order
    with house.database.reading() as session:
        row = session.get_one(Order, order)
        assert (row.status, row.paid_at) == (OrderStatus.PAID, NOON)
    house.look()
    assert house.findings() == set()


def test_a_look_that_dies_or_is_stopped_goes_on_where_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every step; another look in between takes what was read away, and then all is read again."""
    for _number in range(7):
        house.paid()
    house.stripe.pay()
    monkeypatch.setattr(reconcile, "PAGES_A_STEP", 1)
    monkeypatch.setattr("dashboard.gateways.stripe._PAGE", 3)
    with house.database.writing() as session:
        task = start_reconciliation(session, BOSS, since=SINCE, until=UNTIL)
    steps = 0
    while house.state(task) != TaskState.DONE:
        with contextlib.suppress(Died):
            run_task(task, house.tools, checkpoint=_die)
        steps += 1
        if steps == 2:
            _overtaken_by_another_look(house, task)
    assert steps > 12
    assert {kind for kind, _id in house.findings()} == {K.UNMATCHED}


class Died(BaseException):
    """The worker was killed."""


def _die(_where: str) -> None:
    raise Died


def _overtaken_by_another_look(house: House, task: UUID) -> None:
    with house.database.writing() as session:
        stop_task(session, BOSS, task)
    run_task(task, house.tools)
    house.look()
    with house.database.writing() as session:
        resume_task(session, BOSS, task)


def test_when_stripe_is_away_the_look_says_so_and_can_be_resumed(house: House) -> None:
    house.paid()
    house.stripe.spoil("error", times=1)
    task = house.look()
    with house.database.reading() as session:
        row = session.get_one(Task, task)
        assert (row.state, "Stripe has a problem" in (row.error or "")) == (TaskState.FAILED, True)
        assert get_reconciled(session).until is None
    with house.database.writing() as session:
        resume_task(session, BOSS, task)
    run_task(task, house.tools)
    assert house.state(task) == TaskState.DONE


def test_the_figures_are_reconciled_until_the_end_of_the_newest_stretch(house: House) -> None:
    """Looks that touch make one stretch; a gap begins a new one; open findings are counted."""
    house.paid()
    house.at(NOON)
    house.stripe.pay()
    with house.database.reading() as session:
        assert get_reconciled(session).until is None
    house.look(SINCE, NOON)
    house.look(NOON, UNTIL)
    with house.database.reading() as session:
        known = get_reconciled(session)
    assert (known.since, known.until, known.findings, known.is_clean) == (SINCE, UNTIL, 1, False)
    house.look(SINCE - timedelta(days=9), SINCE - timedelta(days=8))
    with house.database.reading() as session:
        assert get_reconciled(session).since == SINCE


def test_the_night_begins_with_the_first_payment_and_goes_on_from_there(house: House) -> None:
    """Only one look at a time; with nothing paid there is none."""
    assert not start_nightly(house.database)
    house.paid(NOW - timedelta(days=40))
    assert start_nightly(house.database)
    assert not start_nightly(house.database)
    with house.database.writing() as session, pytest.raises(TaskUnderWay):
        start_reconciliation(session, BOSS, since=SINCE, until=UNTIL)
    spans = _run_open_tasks(house)
    assert spans[0][0] <= NOW - timedelta(days=40)
    assert start_nightly(house.database)
    again = _run_open_tasks(house)[-1]
    assert timedelta(days=6) < again[1] - again[0] < timedelta(days=8)


def _run_open_tasks(house: House) -> list[tuple[datetime, datetime]]:
    with house.database.reading() as session:
        tasks = session.execute(select(Task.id, Task.arguments).order_by(Task.started_at)).all()
    for task_id, _window in tasks:
        run_task(task_id, house.tools)
    read: Callable[[str], datetime] = datetime.fromisoformat
    return [(read(window["since"]), read(window["until"])) for _id, window in tasks]


def test_events_that_were_missed_are_replayed_once(house: House) -> None:
    """Page after page, however often; what had come before is known."""
    house.at(NOON)
    orders = [house.order() for _number in range(40)]
    for order in orders:
        house.stripe.ledger.complete_checkout(house.stripe.pay(metadata={"orderId": order})["id"])
    first = list(replay(house.database, house.stripe.account(), Span(SINCE)))
    assert len(first) == 40 * 4
    assert not any(one.repeated for _event, one in first)
    assert all(one.repeated for _event, one in replay(house.database, house.stripe.account(), Span(SINCE)))
    with house.database.reading() as session:
        assert set(session.scalars(select(Order.status))) == {OrderStatus.PAID}
        assert session.scalar(text("SELECT count(*) FROM desk.stripe_event")) == 160
