"""Forms and addresses: only our own pages may send a form, and a sign-in never leads to another site."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.auth import csrf
from dashboard.auth.destinations import own_path, sign_in_address
from dashboard.auth.signing import Signer

SECRET = "0123456789abcdef0123456789abcdef"
FORM = Signer(SECRET, "form")


def test_a_token_in_cookie_and_form_is_accepted() -> None:
    token = csrf.issue(FORM)
    assert csrf.accepts(FORM, token, token)


@pytest.mark.parametrize(("cookie", "field"), [(None, None), ("", ""), ("x", "x"), ("a.b", "a.b")])
def test_a_token_that_we_did_not_sign_is_refused(cookie: str | None, field: str | None) -> None:
    assert not csrf.accepts(FORM, cookie, field)


def test_a_token_in_only_one_place_is_refused() -> None:
    token, other = csrf.issue(FORM), csrf.issue(FORM)
    assert not csrf.accepts(FORM, token, None)
    assert not csrf.accepts(FORM, None, token)
    assert not csrf.accepts(FORM, token, other)


def test_a_token_signed_for_another_purpose_or_by_another_installation_is_refused() -> None:
    for signer in (Signer(SECRET, "file"), Signer(SECRET[::-1], "form")):
        token = csrf.issue(signer)
        assert not csrf.accepts(FORM, token, token)


def test_a_token_fits_only_the_session_it_was_made_for() -> None:
    token = csrf.issue(FORM, "session-1")
    assert csrf.accepts(FORM, token, token, "session-1")
    assert not csrf.accepts(FORM, token, token, "session-2")
    assert not csrf.accepts(FORM, token, token)


def test_a_token_ends_after_four_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    token = csrf.issue(FORM)
    later = time.time() + csrf.SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert not csrf.accepts(FORM, token, token)


@given(st.text())
def test_any_text_survives_signing_and_no_other_word_says_it(text: str) -> None:
    try:
        word = FORM.sign(text)
    except UnicodeEncodeError:
        return
    assert FORM.read(word) == text
    assert FORM.read(word + "=") is None
    assert FORM.read(word[:-1]) is None


@given(st.text())
def test_nothing_unsigned_is_read(word: str) -> None:
    assert FORM.read(word) is None


def test_a_secret_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="32 characters"):
        Signer("short", "form")


@pytest.mark.parametrize(
    "path",
    ["/", "/queue", "/order?id=c123", "/orders?status=PAID&level=1", "/client?id=é", "/order?id=1#notes", "/loginx"],
)
def test_a_path_of_ours_is_kept(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        None,
        "",
        "queue",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/queue\\..\\evil",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/queue\r\nSet-Cookie: a=b",
        "/\x00",
        "/\x85/evil",
        "/login",
        "/login?next=/queue",
        "/logout",
        "/" + "a" * 3000,
        "http://[",
    ],
)
def test_a_path_that_could_lead_elsewhere_leads_home(elsewhere: str | None) -> None:
    assert own_path(elsewhere) == "/"


@given(st.text(alphabet="/\\:?#.\t\r\n evil@%2F5C"))
def test_what_is_kept_always_begins_with_exactly_one_slash(text: str) -> None:
    kept = own_path(text)
    assert kept.startswith("/")
    assert not kept.startswith(("//", "/\\"))
    assert kept.isprintable()


def test_the_sign_in_page_leads_back_with_the_whole_query() -> None:
    assert sign_in_address("/order", "id=a&tab=files") == "/login?next=/order%3Fid%3Da%26tab%3Dfiles"
    assert sign_in_address("/", "") == "/login"
    assert sign_in_address("//evil.example", "") == "/login"
