"""Names, e-mail addresses and phones as people type them, and as they are kept."""

import re
from dataclasses import dataclass

import phonenumbers

from lumira_db.errors import InvalidInput
from lumira_db.i18n_marker import N_

# Not what the standard allows, but what reaches somebody: one @, a name before it, a dot in what follows.
_EMAIL = re.compile(r"[^@\s,;:<>()\"\\]+@[^@\s,;:<>()\"\\.]+(\.[^@\s,;:<>()\"\\.]+)+")
_LONGEST_EMAIL = 254
REGION = "FR"
"""Where a phone typed without its country is."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a client is, as a person types it. ``phone`` and ``source`` may be empty."""

    first_name: str
    last_name: str
    email: str
    phone: str = ""
    source: str = ""


def checked_email(text: str) -> str:
    """The address in lower case. Raises ``InvalidInput``."""
    email = text.strip().lower()
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email) or ".." in email:
        raise InvalidInput(problem=N_("This is not an e-mail address."))
    return email


def checked_phone(text: str) -> str | None:
    """The phone in international form (``+33612345678``), None when none was typed. Raises ``InvalidInput``."""
    if not text.strip():
        return None
    found = _parsed(text)
    if found is None or not phonenumbers.is_valid_number(found):
        raise InvalidInput(problem=N_("This phone does not exist. Outside France, begin with + and the country."))
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def international(phone: str | None) -> str | None:
    """A kept phone in international form, for ``tel:`` and WhatsApp; None when it is no phone that can exist."""
    found = _parsed(phone or "")
    if found is None or not phonenumbers.is_possible_number(found):
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def readable(phone: str) -> str:
    """A kept phone as people read it: in groups, national for France; as it stands when it is none."""
    found = _parsed(phone)
    if found is None or not phonenumbers.is_possible_number(found):
        return phone
    home = found.country_code == phonenumbers.country_code_for_region(REGION)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(found, form)


def _parsed(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
