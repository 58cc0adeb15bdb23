"""Progress on the terminal: one line per step, with a bar where the amount of work is known."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Step:
    """One step under way."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def at(self, done: float, total: float, detail: str = "") -> None:
        """Say how far it is, in units of the caller's choice, and perhaps with what."""
        self._progress.update(self._task, completed=done, total=total, detail=detail)


class Steps:
    """The steps of a start. Without a terminal, one plain line at the end of each."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/green]"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[detail]}", style="dim", markup=False),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show ``title`` while the body runs; it counts as done when the body ends without an error."""
        began = time.monotonic()
        task = self._progress.add_task(title, total=None, detail="")
        yield Step(self._progress, task)
        self._progress.update(task, completed=1, total=1, detail="")
        if not self._console.is_terminal:
            self._console.print(f"{title}: {time.monotonic() - began:.1f} s", markup=False, highlight=False)
