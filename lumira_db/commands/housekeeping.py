"""Throws away what nobody will look at again. The audit says who signed in; these rows only serve the moment."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from lumira_db.models import DeskSession, SignInAttempt

KEEP_ATTEMPTS = timedelta(days=30)
KEEP_SESSIONS = timedelta(days=90)


def purge_sign_in_attempts(session: Session, now: datetime) -> None:
    """Forget attempts to sign in that are too old to throttle anybody."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - KEEP_ATTEMPTS))


def purge_sessions(session: Session, now: datetime) -> None:
    """Forget sessions that ended or ran out long ago."""
    before = now - KEEP_SESSIONS
    session.execute(delete(DeskSession).where(or_(DeskSession.ended_at < before, DeskSession.expires_at < before)))
