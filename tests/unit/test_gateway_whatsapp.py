"""WhatsApp links."""

import pytest

from dashboard.gateways.whatsapp import international_digits, wa_link


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("06 12 34 56 78", "33612345678"),
        ("06.12.34.56.78", "33612345678"),
        ("+33 (0)6 12 34 56 78", "33612345678"),
        ("0033612345678", "33612345678"),
        ("33612345678", "33612345678"),
        ("+33600000001", "33600000001"),
        ("+32 470 12 34 56", "32470123456"),
        ("+1 202 555 0143", "12025550143"),
        ("0692 12 34 56", "262692123456"),
        ("0690 00 12 34", "590690001234"),
        ("0696 12 34 56", "596696123456"),
    ],
)
def test_a_phone_number_as_people_type_it_gets_its_country(typed: str, digits: str) -> None:
    assert international_digits(typed) == digits


@pytest.mark.parametrize("typed", ["", "   ", "abc", "0612", "12", "+", "0" * 40, "+999 123"])
def test_what_is_no_phone_number_has_no_link(typed: str) -> None:
    assert international_digits(typed) is None
    assert wa_link(typed, "Bonjour") is None


def test_the_text_travels_whole_whatever_it_holds() -> None:
    text = "Ta lecture & ton lien :\nhttps://x.test/a?b=c#d + é 🌙"
    link = wa_link("06 12 34 56 78", text)
    assert link == (
        "https://wa.me/33612345678?text=Ta%20lecture%20%26%20ton%20lien%20%3A%0Ahttps%3A%2F%2Fx.test%2Fa%3Fb%3Dc%23d"
        "%20%2B%20%C3%A9%20%F0%9F%8C%99"
    )
