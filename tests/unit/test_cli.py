"""The ``lumira`` command without a database: help, settings, and sentences instead of tracebacks."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from typer.main import get_command

from dashboard import cli, cli_config, cli_output
from dashboard.embedded.home import free_port
from dashboard.settings import Settings, get_settings

HEAVY = ("sqlalchemy", "psycopg", "streamlit", "pydantic", "alembic", "boto3", "PIL", "uvicorn", "dashboard.settings")


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Lumira = Callable[..., Said]


@pytest.fixture
def lumira(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Lumira]:
    """Runs the command in this process with only the given variables of ours set."""
    for name in {variable for field in _variables() for variable in field}:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, **environment: str) -> Said:
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            get_settings.cache_clear()
            with pytest.raises(SystemExit) as end:
                cli.main(arguments)
        printed = capsys.readouterr()
        return Said(int(end.value.code or 0), printed.out, printed.err)

    yield run
    get_settings.cache_clear()


def _variables() -> list[list[str]]:
    return [cli_config.variables_of(name, field) for name, field in Settings.model_fields.items()]


def commands() -> dict[str, Any]:
    """Every command that does something, by its words."""
    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        inner = getattr(command, "commands", {})
        for name, child in inner.items():
            walk(child, (*words, name))
        if not inner:
            found[" ".join(words)] = command

    walk(get_command(cli.app), ())
    return found


COMMANDS = commands()
NEED_DATABASE = [
    ["db", "upgrade"],
    ["db", "adopt"],
    ["db", "check"],
    ["db", "seed"],
    ["staff", "list"],
    ["staff", "add", "--email", "a@b.example", "--name", "A"],
    ["staff", "disable", "--email", "a@b.example"],
    ["staff", "reset-password", "--email", "a@b.example"],
    ["audit", "verify"],
    ["search", "verify"],
    ["search", "rebuild"],
    ["clients", "unmerge", "1"],
    ["privacy", "scan", "nobody"],
    ["stripe", "replay", "--since", "3d"],
    ["worker"],
]


def test_the_commands_of_the_house_are_all_there() -> None:
    """What the documentation promises can be called."""
    promised = {"demo", "serve", "worker", "config", "db upgrade", "db adopt", "db check", "db seed"}
    promised |= {"staff add", "staff list", "staff disable", "staff reset-password", "audit verify"}
    promised |= {"search verify", "search rebuild", "rollups verify", "rollups rebuild"}
    promised |= {"clients verify", "clients rebuild", "clients unmerge", "privacy scan", "privacy verify-receipt"}
    promised |= {"stripe replay"}
    assert set(COMMANDS) == promised


def test_every_setting_says_what_it_does() -> None:
    """`lumira config` is where an operator reads it."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_and_option_is_explained_and_has_a_variable(words: str) -> None:
    """Whatever can be typed can also be set in the environment."""
    command = COMMANDS[words]
    assert command.help
    for option in command.params:
        if option.name != "help":
            assert option.help, option.name
            assert option.envvar.startswith("LUMIRA_"), option.name


def test_help_comes_at_once() -> None:
    """Nothing heavy is imported to print it."""
    code = (
        "import sys\n"
        "from dashboard.cli import main\n"
        "try:\n    main(['--help'])\n"
        f"except SystemExit:\n    print('heavy:', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Lumira Desk" in ended.stdout
    assert ended.stdout.splitlines()[-1] == "heavy: []"


@pytest.mark.parametrize("words", NEED_DATABASE, ids=" ".join)
def test_without_a_database_the_command_says_which_variable_to_set(lumira: Lumira, words: list[str]) -> None:
    """Exit code 2 and one sentence."""
    said = lumira(*words)
    assert said.code == 2
    assert "set DATABASE_URL" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("words", NEED_DATABASE, ids=" ".join)
def test_a_database_that_is_down_is_said_to_be(lumira: Lumira, words: list[str]) -> None:
    """Exit code 3, one sentence, and not the password."""
    url = f"postgresql://desk:geheim@127.0.0.1:{free_port()}/lumira"
    said = lumira(*words, DATABASE_URL=url)
    assert said.code == 3
    assert said.err.startswith("The database cannot be reached: ")
    assert "Traceback" not in said.err
    assert "geheim" not in said.err + said.out


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://a@b/c", "must be a postgresql:// address"),
        ("postgresql://a@b/c?schema=shop", "schema public"),
        ("not an address", "not an address that can be read"),
    ],
)
def test_an_unusable_address_is_explained(lumira: Lumira, url: str, words: str) -> None:
    """Exit code 2."""
    said = lumira("db", "check", DATABASE_URL=url)
    assert said.code == 2
    assert words in said.err


def test_serving_without_a_secret_key_is_refused(lumira: Lumira) -> None:
    """A sentence that names the variable, before anything is started."""
    said = lumira("serve", DATABASE_URL="postgresql://a@b/c", LUMIRA_SECRET_KEY="short")
    assert (said.code, "LUMIRA_SECRET_KEY" in said.err) == (2, True)


def test_a_setting_of_the_wrong_kind_is_named(lumira: Lumira) -> None:
    """Exit code 2, and what is wrong with which setting."""
    said = lumira("config", LUMIRA_CLAIM_MINUTES="soon")
    assert said.code == 2
    assert "claim_minutes" in said.err.lower()
    assert "Traceback" not in said.err


def test_a_defect_is_no_expected_failure(lumira: Lumira, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw keeps its traceback."""

    def crash(_app: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli_config, "show", crash)
    with pytest.raises(ZeroDivisionError):
        cli.main(["config"])


def test_every_setting_is_printed_with_its_origin(lumira: Lumira) -> None:
    """One line each, under the name of the variable that sets it."""
    said = lumira("config", LUMIRA_PORT="8765")
    assert said.code == 0
    lines = {line.split()[0]: line for line in said.out.splitlines() if line and not line.startswith(" ")}
    assert list(lines) == [variables[0] for variables in _variables()]
    assert lines["LUMIRA_PORT"].split()[1:] == ["8765", "[environment]"]
    assert lines["LUMIRA_HOST"].endswith("[default]")
    assert "PostgreSQL, as libpq or Prisma write it." in said.out


def test_no_secret_is_printed(lumira: Lumira) -> None:
    """Neither one that is a setting nor one inside an address."""
    secret = "k7rm-tq2x"
    environment = {
        variables[0]: secret
        for variables, (name, field) in zip(_variables(), Settings.model_fields.items(), strict=True)
        if "SecretStr" in str(field.annotation) and not name.endswith("_url")
    }
    environment["DATABASE_URL"] = f"postgresql://desk:{secret}@db.example/lumira?sslpassword={secret}"
    environment["LUMIRA_GENERATOR_URL"] = f"https://desk:{secret}@generator.example/"
    said = lumira("config", **environment)
    assert said.code == 0
    assert len(environment) >= 7
    assert secret not in said.out + said.err
    assert "postgresql://desk:***@db.example/lumira" in said.out


def test_long_work_says_how_far_it_is_without_a_terminal_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line from time to time, for the log of whoever started it."""
    monkeypatch.setattr(cli_output, "SECONDS_BETWEEN_LINES", 0)
    with cli_output.steps() as advance:
        advance(4001, 1_200_000, "Orders")
    assert capsys.readouterr().err == "Orders: 4,001 of 1,200,000\n"


def test_a_variable_that_nothing_reads_is_pointed_out(lumira: Lumira) -> None:
    """Usually a slip of the pen; variables of options are known."""
    said = lumira("config", LUMIRA_PROT="1", LUMIRA_SEED_CLIENTS="30")
    assert said.err.splitlines() == ["LUMIRA_PROT is set, but nothing reads it."]
