"""The audit is read by people: whatever a command writes into it has a name in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.locale import set_language
from dashboard.locale.actions import ACTIONS, REFUSALS, SUBJECTS, action_name, reason_text, subject_name
from lumira_db.commands.exports import EXPORTS
from lumira_db.commands.sessions import Refused

COMMANDS = Path(__file__).parents[2] / "lumira_db" / "commands"
CODE = re.compile(r"[a-z]+\.[a-z_]+")


def recorders_of(module: ast.Module) -> set[str]:
    """``audit.record``, and the functions of the module that hand an action on to it."""
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    return {"record"} | {
        each.name for each in functions if any(one.arg == "action" for one in [*each.args.args, *each.args.kwonlyargs])
    }


def codes_of(source: str) -> Iterator[str]:
    """Every action that a module names where it leaves a trace."""
    module = ast.parse(source)
    recorders = recorders_of(module)
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in recorders:
            parts = [node for given in [*call.args, *call.keywords] for node in ast.walk(given)]
            texts = [node.value for node in parts if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            yield from filter(CODE.fullmatch, texts)


def written() -> Iterator[str]:
    for file in COMMANDS.rglob("*.py"):
        yield from codes_of(file.read_text())
    yield from (f"{name}.export" for name in EXPORTS)


def test_an_action_is_found_wherever_a_command_names_it() -> None:
    """Given at once, chosen on the way, or handed on by a function of the module."""
    assert {"order.take", "client.restore_notes", "order.start_production", "delivery.stop"} <= set(written())


def test_every_action_that_a_command_records_has_a_name() -> None:
    assert set(written()) - set(ACTIONS) == set()


def test_every_reason_of_a_refused_sign_in_has_a_name() -> None:
    assert set(REFUSALS) == set(Refused)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_two_actions_share_a_name(language: str) -> None:
    """Whoever filters by one must not wonder which."""
    set_language(language)
    assert len({action_name(code) for code in ACTIONS}) == len(ACTIONS)


def test_a_code_of_another_version_stays_itself() -> None:
    assert (action_name("moon.rise"), subject_name("moon")) == ("moon.rise", "moon")


def test_only_the_reasons_of_a_refused_sign_in_are_ours_to_translate() -> None:
    set_language("en")
    assert reason_text("staff.sign_in_refused", "wrong_password") == "Wrong password"
    assert reason_text("order.reject", "disabled") == "disabled"


def test_subjects_are_named_in_french() -> None:
    set_language("fr")
    assert {subject_name(kind) for kind in ("order", "staff")} == {"Commande", "Compte"}
    assert set(SUBJECTS) >= {"order", "client", "staff", "export", "task"}
