"""Figures on the screen, and the same ones in files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.aims import Check, Verdict
from benchmarks.suites.base import Outcome, Table

_STYLES = {Verdict.PASS: "green", Verdict.MISSED: "bold red", Verdict.UNKNOWN: "yellow"}


def show(console: Console, outcome: Outcome) -> None:
    """Print the tables and, last, the verdict."""
    for table in outcome.tables:
        _print(console, table)
    if outcome.checks:
        _print(console, verdict(outcome.checks), [_STYLES[check.verdict] for check in outcome.checks])


def verdict(checks: Sequence[Check]) -> Table:
    """The aims and whether they are reached."""
    rows = [
        [
            check.aim,
            f"{check.limit:g} {check.unit}",
            "–" if check.measured is None else f"{check.measured:.1f} {check.unit}",
            check.verdict,
            check.where,
        ]
        for check in checks
    ]
    return Table("Verdict", ["Aim", "at most", "measured", "verdict", "worst at"], rows)


def write(folder: Path, circumstances: Mapping[str, str], outcomes: Mapping[str, Outcome]) -> Path:
    """Keep the figures as Markdown and as JSON; returns the former's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}.md"
    lines = ["# Benchmarks", "", *(f"- {name}: {value}" for name, value in circumstances.items())]
    for name, outcome in outcomes.items():
        lines += ["", f"## {name.capitalize()}"]
        shown = [*([verdict(outcome.checks)] if outcome.checks else []), *outcome.tables]
        for table in shown:
            lines += ["", *_markdown(table)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    data = {
        name: {"figures": each.data, "checks": [{**asdict(c), "verdict": c.verdict} for c in each.checks]}
        for name, each in outcomes.items()
    }
    told = json.dumps({"circumstances": dict(circumstances), **data}, indent=1, ensure_ascii=False)
    path.with_suffix(".json").write_text(told + "\n", encoding="utf-8")
    return path


def _print(console: Console, table: Table, styles: Sequence[str] = ()) -> None:
    shown = RichTable(title=table.title, title_justify="left", title_style="bold")
    for number, head in enumerate(table.heads):
        shown.add_column(head, justify="left" if number == 0 or head in {"verdict", "worst at"} else "right")
    for number, row in enumerate(table.rows):
        shown.add_row(*row, style=styles[number] if styles else None)
    console.print(shown)
    for note in table.notes:
        console.print(note, style="dim", markup=False, highlight=False)
    console.print()


def _markdown(table: Table) -> list[str]:
    rows = [table.heads, ["---"] + ["--:"] * (len(table.heads) - 1), *table.rows]
    lines = [f"### {table.title}", "", *("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows)]
    return lines + ([""] + [f"- {note}" for note in table.notes] if table.notes else [])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
