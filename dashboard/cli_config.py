"""``lumira config``: the settings in force."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer
from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from dashboard.cli_output import complain, out, say
from dashboard.settings import Settings, get_settings

MASK = "••••••"
_PASSWORD_IN_ADDRESS = re.compile(r"(?<=://)([^/@\s]*):([^/@\s]*)@")


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as it is printed; ``variable`` is the one that it comes from, or its usual one."""

    variable: str
    value: str
    origin: str
    description: str


def shown() -> Iterator[Shown]:
    """Every setting, in the order of ``Settings``, without any secret."""
    settings = get_settings()
    present = {name.upper(): name for name in os.environ}
    for name, field in Settings.model_fields.items():
        variables = variables_of(name, field)
        found = next((variable for variable in variables if variable.upper() in present), None)
        yield Shown(
            variable=found or variables[0],
            value=_masked(name, getattr(settings, name)),
            origin="environment" if found else "default",
            description=field.description or "",
        )


def variables_of(name: str, field: FieldInfo) -> list[str]:
    """The environment variables that set a field, the usual one first."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [alias] if isinstance(alias, str) else [f"LUMIRA_{name.upper()}"]


def show(app: typer.Typer) -> None:
    """Print all of them, then the LUMIRA_ variables that set nothing (a slip of the pen, usually)."""
    rows = list(shown())
    width = max(len(row.variable) for row in rows)
    for row in rows:
        say(f"{row.variable:<{width}}  {row.value or '(empty)'}  [{row.origin}]")
        if row.description:
            out.print(f"{'':<{width}}  {row.description}", style="dim", markup=False, soft_wrap=True)
    known = {variable for name, field in Settings.model_fields.items() for variable in variables_of(name, field)}
    known |= set(_option_variables(typer.main.get_command(app))) | {"LUMIRA_TEST_DATABASE_URL"}
    for variable in sorted(os.environ.keys() - known):
        if variable.startswith("LUMIRA_"):
            complain(f"{variable} is set, but nothing reads it.")


def _option_variables(command: Any) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter.envvar, str):
            yield parameter.envvar
    for inner in getattr(command, "commands", {}).values():
        yield from _option_variables(inner)


def _masked(name: str, value: Any) -> str:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return _address(secret) if name.endswith("_url") else MASK if secret else ""
    return _PASSWORD_IN_ADDRESS.sub(rf"\1:{MASK}@", "" if value is None else str(value))


def _address(url: str) -> str:
    """A secret address without its password and its parameters, which may hold another."""
    if not url:
        return ""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return MASK
    return parsed.set(query={}).render_as_string(hide_password=True)
