"""Two clients side by side before they become one: what differs, and every row that will move or go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lumira_db.merging import OWNED, Owned, Side
from lumira_db.models import AuditEntry, Client

SHOWN = 100


@dataclass(frozen=True, slots=True)
class MergeSide:
    """One of the two clients: the version of the row, and its columns as JSON has them."""

    id: str
    version: str
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.values['firstName']} {self.values['lastName']}".strip() or str(self.values["email"])


@dataclass(frozen=True, slots=True)
class Moving:
    """What becomes of the rows of one table: ``moves`` and ``goes`` are what each row is called (at most
    ``SHOWN``); ``moved`` and ``gone`` are how many there are. ``contested``: both clients have what only one can."""

    table: str
    moves: tuple[str, ...]
    goes: tuple[str, ...]
    moved: int
    gone: int
    contested: bool


@dataclass(frozen=True, slots=True)
class MergeRow:
    """A merge that was done: its entry in the audit."""

    audit_id: int
    at: datetime
    actor_name: str
    dropped_name: str
    undone: bool


def find_side(session: Session, client_id: str) -> MergeSide | None:
    """The client as one side of a merge."""
    row = session.execute(
        text('SELECT t.id, t.xmin::text AS version, to_jsonb(t) AS row FROM "User" t WHERE id = :id'), {"id": client_id}
    ).first()
    return None if row is None else MergeSide(row.id, row.version, row.row)


def list_moving(session: Session, kept: str, dropped: str, choices: Mapping[str, Side]) -> tuple[Moving, ...]:
    """What a merge with these choices moves and deletes, table by table; tables without anything left out."""
    found = (_moving(session, owned, kept, dropped, choices.get(owned.table.name, Side.KEPT)) for owned in OWNED)
    return tuple(one for one in found if one.moved or one.gone)


def list_merges(session: Session, kept: str) -> tuple[MergeRow, ...]:
    """The merges into this client, the newest first."""
    query = select(AuditEntry).where(
        AuditEntry.subject_id == kept, AuditEntry.action.in_(("client.merge", "client.unmerge"))
    )
    rows = session.scalars(query.order_by(AuditEntry.id.desc())).all()
    undone = {one.after["merge"] for one in rows if one.action == "client.unmerge" and one.after}
    return tuple(
        MergeRow(one.id, one.at, one.actor_name, _name(one.before["dropped"]), one.id in undone)
        for one in rows
        if one.action == "client.merge" and one.before
    )


def find_kept(session: Session, dropped: str) -> str | None:
    """The client whom a client who is there no more is now part of, however often they were merged on."""
    seen = {dropped}
    kept: str | None = dropped
    while kept is not None and session.scalar(select(Client.id).where(Client.id == kept)) is None:
        merged = select(AuditEntry.after["into"].astext).where(
            AuditEntry.subject_id == kept, AuditEntry.action == "client.merged_away"
        )
        kept = session.scalar(merged.order_by(AuditEntry.id.desc()).limit(1))
        if kept in seen:
            return None
        seen.add(kept or "")
    return None if kept == dropped else kept


def losers(owned: Owned, side: Side) -> str:
    """The condition that a row ``t`` goes: the other client has its like, and the other's was chosen."""
    if owned.alone is None:
        return "false"
    owner = owned.table.owner
    loser, winner = (":kept", ":dropped") if side is Side.DROPPED else (":dropped", ":kept")
    like = "".join(f' AND w."{column}" = t."{column}"' for column in owned.alone)
    return f't."{owner}" = {loser} AND EXISTS (SELECT FROM {owned.table.sql} w WHERE w."{owner}" = {winner}{like})'


def _moving(session: Session, owned: Owned, kept: str, dropped: str, side: Side) -> Moving:
    both, goes = {"kept": kept, "dropped": dropped}, losers(owned, side)
    mine = f't."{owned.table.owner}" IN (:kept, :dropped)'
    moves = f't."{owned.table.owner}" = :dropped AND NOT ({goes})'
    counted = f"count(*) FILTER (WHERE {moves}) AS moved, count(*) FILTER (WHERE {goes}) AS gone"
    counts = session.execute(
        text(f"SELECT {counted} FROM {owned.table.sql} t WHERE {mine}"),  # noqa: S608 - of lumira_db.merging
        both,
    ).one()

    def called(condition: str) -> tuple[str, ...]:
        statement = f"SELECT {owned.label} FROM {owned.table.sql} t WHERE {condition} ORDER BY 1 LIMIT {SHOWN}"  # noqa: S608
        return tuple(str(one) for one in session.scalars(text(statement), both))

    return Moving(
        owned.table.name, called(moves), called(goes) if counts.gone else (), counts.moved, counts.gone, counts.gone > 0
    )


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['firstName']} {row['lastName']}".strip() or str(row["email"])
