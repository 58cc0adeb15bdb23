"""The audit's chain: whole under any number of writers, broken by any change made behind its back."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.engine import Database
from lumira_db.models import AuditEntry, Client
from tests.factories import actor, make_client

ANNE = actor(name="Anne")


def write(session: Session, count: int) -> None:
    for number in range(1, count + 1):
        facts = {"status": "PAID", "note": f"né·e à Angoulême {number}", "amounts": [number, 2.5, None]}
        audit.record(session, ANNE, "order.approve", "order", f"o{number}", before=None, after=facts, reason="relu")
    audit.flush(session)


def test_what_is_recorded_is_read_back_and_the_chain_holds(session: Session) -> None:
    """Every field of an entry survives PostgreSQL to the letter, or its digest would not."""
    write(session, 5)
    session.expunge_all()
    assert list(audit.verify(session)) == []
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).first()
    assert entry is not None
    assert (entry.id, entry.actor_name, entry.actor_role, entry.reason) == (1, "Anne", "EXPERT", "relu")
    assert entry.after == {"status": "PAID", "note": "né·e à Angoulême 1", "amounts": [1, 2.5, None]}


def test_an_empty_audit_holds(session: Session) -> None:
    """A new database is no broken one."""
    assert list(audit.verify(session)) == []


@pytest.mark.parametrize(
    ("tampering", "entry", "words"),
    [
        ("UPDATE desk.audit SET actor_name = 'Bruno' WHERE id = 3", 3, "does not follow"),
        ("UPDATE desk.audit SET actor_role = 'ADMIN' WHERE id = 3", 3, "does not follow"),
        ("UPDATE desk.audit SET at = at + interval '1 second' WHERE id = 3", 3, "does not follow"),
        ("UPDATE desk.audit SET action = 'order.reject' WHERE id = 3", 3, "does not follow"),
        ("UPDATE desk.audit SET subject_id = 'o9' WHERE id = 3", 3, "does not follow"),
        ("""UPDATE desk.audit SET after = '{"status": "REFUNDED"}' WHERE id = 3""", 3, "content was changed"),
        ("UPDATE desk.audit SET before = '1' WHERE id = 3", 3, "content was changed"),
        ("UPDATE desk.audit SET reason = NULL WHERE id = 3", 3, "content was changed"),
        ("UPDATE desk.audit SET hash = repeat('0', 64) WHERE id = 3", 3, "does not follow"),
        ("DELETE FROM desk.audit WHERE id = 3", 4, "entries 3 to 3 are missing"),
        ("DELETE FROM desk.audit WHERE id = 1", 2, "entries 1 to 1 are missing"),
        ("UPDATE desk.audit SET erased_at = now(), after = '{}', digest = 'new' WHERE id = 3", 3, "does not follow"),
    ],
)
def test_tampering_is_found_where_it_happened(session: Session, tampering: str, entry: int, words: str) -> None:
    """Each column of an entry is covered, and its place in the chain."""
    write(session, 5)
    session.execute(text(tampering))
    first = next(audit.verify(session))
    assert first.entry_id == entry
    assert words in first.problem


def test_a_payload_that_the_law_makes_us_erase_leaves_the_chain_whole(session: Session) -> None:
    """The digest stays, so what was there can neither be read nor replaced."""
    write(session, 3)
    erase = "UPDATE desk.audit SET erased_at = now(), before = NULL, after = NULL, reason = NULL WHERE id = 2"
    session.execute(text(erase))
    assert list(audit.verify(session)) == []


def test_many_writers_at_once_make_one_chain_without_gap_or_deadlock(database: Database) -> None:
    """Row locks first, the chain's lock last and briefly: writers that meet wait, and none is killed."""
    writers, rounds = 12, 10
    with database.writing() as session:
        ids = [make_client(session).id for _ in range(8)]
    together = threading.Barrier(writers)

    def work(number: int) -> None:
        together.wait()
        for turn in range(rounds):
            with database.writing() as session:
                first = number % 7
                audit.record(session, ANNE, "client.annotate", "client", ids[first], after={"turn": turn})
                for client_id in ids[first : first + 2]:
                    client = session.get_one(Client, client_id, with_for_update=True)
                    client.notes = f"{number}.{turn}"
                audit.record(session, ANNE, "client.annotate", "client", ids[first + 1], after={"turn": turn})

    run_all([partial(work, number) for number in range(writers)])
    with database.reading() as session:
        assert list(audit.verify(session)) == []
        assert session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all() == list(
            range(1, 2 * writers * rounds + 1)
        )


def test_what_is_rolled_back_leaves_neither_trace_nor_gap(database: Database) -> None:
    """The trace belongs to the transaction of its deed."""

    def change_my_mind() -> None:
        with database.writing() as session:
            write(session, 2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_my_mind()
    with database.writing() as session:
        write(session, 1)
    with database.reading() as session:
        assert session.scalars(select(AuditEntry.id)).all() == [1]
        assert list(audit.verify(session)) == []


def run_all(tasks: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(tasks)) as pool:
        for future in [pool.submit(task) for task in tasks]:
            future.result(timeout=60)


def test_a_nul_that_somebody_typed_costs_neither_the_act_nor_the_chain(database: Database) -> None:
    with database.writing() as session:
        audit.record(
            session, actor(), "order.reject", "order", "o", after={"a\x00": ["\\u0000 \x00kept"]}, reason="x\x00y"
        )
    with database.reading() as session:
        [entry] = session.scalars(select(AuditEntry)).all()
        assert (entry.after, entry.reason) == ({"a": ["\\u0000 kept"]}, "xy")
        assert not list(audit.verify(session))
