"""Imports run one way, pages → dashboard → lumira_db; each rule names the file that breaks it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SQL = ("sqlalchemy", "psycopg", "procrastinate", "lumira_db.models", "lumira_db.engine")
OUTSIDE = ("streamlit", "stripe", "boto3", "botocore", "httpx", "smtplib", "plotly", "pandas", "typst")


@dataclass(frozen=True)
class Rule:
    """Files under ``where`` (folders, or files by pattern) import nothing that begins with one of ``never``."""

    name: str
    where: tuple[str, ...]
    never: tuple[str, ...]
    but: tuple[str, ...] = ()


RULES = (
    Rule("the data layer knows neither the Desk nor its pages", ("lumira_db",), ("dashboard", "pages")),
    Rule("the data layer knows no screen and no outside world", ("lumira_db",), OUTSIDE),
    Rule("the Desk knows no page", ("dashboard",), ("pages",)),
    Rule("pages know no SQL", ("pages",), SQL),
    Rule("views and charts know no SQL", ("dashboard/views", "dashboard/charts", "dashboard/components"), SQL),
    Rule("views and charts read and write nothing", ("dashboard/views", "dashboard/charts"), ("lumira_db.commands",)),
    Rule("queries never call commands", ("lumira_db/queries",), ("lumira_db.commands",)),
    Rule(
        "migrations are frozen",
        ("migrations/versions",),
        ("lumira_db", "dashboard", "pages"),
    ),
    Rule(
        "of ours the migrations' environment imports the metadata and the engine",
        ("migrations/env.py",),
        ("lumira_db", "dashboard", "pages"),
        but=("lumira_db.models", "lumira_db.engine"),
    ),
    Rule("what serves needs nothing of the tests", ("lumira_db", "dashboard", "pages", "migrations"), ("tests",)),
)


def modules_imported(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that ``source``, a module of ``package``, imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def files(where: str) -> list[Path]:
    """The Python files of a folder, or the one file."""
    path = ROOT / where
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def breaks(rule: Rule) -> Iterator[str]:
    """Every import that the rule forbids, with its place."""
    for where in rule.where:
        for path in files(where):
            package = ".".join(path.relative_to(ROOT).parent.parts)
            for line, name in modules_imported(path.read_text("utf-8"), package):
                if _begins(name, rule.never) and not _begins(name, rule.but):
                    yield f"{path.relative_to(ROOT)}:{line} imports {name}"


def _begins(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_imports_run_one_way(rule: Rule) -> None:
    """Each rule holds in every file that it speaks of."""
    assert list(breaks(rule)) == []


@pytest.mark.parametrize("where", sorted({where for rule in RULES for where in rule.where} - {"dashboard/charts"}))
def test_a_rule_speaks_of_files_that_exist(where: str) -> None:
    """A folder that was renamed must not slip out of its rules. (Charts come with the first figures.)"""
    assert files(where)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import sqlalchemy.orm", ["sqlalchemy.orm"]),
        ("from lumira_db import models", ["lumira_db.models"]),
        ("def f():\n    from psycopg import sql", ["psycopg.sql"]),
        ("if TYPE_CHECKING:\n    import boto3", ["boto3"]),
        ("from . import engine", ["lumira_db.queries.engine"]),
        ("from ..commands import staff", ["lumira_db.commands.staff"]),
    ],
)
def test_no_way_of_importing_escapes(source: str, found: list[str]) -> None:
    """Inside functions, for types only, relative: an import is an import."""
    assert [name for _, name in modules_imported(source, "lumira_db.queries")] == found


def test_the_file_that_breaks_a_rule_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the line, so that it can be opened."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    page = tmp_path / "pages" / "orders.py"
    page.parent.mkdir()
    page.write_text("import streamlit\nfrom lumira_db.models import Order\n")
    rule = next(rule for rule in RULES if rule.name == "pages know no SQL")
    assert list(breaks(rule)) == ["pages/orders.py:2 imports lumira_db.models.Order"]


def test_every_dialog_knows_who_is_at_it() -> None:
    """What is typed in one runs it again without its page; a dialog of Streamlit's would then speak French to all."""
    files = {
        str(file.relative_to(ROOT)) for file in (ROOT / "dashboard").rglob("*.py") if "st.dialog(" in file.read_text()
    }
    assert files == {"dashboard/views/modal.py"}
