"""What a test wants to know about the audit."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.models import AuditEntry


def traces(session: Session, subject_id: str) -> Sequence[AuditEntry]:
    """The entries about a subject, in their order, those of the open transaction included."""
    audit.flush(session)
    return session.scalars(select(AuditEntry).where(AuditEntry.subject_id == subject_id).order_by(AuditEntry.id)).all()
