"""How much of a generated reading an expert replaced, in words."""

from collections import Counter
from collections.abc import Iterator

from lumira_db.reading import parse


def replaced_words(generated: object, approved: object) -> tuple[int, int]:
    """Of the words of the approved reading, how many were not in the generated one; and how many it has."""
    before, after = Counter(_words(generated)), Counter(_words(approved))
    return (after - before).total(), after.total()


def _words(content: object) -> Iterator[str]:
    reading = parse(content)
    for field in reading.fields:
        yield from field.value.split()
    yield from reading.lecture.split()
