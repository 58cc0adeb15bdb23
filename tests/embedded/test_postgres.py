"""The embedded PostgreSQL: what survives a kill, and where it can run."""

import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from dashboard.embedded.home import Home
from dashboard.embedded.postgres import Postgres, home_postgres, temporary_cluster, temporary_postgres
from dashboard.embedded.postgres_programs import PostgresUnavailable, programs
from dashboard.embedded.supervisor import Supervisor
from tests.embedded.programs import eventually


def rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert found is not None
    return int(found[0])


def insert(connection: "psycopg.Connection[tuple[object, ...]]", count: int) -> None:
    """``count`` acknowledged commits."""
    for _ in range(count):
        connection.execute("INSERT INTO kept DEFAULT VALUES")


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


def started(home: Home, supervisor: Supervisor) -> Postgres:
    cluster = home_postgres(home, None)
    supervisor.start(cluster.part())
    cluster.create_database()
    return cluster


def test_no_acknowledged_row_is_lost_when_the_server_is_killed_and_it_comes_back_by_itself(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    with Supervisor(home.run_dir, home.log_dir) as supervisor:
        cluster = started(home, supervisor)
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY)")
            insert(connection, 200)
            pid = supervisor.pid("postgres")
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: supervisor.pid("postgres") not in {None, pid} and answers(cluster.url))
        assert rows(cluster.url) == 200


def test_a_second_start_finds_data_address_and_passwords_again(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    urls = []
    for _ in range(2):
        with Supervisor(home.run_dir, home.log_dir) as supervisor:
            cluster = started(home, supervisor)
            urls.append(cluster.url)
            with psycopg.connect(cluster.url, autocommit=True) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS kept (id bigint GENERATED ALWAYS AS IDENTITY)")
                insert(connection, 1)
    assert urls[0] == urls[1]
    with Supervisor(home.run_dir, home.log_dir) as supervisor:
        assert rows(started(home, supervisor).url) == 2


def test_a_lock_left_by_a_killed_server_is_no_obstacle_when_its_number_belongs_to_another(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    cluster = home_postgres(home, None)
    another = subprocess.Popen(["/bin/sleep", "600"], user=cluster.uid)
    (cluster.data / "postmaster.pid").write_text(f"{another.pid}\n{cluster.data}\n")
    try:
        with Supervisor(home.run_dir, home.log_dir) as supervisor:
            supervisor.start(cluster.part())
            assert cluster.answers()
        assert another.poll() is None
    finally:
        another.kill()
        another.wait()


def test_a_cluster_whose_making_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    (home.root / "postgres.new").mkdir()
    (home.root / "postgres.new" / "PG_VERSION").write_text("18\n")
    with Supervisor(home.run_dir, home.log_dir) as supervisor:
        assert started(home, supervisor).answers()
    assert not (home.root / "postgres.new").exists()


def test_it_listens_on_the_loopback_address_only_and_asks_for_a_password() -> None:
    with temporary_cluster() as cluster:
        with psycopg.connect(cluster.admin_url) as connection:
            shown = [connection.execute(f"SHOW {name}").fetchone() for name in ("listen_addresses", "ssl")]
            hosts = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        assert shown[0] == ("127.0.0.1",)
        assert hosts == [("scram-sha-256",)]
        assert not answers(cluster.url.replace(cluster.owner_password, "wrong"))


def test_a_temporary_database_is_empty_understands_french_letters_and_may_get_neighbours() -> None:
    with temporary_postgres() as url, psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("SELECT lower('ÉLISE ŒUVRE')").fetchone() == ("élise œuvre",)
        connection.execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent")
        connection.execute("CREATE DATABASE another")
    assert not answers(url)


def test_programs_that_are_not_there_are_reported_with_what_helps(tmp_path: Path) -> None:
    with pytest.raises(PostgresUnavailable, match="LUMIRA_PG_BIN"):
        programs(tmp_path, None)
