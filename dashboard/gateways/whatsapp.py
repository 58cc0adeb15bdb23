"""WhatsApp without a provider: a link that opens the conversation with the text already written."""

from urllib.parse import quote

# A number without its country is French, of the mainland or of one of the departments overseas.
_REGIONS = ("FR", "RE", "GP", "MQ", "GF", "YT")


def wa_link(phone: str, text: str) -> str | None:
    """The address that opens WhatsApp on ``phone`` with ``text``; None when that is no phone number."""
    digits = international_digits(phone)
    return None if digits is None else f"https://wa.me/{digits}?text={quote(text, safe='')}"


def international_digits(phone: str) -> str | None:
    """A phone number as people type it, with its country and nothing but digits: ``06 12…`` is ``33612…``."""
    import phonenumbers

    possible: str | None = None
    for region in _REGIONS:
        try:
            number = phonenumbers.parse(phone, region)
        except phonenumbers.NumberParseException:
            return None
        digits = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")
        if phonenumbers.is_valid_number(number):
            return digits
        if possible is None and phonenumbers.is_possible_number(number):
            possible = digits
    return possible
