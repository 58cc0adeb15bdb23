"""Erasing a client, table by table (``lumira_db.personal``): what bookkeeping must keep stays, and names nobody."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.locking import lock_client
from lumira_db.commands.tasks import start_task
from lumira_db.errors import InvalidInput
from lumira_db.i18n_marker import N_
from lumira_db.models import ClientProfile, Erasure, OrderFile, TagUsage, TaskKind
from lumira_db.permissions import Permission, require
from lumira_db.personal import Table
from lumira_db.queries.personal import Person, bound, residue

WRONG_WORD = N_("Type the client's refId or e-mail address exactly, to be sure that it is this person.")


def start_erasure(session: Session, actor: Actor, client_id: str, *, seen: str, confirmation: str) -> UUID:
    """Begin to erase the client, as a task; its id. ``confirmation`` is their refId or address, typed.

    Raises ``NotPermitted``, ``RecordNotFound``, ``StaleRecord``, ``InvalidInput``, ``TaskUnderWay``.
    """
    require(actor, Permission.ERASE_CLIENTS)
    client = lock_client(session, client_id, seen)
    names = {one.strip().casefold() for one in (client.ref_id, client.email) if one}
    if confirmation.strip().casefold() not in names:
        raise InvalidInput(problem=WRONG_WORD)
    return start_task(session, actor, TaskKind.ERASE_CLIENT, subject=client_id)


def erase_table(session: Session, table: Table, person: Person, *, task: UUID | None) -> int:
    """Take the person out of one table; how many rows were deleted or emptied. Doing it again changes nothing."""
    if not table.personal:
        return 0
    reach = f"({table.reach}) AND NOT ({table.spared})"
    if table.loses_rows:
        statement = f"DELETE FROM {table.sql} t WHERE {reach}"  # noqa: S608 - of lumira_db.personal
    else:
        values = {
            column: table.replaced[column].value if column in table.replaced else "NULL" for column in table.personal
        }
        chosen = ", ".join(f'"{column}" = {value}' for column, value in values.items())
        left = " OR ".join(residue(table, column) for column in table.personal)
        statement = f"UPDATE {table.sql} AS t SET {chosen} WHERE {reach} AND ({left})"  # noqa: S608 - likewise
    done: Any = session.execute(bound(statement, person.values(task)))
    return int(done.rowcount)


def forget_tags(session: Session, person: Person) -> None:
    """Tags that nobody else has are not suggested any more: they may have been about this person alone."""
    unused = (
        select(TagUsage.tag)
        .where(TagUsage.tag.in_(person.tags))
        .group_by(TagUsage.tag)
        .having(func.sum(TagUsage.clients) <= 0)
    )
    session.execute(delete(TagUsage).where(TagUsage.tag.in_(unused)))


def shared_keys(session: Session, person: Person, addresses: Mapping[str, str]) -> set[str]:
    """Those of the stored objects, by key, that another client's rows name too: they are not this person's alone.

    ``addresses`` gives the address under which a row may name a key.
    """
    names = [*addresses, *addresses.values()]
    by_name = {address: key for key, address in addresses.items()} | {key: key for key in addresses}
    files = select(OrderFile.key, OrderFile.url).where(
        OrderFile.key.in_(names) | OrderFile.url.in_(names), OrderFile.order_id.not_in(person.order_ids)
    )
    found = [name for row in session.execute(files) for name in row]
    for column in (ClientProfile.face_photo_url, ClientProfile.palm_photo_url):
        # A photo kept as text is longer than any name, and is not read for that.
        short: ColumnElement[bool] = func.octet_length(column) < 2048
        query = select(column).where(short, column.in_(names), ClientProfile.client_id != person.client_id)
        found += session.scalars(query)
    return {by_name[name] for name in found if name in by_name}


def record_erasure(
    session: Session,
    actor: Actor,
    person: Person,
    *,
    erasure_id: UUID,
    task: UUID,
    receipt: str,
    facts: Mapping[str, Any],
) -> None:
    """Keep the signed receipt and leave the trace, which says how much was erased and not what."""
    session.add(
        Erasure(
            id=erasure_id,
            client_id=person.client_id,
            task_id=task,
            erased_by=actor.id,
            erased_by_name=actor.name,
            erased_at=utcnow(),
            receipt=receipt,
        )
    )
    audit.record(session, actor, "client.erase", "client", person.client_id, after=dict(facts))


def record_hand_out(session: Session, actor: Actor, client_id: str, *, rows: int, files: int, complete: bool) -> None:
    """Record that everything about a client was handed out. Raises ``NotPermitted``."""
    require(actor, Permission.ERASE_CLIENTS)
    after = {"rows": rows, "files": files, "complete": complete}
    audit.record(session, actor, "client.hand_out", "client", client_id, after=after)
