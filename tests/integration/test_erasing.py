"""Everything about a person is handed out, and then nothing of them is left, in the database and in the storage."""

import io
import itertools
import json
import zipfile
from collections.abc import Iterator
from html import escape
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select, text

from dashboard.archive import Contents, archive
from dashboard.files import own_bucket
from dashboard.gateways.storage import S3Storage
from dashboard.gateways.stripe import make_stripe
from dashboard.settings import Settings
from dashboard.workflows.receipts import read_receipt
from dashboard.workflows.tasks import run_task
from dashboard.workflows.work import Tools
from lumira_db import audit
from lumira_db.actor import Role
from lumira_db.clock import utcnow
from lumira_db.commands.erasing import start_erasure
from lumira_db.engine import Database
from lumira_db.errors import InvalidInput
from lumira_db.models import ChatSession, Client, Erasure, Order, OrderFile, Task
from lumira_db.queries.personal import count_personal, find_person
from tests.factories import make_client, make_file, make_order, make_staff
from tests.integration.persons import Told, everything, leaves, tell

NUMBERS = itertools.count(1)
LETTERS = st.text("abcdefghijklmnopqrstuvwxyzéèàçœñüß", min_size=4, max_size=8)


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture
def tools(database: Database, storage: S3Storage) -> Tools:
    own = Settings(
        database_url=SecretStr("postgresql:///unused"),
        secret_key=SecretStr("k" * 40),
        s3_bucket=storage.bucket,
        aws_endpoint_url=storage.endpoint,
    )
    return Tools(database, storage, own, make_stripe(own))


def words(stem: str) -> Iterator[str]:
    """Words that nobody else uses."""
    return (f"{stem}{next(NUMBERS):05d}" for _ in itertools.count())


def handed_out(tools: Tools, client_id: str) -> zipfile.ZipFile:
    """The archive of the person, opened."""
    with tools.database.reading() as session:
        person = find_person(session, client_id)
        assert person is not None
        bucket = own_bucket(tools.settings)
        pieces = archive(session, person, tools.storage, bucket, made_at=utcnow(), contents=Contents())
        return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def erase(tools: Tools, client_id: str, *, dying: bool = False) -> UUID:
    """Start the task as an administrator and carry it to its end; ``dying`` ends the process after every step."""
    with tools.database.writing() as session:
        person = find_person(session, client_id)
        assert person is not None
        who = make_staff(session, Role.ADMIN)
        task = start_erasure(session, who, client_id, seen=person.version, confirmation=f" {person.emails[0].upper()}")

    def die(_name: str) -> None:
        raise Killed

    while dying:
        try:
            run_task(task, tools, checkpoint=die)
            break
        except Killed:
            continue
    run_task(task, tools)
    with tools.database.reading() as session:
        row = session.get_one(Task, task)
        assert (row.state, row.error) == ("DONE", None)
        assert row.place == {}
    return task


# What fails here fails in any case: looking for a smaller one takes minutes.
@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stem=LETTERS, dying=st.booleans())
def test_nothing_is_erased_that_was_not_handed_out_and_nothing_of_the_person_is_left(
    tools: Tools, stem: str, dying: bool
) -> None:
    """Whatever is said of somebody, wherever: it is in the archive; afterwards it is in no column and no object."""
    with tools.database.writing() as session:
        told = tell(session, tools.storage, words(stem))
        stranger = tell(session, tools.storage, words("Autre"))
    opened = handed_out(tools, told.client_id)
    with tools.database.reading() as session:
        before = everything(session)
    erase(tools, told.client_id, dying=dying)
    with tools.database.reading() as session:
        after = everything(session)
        assert list(audit.verify(session)) == []
    given_out = set(
        leaves([json.loads(opened.read(name)) for name in opened.namelist() if name.startswith("donnees/")])
    )
    lost = set(leaves(before)) - set(leaves(after))
    assert lost - given_out == set()
    assert {f"fichiers/{key}" for key in told.keys} <= set(opened.namelist())
    assert_gone(tools, told, after)
    dump = json.dumps(after, ensure_ascii=False)
    assert [word for word in stranger.words[: -len(stranger.keys)] if word not in dump] == []
    assert all(tools.storage.exists(key) for key in stranger.keys)


def assert_gone(tools: Tools, told: Told, after: dict[str, Any]) -> None:
    dump = json.dumps(after, ensure_ascii=False).casefold()
    assert [word for word in told.words if word.casefold() in dump] == []
    for found in tools.storage.list(""):
        body = tools.storage.get(found.key).read().decode("utf-8", "replace")
        assert [word for word in told.words if word in body + found.key] == []
    assert [key for key in told.keys if tools.storage.exists(key)] == []


def test_the_archive_can_be_read_by_people_and_by_machines(tools: Tools) -> None:
    """A summary with every word in it, a file per table, the photo that the column held, and what was missing."""
    with tools.database.writing() as session:
        told = tell(session, tools.storage, words("Lise<b>&"))
        order = session.scalars(select(Order).where(Order.client_id == told.client_id)).one()
        make_file(session, order, key="uploads/gone.jpg")
    opened = handed_out(tools, told.client_id)
    assert opened.testzip() is None
    summary = opened.read("resume.html").decode()
    assert "Lise<b>" not in summary
    # The photo kept as text is in the archive as a photo, and files are not printed.
    unprinted = [word for word in told.words if escape(word) not in summary and len(word) < 100]
    assert unprinted == told.words[-len(told.keys) :]
    names = opened.namelist()
    assert {"donnees/public.User.json", "donnees/desk.note_version.json", "fichiers/profil-palm.png"} <= set(names)
    manifest = json.loads(opened.read("manifest.json"))
    assert manifest["missing_files"] == ["uploads/gone.jpg"]
    assert manifest["rows"]["public.PathStep"] == 7


def test_what_bookkeeping_must_keep_stays_and_names_nobody(tools: Tools) -> None:
    """Order numbers, amounts, currencies and dates are what they were; deliveries on their way are stopped."""
    with tools.database.writing() as session:
        told = tell(session, tools.storage, words("Compta"))
        kept = select(Order.order_number, Order.amount, Order.currency, Order.paid_at, Order.payment_intent_id)
        before = session.execute(kept.where(Order.client_id == told.client_id)).all()
    erase(tools, told.client_id)
    with tools.database.reading() as session:
        assert session.execute(kept.where(Order.client_id == told.client_id)).all() == before
        client = session.get_one(Client, told.client_id)
        assert (client.first_name, client.last_name, client.status) == ("Client", "effacé", "SUSPENDED")
        states = session.scalars(text("SELECT state FROM desk.delivery WHERE recipient = ''")).all()
        assert states == ["CANCELLED"]


def test_what_the_platform_writes_meanwhile_is_found_by_the_second_look(tools: Tools) -> None:
    """The task is not over before a look at the whole finds nothing."""
    with tools.database.writing() as session:
        told = tell(session, tools.storage, words("Tard"))
    with tools.database.writing() as session:
        person = find_person(session, told.client_id)
        assert person is not None
        who = make_staff(session, Role.ADMIN)
        task = start_erasure(session, who, told.client_id, seen=person.version, confirmation=person.ref_id or "")
    steps = itertools.count(1)

    def write_late(_name: str) -> None:
        if next(steps) == 20:
            with tools.database.writing() as session:
                session.add(ChatSession(client_id=told.client_id, title="Encore un mot de Tardive", messages=[]))

    run_task(task, tools, checkpoint=write_late)
    with tools.database.reading() as session:
        assert session.get_one(Task, task).state == "DONE"
        assert "Tardive" not in json.dumps(everything(session), ensure_ascii=False)
        person = find_person(session, told.client_id)
        assert person is not None
        assert [one for one in count_personal(session, person) if one.holds] == []


def test_a_photo_that_another_client_has_too_is_left_to_them(tools: Tools) -> None:
    """Two rows, one object: it is not this person's alone."""
    key = "uploads/common/face.jpg"
    tools.storage.put(key, b"common", "image/jpeg")
    with tools.database.writing() as session:
        client, other = make_client(session), make_client(session)
        for one in (client, other):
            make_file(session, make_order(session, one), key=key)
    erase(tools, client.id)
    assert tools.storage.exists(key)
    with tools.database.reading() as session:
        assert session.scalars(select(OrderFile.key).where(OrderFile.key == key)).all() == [key]


def test_the_wrong_word_erases_nobody(database: Database) -> None:
    """Half a refId, somebody else's address, nothing at all."""
    with database.writing() as session:
        client, who = make_client(session, ref_id="LUM-C-26-0042"), make_staff(session, Role.ADMIN)
        person = find_person(session, client.id)
        assert person is not None
        for word in ("", "LUM-C-26", "someone@else.fr"):
            with pytest.raises(InvalidInput):
                start_erasure(session, who, client.id, seen=person.version, confirmation=word)
        assert session.scalars(select(Task)).all() == []


def test_a_receipt_is_ours_says_of_whom_to_those_who_know_and_nothing_to_others(tools: Tools) -> None:
    """Changed by a letter it is no receipt; without the address it names nobody."""
    with tools.database.writing() as session:
        told = tell(session, tools.storage, words("Recu"))
        email = session.get_one(Client, told.client_id).email
    erase(tools, told.client_id)
    with tools.database.reading() as session:
        word = session.scalars(select(Erasure.receipt)).one()
    receipt = read_receipt(tools.settings, f"\n{word} ")
    assert receipt is not None
    assert receipt.facts["client"] == told.client_id
    assert receipt.facts["values"]["public.ChatSession.messages"] == 1
    assert receipt.about(email.upper())
    assert not receipt.about("someone@else.fr")
    assert email not in json.dumps(dict(receipt.facts))
    assert read_receipt(tools.settings, word[:-1] + ("A" if word[-1] != "A" else "B")) is None
