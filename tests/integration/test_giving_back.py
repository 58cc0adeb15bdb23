"""Money given back once: against Stripe's stand-in over HTTP, with its bad days, and killed between any two steps."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dashboard.embedded.mail import Mailbox, temporary_mailbox
from dashboard.embedded.mailstore import list_mails, list_submissions
from dashboard.embedded.stripe_server.store import Wanted as Listed
from dashboard.gateways.mail import SmtpMailer
from dashboard.gateways.stripe import StripeAccount, Trouble
from dashboard.settings import Settings
from dashboard.workflows.refund_notices import tell_client
from dashboard.workflows.refunds import Outcome, give_back
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands.payments import receive_event
from lumira_db.commands.refunding import BACK_OFF, KEY_LIFE
from lumira_db.commands.refunds import Wanted, request_refund
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import AuditEntry, Order, RefundNotice, RefundRequest
from lumira_db.payments import KNOWN, understood
from lumira_db.queries.order_payments import list_payments
from lumira_db.states import NoticeState, RefundReason, RefundState
from tests.factories import make_client, make_order, make_staff
from tests.integration.dying_refund import die_after
from tests.integration.peers import let_go
from tests.stand_in import KEY, StandIn, stand_in

R = RefundState


@dataclass
class Till:
    """A paid order of 29 €, an administrator, and Stripe's stand-in."""

    database: Database
    url: str
    stripe: StandIn
    boss: Actor
    order_id: str
    intent_id: str
    told: int = 0

    def hear(self) -> None:
        """Let every event come that the webhook has not brought yet."""
        events = self.stripe.ledger.store.page(Listed("event", 1000))[0][::-1]
        for event in (understood(one) for one in events[self.told :] if one["type"] in KNOWN):
            with self.database.writing() as session:
                receive_event(session, event)
        self.told = len(events)

    def ask(self, amount: int = 2900, **more: Any) -> UUID:
        """The administrator asks for a refund; its id."""
        with self.database.writing() as session:
            (payment,) = list_payments(session, [self.order_id])
            values = {"confirmed": amount, "reason": RefundReason.CLIENT_ASKED, "note": "Elle a changé d’avis."}
            wanted = Wanted(id=uuid4(), intent_id=self.intent_id, stamp=payment.stamp, amount=amount, **(values | more))
            request_refund(session, self.boss, self.order_id, wanted, limit=10_000)
        return wanted.id

    def run(self, request_id: UUID, *, after: timedelta = timedelta(), account: StripeAccount | None = None) -> Outcome:
        """One attempt of the worker's, so long after now."""
        account = account or self.stripe.account(timeout=0.5)
        return give_back(request_id, database=self.database, stripe=account, clock=lambda: utcnow() + after)

    def state(self, request_id: UUID) -> tuple[RefundState, str | None]:
        with self.database.reading() as session:
            row = session.get_one(RefundRequest, request_id)
            return RefundState(row.state), row.problem

    def given_back(self) -> list[int]:
        """The refunds at Stripe."""
        own = Listed("refund", links={"payment_intent": (self.intent_id,)})
        return [one["amount"] for one in self.stripe.ledger.store.page(own)[0]]

    def order(self) -> Order:
        with self.database.reading() as session:
            return session.get_one(Order, self.order_id)

    def actions(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.fixture(scope="module")
def account() -> Iterator[StandIn]:
    """One stand-in for all: each test has a payment of its own there."""
    with stand_in() as stripe:
        yield stripe


@pytest.fixture
def till(database: Database, database_url: str, account: StandIn) -> Till:
    with database.writing() as session:
        client = make_client(session, email="zoe@example.org")
        order = make_order(session, client, amount=2900, level=2, status=OrderStatus.PENDING, payment_intent_id=None)
        order_id, boss = order.id, make_staff(session, Role.ADMIN)
    told = account.ledger.store.counts().get("event", 0)
    intent = account.pay(2900, metadata={"orderId": order_id})["id"]
    made = Till(database, database_url, account, boss, order_id, intent, told)
    made.hear()
    return made


def killed(till: Till, request_id: UUID, step: str, mailbox: Mailbox | None = None) -> None:
    """A worker that dies after ``step``."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": till.url,
        "STRIPE_API_KEY": KEY,
        "LUMIRA_STRIPE_API_BASE": till.stripe.url,
        "LUMIRA_SMTP_HOST": mailbox.host if mailbox else "",
        "LUMIRA_SMTP_PORT": str(mailbox.port) if mailbox else "1",
        "LUMIRA_SMTP_TLS": "none",
    }
    assert die_after(step, request_id, environment) == -9
    let_go(till.database)


def test_a_full_refund_is_made_and_the_order_is_over(till: Till) -> None:
    """The answer alone says enough; the webhook that follows changes nothing any more."""
    request = till.ask()
    assert till.run(request) is Outcome.TAKEN
    before = (till.state(request), till.order().status, till.actions())
    assert before[:2] == ((R.SUCCEEDED, None), OrderStatus.REFUNDED)
    till.hear()
    assert (till.state(request), till.order().status, till.actions()) == before
    assert till.given_back() == [2900]


@pytest.mark.parametrize(
    ("step", "webhook_first"), [("begun", False), ("called", False), ("called", True), ("recorded", False)]
)
def test_killed_after_any_step_and_started_again_it_is_one_refund(till: Till, step: str, webhook_first: bool) -> None:
    """Whether or not the webhook comes before the next attempt."""
    request = till.ask()
    killed(till, request, step)
    if webhook_first:
        till.hear()
    over = step == "recorded" or (webhook_first and step == "called")
    assert till.run(request, after=BACK_OFF[0]) is (Outcome.NOTHING_TO_DO if over else Outcome.TAKEN)
    till.hear()
    assert till.given_back() == [2900]
    assert till.state(request) == (R.SUCCEEDED, None)
    assert till.order().status is OrderStatus.REFUNDED
    assert till.actions().count("refund.succeed") == till.actions().count("order.refund") == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "rate_limit"}, (R.COMMITTED, Trouble.BUSY)),
        ({"kind": "lock_timeout"}, (R.UNKNOWN, Trouble.BUSY)),
        ({"kind": "error"}, (R.UNKNOWN, Trouble.BROKEN)),
        ({"kind": "hang", "seconds": 2}, (R.UNKNOWN, Trouble.TOO_SLOW)),
        ({"kind": "slow", "seconds": 2}, (R.UNKNOWN, Trouble.TOO_SLOW)),
        ({"kind": "lost"}, (R.UNKNOWN, Trouble.UNREACHABLE)),
    ],
)
def test_after_a_bad_day_the_same_key_brings_the_one_refund(till: Till, fault: Any, expected: Any) -> None:
    """Meanwhile the screen says what is known: surely not sent, or nobody knows."""
    request = till.ask(700)
    till.stripe.spoil(path="/v1/refunds", **fault)
    assert till.run(request) is Outcome.NO_ANSWER
    assert till.state(request) == expected
    assert till.run(request) is Outcome.NOTHING_TO_DO  # not before its time
    assert till.run(request, after=BACK_OFF[0] * 2) is Outcome.TAKEN
    till.hear()
    assert till.given_back() == [700]
    assert (till.state(request), till.order().status) == ((R.SUCCEEDED, None), OrderStatus.PAID)


def test_a_webhook_tells_what_a_lost_answer_did_not(till: Till) -> None:
    """The refund carries our id: no further call is made."""
    request = till.ask()
    till.stripe.spoil("lost", "/v1/refunds")
    till.run(request)
    till.hear()
    assert till.state(request) == (R.SUCCEEDED, None)
    assert till.run(request, after=timedelta(days=2)) is Outcome.NOTHING_TO_DO


@pytest.mark.parametrize("after", [timedelta(hours=1), KEY_LIFE + timedelta(hours=2)])
def test_when_stripe_has_forgotten_the_key_the_refund_is_looked_for(till: Till, after: timedelta) -> None:
    """Before asking again where that is to be expected, and before believing a no where it is not."""
    request = till.ask()
    till.stripe.spoil("lost", "/v1/refunds")
    till.run(request)
    till.stripe.ledger.store.forget_answers()
    assert till.run(request, after=after) is Outcome.TAKEN
    assert till.given_back() == [2900]
    assert till.state(request) == (R.SUCCEEDED, None)


def test_what_stripe_refuses_has_moved_nothing_and_says_why(till: Till) -> None:
    """A dispute that nobody here knew of yet."""
    charge = till.stripe.ledger.need(till.intent_id)["latest_charge"]
    request = till.ask()
    till.stripe.ledger.open_dispute(charge)
    assert till.run(request) is Outcome.REFUSED
    assert till.state(request) == (R.REFUSED, "charge_disputed")
    assert till.given_back() == []
    assert till.order().status is OrderStatus.PAID
    assert till.run(request, after=timedelta(days=2)) is Outcome.NOTHING_TO_DO


def test_after_a_refusal_the_desk_knows_what_stripe_knows(till: Till) -> None:
    """Somebody gave it back at Stripe itself a moment before, and the webhook is not there yet."""
    request = till.ask()
    till.stripe.ledger.refund(till.stripe.ledger.need(till.intent_id)["latest_charge"])
    assert till.run(request) is Outcome.REFUSED
    assert till.state(request) == (R.REFUSED, "charge_already_refunded")
    with till.database.reading() as session:
        (payment,) = list_payments(session, [till.order_id])
    assert payment.word is not None
    assert payment.word.intent.charge is not None
    assert payment.word.intent.charge.refunded == 2900


def test_two_workers_at_once_ask_once(till: Till) -> None:
    """The second one finds it taken, or over."""
    request, together, outcomes = till.ask(500), threading.Barrier(2), []

    def work() -> None:
        account = till.stripe.account()
        together.wait()
        outcomes.append(till.run(request, account=account))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert outcomes.count(Outcome.TAKEN) == 1
    assert till.actions().count("refund.send") == 1
    assert till.given_back() == [500]


@pytest.mark.parametrize("step", ["sending", "sent"])
def test_the_client_is_told_once_whatever_dies(till: Till, step: str) -> None:
    """A partial refund, in French, under one Message-ID."""
    request = till.ask(900)
    with temporary_mailbox() as box:
        killed(till, request, step, box)
        settings = Settings(mail_from="Oracle Lumira <oracle@lumira.example>")
        tools: dict[str, Any] = {
            "database": till.database,
            "mailer": SmtpMailer(box.host, box.port, "none", timeout=5),
            "settings": settings,
        }
        assert tell_client(request, **tools, clock=lambda: utcnow() + timedelta(minutes=1)) is True
        assert tell_client(request, **tools, clock=lambda: utcnow() + timedelta(minutes=5)) is False
        (mail,) = list_mails(box.folder)
        assert list_submissions(box.folder)[0].recipients == ("zoe@example.org",)
    assert (mail.subject, mail.message_id) == (
        "Un remboursement est en route, Camille",
        f"<refund-{request}@lumira.example>",
    )
    with till.database.reading() as session:
        assert session.get_one(RefundNotice, request).state == NoticeState.SENT
