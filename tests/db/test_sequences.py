"""Business numbers: distinct and gap-free under any number of hands, and right at the turn of a year."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.engine import Database
from lumira_db.models import SequenceCounter
from lumira_db.sequences import draw, draw_order_number, draw_ref_id

SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
THREADS, NUMBERS = 32, 2000


@pytest.fixture
def wide(database_url: str) -> Database:
    """The database with a connection for each of the threads."""
    return Database(database_url, pool_size=THREADS, application_name="tests")


def test_32_threads_draw_2000_ref_ids_without_a_gap_or_a_double(wide: Database) -> None:
    """Every number from 1 to 2,000 is given out exactly once."""
    together = threading.Barrier(THREADS)

    def hand(share: int) -> list[str]:
        together.wait()
        drawn = []
        for _ in range(share):
            with wide.writing() as session:
                drawn.append(draw_ref_id(session, SUMMER))
        return drawn

    shares = [NUMBERS // THREADS + (number < NUMBERS % THREADS) for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        drawn = [ref_id for hands in pool.map(hand, shares) for ref_id in hands]
    wide.dispose()
    assert sorted(drawn) == [f"LUM-C-26-{number:04d}" for number in range(1, NUMBERS + 1)]


def test_a_number_drawn_in_vain_is_given_to_the_next(wide: Database) -> None:
    """What is rolled back leaves no gap, also while others are waiting for their number."""

    def hand(number: int) -> str | None:
        with wide.writing() as session:
            drawn = draw_ref_id(session, SUMMER)
            if number % 3 == 0:
                session.rollback()
                return None
        return drawn

    with ThreadPoolExecutor(8) as pool:
        drawn = [found for found in pool.map(hand, range(60)) if found]
    wide.dispose()
    assert sorted(drawn) == [f"LUM-C-26-{number:04d}" for number in range(1, 41)]


def test_a_year_turns_at_midnight_in_paris(session: Session) -> None:
    """Half an hour before midnight UTC it is the new year in Paris; each year counts for itself."""
    before = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
    after = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert [draw_ref_id(session, moment) for moment in (before, before, after, before)] == [
        "LUM-C-26-0001",
        "LUM-C-26-0002",
        "LUM-C-27-0001",
        "LUM-C-26-0003",
    ]


def test_the_ten_thousandth_client_of_a_year_has_five_digits(session: Session) -> None:
    """Nothing is cut and nothing refused (DOMAIN §5)."""
    draw(session, "client_26", 9998)
    assert [draw_ref_id(session, SUMMER) for _ in range(3)] == ["LUM-C-26-9999", "LUM-C-26-10000", "LUM-C-26-10001"]


def test_a_counter_that_the_platform_keeps_is_continued(session: Session) -> None:
    """Both draw from the same row, by its name."""
    session.add(SequenceCounter(name="client_26", value=41))
    session.flush()
    assert draw_ref_id(session, SUMMER) == "LUM-C-26-0042"
    assert session.scalar(select(SequenceCounter.value).execution_options(populate_existing=True)) == 42


def test_several_numbers_can_be_drawn_at_once(session: Session) -> None:
    """The last of them is returned; the ones before it belong to the same hand."""
    assert draw(session, "client_26", 50) == 50
    assert draw(session, "client_26") == 51


def test_order_numbers_count_by_the_day_in_paris(session: Session) -> None:
    """Three digits or more, from 1 each day."""
    late = datetime(2026, 1, 30, 22, 59, tzinfo=UTC)
    past_midnight = datetime(2026, 1, 30, 23, 1, tzinfo=UTC)
    assert [draw_order_number(session, moment) for moment in (late, late, past_midnight)] == [
        "LU260130-001",
        "LU260130-002",
        "LU260131-001",
    ]
    draw(session, "order_20260131", 998)
    assert draw_order_number(session, past_midnight) == "LU260131-1000"
