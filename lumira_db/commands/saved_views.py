"""Saved views of the list of clients. Whoever made one keeps it; everybody may use one that is shared."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor, Role
from lumira_db.clock import utcnow
from lumira_db.errors import InvalidInput, NameTaken, RecordNotFound, StaleRecord
from lumira_db.i18n_marker import N_
from lumira_db.models import SavedView, row_version
from lumira_db.permissions import Permission, require
from lumira_db.queries.saved_views import UNNAMED

MAXIMUM_NAME = 80
MAXIMUM_QUERY = 8_000


def save_view(session: Session, actor: Actor, *, name: str, query: str, shared: bool) -> UUID:
    """Keep ``query`` (what an address says of the list) under a new name. Raises ``NameTaken``, ``InvalidInput``."""
    require(actor, Permission.SEE_CLIENTS)
    name = _name(name)
    _check(query)
    now = utcnow()
    values = {"owner_id": actor.id, "owner_name": actor.name, "name": name, "query": query, "shared": shared}
    made = insert(SavedView).values(**values, created_at=now, updated_at=now).on_conflict_do_nothing()
    view_id: UUID | None = session.scalar(made.returning(SavedView.id))
    if view_id is None:
        raise NameTaken(name=name)
    audit.record(session, actor, "view.save", "view", str(view_id), after={"name": name, "shared": shared})
    return view_id


def keep_columns(session: Session, actor: Actor, columns: Sequence[str]) -> None:
    """The columns that the list has for this person from now on, in this order; none: those it comes with."""
    require(actor, Permission.SEE_CLIENTS)
    now, query = utcnow(), urlencode([("columns", name) for name in columns])
    _check(query)
    values = {"owner_id": actor.id, "owner_name": actor.name, "name": UNNAMED, "query": query, "shared": False}
    kept = insert(SavedView).values(**values, created_at=now, updated_at=now)
    same: list[Any] = [SavedView.owner_id, func.lower(SavedView.name)]
    session.execute(kept.on_conflict_do_update(index_elements=same, set_={"query": query, "updated_at": now}))


def update_view(session: Session, actor: Actor, view_id: UUID, *, seen: str, query: str) -> None:
    """Put what the list shows now in place of what the view showed. Raises ``StaleRecord``, ``RecordNotFound``."""
    require(actor, Permission.SEE_CLIENTS)
    view = _own(session, actor, view_id, seen)
    _check(query)
    audit.record(
        session, actor, "view.update", "view", str(view_id), before={"query": view.query}, after={"query": query}
    )
    view.query = query


def rename_view(session: Session, actor: Actor, view_id: UUID, *, seen: str, name: str, shared: bool) -> None:
    """Give the view another name, share it or keep it to oneself. Raises ``NameTaken``, ``StaleRecord``."""
    require(actor, Permission.SEE_CLIENTS)
    view = _own(session, actor, view_id, seen)
    name = _name(name)
    taken = select(SavedView.id).where(
        SavedView.owner_id == view.owner_id, func.lower(SavedView.name) == name.lower(), SavedView.id != view.id
    )
    if session.scalar(taken) is not None:
        raise NameTaken(name=name)
    before = {"name": view.name, "shared": view.shared}
    view.name, view.shared = name, shared
    audit.record(
        session, actor, "view.rename", "view", str(view_id), before=before, after={"name": name, "shared": shared}
    )


def delete_view(session: Session, actor: Actor, view_id: UUID, *, seen: str) -> None:
    """Forget the view; its address leads to the whole list then. Raises ``StaleRecord``, ``RecordNotFound``."""
    require(actor, Permission.SEE_CLIENTS)
    view = _own(session, actor, view_id, seen)
    before = {"name": view.name, "shared": view.shared, "query": view.query}
    audit.record(session, actor, "view.delete", "view", str(view_id), before=before)
    session.delete(view)


def _own(session: Session, actor: Actor, view_id: UUID, seen: str) -> SavedView:
    """The view, locked; an administrator may look after what others share."""
    row = session.execute(
        select(SavedView, row_version("saved_view"))
        .where(SavedView.id == view_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None or not (row[0].owner_id == actor.id or (row[0].shared and actor.role is Role.ADMIN)):
        raise RecordNotFound(id=view_id)
    if row[1] != seen:
        raise StaleRecord(what=N_("This view"))
    view: SavedView = row[0]
    return view


def _name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise InvalidInput(problem=N_("Give it a name."))
    return name[:MAXIMUM_NAME]


def _check(query: str) -> None:
    if len(query) > MAXIMUM_QUERY:
        raise InvalidInput(problem=N_("These are more filters than a view can keep."))
