"""Addresses and phones are taken as people write them, and kept in one form."""

import pytest

from lumira_db.contacts import checked_email, checked_phone, international, readable
from lumira_db.errors import InvalidInput


@pytest.mark.parametrize("typed", ["06 12 34 56 78", "+33612345678", "0033 6 12 34 56 78", "06.12.34.56.78"])
def test_a_french_phone_is_kept_in_international_form(typed: str) -> None:
    assert checked_phone(typed) == "+33612345678"


def test_a_phone_from_elsewhere_needs_its_country_and_none_is_none() -> None:
    assert checked_phone("+32 470 12 34 56") == "+32470123456"
    assert checked_phone("  ") is None


@pytest.mark.parametrize("typed", ["12", "06 12 34 56", "bonjour", "+33 0 0 0", "06 12 34 56 78 99 99 99"])
def test_a_phone_that_cannot_exist_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        checked_phone(typed)


def test_an_address_is_kept_in_lower_case() -> None:
    assert checked_email("  Anne.Martin+lumira@Example.ORG ") == "anne.martin+lumira@example.org"


@pytest.mark.parametrize(
    "typed", ["", "anne", "anne@", "@example.org", "a b@example.org", "a@b", "a@b..org", "a@@b.org"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        checked_email(typed)


def test_a_kept_phone_of_any_form_is_shown_and_linked_only_when_it_can_exist() -> None:
    assert readable("+33612345678") == "06 12 34 56 78"
    assert international("06 12 34 56 78") == "+33612345678"
    assert (readable("voir mail"), international("voir mail"), international(None)) == ("voir mail", None, None)
