"""Links to files, and what a photo column says: read as it is, never trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.auth.signing import Signer
from dashboard.files import Bucket, FileRef, SourceKind, make_token, photo_source, read_token, session_mark

OWN = Signer("0123456789abcdef0123456789abcdef", "file")
BUCKET = Bucket("lumira-readings", "http://127.0.0.1:8333")
SESSION = "3b241101-e2bb-4255-8caf-4136c566a962"
REFS = [
    FileRef.order_file("cfile"),
    FileRef.profile_photo("cclient", "palm"),
    FileRef.reading_pdf("corder"),
    FileRef.delivery_pdf(SESSION),
]


@pytest.mark.parametrize("ref", REFS)
def test_a_link_says_what_it_was_made_for(ref: FileRef) -> None:
    link = read_token(OWN, make_token(OWN, ref, session_id=SESSION, variant="thumb", now=1000))
    assert link is not None
    assert (link.ref, link.variant) == (ref, "thumb")
    assert link.session_mark == session_mark(OWN, SESSION) != session_mark(OWN, SESSION[::-1])


def test_a_link_lives_five_to_ten_minutes_and_stays_the_same_for_five() -> None:
    def token(now: float) -> str:
        return make_token(OWN, REFS[0], session_id=SESSION, variant="full", now=now)

    assert token(900) == token(1199) != token(1200)
    link = read_token(OWN, token(900))
    assert link is not None
    assert not link.expired(900 + 600)
    assert link.expired(900 + 601)


def test_a_link_names_neither_session_nor_client_in_a_way_that_another_can_use() -> None:
    token = make_token(OWN, REFS[1], session_id=SESSION, variant="full", now=0)
    assert SESSION not in token
    assert len(token) < 250


@given(st.text())
def test_nothing_that_we_did_not_sign_is_a_link(token: str) -> None:
    assert read_token(OWN, token) is None


def test_a_link_changed_by_one_character_is_none() -> None:
    token = make_token(OWN, REFS[0], session_id=SESSION, variant="full", now=0)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert read_token(OWN, token[:place] + other + token[place + 1 :]) is None


@pytest.mark.parametrize("value", [None, "", "   ", "\n"])
def test_an_empty_column_holds_no_photo(value: str | None) -> None:
    assert photo_source(value, BUCKET).kind is SourceKind.NONE


@pytest.mark.parametrize(
    "value",
    ["data:image/jpeg;base64,/9j/4AAQ", " DATA:image/PNG;base64,iVBOR", "data:image/heic;charset=utf-8;base64,AA"],
)
def test_a_photo_kept_as_text_is_recognised(value: str) -> None:
    assert photo_source(value, BUCKET).kind is SourceKind.DATA


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("uploads/LU250127-001/face.jpg", "uploads/LU250127-001/face.jpg"),
        ("photo de Zoé.heic", "photo de Zoé.heic"),
        (" uploads/a.jpg\n", "uploads/a.jpg"),
    ],
)
def test_a_storage_key_is_recognised(value: str, key: str) -> None:
    source = photo_source(value, BUCKET)
    assert (source.kind, source.key) == (SourceKind.KEY, key)


@pytest.mark.parametrize(
    "url",
    [
        "https://lumira-readings.s3.eu-west-3.amazonaws.com/uploads/a%20b.jpg",
        "https://lumira-readings.s3.amazonaws.com/uploads/a%20b.jpg?X-Amz-Signature=abc&X-Amz-Expires=1",
        "https://lumira-readings.s3-eu-west-3.amazonaws.com/uploads/a%20b.jpg",
        "https://s3.eu-west-3.amazonaws.com/lumira-readings/uploads/a%20b.jpg",
        "https://s3.amazonaws.com/lumira-readings/uploads/a%20b.jpg",
        "HTTPS://Lumira-Readings.S3.eu-west-3.amazonaws.com/uploads/a%20b.jpg",
        "http://127.0.0.1:8333/lumira-readings/uploads/a%20b.jpg",
    ],
)
def test_an_address_of_our_bucket_is_read_as_its_key(url: str) -> None:
    source = photo_source(url, BUCKET)
    assert (source.kind, source.key) == (SourceKind.OWN_URL, "uploads/a b.jpg")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/face.jpg",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:8333/another-bucket/face.jpg",
        "http://127.0.0.1:9999/lumira-readings/face.jpg",
        "https://lumira-readings.s3.eu-west-3.amazonaws.com.evil.example/a.jpg",
        "https://evil.example/lumira-readings.s3.eu-west-3.amazonaws.com/a.jpg",
        "https://lumira-readings.s3.eu-west-3.amazonaws.com@evil.example/a.jpg",
        "https://other-lumira-readings.s3.eu-west-3.amazonaws.com/a.jpg",
        "https://s3.eu-west-3.amazonaws.com/other/lumira-readings/a.jpg",
        "https://lumira-readings.s3.eu-west-3.amazonaws.com/",
        "//example.org/face.jpg",
    ],
)
def test_an_address_of_anybody_elses_is_foreign(url: str) -> None:
    source = photo_source(url, BUCKET)
    assert (source.kind, source.key) == (SourceKind.FOREIGN, None)


@pytest.mark.parametrize(
    "value",
    [
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:image/jpeg,raw",
        "data:",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://example.org/a.jpg",
        "/etc/passwd",
        "../../secret",
        "uploads/../../secret",
        "a\\b",
        "a\x00b",
        "a\nb",
        "x" * 1025,
        "https://lumira-readings.s3.eu-west-3.amazonaws.com/uploads/../../x",
        "https://lumira-readings.s3.eu-west-3.amazonaws.com/a%00b",
        "http://[",
    ],
)
def test_anything_else_is_unreadable(value: str) -> None:
    assert photo_source(value, BUCKET).kind is SourceKind.UNREADABLE


@given(st.text())
def test_no_text_makes_it_crash_and_only_what_is_ours_has_a_key(value: str) -> None:
    source = photo_source(value, BUCKET)
    assert (source.key is not None) == (source.kind in {SourceKind.KEY, SourceKind.OWN_URL})


def test_two_thousand_characters_tell_what_a_column_of_megabytes_holds() -> None:
    assert photo_source(("data:image/jpeg;base64," + "A" * 5_000_000)[:2048], BUCKET).kind is SourceKind.DATA
