"""One palette: a level has its colour everywhere, in both themes.

These are the colours that Streamlit's frontend replaces by those of the theme in force (``chartCategoricalColors``
and ``chartSequentialColors`` in config.toml), so one figure serves both and follows a change of theme by itself.
"""

_CATEGORIES = tuple(f"#0000{number:02d}" for number in range(1, 11))
SCALE = tuple(f"#0000{number:02d}" for number in range(11, 21))
"""From least to most."""

STEEL, TEAL, VIOLET, GOLD, BLUE, ORANGE, GREEN, ROSE, RED, GREY = _CATEGORIES
BACKGROUND = "#000038"
FAINT = "#000036"
"""For what stands beside: a comparison, a promise."""


def of_level(level: int) -> str:
    """The colour of a level; what is no level of ours is grey."""
    return {1: STEEL, 2: TEAL, 3: VIOLET, 4: GOLD}.get(level, GREY)


def of_place(place: int) -> str:
    """The colour of the series at this place, where no level is meant."""
    return (BLUE, ORANGE, GREEN, ROSE, STEEL, VIOLET, TEAL, GOLD, RED)[place] if 0 <= place < 9 else GREY


def scale() -> list[list[float | str]]:
    """The scale as plotly wants it."""
    return [[place / (len(SCALE) - 1), colour] for place, colour in enumerate(SCALE)]
