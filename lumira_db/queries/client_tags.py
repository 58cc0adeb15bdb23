"""The tags in use: how many clients have each, and those that begin like what is typed."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lumira_db.models import TagUsage


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and how many clients have it."""

    name: str
    clients: int


def list_tags(session: Session, prefix: str = "", *, limit: int | None = 20) -> tuple[Tag, ...]:
    """The tags in use that begin with ``prefix``, in whatever case; the most used first. All, without a ``limit``."""
    clients = func.sum(TagUsage.clients)
    query = select(TagUsage.tag, clients).group_by(TagUsage.tag).having(clients > 0)
    if prefix.strip():
        query = query.where(func.starts_with(func.lower(TagUsage.tag), prefix.strip().lower()))
    rows = session.execute(query.order_by(clients.desc(), TagUsage.tag).limit(limit))
    return tuple(Tag(name, int(clients)) for name, clients in rows)
