"""The demo's folder: secrets, remembered ports, one demo at a time."""

import socket
import stat
from pathlib import Path

import pytest

from dashboard.embedded.home import Home, HomeBusy, free_port, port_is_free


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "a" / "home")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_and_its_secrets_are_for_the_owner_alone(home: Home) -> None:
    home.secret("key")
    assert mode(home.root) == 0o700
    assert mode(home.root / "secrets.json") == 0o600


def test_a_secret_stays_the_same_and_differs_from_every_other(home: Home) -> None:
    assert home.secret("key") == Home.at(home.root).secret("key")
    assert home.secret("key") != home.secret("other")
    assert len(home.secret("key")) >= 32


def test_a_port_is_remembered_while_it_is_free(home: Home) -> None:
    port = home.port("web")
    assert home.port("web") == port
    with socket.create_server(("127.0.0.1", port)):
        assert not port_is_free(port)
        assert home.port("web") != port


def test_the_preferred_port_is_taken_first_unless_it_is_in_use(home: Home) -> None:
    wanted = free_port()
    assert home.port("web", preferred=wanted) == wanted
    with socket.create_server(("127.0.0.1", wanted)):
        assert home.port("other", preferred=wanted) != wanted


def test_two_parts_never_get_the_same_port(home: Home) -> None:
    assert len({home.port(f"part{number}") for number in range(50)}) == 50


def test_a_second_demo_in_the_same_folder_is_refused_until_the_first_ends(home: Home) -> None:
    with home.alone(), pytest.raises(HomeBusy, match="already runs"), home.alone():
        pass
    with home.alone():
        pass
