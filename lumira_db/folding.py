"""What is left of a name when case, accents and marks do not count; how it sounds, and how far two are apart.

``fold``, ``name_words``, ``near_keys`` and ``mailbox`` say in Python what the functions in ``desk`` say in the indexes
(migration 0006): the two are held together by tests/db/test_search_functions.py.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_LETTERS = str.maketrans(
    dict(zip("ŁłØøĐđÐðıĦħ’", "llooddddihh'", strict=True)) | {"Œ": "oe", "œ": "oe", "Æ": "ae", "æ": "ae"}
    | {"ẞ": "ss", "ß": "ss", "þ": "th"}
)  # fmt: skip
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+"
)
_SIGNS = re.compile(
    "[\u0080-\u00bf\u00d7\u00f7\u02b0-\u02ff\u2010-\u2bff\u3000-\u303f\U0001f000-\U0001faff]+"
)  # fmt: skip
_APART = re.compile("[^a-z0-9\u0080-\U0010ffff]+")
_CLUSTERS = (
    ("ph", "f"), ("bv", "v"), ("ch", "1"), ("sh", "1"), ("gn", "n"), ("qu", "k"),
    ("ce", "se"), ("ci", "si"), ("cy", "sy"), ("ge", "je"), ("gi", "ji"),
)  # fmt: skip
_CONSONANTS = str.maketrans("cqzxmw", "kkssnv", "aeiouyh")
_DOUBLED = re.compile(r"(.)\1+")


def fold(value: str | None) -> str:
    """The text in lower-case letters without accents, its words one space apart; idempotent."""
    text = (value or "")[:400]
    if text.isascii():
        text = text.lower()
    else:
        text = unicodedata.normalize("NFKD", text).lower().translate(_LETTERS)
        text = _SIGNS.sub(" ", _MARKS.sub("", text))
    return _APART.sub(" ", text)[:200].strip(" ")


def words(value: str) -> tuple[str, ...]:
    """The folded words of a text, in its order."""
    return tuple(word for word in fold(value).split(" ") if word)


@lru_cache(maxsize=20_000)
def name_words(first: str, last: str) -> frozenset[str]:
    """Every word that a person of this name is found by: the parts of both names, and what they make joined."""
    found: set[str] = set()
    for name in (first, last):
        parts = [part for part in fold(name).split(" ") if part]
        found.update(parts)
        if len(parts) > 1:
            found.add("".join(parts))
        if len(parts) > 2:
            found.add("".join(parts[-2:]))
    return frozenset(found)


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """What is left of a folded French word when only its consonants are heard."""
    heard = word.rstrip("tdspxz")
    for letters, said in _CLUSTERS:
        heard = heard.replace(letters, said)
    heard = _DOUBLED.sub(r"\1", heard.translate(_CONSONANTS))
    return f"a{heard}" if word[:1] in tuple("aeiouyh") else heard


def near_keys(word: str, *, far: bool = False) -> frozenset[str]:
    """The keys that a folded word shares with near misses of it; ``far`` reaches one letter further."""
    keys = {word}
    if len(word) > 3:
        keys.update(_without_one(word))
    if far and len(word) > 4:
        keys.update(shorter for once in _without_one(word) for shorter in _without_one(once))
    heard = sound(word)
    if len(word) > 2 and len(heard) > 1:
        keys.add(f"~{heard}")
    return frozenset(keys)


def mailbox(email: str) -> str | None:
    """Where mail for an address arrives, without the dots and what follows a plus; None: it is no address."""
    letters = mailbox_letters(email)
    if not letters or "@" not in email[:400]:
        return None
    domain = email[:400].split("@")[1].lower().strip(" ")
    return f"{letters}@{'gmail.com' if domain == 'googlemail.com' else domain}"


def mailbox_letters(email: str) -> str:
    """The part before the @ without dots and what follows a plus."""
    return email[:400].strip(" ").lower().split("@")[0].split("+")[0].replace(".", "")


@lru_cache(maxsize=20_000)
def distance(one: str, other: str) -> int:
    """How many letters are wrong, missing, too many or changed about between two texts."""
    if one == other:
        return 0
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, right in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _without_one(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(min(len(word), 24)))
