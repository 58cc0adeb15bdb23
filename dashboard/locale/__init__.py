"""French and English: the language of the person, and money, dates and numbers in it.

The catalogues are read as ``.po`` files, so there is nothing to compile and nothing generated to keep.
The language is held per thread of execution: Streamlit runs every person's script in a thread of its own.
"""

from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

from lumira_db.currencies import decimals, units
from lumira_db.errors import Refusal

LANGUAGES = ("fr", "en")
_current: ContextVar[str | None] = ContextVar("lumira_language", default=None)
_HERE = Path(__file__).parent
# A list of fifty rows writes some two hundred moments and amounts, and the same ones again at the next click.
_REMEMBERED = 8192
_ROUNDED_FROM = timedelta(hours=2)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> dict[str, str | tuple[str, ...]]:
    path = _HERE / language / "LC_MESSAGES" / "lumira.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    found: dict[str, str | tuple[str, ...]] = {}
    for message in messages:
        if message.id and message.string and not message.fuzzy:
            key = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
            found[key] = message.string if isinstance(message.string, str) else tuple(message.string)
    return found


def set_language(language: str) -> None:
    """Speak ``language`` (``fr`` or ``en``; anything else is French) from here on in this context."""
    _current.set(language if language in LANGUAGES else "fr")


def get_language() -> str:
    """The language spoken in this context; French until somebody chose."""
    return _current.get() or "fr"


def choose_language(preferred: str | None, accepted: str | None) -> str:
    """The person's own choice, else the first of the browser's languages that we speak, else French.

    ``accepted`` is a browser locale (``en-GB``) or an Accept-Language header.
    """
    if preferred in LANGUAGES:
        return preferred
    for part in (accepted or "").split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return "fr"


def _(message: str) -> str:
    """``message`` in the person's language."""
    if get_language() == "en":
        return message
    found = _catalogue(get_language()).get(message)
    if found is None:
        return message
    return found if isinstance(found, str) else found[0]


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of a sentence that fits ``count``; in French 0 and 1 are singular."""
    if get_language() == "en":
        return singular if count == 1 else plural
    found = _catalogue(get_language()).get(singular)
    forms = found if isinstance(found, tuple) else (singular, plural)
    return forms[0 if abs(count) < 2 else 1]


def refusal_text(refusal: Refusal) -> str:
    """A refusal as a sentence in the person's language; enum facts are translated too."""
    from dashboard.locale.labels import fact_label

    facts = {name: fact_label(value) for name, value in refusal.facts.items()}
    return _(refusal.template).format(**facts)


def _locale() -> Locale:
    return _babel(get_language())


@lru_cache(maxsize=len(LANGUAGES))
def _babel(language: str) -> Locale:
    return Locale.parse("fr_FR" if language == "fr" else "en_GB")


def money(cents: int, currency: str) -> str:
    """An amount in cents (the smallest unit of its currency) as people read it: ``49,00 €``. An unknown currency keeps
    its code, whatever that is."""
    return _money(cents, currency.strip().upper(), get_language())


@lru_cache(maxsize=_REMEMBERED)
def _money(cents: int, currency: str, language: str) -> str:
    amount, locale = units(cents, currency), _babel(language)
    if decimals(currency) == numbers.get_currency_precision(currency):
        return numbers.format_currency(amount, currency, locale=locale).strip()
    # Where Stripe and the tables of the language disagree, nothing of the amount may be rounded away.
    pattern = _pattern(locale, decimals(currency))
    return numbers.format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False).strip()


def _pattern(locale: Locale, digits: int) -> str:
    """How an amount with so many digits behind the point is written."""
    found: str = locale.currency_formats["standard"].pattern
    return found.replace(".00", "." + "0" * digits if digits else "")


def currency_symbol(currency: str) -> str:
    """How people of the language write the currency: ``€``; a code that nobody knows stays itself."""
    return numbers.get_currency_symbol(currency.strip().upper(), locale=_locale())


def number(value: float) -> str:
    """A number with the language's separators."""
    return _number(value, get_language())


@lru_cache(maxsize=_REMEMBERED)
def _number(value: float, language: str) -> str:
    return numbers.format_decimal(value, locale=_babel(language))


def exact(moment: datetime, zone: ZoneInfo) -> str:
    """The full moment in the business zone, for a tooltip: ``dimanche 1 février 2026, 11:21``."""
    return _moment(moment, "EEEE d MMMM y, HH:mm", zone, get_language())


def by_the_clock(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The time alone (``14:05``) when the moment is of the same day as ``now``, else the full moment."""
    if moment.astimezone(zone).date() != now.astimezone(zone).date():
        return exact(moment, zone)
    return dates.format_datetime(moment, "HH:mm", tzinfo=zone, locale=_locale())


def short_moment(moment: datetime, zone: ZoneInfo) -> str:
    """Day and time, short: ``1 févr. 2026, 11:21``."""
    return _moment(moment, "d MMM y, HH:mm", zone, get_language())


@lru_cache(maxsize=_REMEMBERED)
def _moment(moment: datetime, pattern: str, zone: ZoneInfo, language: str) -> str:
    return dates.format_datetime(moment, pattern, tzinfo=zone, locale=_babel(language))


def day(value: date) -> str:
    """A day: ``1 février 2026``."""
    return dates.format_date(value, "long", locale=_locale())


def ago(moment: datetime, now: datetime) -> str:
    """How far ``moment`` lies from ``now``: ``il y a 3 heures``, ``dans 2 jours``, ``à l’instant``."""
    if abs(moment - now) < timedelta(seconds=1):
        return _("just now")
    return _span(_rounded(moment - now), True, get_language())


def duration(span: timedelta) -> str:
    """A span in its largest unit: ``3 heures``."""
    return _span(_rounded(span), False, get_language())


def _rounded(span: timedelta) -> timedelta:
    """A long span to the minute: nobody reads more of it, and a minute long it is the same."""
    return span if abs(span) < _ROUNDED_FROM else timedelta(minutes=round(span.total_seconds() / 60))


@lru_cache(maxsize=_REMEMBERED)
def _span(span: timedelta, directed: bool, language: str) -> str:  # noqa: FBT001 - the way babel asks for it
    return dates.format_timedelta(span, add_direction=directed, threshold=1.2, locale=_babel(language))


def percent(share: float) -> str:
    """A share between 0 and 1 as people read it: ``12,5 %``."""
    return _percent(round(share, 3), get_language())


@lru_cache(maxsize=_REMEMBERED)
def _percent(share: float, language: str) -> str:
    return numbers.format_percent(share, decimal_quantization=False, locale=_babel(language))


def decimal(value: float, digits: int) -> str:
    """A number with at most so many digits behind the point."""
    return number(round(value, digits) if digits else round(value))


def bare_money(cents: float, currency: str) -> str:
    """An amount without its cents where there are none, for an axis: ``1 200 €``."""
    code = currency.strip().upper()
    amount = units(round(cents), code)
    digits = 0 if amount == amount.to_integral_value() else decimals(code)
    pattern = _pattern(_locale(), digits)
    return numbers.format_currency(amount, code, format=pattern, locale=_locale(), currency_digits=False).strip()


def day_words(value: date, pattern: str) -> str:
    """A day in a pattern of its own (CLDR): ``EEEE d MMMM y``."""
    return _day_words(value, pattern, get_language())


@lru_cache(maxsize=_REMEMBERED)
def _day_words(value: date, pattern: str, language: str) -> str:
    return dates.format_date(value, pattern, locale=_babel(language))


def span_words(first: date, last: date) -> str:
    """Days from one to another, short: ``1–23 nov. 2026``."""
    return dates.format_interval(first, last, "yMMMd", locale=_locale())


def weekday_name(weekday: int) -> str:
    """A day of the week, 1 is Monday: ``lun.``."""
    return str(_locale().days["format"]["abbreviated"][weekday - 1])
