"""The ``lumira`` command with one screen more: the empty page that the others are compared with.

It exists only in processes that are started this way (``python -m benchmarks.serve serve``).
"""

from pathlib import Path

from dashboard import cli, navigation
from dashboard.navigation import Screen


class Measured(Screen):
    """A screen of the benchmarks' own."""

    @property
    def file(self) -> Path:
        return Path(__file__).parent / "pages" / f"{self.name}.py"


def main() -> None:
    """Add the empty page to the navigation, then be ``lumira``."""
    empty = Measured("empty", "Empty", ":material/check_box_outline_blank:", "Work", None, hidden=True)
    navigation.SCREENS = (*navigation.SCREENS, empty)
    cli.main()


if __name__ == "__main__":
    main()
