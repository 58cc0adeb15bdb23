"""The seed: a house as it is after eighteen months, dirt included, and the same one every time."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from PIL import Image
from pillow_heif import register_heif_opener
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.migrate import revisions
from dashboard.seed import fill
from dashboard.seed.copying import TABLES
from dashboard.seed.fill import NotEmpty, is_empty, seed
from lumira_db import audit
from lumira_db.actor import SYSTEM
from lumira_db.checks import check_reading
from lumira_db.engine import Database, make_engine
from lumira_db.health import check
from lumira_db.models.desk import AuditEntry
from lumira_db.queries.expertise import decisions, pace, text_changed
from lumira_db.queries.operations import WorkFilter
from lumira_db.reading import digest, parse
from lumira_db.sequences import draw_ref_id
from tests.databases import new_database

NOW = datetime(2026, 2, 12, 15, 30, tzinfo=UTC)


class Bucket:
    """Keeps what is put into it."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}

    def put(self, key: str, data: bytes, content_type: str) -> None:
        self.objects[key] = (data, content_type)


class Seeded:
    """A seeded database and its bucket, to ask."""

    def __init__(self, url: str) -> None:
        self.url, self.bucket = url, Bucket()
        self.report = seed(url, self.bucket, now=NOW)
        self.connection = psycopg.connect(url, autocommit=True)

    def rows(self, statement: str) -> list[Any]:
        return self.connection.execute(statement.encode()).fetchall()

    def one(self, statement: str) -> Any:
        return self.rows(statement)[0][0]


@pytest.fixture(scope="module")
def seeded(postgres_url: str, template_database: str) -> Iterator[Seeded]:
    with new_database(postgres_url, template_database) as url:
        made = Seeded(url)
        yield made
        made.connection.close()


def fingerprints(url: str) -> dict[str, str]:
    """Of every table the digest of all its rows."""
    with psycopg.connect(url) as connection:
        found = {}
        for schema, table in TABLES:
            statement = f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{schema}"."{table}" t'
            row = connection.execute(statement.encode()).fetchone()
            found[table] = str(row and row[0])
        return found


def test_the_default_is_a_small_house(seeded: Seeded) -> None:
    """About 400 clients and 1,500 orders, and every table that a screen reads has rows."""
    assert (seeded.report.rows["User"], seeded.report.rows["Order"]) == (400, 1500)
    assert set(seeded.report.rows) == {table for _, table in TABLES}
    for schema, table in TABLES:
        assert seeded.one(f'SELECT count(*) FROM "{schema}"."{table}"') == seeded.report.rows[table], table


def test_the_seeded_database_is_in_order(seeded: Seeded) -> None:
    """No orphan, no counter behind the numbers in use: what `lumira db check` says."""
    engine = make_engine(seeded.url)
    with Session(engine) as session:
        assert [finding for finding in check(session, head=revisions()[-1]) if not finding.ok] == []
        number = draw_ref_id(session, NOW)
        taken = {row[0] for row in seeded.rows('SELECT "refId" FROM "User"')}
        assert number not in taken
        session.rollback()
    engine.dispose()


def test_statuses_are_spread_as_in_a_real_house(seeded: Seeded) -> None:
    """More than half completed, a quarter abandoned, and a queue that a few people can work off."""
    status = Counter({row[0]: row[1] for row in seeded.rows('SELECT status::text, count(*) FROM "Order" GROUP BY 1')})
    assert 0.5 < status["COMPLETED"] / 1500 < 0.65
    assert 0.2 < status["PENDING"] / 1500 < 0.32
    assert 0.02 < status["REFUNDED"] / 1500 < 0.08
    assert (status["PAID"], status["PROCESSING"], status["AWAITING_VALIDATION"]) == (15, 6, 25)
    assert seeded.one("""SELECT count(*) FROM "Order" WHERE status = 'FAILED' AND "paidAt" IS NOT NULL""") == 6
    assert seeded.one("""SELECT count(*) FROM "Order" WHERE status = 'PENDING' AND "paidAt" IS NOT NULL""") == 0


def test_every_level_is_there_and_one_that_does_not_exist(seeded: Seeded) -> None:
    """The first level sells best; nothing in the contract keeps a 7 out."""
    levels = [row[0] for row in seeded.rows('SELECT level FROM "Order" GROUP BY 1 ORDER BY count(*) DESC')]
    assert levels[0] == 1
    assert set(levels) == {1, 2, 3, 4, 7}
    assert 7 in [row[0] for row in seeded.rows("""SELECT level FROM "Order" WHERE status = 'AWAITING_VALIDATION'""")]


def test_orders_cover_eighteen_growing_months_and_no_future(seeded: Seeded) -> None:
    """The last half year is busier than the first, evenings in Paris busier than nights, nothing after now."""
    placed = [row[0].replace(tzinfo=UTC) for row in seeded.rows('SELECT "createdAt" FROM "Order"')]
    first = NOW - timedelta(days=18 * 30.44)
    assert first - timedelta(days=1) < min(placed) < first + timedelta(days=20)
    half_year = timedelta(days=182)
    assert sum(at > NOW - half_year for at in placed) > 1.5 * sum(at < first + half_year for at in placed)
    hours = Counter(
        row[0]
        for row in seeded.rows(
            """
            SELECT extract(hour FROM "createdAt" AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris')::int FROM "Order"
            """
        )
    )
    assert hours[20] + hours[21] > 5 * (hours[3] + hours[4])
    for column in ("createdAt", "paidAt", "deliveredAt", "updatedAt"):
        assert seeded.one(f'SELECT max("{column}") FROM "Order"').replace(tzinfo=UTC) <= NOW, column
    assert seeded.one('SELECT max("completedAt") FROM "PathStep"').replace(tzinfo=UTC) <= NOW
    assert seeded.one('SELECT max("createdAt") FROM "ChatSession"').replace(tzinfo=UTC) <= NOW


def test_an_order_lives_its_steps_in_their_order(seeded: Seeded) -> None:
    """Placed, paid, decided, delivered; and its client was there before."""
    assert seeded.one('SELECT count(*) FROM "Order" WHERE "paidAt" <= "createdAt" OR "deliveredAt" <= "paidAt"') == 0
    early = 'SELECT count(*) FROM "Order" o JOIN "User" u ON u.id = o."userId" WHERE o."createdAt" < u."createdAt"'
    assert seeded.one(early) == 0


def test_the_first_orders_to_take_are_ordinary(seeded: Seeded) -> None:
    """An active client, both photos, a complete profile, and a reading that may be approved as it is."""
    oldest = seeded.rows(
        """
        SELECT o.level, u."firstName", u.status::text, p."specificQuestion", o."generatedContent",
               (SELECT count(*) FROM "OrderFile" f WHERE f."orderId" = o.id)
        FROM "Order" o JOIN "User" u ON u.id = o."userId" JOIN "UserProfile" p ON p."userId" = u.id
        WHERE o.status = 'AWAITING_VALIDATION' ORDER BY coalesce(o."paidAt", o."createdAt") LIMIT 6
        """
    )
    assert len(oldest) == 6
    for level, first_name, status, question, content, files in oldest:
        reading = parse(content)
        blocking = [f for f in check_reading(reading, order_level=level, client_first_name=first_name) if f.blocking]
        assert (blocking, status, files) == ([], "ACTIVE", 2)
        assert question
        assert len(reading.sections) == 8
        assert reading.words > 800


def test_every_shape_of_a_reading_occurs_and_is_understood(seeded: Seeded) -> None:
    """Generated, sealed, studio, February's additions, legacy, partial, foreign, NULL."""
    contents = [row[0] for row in seeded.rows('SELECT "generatedContent" FROM "Order" WHERE "paidAt" IS NOT NULL')]
    objects = [content for content in contents if isinstance(content, dict)]
    for key in ("pdf_content", "sealedAt", "lecture", "contentVersions", "reading", "foo"):
        assert any(key in content for content in objects), key
    assert {type(content) for content in contents} >= {dict, list, str, int, type(None)}
    assert len({parse(content).shape for content in contents}) >= 4
    completed = seeded.one("""SELECT count(*) FROM "Order" WHERE status = 'COMPLETED' AND "generatedContent" IS NULL""")
    assert completed > 5


@pytest.mark.parametrize(
    ("dirt", "least"),
    [
        ('SELECT count(*) FROM "User" WHERE tags IS NULL', 10),
        ('SELECT count(*) FROM "User" WHERE "refId" IS NULL', 40),
        ('SELECT count(*) FROM "User" WHERE "firstName" LIKE \'<script>%\'', 1),
        ('SELECT count(*) FROM "User" WHERE "firstName" LIKE \'=HYPERLINK(%\'', 1),
        ('SELECT count(*) FROM "User" WHERE "firstName" ~ \'[ء-ي]\'', 1),
        ('SELECT count(*) FROM "User" WHERE "firstName" LIKE \'%🌙%\'', 1),
        ("SELECT count(*) FROM \"User\" WHERE \"lastName\" LIKE '%''%'", 5),
        ('SELECT count(*) FROM "User" WHERE "firstName" LIKE \'%é%\'', 20),
        ('SELECT count(*) FROM "User" WHERE length("firstName") > 60', 1),
        ('SELECT count(*) FROM "User" a JOIN "User" b ON lower(a.email) = lower(b.email) AND a.id < b.id', 1),
        ('SELECT count(*) FROM "User" u WHERE NOT EXISTS (SELECT FROM "UserProfile" p WHERE p."userId" = u.id)', 10),
        ('SELECT count(*) FROM "Product" WHERE features IS NULL', 1),
        ("SELECT count(*) FROM \"Order\" WHERE currency <> 'eur'", 5),
        ('SELECT count(*) FROM "Order" WHERE jsonb_typeof("formData") <> \'object\'', 5),
        ('SELECT count(*) FROM "Order" WHERE "expertReview" IS NULL AND status = \'COMPLETED\'', 20),
        ('SELECT count(*) FROM "Order" WHERE status = \'AWAITING_VALIDATION\' AND "paidAt" IS NULL', 1),
        ('SELECT count(*) FROM "Order" WHERE "revisionCount" > 0', 20),
        ('SELECT count(*) FROM "UserProfile" WHERE "facePhotoUrl" LIKE \'data:image/jpeg;base64,%\'', 3),
        ('SELECT count(*) FROM "UserProfile" WHERE length("facePhotoUrl") > 5000000', 1),
        ('SELECT count(*) FROM "UserProfile" WHERE "facePhotoUrl" LIKE \'https://%\'', 50),
        ('SELECT count(*) FROM "UserProfile" WHERE "facePhotoUrl" LIKE \'uploads/%\'', 20),
        ("SELECT count(*) FROM \"ChatSession\" WHERE id LIKE 'session\\_%'", 5),
        ("SELECT count(*) FROM desk.delivery WHERE state = 'FAILED'", 1),
        ("SELECT count(*) FROM desk.delivery WHERE state = 'CONFIRMING'", 1),
    ],
)
def test_the_dirt_of_real_data_is_there(seeded: Seeded, dirt: str, least: int) -> None:
    """Each fault that careful programs must live with occurs at least so often."""
    assert seeded.one(dirt) >= least


def test_open_orders_of_blocked_clients_are_there(seeded: Seeded) -> None:
    """One of a banned and one of a suspended client wait for validation."""
    found = seeded.rows(
        """
        SELECT DISTINCT u.status::text FROM "Order" o JOIN "User" u ON u.id = o."userId"
        WHERE o.status = 'AWAITING_VALIDATION' AND u.status <> 'ACTIVE'
        """
    )
    assert {row[0] for row in found} == {"BANNED", "SUSPENDED"}


def test_an_open_order_differs_in_amount_from_its_product(seeded: Seeded) -> None:
    """Amounts came from the browser once (DOMAIN §5)."""
    found = seeded.rows(
        """
        SELECT o.amount FROM "Order" o WHERE o.status = 'AWAITING_VALIDATION' AND o.level < 5
          AND NOT EXISTS (SELECT FROM "Product" p WHERE p."amountCents" = o.amount)
        """
    )
    assert found


def test_paths_stand_at_every_stage(seeded: Seeded) -> None:
    """Waiting, stopped by the client, stalled by the system, finished with and without being marked."""
    paths = seeded.rows(
        """
        SELECT count(*) FILTER (WHERE s."isCompleted"), count(*) FILTER (WHERE s."unlockedAt" IS NOT NULL),
               p."completedAt" IS NOT NULL
        FROM "SpiritualPath" p JOIN "PathStep" s ON s."spiritualPathId" = p.id GROUP BY p.id, p."completedAt"
        """
    )
    stages = Counter(
        "waiting"
        if done == 0
        else ("marked" if marked else "unmarked")
        if done == 7
        else "stalled"
        if unlocked == done
        else "stopped"
        for done, unlocked, marked in paths
    )
    assert all(stages[stage] >= 5 for stage in ("waiting", "stopped", "stalled", "unmarked", "marked")), stages
    assert stages["stalled"] > stages["stopped"]


def test_insights_are_seen_and_new(seeded: Seeded) -> None:
    """Eight per client at most, some of them never looked at."""
    assert seeded.one('SELECT max(n) FROM (SELECT count(*) AS n FROM "Insight" GROUP BY "userId") x') == 8
    assert seeded.one('SELECT count(*) FROM "Insight" WHERE "viewedAt" IS NULL') > 100
    assert seeded.one('SELECT count(*) FROM "Insight" WHERE "viewedAt" IS NOT NULL') > 100


def test_what_the_desk_delivered_is_what_it_approved(seeded: Seeded) -> None:
    """Of every delivery the approved version, and the order's present text, have the same digest."""
    found = seeded.rows(
        """
        SELECT v.digest, v.origin, v.content, o."generatedContent", d.state, o."deliveredAt" IS NOT NULL
        FROM desk.delivery d JOIN desk.reading_version v ON v.id = d.reading_version_id
        JOIN "Order" o ON o.id = d.order_id
        """
    )
    assert len(found) > 50
    for kept, origin, version, content, state, delivered in found:
        assert (kept, origin) == (digest(version), "APPROVED")
        assert kept == digest(content)
        assert delivered == (state == "SENT")


def test_the_audit_holds_and_tells_who_decided_what(seeded: Seeded) -> None:
    """Each approval of a version is an entry by its author, taken before; the figures of the work have their rows."""
    approved = seeded.rows("SELECT order_id, number, author_id FROM desk.reading_version WHERE origin = 'APPROVED'")
    told = seeded.rows(
        "SELECT subject_id, (after->>'version')::int, actor_id FROM desk.audit WHERE action = 'order.approve'"
    )
    assert sorted(told) == sorted(approved)
    with Session(make_engine(seeded.url)) as session:
        assert list(audit.verify(session)) == []
        chosen = WorkFilter(NOW.date() - timedelta(days=44), NOW.date())
        zone = ZoneInfo("Europe/Paris")
        made = decisions(session, chosen, zone=zone)
        assert sum(row.approved for row in made) > 50
        assert min(sum(row.revised for row in made), sum(row.rejected for row in made)) > 0
        assert all(1 < row.median_minutes < 45 for row in pace(session, chosen, zone=zone))
        assert 0 < max(row.share or 0 for row in text_changed(session, chosen, zone=zone)) < 0.2
        assert {row.actor_id for row in session.scalars(select(AuditEntry))} == {row.staff_id for row in made}
    assert seeded.one("SELECT max(at) FROM desk.audit") <= NOW


def test_an_audit_that_was_begun_is_continued(database: Database, database_url: str) -> None:
    """Staff were added before the seed."""
    with database.writing() as session:
        audit.record(session, SYSTEM, "staff.add", "staff", "one")
    seed(database_url, None, clients=60, orders=200, now=NOW)
    with database.reading() as session:
        assert list(audit.verify(session)) == []
        assert (session.scalar(select(func.count(AuditEntry.id))) or 0) > 20


def test_photos_are_of_every_kind_and_open(seeded: Seeded) -> None:
    """JPEG, PNG, WebP and HEIC, portrait, some of them turned by their EXIF orientation."""
    register_heif_opener()
    formats: Counter[str] = Counter()
    turns = set()
    for key, (data, content_type) in seeded.bucket.objects.items():
        if not content_type.startswith("image/") or key.endswith("broken.jpg"):
            continue
        picture = Image.open(io.BytesIO(data))
        picture.load()
        turn = picture.getexif().get(0x0112)
        turns.add(turn)
        formats[str(picture.format)] += 1
        assert (picture.height > picture.width) == (turn not in {6, 8}), key
    assert formats.keys() == {"JPEG", "PNG", "WEBP", "HEIF"}
    assert {3, 6, 8} <= turns


def test_one_photo_is_broken_and_one_is_missing(seeded: Seeded) -> None:
    """Both belong to orders that are open now; everything else that a row names is in the bucket."""
    open_keys = {
        row[0]
        for row in seeded.rows(
            """
            SELECT f.key FROM "OrderFile" f JOIN "Order" o ON o.id = f."orderId"
            WHERE o.status = 'AWAITING_VALIDATION'
            """
        )
    }
    assert {"uploads/seed/broken.jpg", "uploads/seed/missing.jpg"} <= open_keys
    keys = {row[0] for row in seeded.rows('SELECT DISTINCT key FROM "OrderFile"')}
    assert keys - seeded.bucket.objects.keys() == {"uploads/seed/missing.jpg"}
    broken = Image.open(io.BytesIO(seeded.bucket.objects["uploads/seed/broken.jpg"][0]))
    with pytest.raises(OSError, match="truncated"):
        broken.load()


def test_the_newest_deliveries_have_their_pdf(seeded: Seeded) -> None:
    """A link from the list of deliveries opens something."""
    pdfs = {key: data for key, (data, kind) in seeded.bucket.objects.items() if kind == "application/pdf"}
    newest = seeded.one("SELECT pdf_key FROM desk.delivery WHERE state = 'SENT' ORDER BY created_at DESC LIMIT 1")
    assert pdfs
    assert all(data.startswith(b"%PDF-") for data in pdfs.values())
    assert newest in pdfs


def test_nobody_can_sign_in_with_an_account_of_the_seed(seeded: Seeded) -> None:
    """Their passwords are no hashes; the demo makes accounts of its own."""
    assert seeded.rows('SELECT DISTINCT password FROM "Expert"') == [("!",)]


def test_the_same_random_seed_makes_the_same_rows(postgres_url: str, template_database: str) -> None:
    """Ids and times included, in every table; another one makes another house."""
    found = []
    for random_seed in (7, 7, 8):
        with new_database(postgres_url, template_database) as url:
            seed(url, None, clients=60, orders=200, now=NOW, random_seed=random_seed)
            found.append(fingerprints(url))
    assert found[0] == found[1]
    assert {table for table in found[0] if found[0][table] == found[2][table]} <= {"SystemSetting"}


def test_a_database_with_rows_is_refused_and_left_alone(seeded: Seeded) -> None:
    """Seeding twice is a mistake, not an addition."""
    before = fingerprints(seeded.url)
    assert not is_empty(seeded.url)
    with pytest.raises(NotEmpty):
        seed(seeded.url, None, now=NOW)
    assert fingerprints(seeded.url) == before


def test_a_seed_that_is_cut_short_leaves_the_database_empty(database: Database, database_url: str) -> None:
    """One transaction: the next start of the demo seeds again from the beginning."""

    class Full:
        def put(self, key: str, data: bytes, content_type: str) -> None:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        seed(database_url, Full(), clients=40, orders=120, now=NOW)
    assert is_empty(database_url)


def test_a_large_house_is_made_the_large_way(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readings from the shelf carry their client's name; the database is in order all the same."""
    monkeypatch.setattr(fill, "LARGE", 300)
    seen: list[int] = []
    seed(database_url, None, clients=90, orders=400, now=NOW, progress=lambda number, total, what: seen.append(total))
    assert set(seen) == {490}
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            """SELECT u."firstName", o."generatedContent" FROM "Order" o JOIN "User" u ON u.id = o."userId"
               WHERE o."generatedContent" ? 'pdf_content' AND o.status <> 'AWAITING_VALIDATION'"""
        ).fetchall()
        for schema, table in TABLES:
            unnamed = f'SELECT count(*) FROM "{schema}"."{table}" t WHERE t::text LIKE \'%\ue000%\''
            assert connection.execute(unnamed.encode()).fetchone() == (0,), table
    assert len(rows) > 100
    named = sum(name in json.dumps(content, ensure_ascii=False) for name, content in rows if len(name) > 3)
    assert named > len(rows) / 2
    engine = make_engine(database_url)
    with Session(engine) as session:
        assert [finding for finding in check(session, head=revisions()[-1]) if not finding.ok] == []
    engine.dispose()
