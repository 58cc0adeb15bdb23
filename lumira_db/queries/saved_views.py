"""Saved views: a choice of filters, order and columns that a person named, their own or shared."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lumira_db.models import SavedView, row_version

UNNAMED = ""
"""The view without a name is how the list begins for its owner."""


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved view; ``query`` is what an address says of it, ``version`` what the screen saw."""

    id: UUID
    owner_id: str
    owner_name: str
    name: str
    query: str
    shared: bool
    version: str


_VERSION = row_version("saved_view")


def list_views(session: Session, staff_id: str, *, limit: int = 200) -> tuple[ViewRow, ...]:
    """The person's own views and those that others share, by name; their own first."""
    query = (
        select(SavedView, _VERSION)
        .where(or_(SavedView.owner_id == staff_id, SavedView.shared))
        .order_by(SavedView.owner_id != staff_id, func.lower(SavedView.name), SavedView.id)
        .limit(limit)
    )
    return tuple(_row(view, version) for view, version in session.execute(query))


def find_view(session: Session, view_id: UUID, staff_id: str) -> ViewRow | None:
    """The view, if it is the person's own or shared."""
    query = select(SavedView, _VERSION).where(
        SavedView.id == view_id, or_(SavedView.owner_id == staff_id, SavedView.shared)
    )
    found = session.execute(query).first()
    return None if found is None else _row(*found)


def _row(view: SavedView, version: str) -> ViewRow:
    return ViewRow(view.id, view.owner_id, view.owner_name, view.name, view.query, view.shared, version)
