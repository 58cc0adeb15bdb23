"""Acts on many clients: steps of a task, one entry of the audit for each client, undone as exactly as they were done.

What a step changed is kept in ``desk.bulk_change`` in the transaction that changed it. Undoing goes through it and
gives back what was there before, wherever nobody has touched it since.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.client_summaries import refresh_clients
from lumira_db.commands.ref_ids import give_ref_id
from lumira_db.commands.tasks import OPEN, PERMISSIONS, Progress, TaskFacts, start_task
from lumira_db.errors import InvalidInput, NothingToDo, RecordNotFound, TaskUnderWay, UndoneAlready
from lumira_db.i18n_marker import N_
from lumira_db.models import BulkChange, Client, ClientSummary, Task, TaskKind
from lumira_db.permissions import Permission, require
from lumira_db.personal import ERASED_DOMAIN
from lumira_db.queries.bulk import BulkAct, Whom, find_undo
from lumira_db.tagging import added, clean_tag, removed, renamed

STEP = 200
"""Clients in one transaction: their rows are locked for a moment only."""
_S = ClientSummary
_KINDS = {
    BulkAct.ADD_TAGS: TaskKind.TAG_CLIENTS,
    BulkAct.REMOVE_TAGS: TaskKind.TAG_CLIENTS,
    BulkAct.ASSIGN_REF_IDS: TaskKind.ASSIGN_REF_IDS,
}
UNDOABLE = (TaskKind.TAG_CLIENTS, TaskKind.ASSIGN_REF_IDS, TaskKind.RENAME_TAG)
Retag = Callable[[Sequence[str]], list[str]]


def start_bulk(
    session: Session,
    actor: Actor,
    act: BulkAct,
    *,
    query: str,
    total: int,
    ids: Sequence[str] | None = None,
    tags: Sequence[str] = (),
) -> UUID:
    """Start ``act`` on the clients ``ids``, or on all that the address ``query`` names; returns the task's id.

    ``total`` is what the preview counted. Clients who come later are left out. Raises ``TaskUnderWay``,
    ``InvalidInput``, ``NothingToDo``.
    """
    require(actor, Permission.EDIT_CLIENTS)
    cleaned = [tag for tag in dict.fromkeys(map(clean_tag, tags)) if tag]
    if act is not BulkAct.ASSIGN_REF_IDS and not cleaned:
        raise InvalidInput(problem=N_("Choose at least one tag."))
    if total == 0:
        raise NothingToDo
    arguments = {
        "act": act,
        "tags": cleaned,
        "query": query,
        "ids": None if ids is None else sorted(set(ids)),
        "until": utcnow().isoformat(),
    }
    return start_task(session, actor, _KINDS[act], arguments=arguments, total=total)


def start_rename(session: Session, actor: Actor, old: Sequence[str], new: str, *, total: int) -> UUID:
    """Start giving the tags ``old`` the name ``new`` wherever they are; several become one, or join one that exists.

    Raises ``TaskUnderWay``, ``InvalidInput``, ``NothingToDo``.
    """
    require(actor, Permission.MANAGE_CLIENTS)
    new = clean_tag(new)
    if not new:
        raise InvalidInput(problem=N_("Give it a name."))
    gone = sorted({tag for tag in old if tag != new})
    if not gone:
        raise NothingToDo
    return start_task(session, actor, TaskKind.RENAME_TAG, arguments={"old": gone, "new": new}, total=total)


def start_undo(session: Session, actor: Actor, task_id: UUID) -> UUID:
    """Start giving back what the task changed; returns the undoing task's id.

    It takes the permission that the task took. Raises ``UndoneAlready``, ``TaskUnderWay``, ``RecordNotFound``.
    """
    require(actor, Permission.EDIT_CLIENTS)
    task = session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None or task.kind not in UNDOABLE:
        raise RecordNotFound(id=task_id)
    require(actor, PERMISSIONS[TaskKind(task.kind)])
    if task.state in OPEN:
        raise TaskUnderWay
    if find_undo(session, task_id) is not None:
        raise UndoneAlready
    return start_task(session, actor, TaskKind.UNDO, subject=str(task_id), total=task.result.get("changed", 0))


def bulk_step(session: Session, task: TaskFacts, whom: Whom, zone: ZoneInfo) -> Progress:
    """The next clients that ``whom`` names, in the order in which they came."""
    until = datetime.fromisoformat(task.arguments["until"])
    query = select(_S.id, _S.created_at).where(*whom.conditions(zone, until), _S.created_at <= until)
    if task.place:
        at = datetime.fromisoformat(task.place["at"])
        query = query.where(tuple_(_S.created_at, _S.id) > (at, task.place["id"]))
    found = session.execute(query.order_by(_S.created_at, _S.id).limit(STEP)).all()
    ids = [row.id for row in found]
    act, tags = BulkAct(task.arguments["act"]), task.arguments["tags"]
    if act is BulkAct.ASSIGN_REF_IDS:
        changed = _assign(session, task, ids)
    else:
        change = added if act is BulkAct.ADD_TAGS else removed
        changed = _retag(session, task, ids, lambda before: change(before, tags))
    place = {"at": found[-1].created_at.isoformat(), "id": ids[-1]} if found else task.place
    return _progress(task, len(ids), changed, place, finished=len(ids) < STEP)


def rename_step(session: Session, task: TaskFacts, _brought: Any) -> Progress:
    """The next clients that have one of the old tags."""
    old, new = task.arguments["old"], task.arguments["new"]
    having = select(_S.id).where(_S.tags.overlap(old), _S.id > task.place.get("id", ""))
    ids = list(session.scalars(having.order_by(_S.id).limit(STEP)))
    changed = _retag(session, task, ids, lambda before: renamed(before, old, new))
    return _progress(task, len(ids), changed, {"id": ids[-1]} if ids else task.place, finished=len(ids) < STEP)


def undo_step(session: Session, task: TaskFacts, _brought: Any) -> Progress:
    """The next clients that the task changed: what they had comes back unless it was touched since."""
    b = BulkChange
    query = select(b).where(b.task_id == UUID(task.subject), b.client_id > task.place.get("id", ""))
    changes = session.scalars(query.order_by(b.client_id).limit(STEP)).all()
    clients = {client.id: client for client in _locked(session, [change.client_id for change in changes])}
    changed = 0
    for change in changes:
        client = clients.get(change.client_id)
        if client is not None and _has(client, change.after):
            _give(client, change.before)
            _trace(session, task, client, "client.undo", change.after, change.before)
            changed += 1
    refresh_clients(session, list(clients))
    place = {"id": changes[-1].client_id} if changes else task.place
    return _progress(task, len(changes), changed, place, finished=len(changes) < STEP)


def _assign(session: Session, task: TaskFacts, ids: Sequence[str]) -> int:
    clients = {client.id: client for client in _locked(session, ids)}
    changed = 0
    for one in ids:
        client = clients.get(one)
        if client is not None and client.ref_id is None and not client.email.endswith(ERASED_DOMAIN):
            ref_id = give_ref_id(session, task.actor, client)
            _keep(session, task, client, {"ref_id": None}, {"ref_id": ref_id})
            changed += 1
    refresh_clients(session, ids)
    return changed


def _retag(session: Session, task: TaskFacts, ids: Sequence[str], change: Retag) -> int:
    changed = 0
    for client in _locked(session, ids):
        before = list(client.tags or ())
        after = change(before)
        if after != before:
            _keep(session, task, client, {"tags": client.tags}, {"tags": after})
            client.tags = after
            _trace(session, task, client, "client.tags", {"tags": before}, {"tags": after})
            changed += 1
    refresh_clients(session, ids)
    return changed


def _locked(session: Session, ids: Sequence[str]) -> Sequence[Client]:
    """The clients, locked in the order of their ids: two tasks wait for each other, never in a circle."""
    query = select(Client).where(Client.id.in_(ids)).order_by(Client.id).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _keep(session: Session, task: TaskFacts, client: Client, before: dict[str, Any], after: dict[str, Any]) -> None:
    session.add(BulkChange(task_id=task.id, client_id=client.id, before=before, after=after))


def _trace(
    session: Session, task: TaskFacts, client: Client, action: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    after = {**after, "task": str(task.id)}
    audit.record(session, task.actor, action, "client", client.id, before=before, after=after)


def _has(client: Client, state: dict[str, Any]) -> bool:
    return state == ({"ref_id": client.ref_id} if "ref_id" in state else {"tags": list(client.tags or ())})


def _give(client: Client, state: dict[str, Any]) -> None:
    if "ref_id" in state:
        client.ref_id = state["ref_id"]
    else:
        client.tags = state["tags"]


def _progress(task: TaskFacts, seen: int, changed: int, place: Any, *, finished: bool) -> Progress:
    known = {"changed": task.result.get("changed", 0) + changed, "seen": task.result.get("seen", 0) + seen}
    return Progress(done=seen, place=place, result=known, finished=finished)
