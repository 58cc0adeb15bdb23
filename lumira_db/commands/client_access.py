"""Discretion: every look at a client's page is written down, and what is intimate is uncovered only for a reason."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.commands.locking import MINIMUM_REASON
from lumira_db.discretion import REVEALED_FOR
from lumira_db.errors import ReasonRequired, RecordNotFound
from lumira_db.models import Client, ClientAccess, ClientReveal
from lumira_db.permissions import Permission, require
from lumira_db.states import Intimate

SAME_LOOK = timedelta(minutes=10)
"""Looks at the same client that follow one another within this time are one look."""


def record_access(session: Session, actor: Actor, client_id: str, *, now: datetime) -> None:
    """Write down that the person looks at this client's page."""
    require(actor, Permission.SEE_CLIENTS)
    a = ClientAccess
    same = (a.client_id == client_id, a.staff_id == actor.id, a.last_at > now - SAME_LOOK)
    # Looks of two tabs may make two rows: nobody is hidden by that.
    going_on = update(a).where(*same).values(last_at=now, looks=a.looks + 1).returning(a.id)
    if not session.scalars(going_on.execution_options(synchronize_session=False)).first():
        session.add(
            ClientAccess(client_id=client_id, staff_id=actor.id, staff_name=actor.name, first_at=now, last_at=now)
        )


def reveal(session: Session, actor: Actor, client_id: str, field: Intimate, *, reason: str, now: datetime) -> datetime:
    """Uncover one part of one client for this person, for a while; returns until when.

    Raises ``NotPermitted``, ``ReasonRequired``, ``RecordNotFound``.
    """
    require(actor, Permission.REVEAL_INTIMATE)
    said = " ".join(reason.split())
    if len(said) < MINIMUM_REASON:
        raise ReasonRequired(minimum=MINIMUM_REASON)
    if session.get(Client, client_id) is None:
        raise RecordNotFound(id=client_id)
    until = now + REVEALED_FOR
    session.add(
        ClientReveal(
            client_id=client_id, staff_id=actor.id, field=field, reason=said, revealed_at=now, expires_at=until
        )
    )
    audit.record(session, actor, "client.reveal", "client", client_id, after={"field": field}, reason=said)
    return until


def cover(session: Session, actor: Actor, client_id: str, *, now: datetime) -> None:
    """Cover again what was uncovered for this person."""
    require(actor, Permission.REVEAL_INTIMATE)
    r = ClientReveal
    still = (r.client_id == client_id, r.staff_id == actor.id, r.expires_at > now)
    session.execute(update(r).where(*still).values(expires_at=now).execution_options(synchronize_session=False))
