"""Currencies as Stripe counts them: an amount is a whole number of the smallest unit, which is not always a cent."""

from decimal import Decimal

_WHOLE = {
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
}
_THOUSANDTHS = {"BHD", "JOD", "KWD", "OMR", "TND"}


def decimals(currency: str) -> int:
    """How many digits behind the point Stripe's amounts in this currency have: two, unless it says otherwise."""
    code = currency.strip().upper()
    return 0 if code in _WHOLE else 3 if code in _THOUSANDTHS else 2


def units(amount: int, currency: str) -> Decimal:
    """An amount in the smallest unit, in units of the currency: 2900 EUR are 29.00, 2900 JPY are 2900."""
    return Decimal(amount).scaleb(-decimals(currency))


def smallest(amount: Decimal | float, currency: str) -> int:
    """An amount in units of the currency, in its smallest unit; what is less than that is rounded to the nearest."""
    return round(Decimal(str(amount)).scaleb(decimals(currency)))


def of_cents(cents: int, currency: str) -> int:
    """A limit given in cents, in the currency's smallest unit: 10000 are 100 euros, 100 yen, 100 dinars."""
    return smallest(Decimal(cents).scaleb(-2), currency)
