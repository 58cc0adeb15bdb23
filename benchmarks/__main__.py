"""``make bench``: measures the Desk and says which aims it reaches."""

import platform
import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import machine, report, store
from benchmarks.house import ServerComplained, ServerSilent
from benchmarks.store import KEPT, HomeBusy, Size
from benchmarks.suites import analytics, reconcile, screens, search, webhooks
from benchmarks.suites.base import Bench, Outcome
from benchmarks.visitor import ScreenBroken
from dashboard.embedded.postgres_programs import PostgresUnavailable
from dashboard.embedded.steps import Steps


class Suite(StrEnum):
    """What can be measured by itself."""

    SCREENS = "screens"
    SEARCH = "search"
    ANALYTICS = "analytics"
    WEBHOOKS = "webhooks"
    RECONCILE = "reconcile"


SUITES: dict[Suite, Callable[[Bench], Outcome]] = {
    Suite.SCREENS: screens.run,
    Suite.SEARCH: search.run,
    Suite.ANALYTICS: analytics.run,
    Suite.WEBHOOKS: webhooks.run,
    Suite.RECONCILE: reconcile.run,
}
_SIZES = [1_500, 1_000_000]
_BROKEN, _INTERRUPTED = 1, 130


def main(
    suites: Annotated[list[Suite] | None, typer.Argument(help="What to measure; everything by default.")] = None,
    orders: Annotated[list[int] | None, typer.Option(help="A size; may be given several times.", min=1_500)] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer clicks: a first look.")] = False,  # noqa: FBT002 - typer makes an option of it
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the kept databases away first.")] = False,  # noqa: FBT002 - typer makes an option of it
    pg_bin: Annotated[Path | None, typer.Option(envvar="LUMIRA_PG_BIN", help="PostgreSQL's programs to use.")] = None,
) -> None:
    """Measure the Desk. Databases are kept in .bench/ (a million orders take minutes the first time)."""
    console = Console()
    try:
        if fresh:
            store.forget()
        _measure(console, suites or list(Suite), sorted(set(orders or _SIZES)), quick=quick, pg_bin=pg_bin)
    except (ScreenBroken, ServerComplained, ServerSilent) as broken:
        console.print(f"Broken, so nothing was measured: {broken}", style="bold red", markup=False, highlight=False)
        raise typer.Exit(_BROKEN) from broken
    except (HomeBusy, PostgresUnavailable) as problem:
        console.print(str(problem), style="red", markup=False, highlight=False)
        raise typer.Exit(_BROKEN) from problem
    except KeyboardInterrupt:
        console.print("Interrupted. Databases that were ready are kept.")
        raise typer.Exit(_INTERRUPTED) from None


def _measure(console: Console, suites: list[Suite], orders: list[int], *, quick: bool, pg_bin: Path | None) -> None:
    began, load_before = datetime.now().astimezone(), machine.load()
    started = time.monotonic()
    sizes = [Size.of_orders(number) for number in orders]
    with Steps(console) as steps, store.cluster(pg_bin) as running:
        logs = KEPT / "log"
        logs.mkdir(exist_ok=True)
        bench = Bench(running, steps, logs, sizes, quick)
        outcomes = {suite.value: SUITES[suite](bench) for suite in suites}
    for outcome in outcomes.values():
        report.show(console, outcome)
    circumstances = {
        "when": f"{began:%Y-%m-%d %H:%M %Z}, {time.monotonic() - started:.0f} s",
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "load average": f"{load_before} before, {machine.load()} after, the measurement's own included",
        "thoroughness": "quick" if quick else "whole",
    }
    for name, value in circumstances.items():
        console.print(f"{name}: {value}", style="dim", markup=False, highlight=False)
    kept = report.write(KEPT / "results", circumstances, outcomes)
    console.print(f"Kept in {kept.relative_to(store.ROOT)}", markup=False, highlight=False)


if __name__ == "__main__":
    typer.run(main)
