"""Exports over HTTP: who may, exactly what the screen shows, a trace of each, and nothing left running."""

import asyncio
import csv
import io
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.routing import Router

from dashboard.analytics.screens import SCREENS
from dashboard.auth.requests import with_person
from dashboard.auth.sessions import Sessions
from dashboard.exports import LISTS
from dashboard.filters import order_filter
from dashboard.web import export_route
from dashboard.web.export_route import Exports
from dashboard.web.headers import NOTHING
from lumira_db import audit
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands import rollups
from lumira_db.commands.exports import EXPORTS, record_export
from lumira_db.commands.sessions import Origin, open_session
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.errors import NotPermitted
from lumira_db.models import AuditEntry
from lumira_db.permissions import GRANTS
from lumira_db.queries.orders import list_orders, walk_orders
from lumira_db.queries.sessions import SignedIn
from tests.factories import NOON, actor, make_client, make_order, make_staff
from tests.guarded import guarded_app, running

PARIS = ZoneInfo("Europe/Paris")
MANY = 5000
"""More orders than one piece of a file holds."""


@dataclass(frozen=True)
class Answer:
    """What came back: ``whole`` is False when the answer never said that it had ended."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool

    @property
    def lines(self) -> list[list[str]]:
        """The body as a French CSV."""
        assert self.status == 200, self.body
        content = self.body.decode()
        assert content.startswith("\ufeff")
        return list(csv.reader(io.StringIO(content[1:], newline=""), delimiter=";"))


class House:
    """The export route over one database, and a person of each role who asks behind the guard."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as session:
            self.people: dict[Role, Actor] = {role: make_staff(session, role) for role in Role}
        self._before = max((trace.id for trace in self.traces(0)), default=0)

    def exports(self) -> Exports:
        return Exports(lambda: self.database, lambda: PARIS)

    def get(self, role: Role, address: str, method: str = "GET", language: str = "fr") -> Answer:
        async def run() -> Answer:
            download = Download(self.exports(), self.people[role], address, method, language)
            download.take()
            await asyncio.wait_for(download.task, 30)
            return download.answer

        return asyncio.run(run())

    def traces(self, after: int | None = None) -> list[AuditEntry]:
        """The exports recorded since the test began."""
        mark = self._before if after is None else after
        query = select(AuditEntry).where(AuditEntry.subject_type == "export", AuditEntry.id > mark)
        with self.database.reading() as session:
            return list(session.scalars(query.order_by(AuditEntry.id)))


class Download:
    """One request at the level of ASGI: pieces are taken one by one, and the line can be cut."""

    def __init__(
        self, exports: Exports, person: Actor, address: str, method: str = "GET", language: str = "fr"
    ) -> None:
        self._messages: list[Any] = []
        self._taken = asyncio.Semaphore(0)
        self._arrived = asyncio.Event()
        self._cut = asyncio.Event()
        path, _, query = address.partition("?")
        scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
        scope |= {"headers": [], "root_path": ""}
        someone = SignedIn(person, "a-session", language, utcnow(), utcnow())
        app = Router(routes=exports.routes())
        self.task = asyncio.create_task(app(with_person(scope, someone), self._receive, self._send))

    @property
    def answer(self) -> Answer:
        """What has come so far."""
        start, *rest = self._messages or [{"status": 0, "headers": []}]
        body = b"".join(message["body"] for message in rest)
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], headers, body, bool(rest) and not rest[-1].get("more_body", False))

    def take(self, messages: int = 100_000) -> None:
        """Let so many messages through."""
        for _ in range(messages):
            self._taken.release()

    def cut(self) -> None:
        """The browser goes away."""
        self._cut.set()
        self.take()

    async def arrived(self) -> None:
        """Wait until the first message stands at the door."""
        await asyncio.wait_for(self._arrived.wait(), 30)

    async def _receive(self) -> Mapping[str, Any]:
        await self._cut.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self._arrived.set()
        await self._taken.acquire()
        self._messages.append(message)


@pytest.fixture
def house(common_database: Database) -> House:
    return House(common_database)


def many_orders(session: Session, count: int) -> str:
    """Paid orders of a new client, by one statement: level 1 to 4 in turn, 1 unit more each. The client's id."""
    client = make_client(session, first_name="=Camille", last_name="Martin")
    session.execute(
        text(
            """
            INSERT INTO "Order" ("id", "orderNumber", "userId", "userEmail", "level", "amount", "currency", "status",
                                 "formData", "paidAt", "createdAt", "updatedAt")
            SELECT :client || n, :client || '-' || n, :client, 'x@example.org', 1 + n % 4, 100 * n, 'eur', 'PAID',
                   '{}', TIMESTAMP '2026-02-01' + n * interval '1 second', TIMESTAMP '2026-02-01', now()
            FROM generate_series(1, :count) n
            """
        ),
        {"client": client.id, "count": count},
    )
    return client.id


def test_every_list_and_every_screen_of_figures_says_who_may_take_it_away() -> None:
    """And nothing is allowed that is no export."""
    assert set(EXPORTS) == {*LISTS, *SCREENS}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_is_for_those_whom_the_table_allows(house: House, role: Role, name: str, form: str) -> None:
    """Support exports nothing, experts no audit."""
    answer = house.get(role, f"/export/{name}.{form}")
    assert answer.status == (200 if EXPORTS[name] in GRANTS[role] else 403)
    assert len(house.traces()) == (answer.status == 200)


def test_a_stranger_is_asked_to_sign_in_and_a_session_opens_the_export(house: House) -> None:
    """The route stands behind the guard and believes the guard alone."""
    with house.database.writing() as session:
        token = open_session(session, house.people[Role.EXPERT].id, Origin("127.0.0.1")).token
    sessions = Sessions(lambda: house.database, idle=timedelta(hours=8))
    with running(guarded_app(sessions, [], house.exports().routes())) as address:
        known = httpx.get(f"http://{address}/export/orders.csv", headers={"cookie": f"lumira_session={token}"})
        forged = {"x-lumira-session": house.people[Role.ADMIN].id}
        stranger = httpx.get(f"http://{address}/export/orders.csv", headers=forged)
    assert (known.status_code, stranger.status_code) == (200, 401)
    assert [trace.actor_id for trace in house.traces()] == [house.people[Role.EXPERT].id]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", EXPORTS)
def test_the_command_behind_it_asks_the_same_table(session: Session, role: Role, name: str) -> None:
    """Hiding an address is courtesy; the command refuses."""

    def record() -> None:
        record_export(session, actor(role), name, form="csv", chosen={}, rows=1, complete=True)

    if EXPORTS[name] in GRANTS[role]:
        record()
    else:
        with pytest.raises(NotPermitted):
            record()


@pytest.mark.parametrize("address", ["/export/staff.csv", "/export/orders.pdf", "/export/orders.csv.exe"])
def test_what_cannot_be_exported_is_not_found(house: House, address: str) -> None:
    """No address below /export/ falls through to a screen."""
    assert house.get(Role.ADMIN, address).status == 404


QUERIES = [
    "",
    "status=PAID&status=FAILED",
    "level=2&sort=amount&asc=1",
    "sort=paid",
    "paid=2026-02-02..2026-02-02&sort=paid&asc=1",
    "client=bruno",
    "currency=usd",
    "min=29&max=59",
    "status=NONSENSE&level=x&paid=never&from=%2Bi1~x",
]


@pytest.fixture(scope="module")
def mixture(common_database: Database) -> str:
    """The id of a client with three orders of every status, levels, currencies and days mixed."""
    with common_database.writing() as session:
        bruno = make_client(session, first_name="Bruno")
        for number, status in enumerate([*OrderStatus] * 3):
            values = {"currency": "usd"} if number % 5 == 0 else {}
            paid = None if status is OrderStatus.PENDING else NOON + timedelta(hours=number)
            make_order(session, bruno, status=status, level=1 + number % 4, paid_at=paid, **values)
        return bruno.id


@pytest.mark.parametrize("query", QUERIES)
def test_an_export_holds_exactly_what_the_screen_shows(house: House, mixture: str, query: str) -> None:
    """The same filter, all pages of it, in the same order."""
    asked = f"client_id={mixture}&{query}"
    with house.database.reading() as session:
        shown = list_orders(session, order_filter(parse_qs(asked)), zone=PARIS, limit=1000).rows
    lines = house.get(Role.EXPERT, f"/export/orders.csv?{asked}").lines
    assert [line[0] for line in lines[1:]] == [row.number for row in shown]
    assert shown, "the test must compare something"


def test_an_order_is_a_line_in_the_persons_language(house: House) -> None:
    """Amount as a number beside its currency, moments in Paris, names as people read them."""
    with house.database.writing() as session:
        client = make_client(session, first_name="Zoé", last_name="d'Arc", email="zoe@example.org")
        order = make_order(
            session,
            client,
            status=OrderStatus.COMPLETED,
            level=7,
            amount=4905,
            created_at=datetime(2026, 2, 1, 9, 0, tzinfo=UTC),
            paid_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
            revision_count=2,
        )
    address = f"/export/orders.csv?client_id={client.id}"
    english = house.get(Role.EXPERT, address, language="en").body.decode()
    line = (
        f"{order.order_number},Zoé d'Arc,zoe@example.org,Unknown level (7),Approved,49.05,EUR,"
        "2026-02-01T10:00:00+01:00,2026-07-02T00:30:00+02:00,,2"
    )
    head = "Order,Client,E-mail,Level,Status,Amount,Currency,Ordered,Paid,Delivered,Revisions"
    assert english == f"\ufeff{head}\r\n{line}\r\n"
    french = house.get(Role.ADMIN, address).lines
    assert french[1][5] == "49,05"
    assert french[0][1] == "Client"
    assert french[0] != head.split(",")


def test_a_workbook_says_the_same(house: House) -> None:
    """Names as texts, amounts as numbers, moments as dates."""
    with house.database.writing() as session:
        client_id = many_orders(session, 3)
    body = house.get(Role.EXPERT, f"/export/orders.xlsx?client_id={client_id}&asc=1&sort=paid").body
    (sheet,) = load_workbook(io.BytesIO(body)).worksheets
    assert [cell.value for cell in sheet["B"][1:]] == ["'=Camille Martin"] * 3
    assert [cell.value for cell in sheet["F"][1:]] == [1, 2, 3]
    assert all(cell.is_date for cell in sheet["I"][1:])


def test_the_file_has_a_name_with_the_day_and_is_kept_by_nobody(house: House) -> None:
    """A browser saves it; no cache keeps it; nothing in it runs."""
    headers = house.get(Role.EXPERT, "/export/orders.xlsx?client=nobody").headers
    today = utcnow().astimezone(PARIS).date().isoformat()
    assert headers == {
        "content-disposition": f'attachment; filename="lumira-orders-{today}.xlsx"',
        "content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "content-security-policy": NOTHING,
        "cache-control": "no-store",
    }


def test_an_export_leaves_one_trace_with_its_filter_and_its_rows(house: House) -> None:
    """Who took what, and how much of it."""
    with house.database.writing() as session:
        client_id = many_orders(session, 12)
    house.get(Role.EXPERT, f"/export/orders.csv?level=2&paid=2026-02-01..2026-02-03&client_id={client_id}")
    (trace,) = house.traces()
    assert (trace.action, trace.subject_id) == ("orders.export", "orders.csv")
    assert trace.actor_id == house.people[Role.EXPERT].id
    assert trace.after == {
        "filter": {
            "levels": [2],
            "paid_from": "2026-02-01",
            "paid_to": "2026-02-03",
            "client_id": client_id,
            "sort": "created",
            "descending": True,
        },
        "rows": 3,
        "complete": True,
    }


def test_the_audit_is_exported_and_says_so(house: House) -> None:
    """Before and after as JSON; the export itself is in the next one."""
    with house.database.writing() as session:
        before, after = {"status": "PAID"}, {"note": "né·e"}
        audit.record(session, house.people[Role.EXPERT], "order.x", "order", "o1", before=before, after=after)
    head, entry = house.get(Role.ADMIN, "/export/audit.csv?action=order.x").lines
    assert len(head) == len(entry) == 11
    assert entry[4:10] == ["order.x", "order.x", "order", "o1", '{"status": "PAID"}', '{"note": "né·e"}']
    again = house.get(Role.ADMIN, "/export/audit.csv").lines
    assert [line[5] for line in again[1:3]] == ["audit.export", "order.x"]


def test_figures_leave_as_tables_with_their_definitions_and_no_formula(house: House) -> None:
    """CSV has the table alone, the workbook a sheet that says how it was counted; a source that is a formula is a
    text."""
    with house.database.writing() as session:
        client = make_client(session, source="=1+1")
        for amount in (900, 1234):
            make_order(session, client, amount=amount, paid_at=datetime(2019, 5, 6, 10, tzinfo=UTC))
        rollups.rebuild(session, PARIS.key)
    address = "?section=sources&period=2019-05-01..2019-05-31"
    head, line = house.get(Role.ADMIN, f"/export/revenue.csv{address}").lines
    assert head[:3] == ["Origine", "Commandes", "Chiffre d’affaires"]
    assert line == ["'=1+1", "2", "21,34", "1,0000", "1", "1,0000", "EUR"]
    book = load_workbook(io.BytesIO(house.get(Role.ADMIN, f"/export/revenue.xlsx{address}").body))
    assert book.sheetnames == ["Chiffre d’affaires par origine", "Définitions"]
    table, said = book.worksheets
    assert [cell.value for cell in table[2]] == ["'=1+1", 2, 21.34, 1, 1, 1, "EUR"]
    assert "COALESCE" in " ".join(str(cell.value) for cell in said["D"])
    assert [trace.after["filter"]["section"] for trace in house.traces() if trace.after] == ["sources", "sources"]


def test_asking_for_the_headers_alone_exports_nothing(house: House) -> None:
    """HEAD reads no row and leaves no trace."""
    answer = house.get(Role.ADMIN, "/export/orders.csv", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert house.traces() == []


def test_rows_come_through_a_cursor_that_waits_for_a_slow_reader(house: House) -> None:
    """PostgreSQL holds the rows, not we; it does not end the transaction after its usual minute."""
    with house.database.writing() as session:
        many_orders(session, 50)
    with house.database.reading() as session, closing(walk(session)) as rows:
        next(rows)
        assert session.scalar(text("SELECT count(*) FROM pg_cursors WHERE name <> ''")) == 1
        assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "10min"


def test_who_goes_away_ends_the_query_and_leaves_a_trace_of_what_was_sent(house: House) -> None:
    """The cursor is closed, the connection is back, and the audit says that it broke off."""
    with house.database.writing() as session:
        client_id = many_orders(session, MANY)

    async def leave() -> Answer:
        address = f"/export/orders.csv?client_id={client_id}"
        download = Download(house.exports(), house.people[Role.EXPERT], address)
        download.take(2)
        await download.arrived()
        download.cut()
        await asyncio.wait_for(download.task, 30)
        return download.answer

    answer = asyncio.run(leave())
    assert not answer.whole
    (trace,) = house.traces()
    assert trace.after["complete"] is False
    assert 0 < trace.after["rows"] < MANY
    with house.database.reading() as session:
        busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
        assert session.scalar(text(f"{busy} AND pid <> pg_backend_pid()")) == 0


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_is_whole_only_with_its_trace(house: House, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the audit cannot be written the download breaks off before its end."""

    def refuse(*args: Any, **values: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(export_route, "record_export", refuse)

    async def run() -> Answer:
        address = f"/export/orders.{form}?client=nobody"
        download = Download(house.exports(), house.people[Role.EXPERT], address)
        download.take()
        with pytest.raises(ZeroDivisionError):
            await download.task
        return download.answer

    answer = asyncio.run(run())
    assert (answer.whole, answer.body) == (False, b"")


class Counting(Database):
    """Counts the reading doors that stand open at the same moment."""

    def __init__(self, behind: Database) -> None:
        self._behind = behind
        self._lock = Lock()
        self.open = self.most = 0

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._lock:
            self.open += 1
            self.most = max(self.most, self.open)
        try:
            with self._behind.reading() as session:
                yield session
        finally:
            with self._lock:
                self.open -= 1

    def writing(self) -> AbstractContextManager[Session]:
        return self._behind.writing()


def test_only_so_many_run_at_once_and_all_come_to_their_end(house: House) -> None:
    """Each holds a connection: the others wait for their turn, and then get all of their rows."""
    with house.database.writing() as session:
        address = f"/export/orders.csv?client_id={many_orders(session, MANY)}"
    counting = Counting(house.database)

    async def run() -> list[Answer]:
        exports = Exports(lambda: counting, lambda: PARIS)
        downloads = [Download(exports, house.people[Role.EXPERT], address) for _ in range(2 * export_route.AT_ONCE)]
        await asyncio.gather(*(download.arrived() for download in downloads[: export_route.AT_ONCE]))
        for download in downloads:
            download.take()
        await asyncio.wait_for(asyncio.gather(*(download.task for download in downloads)), 60)
        return [download.answer for download in downloads]

    answers = asyncio.run(run())
    assert all(answer.whole and answer.body.count(b"\r\n") == MANY + 1 for answer in answers)
    assert (counting.open, counting.most) == (0, export_route.AT_ONCE)


def test_a_database_that_does_not_answer_is_said_so(house: House) -> None:
    """Nothing was sent yet, so the answer can still be an honest one."""
    away = House.__new__(House)
    away.database, away.people = Database("postgresql://nobody@127.0.0.1:1/nothing"), house.people
    answer = away.get(Role.EXPERT, "/export/orders.csv")
    assert (answer.status, answer.whole) == (503, True)


def test_a_day_of_the_file_is_a_day_in_paris(house: House) -> None:
    """What was paid half an hour after midnight in Paris belongs to the new day, whatever UTC says."""
    with house.database.writing() as session:
        late = make_order(session, paid_at=datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    address = f"/export/orders.csv?client_id={late.client_id}&paid="
    assert [line[0] for line in house.get(Role.EXPERT, f"{address}2026-07-01").lines[1:]] == [late.order_number]
    assert len(house.get(Role.EXPERT, f"{address}2026-06-30").lines) == 1


def walk(session: Session) -> Generator[Any, None, None]:
    yield from walk_orders(session, order_filter({}), zone=PARIS, batch=10)
