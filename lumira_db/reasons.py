"""Why something failed, as one text: our own sentences (catalogue keys) and a server's words, side by side."""

SEPARATOR = " · "


def joined(*reasons: str) -> str:
    """Several reasons as one text to keep."""
    return SEPARATOR.join(reasons)


def separate(text: str) -> list[str]:
    """The reasons in a kept text, each to be shown in the person's language."""
    return text.split(SEPARATOR)
