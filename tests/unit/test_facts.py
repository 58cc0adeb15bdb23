"""What a person told, as it is read: a day in words, everything else to the letter."""

import pytest

from dashboard.locale import set_language
from dashboard.views.facts import spelled_day


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1979-03-04", "4 mars 1979"),
        (" 2000-12-31 ", "31 décembre 2000"),
        ("1979-02-30", "1979-02-30"),
        ("04/03/1979", "04/03/1979"),
        ("vers 1979", "vers 1979"),
        ("1979-03-04T00:00:00Z", "1979-03-04T00:00:00Z"),
        ("", ""),
    ],
)
def test_a_day_is_spelled_and_anything_else_left_alone(written: str, read: str) -> None:
    """An expert compares it with a text in French; what is no day is not guessed at."""
    set_language("fr")
    assert spelled_day(written) == read
