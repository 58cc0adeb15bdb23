"""Erasing a client, as a task: their files, then their rows table by table, then a look whether anything is left.

Whom to look for is kept in the task's place from the first step on, because the rows that say so are among those
that go; the last step, which signs the receipt, empties the place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.archive import person_keys
from dashboard.files import own_bucket
from dashboard.settings import Settings
from dashboard.workflows.receipts import receipt_signer, write_receipt
from dashboard.workflows.work import Tools, Work
from lumira_db.clock import utcnow
from lumira_db.commands.client_summaries import refresh_clients
from lumira_db.commands.erasing import erase_table, forget_tags, record_erasure, shared_keys
from lumira_db.commands.locking import lock_client
from lumira_db.commands.tasks import Progress, TaskFacts
from lumira_db.errors import ErasureIncomplete, RecordNotFound
from lumira_db.models import Client
from lumira_db.personal import ERASED_EMAIL, REACHED
from lumira_db.queries.personal import Person, count_personal, count_table, find_person

_FILES_A_STEP = 25
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Brought:
    """What a step was given from outside: whom to erase, the keys of their files, and what signs the receipt."""

    settings: Settings
    person: Person | None = None
    keys: tuple[str, ...] = ()


def _outside(tools: Tools, task: TaskFacts) -> _Brought:
    # Found out before anything is gone: without the key there would be no receipt.
    receipt_signer(tools.settings)
    stage = task.place.get("stage")
    if stage is None or stage == "look":
        return _look(tools, task)
    if stage == "files":
        for key in task.place["keys"][:_FILES_A_STEP]:
            tools.storage.delete(key)
    return _Brought(tools.settings)


def _look(tools: Tools, task: TaskFacts) -> _Brought:
    """Who it is, with what the platform wrote since, and which of the stored files are theirs alone."""
    bucket = own_bucket(tools.settings)
    with tools.database.reading() as session:
        person = find_person(session, task.subject)
        if person is None:
            raise RecordNotFound(id=task.subject)
        known = task.place.get("person")
        person = _joined(Person.from_json(known), person) if known else person
        keys = person_keys(session, person, tools.storage, bucket, task=task.id)
        keys -= shared_keys(session, person, {key: tools.storage.object_url(key) for key in keys})
    return _Brought(tools.settings, person, tuple(sorted(keys)))


def _joined(before: Person, now: Person) -> Person:
    names = ("emails", "phones", "payments", "order_ids", "order_numbers", "delivery_ids", "generation_ids")
    both: dict[str, Any] = {name: tuple(dict.fromkeys((*getattr(before, name), *getattr(now, name)))) for name in names}
    both["emails"] = tuple(one for one in both["emails"] if not one.endswith(ERASED_EMAIL.partition("@")[2]))
    return replace(before, **both)


def _step(session: Session, task: TaskFacts, brought: _Brought) -> Progress:
    place = task.place
    if place.get("stage") in (None, "look"):
        return _begin_round(session, task, brought)
    person = Person.from_json(place["person"])
    if place["stage"] == "files":
        return _files_gone(place)
    table = REACHED[place["table"]]
    lock_client(session, person.client_id, None)
    erased: dict[str, int] = dict(place["erased"])
    for column, rows in count_table(session, table, person, task=task.id).columns.items():
        erased[f"{table.name}.{column}"] = erased.get(f"{table.name}.{column}", 0) + rows
    erase_table(session, table, person, task=task.id)
    following = place["table"] + 1
    stage = {"stage": "rows", "table": following} if following < len(REACHED) else {"stage": "look"}
    return Progress(1, {**place, **stage, "erased": erased})


def _begin_round(session: Session, task: TaskFacts, brought: _Brought) -> Progress:
    """The first round, another one for what was written meanwhile, or the end."""
    place, person = task.place, brought.person
    if person is None:
        raise RecordNotFound(id=task.subject)
    # Until this commits, the platform can add nothing that refers to the client.
    session.execute(select(Client.id).where(Client.id == person.client_id).with_for_update())
    left = [one.table for one in count_personal(session, person, task=task.id) if one.holds]
    again = place.get("round", 0)
    if again and not left and not brought.keys:
        return _finish(session, task, person, brought.settings)
    if again >= _ROUNDS:
        raise ErasureIncomplete(tables=", ".join(left) or "S3")
    following = {
        "person": person.to_json(),
        "keys": list(brought.keys),
        "stage": "files",
        "round": again + 1,
        "objects": place.get("objects", 0),
        "erased": place.get("erased", {}),
    }
    return Progress(0, following, total=task.done + len(brought.keys) + len(REACHED))


def _files_gone(place: Mapping[str, Any]) -> Progress:
    gone, rest = place["keys"][:_FILES_A_STEP], place["keys"][_FILES_A_STEP:]
    following = {**place, "keys": rest, "objects": place["objects"] + len(gone)}
    if not rest:
        following |= {"stage": "rows", "table": 0}
    return Progress(len(gone), following)


def _finish(session: Session, task: TaskFacts, person: Person, settings: Settings) -> Progress:
    refresh_clients(session, [person.client_id])
    forget_tags(session, person)
    erasure_id = uuid4()
    facts = {
        "receipt": str(erasure_id),
        "client": person.client_id,
        "erased_at": utcnow().isoformat(timespec="seconds"),
        "erased_by": task.actor.name,
        "values": dict(sorted(task.place["erased"].items())),
        "files": task.place["objects"],
        "orders_kept_without_the_person": len(person.order_ids),
    }
    receipt = write_receipt(settings, facts, person.emails)
    record_erasure(session, task.actor, person, erasure_id=erasure_id, task=task.id, receipt=receipt, facts=facts)
    result = {"receipt": str(erasure_id), "values": sum(task.place["erased"].values()), "files": task.place["objects"]}
    return Progress(0, {}, result, finished=True)


ERASE = Work(_step, _outside)
