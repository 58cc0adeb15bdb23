"""refIds: one in place, or one for every client that the platform's checkout left without (DOMAIN §3)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.commands.client_summaries import refresh_clients
from lumira_db.commands.locking import lock_client
from lumira_db.commands.tasks import Progress, TaskFacts, start_task
from lumira_db.models import Client, TaskKind
from lumira_db.permissions import Permission, require
from lumira_db.queries.clients import lacks_ref_id
from lumira_db.sequences import BUSINESS_ZONE, draw, draw_ref_id

STEP = 200
"""Clients that one step of the backfill gives a refId."""

_HIGHEST = text(
    """
    SELECT COALESCE(max(substring("refId" FROM :start)::bigint), 0) FROM "User"
    WHERE "refId" >= :prefix AND "refId" < :end AND substring("refId" FROM :start) ~ '^[0-9]{1,9}$'
    """
)


def assign_ref_id(session: Session, actor: Actor, client_id: str) -> str:
    """Give the client a refId of the year in which they came; one that they have stays. Raises ``RecordNotFound``."""
    require(actor, Permission.EDIT_CLIENTS)
    ref_id = give_ref_id(session, actor, lock_client(session, client_id, None))
    refresh_clients(session, [client_id])
    return ref_id


def backfill_ref_ids(session: Session, actor: Actor, *, total: int | None = None) -> UUID:
    """Start giving every client without a refId one, in the order in which they came; returns the task's id.

    Raises ``TaskUnderWay``.
    """
    require(actor, Permission.MANAGE_CLIENTS)
    return start_task(session, actor, TaskKind.BACKFILL_REF_IDS, total=total)


def backfill_step(session: Session, task: TaskFacts, _brought: Any) -> Progress:
    """The next clients without refId. A client who is being written right now is waited for."""
    c = Client
    query = select(c).where(*lacks_ref_id()).order_by(c.created_at, c.id).limit(STEP)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    clients = session.scalars(locked).all()
    given = [give_ref_id(session, task.actor, client) for client in clients]
    refresh_clients(session, [client.id for client in clients])
    known = dict(task.result)
    result = {"first": known.get("first", given[0]), "last": given[-1]} if given else known
    return Progress(len(given), result=result, finished=not given)


def give_ref_id(session: Session, actor: Actor, client: Client) -> str:
    """Give the locked client the next refId of their year, unless they have one; the counter never hands out
    what somebody has, however far it is behind."""
    if client.ref_id:
        return client.ref_id
    ref_id = draw_ref_id(session, client.created_at)
    if session.scalar(select(Client.id).where(Client.ref_id == ref_id)) is not None:
        ref_id = _past_the_highest(session, client.created_at)
    client.ref_id = ref_id
    session.flush()
    audit.record(session, actor, "client.assign_ref_id", "client", client.id, after={"refId": ref_id})
    return ref_id


def _past_the_highest(session: Session, moment: datetime) -> str:
    """Bring a counter that fell behind past every refId of its year. Its row is locked already."""
    year = f"{moment.astimezone(BUSINESS_ZONE):%y}"
    prefix = f"LUM-C-{year}-"
    bounds = {"prefix": prefix, "end": prefix[:-1] + ".", "start": len(prefix) + 1}
    highest = int(session.execute(_HIGHEST, bounds).scalar_one())
    now = draw(session, f"client_{year}", 0)
    draw(session, f"client_{year}", max(highest - now, 0))
    return draw_ref_id(session, moment)
