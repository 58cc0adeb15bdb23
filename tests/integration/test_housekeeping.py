"""What nobody will look at again is thrown away, and nothing else."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lumira_db.clock import utcnow
from lumira_db.commands.housekeeping import (
    KEEP_ATTEMPTS,
    KEEP_SESSIONS,
    purge_sessions,
    purge_sign_in_attempts,
)
from lumira_db.models import DeskSession, SignInAttempt

NOW = utcnow()
DAY = timedelta(days=1)


def test_only_old_attempts_to_sign_in_go(session: Session) -> None:
    for age in (timedelta(), KEEP_ATTEMPTS - DAY, KEEP_ATTEMPTS + DAY):
        session.add(SignInAttempt(account_hash=b"x", address="127.0.0.1", at=NOW - age, succeeded=False))
    session.flush()
    purge_sign_in_attempts(session, NOW)
    assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 2


def test_only_sessions_that_were_over_long_ago_go(session: Session) -> None:
    long_ago = NOW - KEEP_SESSIONS - DAY
    for number, (expires, ended) in enumerate(
        [(NOW + DAY, None), (NOW + DAY, long_ago), (long_ago, None), (NOW - DAY, NOW - DAY)]
    ):
        session.add(
            DeskSession(token_hash=bytes([number]), staff_id="s", expires_at=expires, ended_at=ended, created_at=NOW)
        )
    session.flush()
    purge_sessions(session, NOW)
    kept = session.scalars(select(DeskSession.token_hash).order_by(DeskSession.token_hash)).all()
    assert kept == [b"\x00", b"\x03"]
