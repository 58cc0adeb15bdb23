"""Passwords: what is accepted, what the platform's hashes mean, and that every answer takes the same work."""

from collections.abc import Iterator

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.auth import password as passwords
from dashboard.auth.password import check_password, hash_password, random_password, require_good_password
from lumira_db.errors import InvalidInput

LONG = "œuvre-" * 20
COST = passwords.COST
# Published test vectors of bcrypt: not made by the library under test.
VECTORS = {
    "a": "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
    "abc": "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
}


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "COST", 5)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


def platform_hash(password: bytes, *, cost: int = 5, prefix: str = "2a") -> str:
    """What a Node bcrypt makes of the first 72 bytes."""
    made = bcrypt.hashpw(password[:72], bcrypt.gensalt(cost, prefix=b"2b")).decode()
    return made.replace("$2b$", f"${prefix}$", 1)


@pytest.mark.parametrize("password", ["correct horse", "é" * 36, "é" * 37, LONG, "nul\0inside-it", "🌙" * 400])
def test_a_password_verifies_against_its_own_hash_whatever_its_length(password: str) -> None:
    verdict = check_password(password, hash_password(password))
    assert verdict.ok
    assert not verdict.rehash


@pytest.mark.parametrize("prefix", ["2a", "2b", "2y"])
def test_a_hash_made_by_the_platform_is_understood(prefix: str) -> None:
    hashed = platform_hash(b"correct horse", prefix=prefix)
    assert check_password("correct horse", hashed).ok
    assert not check_password("correct hors", hashed).ok


def test_what_we_hash_is_plain_bcrypt_that_the_platform_can_read() -> None:
    assert bcrypt.checkpw(b"correct horse", hash_password("correct horse").encode())


def test_every_character_of_a_long_password_counts() -> None:
    hashed = hash_password(LONG)
    assert not check_password(LONG[:-1] + "x", hashed).ok
    assert not check_password(LONG.encode()[:72].decode(errors="ignore"), hashed).ok


def test_a_long_password_set_on_the_platform_works_and_is_hashed_anew() -> None:
    verdict = check_password(LONG, platform_hash(LONG.encode()))
    assert verdict.ok
    assert verdict.rehash


def test_a_cheaper_hash_works_and_is_hashed_anew() -> None:
    verdict = check_password("correct horse", platform_hash(b"correct horse", cost=4))
    assert verdict.ok
    assert verdict.rehash


def test_a_wrong_password_is_never_rehashed() -> None:
    assert not check_password("wrong horse!", platform_hash(b"correct horse", cost=4)).rehash


@pytest.mark.parametrize("hashed", [None, "", "!", "plain", "$2b$31$" + "a" * 53, "$argon2id$v=19$x", "$2b$05$short"])
def test_an_account_without_a_usable_hash_refuses_every_password(hashed: str | None) -> None:
    assert not check_password("correct horse", hashed).ok
    assert not check_password("", hashed).ok


@pytest.mark.parametrize("password", ["correct horse", LONG])
@pytest.mark.parametrize("kind", ["unknown", "wrong", "cheap", "broken"])
def test_every_answer_takes_the_work_of_one_bcrypt_at_full_cost(
    monkeypatch: pytest.MonkeyPatch, kind: str, password: str
) -> None:
    hashed = {
        "unknown": None,
        "wrong": hash_password("another one"),
        "cheap": platform_hash(b"another one", cost=4),
        "broken": "!",
    }[kind]
    passwords._nobody()
    work: list[int] = []
    real_check, real_hash = bcrypt.checkpw, bcrypt.hashpw

    def check(material: bytes, against: bytes) -> bool:
        work.append(2 ** int(against[4:6]))
        return real_check(material, against)

    def hash_(material: bytes, salt: bytes) -> bytes:
        work.append(2 ** int(salt[4:6]))
        return real_hash(material, salt)

    monkeypatch.setattr(bcrypt, "checkpw", check)
    monkeypatch.setattr(bcrypt, "hashpw", hash_)
    assert not check_password(password, hashed).ok
    assert sum(work) == (1 if password != LONG else 2) * 2**passwords.COST


@given(st.text(max_size=200), st.text(max_size=80))
def test_no_text_makes_the_check_crash(password: str, hashed: str) -> None:
    assert not check_password(password, hashed).ok


def test_half_a_surrogate_pair_is_a_wrong_password_not_a_crash() -> None:
    assert not check_password("\ud800abcdefghij", hash_password("correct horse")).ok


@pytest.mark.parametrize(
    "password",
    ["short", "a" * 9, " " * 20, "a" * 1001, "marie@lumira.test", "MARIE@lumira.test ", "marie.dupont"],
)
def test_a_password_that_is_short_or_is_the_address_cannot_be_chosen(password: str) -> None:
    email = "marie.dupont@lumira.test" if "dupont" in password else "marie@lumira.test"
    with pytest.raises(InvalidInput):
        require_good_password(password, email)


def test_ten_characters_are_enough() -> None:
    require_good_password("dix lettre", "marie@lumira.test")


def test_made_up_passwords_may_be_chosen_and_differ() -> None:
    made = {random_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        require_good_password(password, "marie@lumira.test")
        assert not set(password) & set("l1o0iIO")


def test_the_cost_is_at_least_twelve() -> None:
    # The fixture lowers it for the other tests only.
    assert COST >= 12


@pytest.mark.parametrize("password", sorted(VECTORS))
def test_published_hashes_are_understood(password: str) -> None:
    assert check_password(password, VECTORS[password]).ok
    assert not check_password(password + "x", VECTORS[password]).ok
