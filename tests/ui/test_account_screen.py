"""One's own account: which mails one gets, and what is told of limits."""

from datetime import date, timedelta

import streamlit as st

from lumira_db.actor import Role
from lumira_db.clock import utcnow
from lumira_db.engine import Database
from lumira_db.models import Alert, MailChoice, StaffMail
from tests.factories import make_staff
from tests.ui.conftest import Open


def test_mails_are_chosen_and_one_is_asked_for(desk: Database, open_screen: Open) -> None:
    """Nobody gets any before; an expert is not asked about warnings, support about none of it."""
    with desk.writing() as session:
        boss, expert, support = (make_staff(session, role) for role in (Role.ADMIN, Role.EXPERT, Role.SUPPORT))
    screen = open_screen("account", boss)
    screen.segmented_control(key="account.digest").set_value("WEEKLY").run()
    screen.toggle(key="account.alerts").set_value(True).run()
    screen.button(key="account.send_now").click().run()
    assert not screen.exception
    with desk.reading() as session:
        choice = session.get_one(MailChoice, boss.id)
        assert (choice.cadence, choice.alerts) == ("WEEKLY", True)
        (mail,) = session.query(StaffMail)
        assert (mail.staff_id, mail.cadence, mail.state) == (boss.id, "WEEKLY", "WAITING")
    theirs = open_screen("account", expert)
    assert theirs.segmented_control(key="account.digest").value == "NEVER"
    assert not [one for one in theirs.toggle if one.key == "account.alerts"]
    nothing = open_screen("account", support)
    assert not [one for one in nothing.button if one.key == "account.send_now"]


def test_a_limit_that_is_passed_is_said_at_home_and_beside_the_work_to_who_may_know(
    desk: Database, open_screen: Open
) -> None:
    st.cache_data.clear()
    now, day = utcnow(), date(2026, 3, 30)
    with desk.writing() as session:
        boss, expert = make_staff(session, Role.ADMIN), make_staff(session, Role.EXPERT)
        session.add(Alert(kind="CONVERSION", value=0.2, bound=0.4, first=day, last=day, raised_at=now, measured_at=now))
        over = {"first": day, "last": day, "raised_at": now - timedelta(days=1), "measured_at": now}
        session.add(Alert(kind="REFUNDS", value=0.2, bound=0.1, recovered_at=now, **over))
    for name in ("home", "operations"):
        said = [one.value for one in open_screen(name, boss).caption]
        assert "20% of the checkouts begun were paid. The limit is 40%, from the four spans before." in said
        assert not [one for one in said if "refunded" in one]
        assert not [one for one in open_screen(name, expert).caption if "checkouts" in one.value]
