"""Reads what somebody pasted into the one box: a refId however typed, a number, an address, a phone, a name, an id,
alone or anywhere inside a forwarded message. Looks nothing up, and never fails."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher

from lumira_db.folding import words
from lumira_db.search_names import is_message, names_in_message, names_in_query

LONGEST = 10_000
MOST = 8
"""How many terms of one kind are looked up: a thread of mails holds hundreds."""


class TermKind(StrEnum):
    """What a piece of the text was understood as."""

    REF_ID = "ref_id"
    ORDER_NUMBER = "order_number"
    PAYMENT = "payment"
    CHECKOUT = "checkout"
    CUSTOMER = "customer"
    ID = "id"
    EMAIL = "email"
    PHONE = "phone"
    DIGITS = "digits"
    EMAIL_PART = "email_part"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Term:
    """One piece: as it is shown, and the forms in which it is looked up (for a name its folded words)."""

    kind: TermKind
    shown: str
    forms: tuple[str, ...]


_DASH = r"[\s\-‐‑‒–—−_./\\]*"
_DIGIT = "[0-9OoIl]"
_REF_ID = re.compile(
    rf"(?<![A-Za-z0-9])(?:lum{_DASH}c|lumc?|c)(?={_DASH}{_DIGIT}){_DASH}(?:20(?=[0-9]{{2}}[\s\-‐‑–—_./]))?"
    rf"([0-9Oo]{{2}}){_DASH}({_DIGIT}{{1,6}})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_BARE_REF_ID = re.compile(r"(?<![\w\-/.+])([0-9]{2})[-/‐‑–—]([0-9O]{4,5})(?![\w\-/])")
_ORDER = re.compile(
    rf"(?<![A-Za-z0-9])(?:lum{_DASH}[o0]|lu){_DASH}((?:{_DIGIT}{{2}}{_DASH}){{2}}{_DIGIT}{{2}}){_DASH}({_DIGIT}{{1,7}})"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_BARE_ORDER = re.compile(r"(?<![\w\-+])([0-9]{6})[-–—]?([0-9]{3,4})(?![\w\-])")
_STRIPE = re.compile(r"\b(pi|cs|cus)_[A-Za-z0-9_]{3,200}")
_STRIPE_KINDS = {"pi": TermKind.PAYMENT, "cs": TermKind.CHECKOUT, "cus": TermKind.CUSTOMER}
_AT = re.compile(r"\s*(?:\(\s*(?:at|a|arobase)\s*\)|\[\s*at\s*\]|\barobase\b)\s*", re.IGNORECASE)
_SPACED_AT = re.compile(r"(?<=[\w.])[ \t]+@[ \t]*(?=\w)|(?<=[\w.])@[ \t]+(?=\w[\w-]*\.\w)")
_SAID_DOT = re.compile(r"(?<=\w)\s+(?:point|dot)\s+(?=(?:com|fr|net|org|be|ch|eu)\b)", re.IGNORECASE)
_COMMA_DOT = re.compile(r"(?<=@)([\w-]+),(?=(?:com|fr|net|org|be|ch)\b)")
_EMAIL = re.compile(r"[\w.+'’&-]{0,64}@[\w.-]{0,190}")
_SLIPPED_DOT = re.compile(
    r"(?<![\w.@-])([^\W\d_]{2,40})[ ,;][ ]?([\w.+-]{2,60}@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})", re.IGNORECASE
)
_ID = re.compile(r"(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_-]{7,63}(?![\w-])")
_DIGITS = re.compile(r"\+?[0-9(][0-9\s().\-/‑–]*[0-9]")
_CONFUSED = str.maketrans("OoIl", "0011")
_INVISIBLE = re.compile("[\x00\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def understand(text: str, *, year: int) -> tuple[Term, ...]:
    """The terms of a text, the most telling kinds first. ``year`` (two digits) is this year's: a number of four
    digits alone may be the end of a refId of it or of the two before."""
    rest = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:LONGEST].replace("\x00", " "))).strip()
    alone = rest
    found: list[Term] = []
    rest = _take_stripe(rest, found)
    if not is_message(alone):
        _take_slipped_dots(rest, found)
    rest = _take_emails(rest, found)
    rest = _take_numbers(rest, found)
    rest = _take_ids(rest, found)
    rest = _take_phones(rest, found, alone, year)
    if _is_one_word(alone) and all(term.kind is TermKind.ID for term in found):
        found += [Term(TermKind.ID, alone, (alone,)), Term(TermKind.EMAIL_PART, alone, (alone.lower(),))]
    for name in names_in_message(rest) if is_message(alone) else names_in_query(rest):
        found.append(Term(TermKind.NAME, name, words(name)))
    return _tidy(found)


def _tidy(found: list[Term]) -> tuple[Term, ...]:
    kept: list[Term] = []
    for kind in TermKind:
        kept += list(dict.fromkeys(t for t in found if t.kind is kind and any(t.forms)))[:MOST]
    return tuple(kept)


def _has(found: list[Term], kind: TermKind) -> bool:
    return any(term.kind is kind for term in found)


def _is_one_word(text: str) -> bool:
    return 3 <= len(text) <= 120 and not any(character.isspace() for character in text)


def _take_stripe(text: str, found: list[Term]) -> str:
    found += [Term(_STRIPE_KINDS[match[1]], match[0], (match[0],)) for match in _STRIPE.finditer(text)]
    return _STRIPE.sub(" ", text)


def _take_emails(text: str, found: list[Term]) -> str:
    text = _COMMA_DOT.sub(r"\1.", _SAID_DOT.sub(".", _SPACED_AT.sub("@", _AT.sub("@", text))))
    for match in _EMAIL.finditer(text):
        address = match[0].strip(".'’-&").lower()
        local, _, domain = address.partition("@")
        if local and re.fullmatch(r"[\w-]+(\.[\w-]+)*\.[a-z]{2,}", domain):
            found.append(Term(TermKind.EMAIL, address, (address,)))
        elif len(address) > 3:
            found.append(Term(TermKind.EMAIL_PART, address, (address,)))
    return _EMAIL.sub(" ", text)


def _take_slipped_dots(text: str, found: list[Term]) -> None:
    """Addresses whose dot came out as a comma or a space; what stands there may still be a name and an address."""
    for match in _SLIPPED_DOT.finditer(text):
        address = f"{match[1]}.{match[2]}".lower()
        found.append(Term(TermKind.EMAIL, address, (address,)))


def _take_numbers(text: str, found: list[Term]) -> str:
    found += [_order(match) for match in _ORDER.finditer(text)]
    text = _ORDER.sub(" ", text)
    found += [_ref_id(match) for match in _REF_ID.finditer(text)]
    text = _REF_ID.sub(" ", text)
    found += [_order(match) for match in _BARE_ORDER.finditer(text)]
    text = _BARE_ORDER.sub(_kept_if_phone, text)
    found += [_ref_id(match) for match in _BARE_REF_ID.finditer(text)]
    return _BARE_REF_ID.sub(" ", text)


def _kept_if_phone(match: re.Match[str]) -> str:
    return match[0] if match[0].isdigit() else " "


def _ref_id(match: re.Match[str]) -> Term:
    year, number = match[1].translate(_CONFUSED), match[2].translate(_CONFUSED)
    return Term(TermKind.REF_ID, ref_id(year, int(number)), (ref_id(year, int(number)),))


def ref_id(year: str, number: int) -> str:
    """A refId as it is kept (DOMAIN §3)."""
    return f"LUM-C-{year}-{number:04d}"


def _order(match: re.Match[str]) -> Term:
    day, number = (re.sub(r"\W|_", "", part).translate(_CONFUSED) for part in match.groups())
    padded = f"{int(number):03d}"
    forms = [f"LU{day}-{padded}", f"LU{day}{padded}", f"LUM-O-{day}-{padded}"]
    if number != padded:
        forms += [f"LU{day}-{number}", f"LU{day}{number}", f"LUM-O-{day}-{number}"]
    # The form that was typed first: two orders may differ by nothing else.
    newer = match[0][:3].upper() == "LUM"
    forms.sort(key=lambda form: form.startswith("LUM") != newer)
    return Term(TermKind.ORDER_NUMBER, forms[0], tuple(forms))


def _take_phones(text: str, found: list[Term], alone: str, year: int) -> str:
    digits = re.sub(r"\D", "", alone)
    # A message is full of short numbers that are none of a phone; beside a name they are its last digits.
    shortest = 8 if is_message(alone) else 4
    if digits and re.fullmatch(r"[+\d\s().\-/‑–tTeEéÉlL:]*", alone):
        _take_digits(digits, found, alone, year)
    spans = []
    for phone in PhoneNumberMatcher(text, "FR", leniency=Leniency.POSSIBLE, max_tries=1000):
        number = str(phone.number.national_number)
        spans.append((phone.start, phone.end))
        shown = phonenumbers.format_number(phone.number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        found.append(Term(TermKind.PHONE, shown, (number,)))
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    for match in _DIGITS.finditer(text):
        run = re.sub(r"\D", "", match[0])
        if shortest <= len(run) <= 16 and not _has(found, TermKind.PHONE) and not _has(found, TermKind.DIGITS):
            found.append(Term(TermKind.DIGITS, match[0].strip(), (run, _national(run))))
    return _DIGITS.sub(" ", text)


def _take_digits(digits: str, found: list[Term], alone: str, year: int) -> None:
    if 4 <= len(digits) <= 16:
        found.append(Term(TermKind.DIGITS, alone, (digits, _national(digits))))
    if re.fullmatch(r"[0-9]{4,5}", alone):
        years = (f"{(year - back) % 100:02d}" for back in range(3))
        found.append(Term(TermKind.REF_ID, alone, tuple(ref_id(each, int(alone)) for each in years)))
    elif match := re.fullmatch(r"([0-9]{2})\s?([0-9]{4,5})", alone):
        found.append(_ref_id(match))


def _national(digits: str) -> str:
    """The first digits of a phone as ``desk.phone`` keeps them: without what says France."""
    return re.sub(r"^(?:00?33(?=[1-9]|0[1-9])0?|33(?=[1-9][0-9]{8}$)|0+)", "", digits)


def _take_ids(text: str, found: list[Term]) -> str:
    found += [Term(TermKind.ID, match[0], (match[0],)) for match in _ID.finditer(text)]
    return _ID.sub(" ", text)
