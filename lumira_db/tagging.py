"""Tags as a list of texts: what adding, removing and renaming make of it. Pure."""

from collections.abc import Collection, Sequence

MAXIMUM_TAG = 60


def clean_tag(tag: str) -> str:
    """A tag as it is kept: one line, trimmed, without what PostgreSQL refuses; "" when nothing is left."""
    return " ".join(tag.replace("\x00", "").split())[:MAXIMUM_TAG].strip()


def added(tags: Sequence[str], more: Sequence[str]) -> list[str]:
    """``tags`` and, after them, those of ``more`` that are not there yet."""
    return [*tags, *(tag for tag in dict.fromkeys(more) if tag not in tags)]


def removed(tags: Sequence[str], less: Collection[str]) -> list[str]:
    """``tags`` without those of ``less``."""
    return [tag for tag in tags if tag not in less]


def renamed(tags: Sequence[str], old: Collection[str], new: str) -> list[str]:
    """``tags`` with ``new`` in the place of the first of ``old``, once."""
    found = [new if tag in old else tag for tag in tags]
    return [tag for place, tag in enumerate(found) if tag != new or found.index(new) == place]
