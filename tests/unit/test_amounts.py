"""Amounts as people type and read them."""

import pytest

from dashboard.locale import bare_money, money, set_language
from dashboard.views.refund_dialog import cents_of
from lumira_db.currencies import units
from lumira_db.errors import Amount


@pytest.mark.parametrize(
    ("typed", "currency", "cents"),
    [
        ("29", "eur", 2900),
        ("29,9", "eur", 2990),
        (" 29.90 € ", "eur", 2990),
        ("€29.90", "eur", 2990),
        ("1 000,50", "eur", 100_050),
        ("1\u202f000,50\u00a0€", "eur", 100_050),
        ("29 EUR", "eur", 2900),
        ("29 eur", "EUR", 2900),
        ("29 CHF", "chf", 2900),
        ("2900", "jpy", 2900),
        ("2900 ¥", "jpy", None),
        ("2900 JPY", "jpy", 2900),
        ("29,905", "kwd", 29_905),
        *((wrong, "eur", None) for wrong in ("", "-29", "29,905", "1.000,50", "1,000", "29 USD", "$29", "2 9 x")),
        *((wrong, "eur", None) for wrong in ("٢٩", "²9", "1e3", "29,", ",5", "NaN", "9" * 40, "29\x00", "29 € €")),
        ("29,90", "jpy", None),
        ("29 €", "chf", None),
    ],
)
def test_an_amount_is_taken_as_it_was_meant_or_not_at_all(typed: str, currency: str, cents: int | None) -> None:
    """With the separators of both languages and the payment's own currency; anything doubtful is no amount."""
    set_language("fr")
    assert cents_of(typed, currency) == cents


def test_what_is_shown_can_be_typed() -> None:
    """In both languages, where a currency has no cents too."""
    for language in ("fr", "en"):
        set_language(language)
        for cents, currency in ((123_456, "eur"), (2900, "chf"), (50, "jpy"), (123_456, "kwd"), (100, "isk")):
            shown = money(cents, currency).replace(",", "") if language == "en" else money(cents, currency)
            assert cents_of(shown, currency) == cents, shown


def test_a_currency_without_cents_is_not_divided() -> None:
    """Stripe counts yens, not hundredths of them; and what its tables and the language's differ in is not rounded."""
    set_language("en")
    assert (money(2900, "jpy"), money(2950, "isk"), money(29_905, "kwd")) == ("JP¥2,900", "ISK29.50", "KWD29.905")
    assert (bare_money(2900, "jpy"), bare_money(2900, "eur"), bare_money(2950, "eur")) == ("JP¥2,900", "€29", "€29.50")
    assert (str(units(5, "eur")), str(Amount(2900, "jpy")), str(Amount(2900, "eur"))) == (
        "0.05",
        "2900 JPY",
        "29.00 EUR",
    )
