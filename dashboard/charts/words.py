"""Values as they are read on charts and cards: in the person's language, with their unit."""

from datetime import date
from html import escape

from dashboard.locale import _, bare_money, day_words, decimal, money, number, percent, span_words
from lumira_db.metrics import Unit
from lumira_db.periods import Grain

_PATTERNS = {Grain.DAY: "d MMM", Grain.WEEK: "d MMM", Grain.MONTH: "MMM yy"}
_HOURS_A_DAY = 24
_DAYS_FROM = 72


def plain(text: str) -> str:
    """A name as plotly shows it to the letter: it reads some HTML in what it draws."""
    return escape(text, quote=False)


def value(amount: float | None, unit: Unit, currency: str = "") -> str:
    """A value in full: ``1 234,00 €``, ``12,5 %``, ``1,5 h``; a dash when there is none."""
    if amount is None:
        return "–"
    if unit is Unit.CENTS:
        return money(round(amount), currency)
    if unit is Unit.SHARE:
        return percent(amount)
    if unit is Unit.MINUTES:
        return _("{minutes} min").format(minutes=decimal(amount, 0 if amount >= 10 else 1))
    if unit is Unit.HOURS:
        return hours(amount)
    return number(amount)


def hours(amount: float) -> str:
    """A span given in hours, in the unit that is easiest to read."""
    if amount < 1:
        return _("{minutes} min").format(minutes=decimal(amount * 60, 0))
    if amount < _DAYS_FROM:
        return _("{hours} h").format(hours=decimal(amount, 1))
    return _("{days} d").format(days=decimal(amount / _HOURS_A_DAY, 1))


def tick(amount: float, unit: Unit, currency: str = "") -> str:
    """A value at an axis: as short as it can be said."""
    if unit is Unit.CENTS:
        return bare_money(amount, currency)
    if unit is Unit.HOURS and amount == 0:
        return "0"
    return value(amount, unit, currency)


def bucket_tick(start: date, grain: Grain) -> str:
    """A bucket below its axis."""
    return day_words(start, _PATTERNS[grain])


def bucket(start: date, last: date, grain: Grain) -> str:
    """A bucket in full, as much of it as lies in the period."""
    if grain is Grain.DAY:
        return day_words(start, "EEEE d MMMM y")
    if grain is Grain.MONTH and start.day == 1 and Grain.MONTH.next(start).toordinal() == last.toordinal() + 1:
        return day_words(start, "MMMM y")
    return span_words(start, last)
