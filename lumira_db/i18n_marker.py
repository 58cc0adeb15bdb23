"""Marks English texts that the screens translate later; the data layer itself speaks no language."""


def N_(message: str) -> str:
    """Return ``message`` unchanged; its presence puts the text into the translation catalogue."""
    return message
