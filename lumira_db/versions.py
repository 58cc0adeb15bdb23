"""Keeps every state of a reading, with its author and time, so that no decision ever loses a text."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db.actor import Actor
from lumira_db.models import ReadingVersion, VersionOrigin
from lumira_db.reading import digest

# The author of a state that we found in the database and did not make.
PLATFORM = Actor(id="platform", name="Platform", email="", role=None)


def latest(session: Session, order_id: str) -> ReadingVersion | None:
    """The newest version of the order's reading, without its content."""
    return session.scalars(
        select(ReadingVersion)
        .where(ReadingVersion.order_id == order_id)
        .order_by(ReadingVersion.number.desc())
        .limit(1)
    ).first()


def keep_version(
    session: Session, order_id: str, content: Any, origin: VersionOrigin, actor: Actor, *, note: str | None = None
) -> ReadingVersion:
    """Add a version. The caller holds the order's row lock, which makes the numbering safe."""
    before = latest(session, order_id)
    version = ReadingVersion(
        order_id=order_id,
        number=before.number + 1 if before else 1,
        origin=origin,
        content=content,
        digest=digest(content),
        author_id=actor.id,
        author_name=actor.name,
        note=note,
    )
    session.add(version)
    session.flush()
    return version


def keep_what_is_found(session: Session, order_id: str, content: Any) -> None:
    """Keep the present state if it is not the newest version: the platform may have written it."""
    before = latest(session, order_id)
    if content is not None and (before is None or before.digest != digest(content)):
        keep_version(session, order_id, content, VersionOrigin.FOUND, PLATFORM)
