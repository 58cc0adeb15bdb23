"""Links to photos and PDFs: for one session, one role, ten minutes; from our storage or column, nowhere else."""

import base64
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO

import httpx
import pytest
from PIL import Image

from dashboard.auth.sessions import Sessions
from dashboard.auth.signing import Signer
from dashboard.files import Bucket, FileRef, Variant, make_token
from dashboard.gateways.storage import ObjectInfo, StorageMissing, StorageUnavailable, StoredObject
from dashboard.web.file_route import Files
from lumira_db.actor import Role
from lumira_db.clock import utcnow
from lumira_db.commands.client_access import cover, reveal
from lumira_db.commands.sessions import Opened, Origin, open_session
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import ClientProfile, Delivery, Staff
from lumira_db.queries.client_access import client_of_file
from lumira_db.queries.sessions import session_actor
from lumira_db.states import Intimate
from tests.factories import make_client, make_file, make_order, make_profile, make_staff, reading
from tests.guarded import copied_database, guarded_app, running
from tests.integration.peers import until

OWN = Signer("0123456789abcdef0123456789abcdef", "file")
PDF = b"%PDF-1.7\n" + b"the reading " * 50_000
BUCKET_URL = "https://lumira-readings.s3.eu-west-3.amazonaws.com"


def jpeg(size: tuple[int, int] = (600, 800)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return out.getvalue()


class Body(BytesIO):
    """What the S3 client gives back to read from."""

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        while piece := self.read(size):
            yield piece


@dataclass
class Shelf:
    """The reading half of a storage, in memory."""

    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    away: bool = False

    def empty(self) -> None:
        self.objects.clear()
        self.asked.clear()
        self.bodies.clear()
        self.away = False

    def get(self, key: str) -> StoredObject:
        self.asked.append(key)
        if self.away:
            raise StorageUnavailable("The storage cannot be reached")
        if key not in self.objects:
            raise StorageMissing(key)
        data = self.objects[key]
        self.bodies.append(Body(data))
        return StoredObject(ObjectInfo(key, "text/html", len(data), "e", datetime.now(UTC)), self.bodies[-1])


@dataclass
class Desk:
    """A served file route and three people who are signed in."""

    database: Database
    shelf: Shelf
    browser: httpx.Client
    people: dict[Role, Opened]
    sessions: Sessions

    def get(
        self,
        ref: FileRef,
        *,
        role: Role = Role.EXPERT,
        variant: Variant = "full",
        session_of: Role | None = None,
        age: float = 0,
    ) -> httpx.Response:
        """Follow a link made for ``session_of`` (the asking person's own unless given) ``age`` seconds ago."""
        owner = self.people[session_of or role]
        made = time.time() - age
        token = make_token(OWN, ref, session_id=owner.session_id, variant=variant, now=made)
        return self.follow(token, role)

    def follow(self, token: str, role: Role | None = Role.EXPERT) -> httpx.Response:
        cookies = {} if role is None else {"cookie": f"lumira_session={self.people[role].token}"}
        return self.browser.get(f"/files/{token}", headers=cookies)


@pytest.fixture(scope="module")
def served(postgres_url: str, template_database: str) -> Iterator[Desk]:
    """One server for all tests of this file, and one session for each role."""
    shelf = Shelf()
    with copied_database(postgres_url, template_database) as database:
        sessions = Sessions(lambda: database, idle=timedelta(hours=1))
        files = Files(OWN, lambda: database, shelf, Bucket("lumira-readings"))  # type: ignore[arg-type]
        with database.writing() as session:
            people = {role: open_session(session, make_staff(session, role).id, Origin("192.0.2.1")) for role in Role}
        browser = httpx.Client(verify=False, timeout=30)
        with running(guarded_app(sessions, [], files.routes())) as address, browser:
            browser.base_url = httpx.URL(f"http://{address}")
            yield Desk(database, shelf, browser, people, sessions)


@pytest.fixture
def desk(served: Desk) -> Desk:
    served.shelf.empty()
    return served


def photo_of_order(desk: Desk, **values: str) -> FileRef:
    with desk.database.writing() as session:
        row = make_file(session, make_order(session), **values)
    return FileRef.order_file(row.id)


def photo_of_profile(desk: Desk, value: str | None) -> FileRef:
    with desk.database.writing() as session:
        client = make_client(session)
        make_profile(session, client, face_photo_url=None, palm_photo_url=value)
    return FileRef.profile_photo(client.id, "palm")


def sealed_reading(desk: Desk, **content: object) -> FileRef:
    with desk.database.writing() as session:
        order = make_order(session, status=OrderStatus.COMPLETED, content={**reading(), **content})
    return FileRef.reading_pdf(order.id)


@pytest.fixture
def photo(desk: Desk) -> FileRef:
    # A key of its own: what an earlier test made the server remember must not answer for this one.
    key = f"uploads/{uuid.uuid4()}.jpg"
    desk.shelf.objects[key] = jpeg()
    return photo_of_order(desk, key=key, content_type="text/html")


@pytest.fixture
def pdf(desk: Desk) -> FileRef:
    desk.shelf.objects["readings/a.pdf"] = PDF
    return sealed_reading(desk, pdfKey="readings/a.pdf")


def size_of(answer: httpx.Response) -> tuple[int, int]:
    assert answer.headers["content-type"] == "image/jpeg"
    return Image.open(BytesIO(answer.content)).size


@pytest.mark.parametrize(("variant", "size"), [("thumb", (240, 320)), ("full", (600, 800)), ("original", (600, 800))])
def test_a_photo_comes_in_the_size_that_was_asked_for(
    desk: Desk, photo: FileRef, variant: Variant, size: tuple[int, int]
) -> None:
    assert size_of(desk.get(photo, variant=variant)) == size


def test_a_photo_is_never_kept_never_run_and_never_believed(desk: Desk, photo: FileRef) -> None:
    answer = desk.get(photo)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == "inline"
    kept = desk.get(photo, variant="original").headers["content-disposition"]
    assert kept == "attachment; filename*=UTF-8''face_photo.jpg"


def test_a_name_with_line_breaks_and_quotes_stays_a_name(desk: Desk) -> None:
    desk.shelf.objects["uploads/face.jpg"] = jpeg()
    ref = photo_of_order(desk, key="uploads/face.jpg", name='é"\r\nSet-Cookie: a=b.jpg')
    answer = desk.get(ref, variant="original")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].endswith("%C3%A9%22%0D%0ASet-Cookie%3A%20a%3Db.jpg")


@pytest.mark.parametrize(
    ("role", "photos", "readings"), [(Role.ADMIN, 200, 200), (Role.EXPERT, 200, 200), (Role.SUPPORT, 403, 403)]
)
def test_photos_are_for_who_may_see_the_intimate_and_pdfs_for_who_may_read(
    desk: Desk, photo: FileRef, pdf: FileRef, role: Role, photos: int, readings: int
) -> None:
    assert desk.get(photo, role=role).status_code == photos
    assert desk.get(pdf, role=role).status_code == readings
    if role is Role.SUPPORT:
        assert desk.shelf.asked == []


@pytest.mark.parametrize("kind", ["order", "profile"])
def test_support_sees_a_photo_only_while_it_is_uncovered_for_them(desk: Desk, photo: FileRef, kind: str) -> None:
    if kind == "profile":
        photo = photo_of_profile(desk, "data:image/png;base64," + base64.b64encode(jpeg((50, 60))).decode())
    with desk.database.writing() as session:
        client_id = client_of_file(session, photo.id) if kind == "order" else photo.id
        person = session_actor(session, desk.people[Role.SUPPORT].session_id)
        assert client_id is not None
        assert person is not None
    for shown, covered, answer in ((Intimate.BIRTH, False, 403), (Intimate.PHOTOS, False, 200), (None, True, 403)):
        with desk.database.writing() as session:
            if shown is not None:
                reveal(session, person.actor, client_id, shown, reason="Elle appelle", now=utcnow())
            if covered:
                cover(session, person.actor, client_id, now=utcnow())
        assert desk.get(photo, role=Role.SUPPORT).status_code == answer


def test_a_link_is_of_no_use_to_another_session_or_to_nobody(desk: Desk, photo: FileRef) -> None:
    assert desk.get(photo, role=Role.ADMIN, session_of=Role.EXPERT).status_code == 403
    token = make_token(OWN, photo, session_id=desk.people[Role.EXPERT].session_id, variant="full", now=time.time())
    assert desk.follow(token, role=None).status_code == 401
    assert desk.shelf.asked == []


def test_a_link_ends_after_ten_minutes(desk: Desk, photo: FileRef) -> None:
    assert desk.get(photo, age=290).status_code == 200
    assert desk.get(photo, age=601).status_code == 410


@pytest.mark.parametrize("token", ["x", "x.y", "a" * 5000, "%2e%2e%2fetc%2fpasswd", "a.b.c"])
def test_a_link_that_we_did_not_sign_is_refused(desk: Desk, token: str) -> None:
    assert desk.follow(token).status_code in {400, 403}
    assert desk.shelf.asked == []


def test_a_photo_kept_in_the_column_is_shown(desk: Desk) -> None:
    value = "data:image/png;base64," + base64.b64encode(jpeg((50, 60))).decode()
    ref = photo_of_profile(desk, value)
    assert size_of(desk.get(ref)) == (50, 60)
    assert desk.get(ref, variant="original").headers["content-disposition"].endswith("palm.jpg")
    assert desk.shelf.asked == []


def test_a_photo_that_was_replaced_is_not_shown_from_memory(desk: Desk) -> None:
    ref = photo_of_profile(desk, "data:image/jpeg;base64," + base64.b64encode(jpeg((50, 60))).decode())
    assert size_of(desk.get(ref, variant="thumb")) == (50, 60)
    with desk.database.writing() as session:
        newer = "data:image/jpeg;base64," + base64.b64encode(jpeg((70, 80))).decode()
        session.query(ClientProfile).update({"palm_photo_url": newer})
    assert size_of(desk.get(ref, variant="thumb")) == (70, 80)


@pytest.mark.parametrize("value", ["{}", BUCKET_URL + "/{}?X-Amz-Expires=1"])
def test_a_key_or_an_address_of_our_bucket_is_read_from_the_storage(desk: Desk, value: str) -> None:
    key = f"uploads/{uuid.uuid4()}.jpg"
    desk.shelf.objects[key] = jpeg()
    assert desk.get(photo_of_profile(desk, value.format(key))).status_code == 200
    assert desk.shelf.asked == [key]


def test_thumbnails_are_read_from_the_storage_once(desk: Desk, photo: FileRef) -> None:
    assert desk.get(photo, variant="thumb").content == desk.get(photo, variant="thumb").content
    assert len(desk.shelf.asked) == 1
    assert desk.get(photo, variant="full").status_code == 200
    assert len(desk.shelf.asked) == 2


def test_an_address_on_another_site_is_never_fetched(desk: Desk) -> None:
    ref = photo_of_profile(desk, "http://169.254.169.254/latest/meta-data")
    answer = desk.get(ref)
    assert (answer.status_code, answer.headers["x-lumira-file"]) == (404, "external")
    assert desk.shelf.asked == []


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (None, 404),
        ("", 404),
        ("uploads/gone.jpg", 404),
        ("../../etc/passwd", 415),
        ("data:text/html;base64,PGI+", 415),
        ("data:image/png;base64,AAAA", 415),
        ("uploads/page.html", 415),
        ("uploads/empty", 415),
    ],
)
def test_a_photo_that_is_missing_or_broken_is_said_to_be(desk: Desk, value: str | None, status: int) -> None:
    desk.shelf.objects |= {"uploads/page.html": b"<script>alert(1)</script>", "uploads/empty": b""}
    answer = desk.get(photo_of_profile(desk, value))
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(answer.text) < 80


@pytest.mark.parametrize(
    "ref",
    [
        FileRef.order_file("nobody"),
        FileRef.profile_photo("nobody", "face"),
        FileRef.reading_pdf("nobody"),
        FileRef.delivery_pdf("9f1b6ab4-6a8f-4c4e-8a30-7e9f0a1d9a11"),
    ],
)
def test_a_file_of_a_row_that_is_gone_is_missing(desk: Desk, ref: FileRef) -> None:
    assert desk.get(ref).status_code == 404


def test_a_storage_that_is_away_is_said_to_be(desk: Desk, photo: FileRef, pdf: FileRef) -> None:
    desk.shelf.away = True
    assert desk.get(photo).status_code == 503
    assert desk.get(pdf).status_code == 503


def test_a_pdf_is_shown_in_the_page_or_kept_under_the_orders_number(desk: Desk, pdf: FileRef) -> None:
    answer = desk.get(pdf)
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(PDF))
    assert answer.headers["content-disposition"].startswith("inline; filename*=UTF-8''LU250101")
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert desk.get(pdf, variant="original").headers["content-disposition"].startswith("attachment")
    # In a thread of its own, after the last byte.
    until(lambda: all(body.closed for body in desk.shelf.bodies), 10)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"pdfUrl": f"{BUCKET_URL}/readings/a.pdf"}, 200),
        ({"pdfUrl": "https://example.org/a.pdf"}, 404),
        ({"pdfKey": "readings/gone.pdf"}, 404),
        ({"pdfKey": "readings/page.html"}, 415),
        ({"pdfKey": 5}, 404),
        ({}, 404),
    ],
)
def test_the_pdf_of_a_reading_is_the_one_that_it_names(desk: Desk, content: dict[str, object], status: int) -> None:
    desk.shelf.objects |= {"readings/a.pdf": PDF, "readings/page.html": b"<html>"}
    assert desk.get(sealed_reading(desk, **content)).status_code == status


@pytest.mark.parametrize("content", [None, [], "text", 5])
def test_a_reading_of_a_foreign_shape_has_no_pdf(desk: Desk, content: object) -> None:
    with desk.database.writing() as session:
        order = make_order(session, content=content)
    assert desk.get(FileRef.reading_pdf(order.id)).status_code == 404


def test_the_pdf_of_a_delivery_is_the_one_it_sends(desk: Desk) -> None:
    desk.shelf.objects["readings/sent.pdf"] = PDF
    now = datetime.now(UTC)
    with desk.database.writing() as session:
        delivery = Delivery(
            order_id=make_order(session).id,
            reading_version_id=1,
            channel="EMAIL",
            recipient="camille@example.org",
            due_at=now,
            pdf_key="readings/sent.pdf",
            message_id="<a@b>",
            approved_by="cstaff",
            approved_at=now,
        )
        session.add(delivery)
    assert desk.get(FileRef.delivery_pdf(str(delivery.id))).content == PDF


def test_a_disabled_person_is_shown_nothing_any_more(desk: Desk, photo: FileRef) -> None:
    with desk.database.writing() as session:
        session.query(Staff).update({"is_active": False})
    try:
        desk.sessions.end(desk.people[Role.EXPERT].session_id)
        assert desk.get(photo).status_code == 401
    finally:
        with desk.database.writing() as session:
            session.query(Staff).update({"is_active": True})
