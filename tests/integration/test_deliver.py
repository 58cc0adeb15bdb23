"""An approved reading reaches its client: once, and to the letter."""

import io
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, text, update

from dashboard.embedded import mailstore
from dashboard.gateways.mail import MailReceipt, MailRefused, MailUnavailable
from dashboard.gateways.storage import S3Storage, StorageUnavailable
from dashboard.workflows.deliver import ORDER_GONE, Outcome
from lumira_db.clock import iso_ms, utcnow
from lumira_db.commands.decisions import reopen_order
from lumira_db.commands.deliveries import CLIENT_BLOCKED, CONTENT_MOVED, REFUNDED
from lumira_db.commands.sending import BACK_OFF, MAXIMUM_ATTEMPTS, MAY_HAVE_LEFT
from lumira_db.enums import DeliveryFormat, OrderStatus, UserStatus
from lumira_db.models import Client, Delivery, DeliveryState, Order
from tests.factories import make_claim, make_staff, reading
from tests.integration.peers import Desk, let_go

STEPS = ("opened", "rendered", "stored", "recorded", "sending", "sent", "done")


def test_the_approved_text_arrives_as_a_pdf_in_one_mail(desk: Desk) -> None:
    content = reading()
    content["pdf_content"]["introduction"] = "Camille, cette phrase a été relue par l’experte : œuvre."
    delivery_id = desk.approve(order={"content": content, "level": 3}, email="camille@exemple.fr")

    assert desk.deliver(delivery_id) is Outcome.SENT

    (mail,) = desk.mails()
    assert mail.message_id == f"<{delivery_id}@lumira.example>"
    assert desk.submissions()[0].recipients == ("camille@exemple.fr",)
    _, pdf = mailstore.get_attachment(desk.mailbox.folder, mail.id, 0)
    assert "cette phrase a été relue par l’experte" in _text(pdf)
    order = desk.order_of(delivery_id)
    assert desk.storage.get(order.generated_content["pdfKey"]).read() == pdf


def test_order_and_delivery_say_what_happened(desk: Desk) -> None:
    delivery_id = desk.approve(order={"content": reading(source="studio", exact=0.1000000000000000055511)})
    before = desk.order_of(delivery_id)
    desk.deliver(delivery_id)

    order, delivery = desk.order_of(delivery_id), desk.delivery(delivery_id)
    assert re.fullmatch(rf"readings/{order.order_number}/\d{{13}}-lecture\.pdf", delivery.pdf_key)
    sealed = {
        "pdfKey": delivery.pdf_key,
        "pdfUrl": f"{desk.server.url}/{desk.server.bucket}/{delivery.pdf_key}",
        "sealedAt": iso_ms(delivery.approved_at),
        "sealedBy": delivery.approved_by,
    }
    assert order.generated_content == {**before.generated_content, **sealed}
    assert order.expert_validation == {**before.expert_validation, "pdfUrl": sealed["pdfUrl"]}
    assert order.status is OrderStatus.COMPLETED
    assert (order.delivered_at, order.delivery_method) == (delivery.sent_at, DeliveryFormat.EMAIL)
    assert (delivery.state, delivery.attempts, delivery.last_error) == (DeliveryState.SENT, 1, None)
    assert desk.objects(delivery_id) == [delivery.pdf_key]
    assert _actions(desk, order.id)[-1] == "delivery.send"


def test_what_python_cannot_say_exactly_in_the_json_survives_the_seal(desk: Desk) -> None:
    delivery_id = desk.approve()
    precise = '{"exact": 12345678901234567890.123456789012345678901234567890}'
    with desk.database.writing() as session:
        session.execute(
            text('UPDATE "Order" SET "generatedContent" = "generatedContent" || CAST(:more AS jsonb)'),
            {"more": precise},
        )
    desk.deliver(delivery_id)
    with desk.database.reading() as session:
        kept = session.scalar(text("""SELECT "generatedContent" ->> 'exact' FROM "Order" """))
    assert kept == "12345678901234567890.123456789012345678901234567890"


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_and_started_again_it_is_one_mail_and_one_object(desk: Desk, step: str) -> None:
    delivery_id = desk.approve()
    killed = subprocess.run(
        [sys.executable, "-m", "tests.integration.dying", str(delivery_id), step],
        env=desk.environment(),
        timeout=60,
        check=False,
    )
    assert killed.returncode == -9
    let_go(desk.database)
    first = [mail.id for mail in desk.mails()]

    assert desk.deliver(delivery_id) is (Outcome.NOTHING_TO_DO if step == "done" else Outcome.SENT)

    assert desk.delivery(delivery_id).state == DeliveryState.SENT
    assert desk.order_of(delivery_id).delivered_at is not None
    assert len(desk.mails()) == 1
    assert desk.objects(delivery_id) == [desk.delivery(delivery_id).pdf_key]
    assert _actions(desk, desk.order_of(delivery_id).id).count("delivery.send") == 1
    # The one gap: the server took the message and we died before writing that down. The same message goes
    # out again under its id, and the mailbox folds the two.
    assert len(desk.submissions()) == (2 if step == "sent" else 1)
    assert bool(first) is (step in {"sent", "done"})


def test_a_second_runner_finds_it_taken_and_sends_nothing(desk: Desk) -> None:
    delivery_id = desk.approve()
    outcomes: list[Outcome] = []

    def meanwhile(step: str) -> None:
        if step == "sending":
            outcomes.append(desk.deliver(delivery_id))

    assert desk.deliver(delivery_id, checkpoint=meanwhile) is Outcome.SENT
    assert outcomes == [Outcome.BUSY]
    assert len(desk.submissions()) == 1


def test_many_runners_at_once_make_one_submission(desk: Desk) -> None:
    delivery_id = desk.approve()
    start = threading.Barrier(6)

    def run() -> None:
        start.wait()
        desk.deliver(delivery_id)

    runners = [threading.Thread(target=run) for _ in range(6)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    desk.deliver(delivery_id)
    assert len(desk.submissions()) == 1
    assert desk.delivery(delivery_id).state == DeliveryState.SENT


@pytest.mark.parametrize("status", [UserStatus.BANNED, UserStatus.SUSPENDED])
@pytest.mark.parametrize("step", [None, "stored", "recorded"])
def test_a_blocked_client_is_sent_nothing_however_late_the_block_comes(
    desk: Desk, status: UserStatus, step: str | None
) -> None:
    delivery_id = desk.approve()

    def block(name: str | None) -> None:
        if name == step:
            with desk.database.writing() as session:
                session.execute(update(Client).values(status=status))

    block(None)
    desk.deliver(delivery_id, checkpoint=block)
    delivery = desk.delivery(delivery_id)
    assert (delivery.state, delivery.last_error) == (DeliveryState.BLOCKED, CLIENT_BLOCKED)
    assert desk.submissions() == []
    assert desk.order_of(delivery_id).delivered_at is None


def test_a_refunded_order_is_not_sent(desk: Desk) -> None:
    delivery_id = desk.approve()
    with desk.database.writing() as session:
        session.execute(update(Order).values(status=OrderStatus.REFUNDED))
    assert desk.deliver(delivery_id) is Outcome.NOTHING_TO_DO
    assert (desk.delivery(delivery_id).state, desk.delivery(delivery_id).last_error) == (
        DeliveryState.CANCELLED,
        REFUNDED,
    )
    assert desk.submissions() == []


@pytest.mark.parametrize("step", [None, "stored", "recorded"])
def test_a_text_that_changed_after_the_approval_is_not_sent(desk: Desk, step: str | None) -> None:
    """The platform still writes this table: whatever it does, nobody gets what no expert approved."""
    delivery_id = desk.approve()

    def change(name: str | None) -> None:
        if name == step:
            with desk.database.writing() as session:
                session.execute(update(Order).values(generated_content=reading(first_name="Autre")))

    change(None)
    desk.deliver(delivery_id, checkpoint=change)
    assert (desk.delivery(delivery_id).state, desk.delivery(delivery_id).last_error) == (
        DeliveryState.FAILED,
        CONTENT_MOVED,
    )
    assert desk.submissions() == []


def test_nothing_leaves_before_the_time_to_undo_has_passed(desk: Desk) -> None:
    delivery_id = desk.approve(undo_seconds=10)
    due = desk.delivery(delivery_id).due_at
    assert desk.deliver(delivery_id, clock=lambda: due - timedelta(milliseconds=1)) is Outcome.NOTHING_TO_DO
    assert desk.delivery(delivery_id).state == DeliveryState.WAITING
    assert desk.deliver(delivery_id, clock=lambda: due) is Outcome.SENT


def test_undone_in_time_nothing_is_sent_and_the_next_approval_is(desk: Desk) -> None:
    delivery_id = desk.approve(undo_seconds=10)
    order = desk.order_of(delivery_id)
    with desk.database.writing() as session:
        expert = make_staff(session)
        reopen_order(session, expert, order.id, seen=None, reason="Une faute dans le titre")
        make_claim(session, order, expert, expires_at=utcnow().replace(year=2100))
    late = _in(hours=1)
    assert desk.deliver(delivery_id, clock=late) is Outcome.NOTHING_TO_DO
    assert desk.delivery(delivery_id).state == DeliveryState.CANCELLED
    assert desk.submissions() == []

    again = desk.approve_again(order.id, expert)
    assert desk.deliver(delivery_id, clock=late) is Outcome.NOTHING_TO_DO
    assert desk.deliver(again, clock=late) is Outcome.SENT
    assert len(desk.submissions()) == 1


class Failing:
    """A mailer that fails as told, then passes messages on."""

    def __init__(self, desk: Desk, *problems: Exception) -> None:
        self.desk, self.problems = desk, list(problems)

    def send(self, message: EmailMessage) -> MailReceipt:
        if self.problems:
            raise self.problems.pop(0)
        return self.desk.mailer.send(message)


def test_a_refusal_for_now_is_tried_again_later_and_then_sent_once(desk: Desk) -> None:
    delivery_id = desk.approve()
    mailer = Failing(desk, MailUnavailable("450 greylisted"))
    started = utcnow()
    assert desk.deliver(delivery_id, mailer=mailer, clock=lambda: started) is Outcome.POSTPONED
    delivery = desk.delivery(delivery_id)
    assert (delivery.state, delivery.due_at) == (DeliveryState.WAITING, started + BACK_OFF[0])
    assert delivery.last_error == "The mail server did not take the message for now. · 450 greylisted"
    assert desk.deliver(delivery_id, mailer=mailer, clock=lambda: started) is Outcome.NOTHING_TO_DO
    assert desk.deliver(delivery_id, mailer=mailer, clock=_in(hours=1)) is Outcome.SENT
    assert desk.delivery(delivery_id).last_error is None
    assert len(desk.submissions()) == 1


def test_each_failure_waits_longer_and_the_last_one_gives_up(desk: Desk) -> None:
    delivery_id = desk.approve()
    mailer = Failing(desk, *[MailUnavailable("450 no") for _ in range(MAXIMUM_ATTEMPTS)])
    now = utcnow()
    waits = []
    for _ in range(MAXIMUM_ATTEMPTS - 1):
        desk.deliver(delivery_id, mailer=mailer, clock=lambda now=now: now)
        waits.append(desk.delivery(delivery_id).due_at - now)
        now = desk.delivery(delivery_id).due_at
    assert tuple(waits) == BACK_OFF
    assert desk.deliver(delivery_id, mailer=mailer, clock=lambda: now) is Outcome.POSTPONED
    assert desk.delivery(delivery_id).state == DeliveryState.FAILED
    assert desk.deliver(delivery_id, clock=_in(days=9)) is Outcome.NOTHING_TO_DO
    assert desk.submissions() == []


def test_a_refusal_for_good_fails_at_once_with_the_reason(desk: Desk) -> None:
    delivery_id = desk.approve()
    refused = Failing(desk, MailRefused(550, "5.1.1 no such user"))
    assert desk.deliver(delivery_id, mailer=refused) is Outcome.FAILED
    delivery = desk.delivery(delivery_id)
    assert (delivery.state, delivery.last_error) == (
        DeliveryState.FAILED,
        "The mail server refused the message. · 550 5.1.1 no such user",
    )


def test_in_doubt_it_stays_on_its_way_and_says_so_when_it_is_stopped(desk: Desk) -> None:
    delivery_id = desk.approve()
    doubt = Failing(desk, MailUnavailable("timed out", may_have_left=True), MailUnavailable("450 no"))
    desk.deliver(delivery_id, mailer=doubt)
    assert desk.delivery(delivery_id).state == DeliveryState.SENDING
    desk.deliver(delivery_id, mailer=doubt, clock=_in(hours=1))
    assert desk.delivery(delivery_id).state == DeliveryState.SENDING
    with desk.database.writing() as session:
        session.execute(update(Client).values(status=UserStatus.BANNED))
    desk.deliver(delivery_id, clock=_in(hours=9))
    assert desk.delivery(delivery_id).last_error == f"{CLIENT_BLOCKED} · {MAY_HAVE_LEFT}"


@pytest.mark.parametrize("address", ["camille@", "not an address", ""])
def test_an_address_that_nobody_could_have_fails_with_words(desk: Desk, address: str) -> None:
    delivery_id = desk.approve(email=address)
    assert desk.deliver(delivery_id) is Outcome.FAILED
    assert desk.delivery(delivery_id).last_error.endswith("the address cannot be read")


class Away(S3Storage):
    """The storage while it cannot be reached."""

    def __init__(self) -> None:
        super().__init__("b", region="eu-west-3")

    def put(self, key: str, data: Any, content_type: str) -> None:
        raise StorageUnavailable("The storage cannot be reached: EndpointConnectionError")


def test_storage_that_is_away_delays_and_loses_nothing(desk: Desk) -> None:
    delivery_id = desk.approve()
    assert desk.deliver(delivery_id, storage=Away()) is Outcome.POSTPONED
    assert desk.delivery(delivery_id).state == DeliveryState.WAITING
    assert desk.submissions() == []
    assert desk.deliver(delivery_id, clock=_in(minutes=1)) is Outcome.SENT
    assert len(desk.objects(delivery_id)) == 1


def test_a_stored_pdf_that_vanished_is_made_again(desk: Desk) -> None:
    delivery_id = desk.approve()
    desk.deliver(delivery_id, mailer=Failing(desk, MailUnavailable("450 no")))
    desk.storage.delete(desk.delivery(delivery_id).pdf_key)
    assert desk.deliver(delivery_id, clock=_in(minutes=1)) is Outcome.SENT
    assert desk.objects(delivery_id) == [desk.delivery(delivery_id).pdf_key]


def test_what_nobody_foresaw_is_raised_and_tried_again_a_few_times_only(desk: Desk) -> None:
    delivery_id = desk.approve()
    broken = Failing(desk, *[KeyError("?") for _ in range(MAXIMUM_ATTEMPTS)])
    for attempt in range(MAXIMUM_ATTEMPTS):
        with pytest.raises(KeyError):
            desk.deliver(delivery_id, mailer=broken, clock=_in(days=attempt + 1))
    assert desk.delivery(delivery_id).state == DeliveryState.FAILED
    assert desk.deliver(delivery_id, clock=_in(days=99)) is Outcome.NOTHING_TO_DO


def test_an_order_that_was_deleted_ends_its_delivery(desk: Desk) -> None:
    delivery_id = desk.approve()
    with desk.database.writing() as session:
        session.execute(delete(Order))
    assert desk.deliver(delivery_id) is Outcome.FAILED
    assert desk.delivery(delivery_id).last_error == ORDER_GONE
    with desk.database.writing() as session:
        session.execute(delete(Delivery))
    assert desk.deliver(delivery_id) is Outcome.FAILED


def test_a_pdf_too_large_to_travel_is_linked(desk: Desk) -> None:
    delivery_id = desk.approve()
    small = desk.settings.model_copy(update={"mail_attach_limit_mb": 0})
    assert desk.deliver(delivery_id, settings=small) is Outcome.SENT
    (mail,) = desk.mails()
    assert mail.attachments == ()
    assert "X-Amz-Signature" in (mail.text or "")


def _in(**span: float) -> Callable[[], datetime]:
    moment = utcnow() + timedelta(**span)
    return lambda: moment


def _text(pdf: bytes) -> str:
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(" ".join(pages).split())


def _actions(desk: Desk, order_id: str) -> list[str]:
    with desk.database.reading() as session:
        found = session.execute(
            text("SELECT action FROM desk.audit WHERE subject_id = :id ORDER BY id"), {"id": order_id}
        )
        return list(found.scalars())
