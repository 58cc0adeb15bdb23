"""What a product can be: its values, and the limits they have."""

from dataclasses import dataclass
from typing import Any

from lumira_db.currencies import decimals
from lumira_db.errors import InvalidInput
from lumira_db.i18n_marker import N_

LEAST_CENTS = 50
"""In the currency's smallest unit, as all amounts: Stripe takes no smaller payment; 0 is a product that costs
nothing."""
MOST_CENTS = 10_000_000
DIGITS = 2
"""The most that a currency's price can have: Stripe wants thousandths that end with a zero."""
MAXIMUM_NAME, MAXIMUM_TEXT, MAXIMUM_LINE, MAXIMUM_FEATURES = 120, 2_000, 200, 40


@dataclass(frozen=True, slots=True)
class ProductValues:
    """What can be changed about a product; the price in cents, ``metadata`` anything that is JSON."""

    name: str
    description: str
    amount_cents: int
    currency: str
    features: tuple[str, ...]
    limited_offer: str
    is_active: bool
    coming_soon: bool
    metadata: Any


def checked(values: ProductValues) -> dict[str, Any]:
    """The columns as they are written. Raises ``InvalidInput``."""
    name = " ".join(values.name.split())
    if not 1 <= len(name) <= MAXIMUM_NAME or not name.isprintable():
        raise InvalidInput(problem=N_("A product needs a name of at most 120 characters."))
    if len(values.description) > MAXIMUM_TEXT:
        raise InvalidInput(problem=N_("The description has at most 2,000 characters."))
    currency = values.currency.strip().lower()
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise InvalidInput(problem=N_("A currency has three letters, such as EUR."))
    if decimals(currency) > DIGITS:
        raise InvalidInput(problem=N_("Prices cannot be typed in a currency that has thousandths."))
    if not (values.amount_cents == 0 or LEAST_CENTS <= values.amount_cents <= MOST_CENTS):
        if decimals(currency) < DIGITS:
            raise InvalidInput(
                problem=N_("A price in a currency without cents is nothing at all, or between 50 and 10,000,000.")
            )
        raise InvalidInput(problem=N_("A price is nothing at all, or between 0.50 and 100,000."))
    features = [line for feature in values.features if (line := " ".join(feature.split()))]
    if len(features) > MAXIMUM_FEATURES or any(len(line) > MAXIMUM_LINE for line in features):
        raise InvalidInput(problem=N_("A product has at most 40 features of at most 200 characters each."))
    offer = " ".join(values.limited_offer.split())
    if len(offer) > MAXIMUM_LINE:
        raise InvalidInput(problem=N_("The limited offer has at most 200 characters."))
    return {
        "name": name,
        "description": values.description.strip(),
        "amount_cents": values.amount_cents,
        "currency": currency,
        "features": features,
        "limited_offer": offer or None,
        "is_active": values.is_active,
        "coming_soon": values.coming_soon,
        "metadata_": values.metadata,
    }
