"""Mails to staff: one for each person and period whatever dies, each with what its reader may see; limits warn once."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from dashboard.embedded.mail import Mailbox
from dashboard.embedded.mailstore import Mail, list_mails, list_submissions
from dashboard.gateways.mail import SmtpMailer
from dashboard.settings import Settings
from dashboard.workflows.staff_mails import plan, tell_staff, watch
from lumira_db.actor import Actor, Role
from lumira_db.commands import rollups
from lumira_db.commands.sending import BACK_OFF
from lumira_db.commands.staff import set_role
from lumira_db.commands.staff_mails import ask_for_digest, choose_mails
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import AuditEntry, MailChoice, Order, StaffAccount, StaffMail
from lumira_db.periods import Period
from lumira_db.queries.limits import list_open_alerts
from lumira_db.states import AlertKind, Cadence, StaffMailState
from tests.factories import make_client, make_order, make_products, make_staff

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 3, 30, 7, 0, tzinfo=PARIS)
"""The clocks went forward the day before: seven in Paris is five in UTC, not six."""
LONG_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Office:
    """An administrator who reads English, an expert who reads French, and what was sold in March."""

    database: Database
    mailbox: Mailbox
    mailer: SmtpMailer
    settings: Settings
    boss: Actor
    expert: Actor

    def wants(self, who: Actor, cadence: Cadence | None, *, alerts: bool = False) -> None:
        with self.database.writing() as session:
            choose_mails(session, who, cadence=cadence, alerts=alerts)
        with self.database.writing() as session:
            session.get_one(MailChoice, who.id).chosen_at = LONG_BEFORE

    def plan(self, now: datetime) -> int:
        return plan(self.database, self.settings, clock=lambda: now)

    def waiting(self) -> list[UUID]:
        with self.database.reading() as session:
            return list(session.scalars(select(StaffMail.id).where(StaffMail.due_at.is_not(None))))

    def run(self, mail_id: UUID, now: datetime, **more: Any) -> bool:
        tools: dict[str, Any] = {"database": self.database, "mailer": self.mailer, "settings": self.settings}
        return tell_staff(mail_id, **(tools | more), clock=lambda: now)

    def post(self, now: datetime) -> list[Mail]:
        """Send what is due; what is in the mailbox then."""
        for mail_id in self.waiting():
            self.run(mail_id, now)
        return list_mails(self.mailbox.folder)

    def states(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(StaffMail.state)))


@pytest.fixture
def office(database: Database, mailbox: Mailbox, mailer: SmtpMailer) -> Office:
    with database.writing() as session:
        make_products(session)
        boss, expert = make_staff(session, Role.ADMIN), make_staff(session, Role.EXPERT)
        session.add(StaffAccount(staff_id=boss.id, language="en"))
        for day, level in ((16, 1), (17, 1), (18, 1), (24, 2), (26, 2), (29, 1)):
            at = datetime(2026, 3, day, 12, tzinfo=UTC)
            make_order(session, make_client(session), status=OrderStatus.PAID, paid_at=at, level=level)
        rollups.rebuild(session, "Europe/Paris")
    settings = Settings(mail_from="Oracle Lumira <oracle@lumira.example>", public_url="https://desk.example")
    return Office(database, mailbox, mailer, settings, boss, expert)


def test_a_week_is_told_on_monday_at_the_hour_once_with_the_figures_of_the_screens(office: Office) -> None:
    """Also on the day after the clocks changed; what was due before somebody chose is not sent."""
    office.wants(office.boss, Cadence.WEEKLY)
    assert office.plan(MONDAY - timedelta(minutes=1)) == 0
    assert (office.plan(MONDAY), office.plan(MONDAY), office.plan(MONDAY + timedelta(days=6))) == (1, 0, 0)
    (mail,) = office.post(MONDAY)
    assert mail.subject == "The week at the desk · 23–29 Mar 2026"
    assert list_submissions(office.mailbox.folder)[0].recipients == (office.boss.email,)
    assert mail.html is not None
    for said in ("€67.00", "▲", "148", "https://desk.example/revenue?period=2026-03-23..2026-03-29", "/account"):
        assert said in mail.html or said in mail.text
    assert mail.html.count("cid:") == 2
    assert office.plan(MONDAY + timedelta(days=7)) == 1


def test_who_chose_after_the_hour_waits_for_the_next_one(office: Office) -> None:
    with office.database.writing() as session:
        session.add(MailChoice(staff_id=office.boss.id, cadence="DAILY", alerts=False, chosen_at=MONDAY))
    assert office.plan(MONDAY) == 1
    with office.database.writing() as session:
        session.get_one(MailChoice, office.boss.id).chosen_at = MONDAY + timedelta(days=1, minutes=1)
    assert office.plan(MONDAY + timedelta(days=1, hours=2)) == 0
    assert office.plan(MONDAY + timedelta(days=2)) == 1


def test_an_expert_reads_of_their_own_work_alone_in_their_language(office: Office) -> None:
    office.wants(office.expert, Cadence.DAILY)
    office.plan(MONDAY)
    (mail,) = office.post(MONDAY)
    assert mail.subject.startswith("La journée du Desk")
    assert "Votre propre travail" in mail.text
    assert "€" not in mail.text + (mail.html or "")
    assert "/revenue" not in mail.text
    assert "cid:" not in (mail.html or "")  # they have approved nothing: there is nothing to draw


def test_who_may_not_see_it_any_more_or_stopped_it_gets_none(office: Office) -> None:
    """Decided when it leaves, not when it was planned."""
    for who in (office.expert, office.boss):
        office.wants(who, Cadence.DAILY)
    assert office.plan(MONDAY) == 2
    with office.database.writing() as session:
        set_role(session, office.boss, office.expert.id, Role.SUPPORT)
        choose_mails(session, office.boss, cadence=None, alerts=False)
    assert office.post(MONDAY) == []
    assert office.states() == [StaffMailState.DROPPED] * 2


@pytest.mark.parametrize("step", ["sending", "sent"])
def test_a_digest_is_one_mail_whatever_dies(office: Office, step: str) -> None:
    """And by whomever it is planned and sent: two at once, and again after the first one died at a step."""
    office.wants(office.boss, Cadence.DAILY)
    together, planned = threading.Barrier(2), []

    def worker() -> None:
        together.wait()
        planned.append(office.plan(MONDAY))

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(planned) == [0, 1]
    (mail_id,) = office.waiting()

    def die(name: str) -> None:
        if name == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        office.run(mail_id, MONDAY, checkpoint=die)
    assert office.run(mail_id, MONDAY + timedelta(seconds=1)) is False
    assert office.run(mail_id, MONDAY + BACK_OFF[0]) is True
    assert office.run(mail_id, MONDAY + timedelta(hours=1)) is False
    (mail,) = list_mails(office.mailbox.folder)
    assert mail.message_id == f"<staff-{mail_id}@lumira.example>"


def test_a_mail_server_that_is_away_is_tried_again_later(office: Office) -> None:
    office.wants(office.boss, Cadence.DAILY)
    office.plan(MONDAY)
    (mail_id,) = office.waiting()
    assert office.run(mail_id, MONDAY, mailer=SmtpMailer("127.0.0.1", 1, "none", timeout=1)) is False
    assert office.states() == [StaffMailState.SENDING]
    assert office.run(mail_id, MONDAY + BACK_OFF[0]) is True
    assert office.states() == [StaffMailState.SENT]


def test_one_that_was_asked_for_comes_at_once_whatever_was_chosen_and_not_twice_a_minute(office: Office) -> None:
    yesterday = Period(MONDAY.date() - timedelta(days=1), MONDAY.date() - timedelta(days=1))
    with office.database.writing() as session:
        asked = [ask_for_digest(session, office.boss, Cadence.DAILY, yesterday, MONDAY) for _ in range(2)]
    assert asked == [True, False]
    (mail,) = office.post(MONDAY)
    assert mail.subject == "The day at the desk · 29 Mar 2026"


def test_a_limit_warns_once_until_it_was_kept_again(office: Office) -> None:
    """Orders that wait longer than promised: told to who wants it, recorded, over when they are gone, told anew."""
    office.wants(office.boss, None, alerts=True)

    def look(minutes: int) -> int:
        return watch(office.database, office.settings, clock=lambda: MONDAY + timedelta(minutes=minutes))

    def let(status: OrderStatus) -> None:
        with office.database.writing() as session:
            for order in session.scalars(select(Order)):
                order.status, order.updated_at = status, MONDAY.astimezone(UTC)
            session.flush()
            rollups.rebuild(session, "Europe/Paris")

    assert [look(0), look(10)] == [1, 0]
    with office.database.reading() as session:
        (alert,) = list_open_alerts(session)
    assert (alert.kind, alert.bound) == (AlertKind.LATE_BACKLOG, 1)
    (mail,) = office.post(MONDAY + timedelta(minutes=11))
    assert mail.subject == f"Orders are late · {round(alert.value)} orders have waited longer than was promised."
    assert "https://desk.example/operations?section=backlog" in mail.text
    let(OrderStatus.REFUNDED)
    assert look(20) == 0
    with office.database.reading() as session:
        assert list_open_alerts(session) == ()
    let(OrderStatus.PAID)
    assert look(30) == 1
    assert len(office.post(MONDAY + timedelta(minutes=31))) == 2
    with office.database.reading() as session:
        told = select(AuditEntry.action).where(AuditEntry.subject_type == "alert").order_by(AuditEntry.id)
        assert list(session.scalars(told)) == ["alert.raise", "alert.end", "alert.raise"]
