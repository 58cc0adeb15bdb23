"""Figures against rows counted by hand: by the day of the payment in Paris, one sum per currency."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from lumira_db.enums import OrderStatus
from lumira_db.metrics.operations import error_words
from lumira_db.periods import day_start
from lumira_db.queries.paid import Paid, paid_between
from tests.factories import make_client, make_order

PARIS = ZoneInfo("Europe/Paris")
MILLISECOND = timedelta(milliseconds=1)


def paid(session: Session, moment: datetime, cents: int, currency: str = "eur", **values: object) -> None:
    """An order that was paid then; its creation lies a month before, and counts for nothing."""
    status = values.pop("status", OrderStatus.PAID)
    created = moment - timedelta(days=31)
    make_order(
        session,
        status=status,  # type: ignore[arg-type]
        paid_at=moment,
        amount=cents,
        currency=currency,
        created_at=created,
        **values,  # type: ignore[arg-type]
    )


def of_day(session: Session, day: date) -> dict[str, tuple[int, int]]:
    """Orders and cents of one day in Paris, by currency."""
    found = paid_between(session, day_start(day, PARIS), day_start(day + timedelta(days=1), PARIS))
    return {one.currency: (one.orders, one.cents) for one in found}


def at(text: str) -> datetime:
    """A moment given as the clock in Paris shows it, with its offset where that is needed."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=PARIS)).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 2, 1), 24),
        (date(2026, 7, 1), 24),
        (date(2026, 3, 29), 23),
        (date(2026, 10, 25), 25),
        (date(2026, 12, 31), 24),
        (date(2028, 2, 29), 24),
    ],
    ids=["winter", "summer", "clocks forward", "clocks back", "year's end", "leap day"],
)
def test_a_days_money_is_what_was_paid_from_midnight_to_midnight_in_paris(
    session: Session, day: date, hours: int
) -> None:
    """The first and the last millisecond belong to it, their neighbours do not; no payment is in two days."""
    midnight = day_start(day, PARIS).astimezone(UTC)
    end = midnight + timedelta(hours=hours)
    for moment, cents in ((midnight - MILLISECOND, 1), (midnight, 10), (end - MILLISECOND, 100), (end, 1000)):
        paid(session, moment, cents)
    assert of_day(session, day) == {"eur": (2, 110)}
    assert of_day(session, day - timedelta(days=1)) == {"eur": (1, 1)}
    assert of_day(session, day + timedelta(days=1)) == {"eur": (1, 1000)}


def test_the_hour_that_comes_twice_counts_twice(session: Session) -> None:
    """Half past two in the night of 25 October: in summer time, and an hour later in winter time."""
    paid(session, at("2026-10-25T02:30:00+02:00"), 1)
    paid(session, at("2026-10-25T02:30:00+01:00"), 10)
    assert of_day(session, date(2026, 10, 25)) == {"eur": (2, 11)}


def test_a_month_ends_at_midnight_in_paris(session: Session) -> None:
    """In UTC it would still be the month before, or already the next."""
    paid(session, at("2026-01-31T23:59:59.999"), 1)
    paid(session, at("2026-02-01T00:00:00"), 10)
    paid(session, at("2026-02-28T23:59:59.999"), 100)
    paid(session, at("2026-03-01T00:00:00"), 1000)
    february = paid_between(session, day_start(date(2026, 2, 1), PARIS), day_start(date(2026, 3, 1), PARIS))
    assert february == (Paid("eur", 2, 110),)


def test_days_add_up_to_their_month(session: Session) -> None:
    """March with its short day: no hour is lost and none is counted twice."""
    start, end = day_start(date(2026, 3, 1), PARIS), day_start(date(2026, 4, 1), PARIS)
    moment, hours = start.astimezone(UTC), 0
    client = make_client(session)
    while moment < end:
        make_order(session, client, status=OrderStatus.PAID, paid_at=moment, amount=1)
        moment, hours = moment + timedelta(hours=7), hours + 1
    days = [of_day(session, date(2026, 3, number)).get("eur", (0, 0)) for number in range(1, 32)]
    assert sum(orders for orders, _ in days) == sum(cents for _, cents in days) == hours
    assert paid_between(session, start, end) == (Paid("eur", hours, hours),)


def test_sums_never_mix_currencies(session: Session) -> None:
    """The largest sum first; equal ones by name."""
    noon = at("2026-02-01T12:00:00")
    paid(session, noon, 2900, status=OrderStatus.COMPLETED)
    paid(session, noon, 900, status=OrderStatus.REFUNDED)
    paid(session, noon, 5000, "usd")
    paid(session, noon, 3800, "chf")
    found = paid_between(session, noon, noon + MILLISECOND)
    assert found == (Paid("usd", 1, 5000), Paid("chf", 1, 3800), Paid("eur", 2, 3800))


@pytest.mark.parametrize("status", OrderStatus)
def test_revenue_is_what_was_paid_whatever_became_of_it(session: Session, status: OrderStatus) -> None:
    """In production, delivered, failed, refunded (refunds are counted apart); an abandoned cart never is."""
    noon = at("2026-02-01T12:00:00")
    make_order(session, status=status, amount=900, paid_at=None if status is OrderStatus.PENDING else noon)
    expected = () if status is OrderStatus.PENDING else (Paid("eur", 1, 900),)
    assert paid_between(session, noon - timedelta(days=9999), noon + timedelta(days=1)) == expected


def test_what_was_free_or_never_paid_is_no_revenue(session: Session) -> None:
    """A free reading has no payment; a failed checkout neither."""
    make_order(session, status=OrderStatus.AWAITING_VALIDATION, amount=0, paid_at=None)
    make_order(session, status=OrderStatus.FAILED, amount=900, paid_at=None)
    assert paid_between(session, datetime(1970, 1, 2, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)) == ()


def test_more_cents_than_an_integer_holds_are_added_up(session: Session) -> None:
    """Sums are wider than the column."""
    noon = at("2026-02-01T12:00:00")
    for _ in range(3):
        paid(session, noon, 2_000_000_000)
    assert paid_between(session, noon, noon + MILLISECOND) == (Paid("eur", 3, 6_000_000_000),)


def test_the_window_may_be_given_in_any_zone(session: Session) -> None:
    """A moment is a moment."""
    noon = at("2026-02-01T12:00:00")
    paid(session, noon, 900)
    for zone in (UTC, PARIS, ZoneInfo("Asia/Kathmandu")):
        start = noon.astimezone(zone)
        assert len(paid_between(session, start, start + MILLISECOND)) == 1
        assert paid_between(session, start + MILLISECOND, start + 2 * MILLISECOND) == ()


def test_a_currency_is_one_however_it_is_written(session: Session) -> None:
    """The platform writes ``eur``, an import may have written ``EUR``: one sum, not two."""
    day = date(2026, 2, 3)
    paid(session, at("2026-02-03T12:00"), 900)
    paid(session, at("2026-02-03T13:00"), 2900, "EUR")
    assert of_day(session, day) == {"eur": (2, 3800)}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("550 5.1.1 <agathe.meyer7@example.org>: Recipient unknown", "# #.#.# <…>: Recipient unknown"),
        ("timeout after 30000 ms", "timeout after # ms"),
        (None, ""),
    ],
)
def test_what_failed_is_told_in_words_that_name_no_client(session: Session, said: str | None, words: str) -> None:
    assert session.scalar(sql(f"SELECT {error_words('CAST(:said AS text)')}"), {"said": said}) == words
