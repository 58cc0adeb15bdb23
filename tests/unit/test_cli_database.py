"""The ``lumira`` command on a real database: what it does, says, and ends with."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard import cli, cli_demo
from dashboard.auth.password import check_password
from dashboard.embedded.home import Home
from dashboard.migrate import revisions
from dashboard.settings import get_settings
from lumira_db.actor import Role
from lumira_db.engine import Database
from lumira_db.models import Staff
from lumira_db.queries.staff import StaffRow, get_password_hash, list_staff

HEAD = revisions()[-1]


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a password costs is measured elsewhere."""
    monkeypatch.setattr("dashboard.auth.password.COST", 4)


Lumira = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lumira(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Lumira]:
    """Runs the command against ``url``: exit code, output, complaints."""

    def run(url: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("DATABASE_URL", url)
        get_settings.cache_clear()
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    yield run
    get_settings.cache_clear()


def accounts(url: str) -> dict[str, StaffRow]:
    database = Database(url, pool_size=1)
    with database.reading() as session:
        found = {row.email: row for row in list_staff(session)}
    database.dispose()
    return found


def opens(url: str, email: str, password: str) -> bool:
    database = Database(url, pool_size=1)
    with database.reading() as session:
        staff_id = next(row.id for row in list_staff(session) if row.email == email)
        hashed = get_password_hash(session, staff_id)
    database.dispose()
    return check_password(password, hashed).ok


def shown_password(out: str) -> str:
    found = re.search(r"shown this once: (\S+)", out)
    assert found is not None
    return found[1]


def test_upgrade_prepares_a_database_and_leaves_a_prepared_one_alone(lumira: Lumira, empty_database_url: str) -> None:
    """Both times the answer names the revision."""
    assert lumira(empty_database_url, "db", "upgrade")[:2] == (0, f"The database is now at revision {HEAD}.\n")
    assert lumira(empty_database_url, "db", "upgrade")[:2] == (0, f"The database is at revision {HEAD} already.\n")


def test_an_address_as_prisma_writes_it_is_accepted(lumira: Lumira, database_url: str) -> None:
    """Its parameters are understood or left out."""
    prisma = f"{database_url}?schema=public&connection_limit=5&pgbouncer=true"
    assert lumira(prisma, "db", "check")[0] == 0


def test_a_database_that_was_never_prepared_is_named_as_such(lumira: Lumira, empty_database_url: str) -> None:
    """Instead of a missing table somewhere deep down."""
    code, _, err = lumira(empty_database_url, "staff", "list")
    assert code == 1
    assert "lumira db upgrade" in err


def test_adopt_lists_every_difference_and_refuses_what_matters(lumira: Lumira, empty_database_url: str) -> None:
    """An empty database lacks all of the contract: nothing is written, and the exit code says no."""
    code, out, err = lumira(empty_database_url, "db", "adopt")
    assert code == 1
    assert out.count("✗ The table ") == 15
    assert "Not adopted" in err


def test_adopt_tells_what_does_not_matter_and_moves_in(lumira: Lumira, database_url: str) -> None:
    """A column of the platform's newer schema is a remark."""
    with psycopg.connect(database_url) as connection:
        connection.execute('ALTER TABLE "Order" ADD COLUMN addons jsonb')
    code, out, _ = lumira(database_url, "db", "adopt")
    assert code == 0
    assert "· The column Order.addons (jsonb)" in out
    assert f"at revision {HEAD}" in out


def test_check_ends_with_one_when_something_is_wrong(lumira: Lumira, database_url: str) -> None:
    """Every finding on a line of its own."""
    code, out, _ = lumira(database_url, "db", "check")
    assert (code, out.count("✓"), out.count("✗")) == (0, 5, 0)
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO desk.claim VALUES ('nowhere', 'nobody', now(), now())")
    code, out, _ = lumira(database_url, "db", "check")
    assert code == 1
    assert "✗ orphans: The order of 1 claims is gone." in out


def test_seed_fills_an_empty_database_once(lumira: Lumira, database_url: str) -> None:
    """The second time is refused."""
    options = ("--clients", "30", "--orders", "100", "--months", "3", "--random-seed", "5", "--no-photos")
    code, out, _ = lumira(database_url, "db", "seed", *options)
    assert code == 0
    assert "30 User" in out
    assert "100 Order," in out
    code, _, err = lumira(database_url, "db", "seed", *options)
    assert code == 1
    assert "only an empty one" in err


def test_an_account_is_opened_listed_reset_and_disabled(lumira: Lumira, database_url: str) -> None:
    """The password is made and shown once unless one is given; all of it is in the audit."""
    email = "lea@lumira.example"
    opening = ("staff", "add", "--email", email, "--name", "Léa [b]Roy[/b]")
    code, out, _ = lumira(database_url, *opening, "--role", "SUPPORT")
    assert code == 0
    first = shown_password(out)
    assert accounts(database_url)[email].role is Role.SUPPORT
    assert opens(database_url, email, first)
    code, out, _ = lumira(database_url, "staff", "list")
    assert code == 0
    assert "Léa [b]Roy[/b]" in out
    code, out, _ = lumira(database_url, "staff", "reset-password", "--email", email.upper())
    assert code == 0
    assert opens(database_url, email, shown_password(out))
    assert not opens(database_url, email, first)
    assert lumira(database_url, "staff", "disable", "--email", email)[0] == 0
    assert not accounts(database_url)[email].is_active
    code, out, _ = lumira(database_url, "audit", "verify")
    assert (code, out) == (0, "The chain of 3 entries holds.\n")


def test_a_given_password_is_not_printed(lumira: Lumira, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may come from the environment, so that it is in no history."""
    monkeypatch.setenv("LUMIRA_STAFF_PASSWORD", "correct-horse-battery")
    code, out, err = lumira(database_url, "staff", "add", "--email", "a@lumira.example", "--name", "A")
    assert code == 0
    assert "correct-horse" not in out + err
    assert opens(database_url, "a@lumira.example", "correct-horse-battery")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("staff", "disable", "--email", "nobody@lumira.example"), "No account has the address"),
        (("staff", "add", "--email", "nothing", "--name", "A"), "not an e-mail address"),
        (("staff", "add", "--email", "a@lumira.example", "--name", "A", "--password", "short"), "at least 10"),
        (("staff", "disable", "--email", "only@lumira.example"), "last active administrator"),
    ],
)
def test_a_refusal_is_a_sentence_and_exit_code_one(
    lumira: Lumira, database: Database, database_url: str, words: tuple[str, ...], sentence: str
) -> None:
    """The business refuses; the command does not crash."""
    with database.writing() as session:
        session.add(Staff(email="only@lumira.example", name="Only", password="!", role="ADMIN"))
    code, _, err = lumira(database_url, *words)
    assert code == 1
    assert sentence in err
    assert "Traceback" not in err


def test_a_broken_chain_is_named(lumira: Lumira, database_url: str) -> None:
    """Exit code 1 and the entry where it broke."""
    lumira(database_url, "staff", "add", "--email", "a@lumira.example", "--name", "A")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE desk.audit SET actor_name = 'Somebody else'")
    code, _, err = lumira(database_url, "audit", "verify")
    assert code == 1
    assert err == "Entry 1: it does not follow from the entry before it.\n"


def test_the_demo_opens_one_account_per_role_and_keeps_their_passwords(database_url: str, tmp_path: Path) -> None:
    """Changed, disabled or given another role meanwhile, what the demo prints works again."""
    home = Home.at(tmp_path)
    opened = cli_demo.open_accounts(database_url, home)
    assert [account.role for account in opened] == ["ADMIN", "EXPERT", "SUPPORT"]
    with psycopg.connect(database_url) as connection:
        connection.execute("""UPDATE "Expert" SET password = '!', "isActive" = false, role = 'EXPERT'""")
    assert cli_demo.open_accounts(database_url, Home.at(tmp_path)) == opened
    found = accounts(database_url)
    for account in opened:
        row = found[account.email]
        assert (row.role, row.is_active) == (account.role, True)
        assert opens(database_url, account.email, account.password)


def test_a_start_of_the_demo_leaves_accounts_in_order_alone(database_url: str, tmp_path: Path) -> None:
    """No entry of the audit at the second start."""
    for _ in range(2):
        cli_demo.open_accounts(database_url, Home.at(tmp_path))
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM desk.audit").fetchone() == (3,)


def test_the_demo_keeps_its_secrets_to_itself(database_url: str, tmp_path: Path) -> None:
    """Only the owner of the folder may read the passwords."""
    cli_demo.open_accounts(database_url, Home.at(tmp_path))
    kept = tmp_path / "secrets.json"
    assert kept.stat().st_mode & 0o077 == 0
    assert "password ADMIN" in json.loads(kept.read_text())
