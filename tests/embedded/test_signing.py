"""Signatures between the Desk and the generator."""

import hashlib
import hmac

import pytest

from dashboard.gateways.signing import BadSignature, sign, verify

NOW = 1_770_000_000
BODY = '{"requestId": "1", "prompt": "œuvre"}'.encode()
HEADER = sign("secret", BODY, NOW)


def test_a_signed_body_is_accepted() -> None:
    verify(["secret"], HEADER, BODY, NOW)


def test_the_older_secret_is_accepted_while_it_is_being_replaced() -> None:
    verify(["new", "secret"], HEADER, BODY, NOW)


def test_a_body_may_be_signed_with_both_secrets_at_once() -> None:
    both = f"{sign('other', BODY, NOW)},{HEADER.split(',')[1]}"
    verify(["secret"], both, BODY, NOW)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_clock_may_be_five_minutes_off(seconds: int) -> None:
    verify(["secret"], HEADER, BODY, NOW + seconds)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_an_old_or_future_signature_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignature, match="too old"):
        verify(["secret"], HEADER, BODY, NOW + seconds)


@pytest.mark.parametrize("body", [b"", BODY + b" ", BODY.replace(b"1", b"2")])
def test_an_altered_body_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        verify(["secret"], HEADER, body, NOW)


def test_an_altered_time_is_refused() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        verify(["secret"], HEADER.replace(str(NOW), str(NOW + 1)), BODY, NOW)


@pytest.mark.parametrize("secrets", [["foreign"], [], [""], ["Secret"]])
def test_a_foreign_or_absent_secret_is_refused(secrets: list[str]) -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        verify(secrets, HEADER, BODY, NOW)


def test_a_signature_made_with_an_empty_secret_is_refused() -> None:
    digest = hmac.new(b"", f"{NOW}.".encode() + BODY, hashlib.sha256).hexdigest()
    with pytest.raises(BadSignature, match="does not fit"):
        verify([""], f"t={NOW},v1={digest}", BODY, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        f"t={NOW}",
        "v1=00",
        "t=,v1=00",
        "t=-5,v1=00",
        "t=١٢٣,v1=00",
        f"t={NOW},t={NOW},{HEADER.split(',')[1]}",
        f"t={NOW},v1=é",
        f"t={NOW}," + ",".join(["v1=00"] * 3),
        f"t={'9' * 5000},v1=00",
    ],
)
def test_a_signature_that_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(BadSignature, match="cannot be read"):
        verify(["secret"], header, BODY, NOW)


@pytest.mark.parametrize("header", [None, ""])
def test_an_unsigned_body_is_refused(header: str | None) -> None:
    with pytest.raises(BadSignature, match="missing"):
        verify(["secret"], header, BODY, NOW)


def test_nothing_is_signed_without_a_secret() -> None:
    with pytest.raises(ValueError, match="no secret"):
        sign("", BODY, NOW)
