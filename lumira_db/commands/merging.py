"""Two clients become one, and are told apart again: one transaction each, everything needed for the way back in the
audit."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql import bindparam

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.client_summaries import refresh_clients
from lumira_db.commands.locking import lock_client
from lumira_db.errors import InvalidInput, MergeStands, RecordNotFound
from lumira_db.i18n_marker import N_
from lumira_db.merging import FIELDS, JOINABLE, OWNED, Owned, Side
from lumira_db.models import AuditEntry, NotSameClient
from lumira_db.permissions import Permission, require
from lumira_db.queries.merging import losers

CHANGED = N_("the client was changed since")
MOVED_ON = N_("what was moved is not where it was")
TAKEN = N_("what it would bring back is in use again")
UNDONE = N_("it was taken back already, or its entry was erased")
_ROW = bindparam("row", type_=JSONB)


def rule_out_duplicate(session: Session, actor: Actor, one: str, other: str) -> None:
    """Two clients who have something in common are two people."""
    require(actor, Permission.MANAGE_CLIENTS)
    first, second = sorted((one, other))
    if session.get(NotSameClient, (first, second)) is None:
        session.add(NotSameClient(first_id=first, second_id=second, said_by=actor.id, said_by_name=actor.name))
        audit.record(session, actor, "client.not_same", "client", one, after={"other": other})


def merge_clients(
    session: Session,
    actor: Actor,
    kept_id: str,
    dropped_id: str,
    *,
    seen: tuple[str, str],
    choices: Mapping[str, Side],
) -> None:
    """Give everything of one client to the other and delete the first. ``choices`` are by column of a client, or by
    table of which a client has one row; what is not in it is the kept one's, notes and tags are both's.

    Raises ``NotPermitted``, ``RecordNotFound``, ``StaleRecord``, ``InvalidInput``.
    """
    require(actor, Permission.MANAGE_CLIENTS)
    if kept_id == dropped_id:
        raise InvalidInput(problem=N_("A client cannot be merged with themselves."))
    for client_id, version in sorted(zip((kept_id, dropped_id), seen, strict=True)):
        lock_client(session, client_id, version)
    both = {"kept": kept_id, "dropped": dropped_id}
    kept, dropped = _row(session, kept_id), _row(session, dropped_id)
    chosen = _chosen(kept, dropped, choices)
    removed = {name: rows for owned in OWNED for name, rows in _remove(session, owned, both, choices).items() if rows}
    removed["desk.not_same_client"] = _take_out(
        session, "desk.not_same_client", ":dropped IN (t.first_id, t.second_id)", both
    )
    offset = _note_offset(session, kept_id)
    moved = {owned.table.name: _move(session, owned, kept_id, dropped_id, offset) for owned in OWNED}
    session.execute(text('DELETE FROM "User" WHERE id = :dropped'), {"dropped": dropped_id})
    _write(session, kept_id, chosen)
    refresh_clients(session, [kept_id, dropped_id])
    before = {"kept": {name: kept[name] for name in chosen}, "dropped": dropped, "removed": removed}
    after = {"kept": chosen, "moved": {name: keys for name, keys in moved.items() if keys}, "note_offset": offset}
    audit.record(session, actor, "client.merge", "client", kept_id, before=before, after=after)
    audit.record(session, actor, "client.merged_away", "client", dropped_id, after={"into": kept_id})


def unmerge_clients(session: Session, actor: Actor, audit_id: int) -> tuple[str, str]:
    """Take a merge back as if it had not been; the ids of the kept client and of the one who is there again. What
    came to the kept one since stays theirs. Raises ``NotPermitted``, ``RecordNotFound``, ``MergeStands``."""
    require(actor, Permission.MANAGE_CLIENTS)
    entry = session.get(AuditEntry, audit_id)
    if entry is None or entry.action != "client.merge":
        raise RecordNotFound(id=audit_id)
    kept_id = entry.subject_id
    lock_client(session, kept_id, None)
    if entry.erased_at is not None or _undone(session, kept_id, audit_id):
        raise MergeStands(cause=UNDONE)
    before, after = entry.before, entry.after
    kept, dropped_id = _row(session, kept_id), before["dropped"]["id"]
    if any(kept[name] != value for name, value in after["kept"].items()):
        raise MergeStands(cause=CHANGED)
    try:
        _write(session, kept_id, before["kept"])
        _insert(session, "public.User", before["dropped"])
        for owned in OWNED:
            keys = after["moved"].get(owned.table.name, [])
            if len(_move(session, owned, dropped_id, kept_id, -after["note_offset"], keys)) != len(keys):
                raise MergeStands(cause=MOVED_ON)
        for name in _parents_first(before["removed"]):
            for row in before["removed"][name]:
                _insert(session, name, row)
    except IntegrityError as problem:
        raise MergeStands(cause=TAKEN) from problem
    refresh_clients(session, [kept_id, dropped_id])
    for client_id in (kept_id, dropped_id):
        audit.record(session, actor, "client.unmerge", "client", client_id, after={"merge": audit_id})
    return kept_id, dropped_id


def _chosen(kept: dict[str, Any], dropped: dict[str, Any], choices: Mapping[str, Side]) -> dict[str, Any]:
    """The columns that change, with what they become."""
    found = {}
    for name in FIELDS:
        side = choices.get(name, Side.BOTH if name in JOINABLE else Side.KEPT)
        value = kept[name] if side is Side.KEPT else dropped[name]
        if side is Side.BOTH and name in JOINABLE:
            value = _joined(kept[name], dropped[name])
        if value != kept[name]:
            found[name] = value
    if found.get("email") == "":
        raise InvalidInput(problem=N_("A client needs an e-mail address."))
    return found


def _joined(one: Any, other: Any) -> Any:
    if isinstance(one, list) or isinstance(other, list):
        return list(dict.fromkeys([*(one or []), *(other or [])])) or one
    texts = [part for part in dict.fromkeys((one, other)) if part and part.strip()]
    return "\n\n".join(texts) if texts else one


def _row(session: Session, client_id: str) -> dict[str, Any]:
    found: dict[str, Any] = session.execute(
        text('SELECT to_jsonb(t) FROM "User" t WHERE id = :id'), {"id": client_id}
    ).scalar_one()
    return found


def _remove(
    session: Session, owned: Owned, both: Mapping[str, str], choices: Mapping[str, Side]
) -> dict[str, list[Any]]:
    """Delete what only one of the two can have, the other's; the rows, and those that go with them after them."""
    goes = losers(owned, choices.get(owned.table.name, Side.KEPT))
    found: dict[str, list[Any]] = {owned.table.name: []}
    for child, parent in owned.children:
        schema, _, name = child.partition(".")
        condition = f't."{parent}" IN (SELECT t.id FROM {owned.table.sql} t WHERE {goes})'  # noqa: S608 - as below
        found[child] = _take_out(session, f'{schema}."{name}"', condition, both)
    found[owned.table.name] = _take_out(session, owned.table.sql, goes, both)
    return found


def _take_out(session: Session, table: str, condition: str, both: Mapping[str, str]) -> list[Any]:
    statement = f"DELETE FROM {table} t WHERE {condition} RETURNING to_jsonb(t)"  # noqa: S608 - of lumira_db.merging
    used = {name: value for name, value in both.items() if f":{name}" in statement}
    return list(session.scalars(text(statement), used)) if used else []


def _move(session: Session, owned: Owned, to: str, of: str, offset: int, keys: list[Any] | None = None) -> list[Any]:
    """Give rows to another client: all of them, or those of ``keys``; the keys of those that moved."""
    owner, key = owned.table.owner, owned.key
    numbers = ", number = number + :offset" if owned.table.name == "desk.note_version" else ""
    chosen = f'AND t."{key}"::text = ANY (:keys)' if keys is not None else ""
    values: dict[str, Any] = {"to": to, "of": of}
    if numbers:
        values["offset"] = offset
    if keys is not None:
        values["keys"] = [str(one) for one in keys]
    changed = f'"{owner}" = :to{numbers} WHERE t."{owner}" = :of {chosen}'
    statement = f'UPDATE {owned.table.sql} AS t SET {changed} RETURNING t."{key}"::text'  # noqa: S608 - as above
    return list(session.scalars(text(statement), values))


def _parents_first(names: Collection[str]) -> list[str]:
    children = {child for owned in OWNED for child, _ in owned.children}
    return sorted(names, key=lambda name: name in children)


def _note_offset(session: Session, kept_id: str) -> int:
    query = text("SELECT COALESCE(max(number), 0) FROM desk.note_version WHERE client_id = :id")
    return int(session.execute(query, {"id": kept_id}).scalar_one())


def _write(session: Session, client_id: str, values: Mapping[str, Any]) -> None:
    now = utcnow().replace(tzinfo=None).isoformat(timespec="milliseconds")
    row = {**values, "updatedAt": now}
    columns = ", ".join(f'"{name}" = v."{name}"' for name in row)
    statement = text(
        f'UPDATE "User" AS t SET {columns} FROM jsonb_populate_record(NULL::"User", :row) v '  # noqa: S608 - of FIELDS
        "WHERE t.id = :id"
    ).bindparams(_ROW)
    session.execute(statement, {"row": row, "id": client_id})


def _insert(session: Session, name: str, row: Mapping[str, Any]) -> None:
    schema, _, table = name.partition(".")
    place = f'{schema}."{table}"'
    statement = text(
        f"INSERT INTO {place} OVERRIDING SYSTEM VALUE "  # noqa: S608 - a name of lumira_db.merging
        f"SELECT v.* FROM jsonb_populate_record(NULL::{place}, :row) v"
    ).bindparams(_ROW)
    session.execute(statement, {"row": dict(row)})


def _undone(session: Session, kept_id: str, audit_id: int) -> bool:
    taken_back = select(AuditEntry.after).where(
        AuditEntry.subject_id == kept_id, AuditEntry.action == "client.unmerge", AuditEntry.id > audit_id
    )
    return any(after and after.get("merge") == audit_id for after in session.scalars(taken_back))
