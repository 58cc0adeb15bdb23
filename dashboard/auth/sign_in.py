"""Signing in: the same steps and the same work whether the address, the account or the password is wrong."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from dashboard.auth.password import check_password, hash_password
from dashboard.auth.signing import Signer
from lumira_db.commands.sessions import (
    Attempt,
    Opened,
    Origin,
    Refused,
    begin_attempt,
    refuse_sign_in,
    sign_in,
)
from lumira_db.engine import Database
from lumira_db.queries.sessions import Credentials, find_credentials

LONGEST_ADDRESS = 320
_MOST_WAITING = 40


class TooBusy(Exception):
    """More people are signing in than can be served within seconds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A new session, or why there is none (for metrics only: the person is never told)."""

    opened: Opened | None
    refused: Refused | None


class SignIn:
    """Checks passwords in threads of its own: hashing is slow on purpose and must not hold up the others.

    One core stays free for them, however many passwords arrive.
    """

    def __init__(self, signer: Signer, *, lifetime: timedelta) -> None:
        self._signer = signer
        self._lifetime = lifetime
        workers = min(4, max(1, (os.cpu_count() or 2) - 1))
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="sign-in")
        self._waiting = 0

    async def attempt(self, database: Database, email: str, password: str, origin: Origin) -> Outcome:
        """Try to sign in. Raises ``TooBusy``; a database that does not answer raises SQLAlchemy's errors."""
        if self._waiting >= _MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self.try_now, database, email, password, origin)
        finally:
            self._waiting -= 1

    def try_now(self, database: Database, email: str, password: str, origin: Origin) -> Outcome:
        """The attempt itself: count it, look the account up, check the password, commit the outcome."""
        typed = _clean(email)
        account = self._signer.digest(typed.lower())
        with database.writing() as session:
            attempt = begin_attempt(session, account, origin.address)
            found = find_credentials(session, typed)
        verdict = check_password(password, found.password_hash if found else None)
        refused = _reason(attempt, found, right=verdict.ok)
        if found is None or refused is not None:
            with database.writing() as session:
                reason = refused or Refused.UNKNOWN_ADDRESS
                refuse_sign_in(session, found.staff_id if found else None, account, origin, reason)
            return Outcome(None, reason)
        stronger = hash_password(password) if verdict.rehash else None
        with database.writing() as session:
            opened = sign_in(session, found, attempt, origin, lifetime=self._lifetime, password_hash=stronger)
        return Outcome(opened, None)

    def prepare(self) -> None:
        """Make what the first attempt would wait for, and thereby take longer than the others."""
        check_password("", None)

    def close(self) -> None:
        """Let no further attempt begin."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _reason(attempt: Attempt, found: Credentials | None, *, right: bool) -> Refused | None:
    if attempt.throttled is not None:
        return attempt.throttled
    if found is None:
        return Refused.UNKNOWN_ADDRESS
    if not right:
        return Refused.WRONG_PASSWORD
    return None if found.is_active else Refused.DISABLED


def _clean(email: str) -> str:
    # PostgreSQL takes neither NUL nor halves of surrogate pairs; an address with them belongs to nobody.
    text = email.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text.strip()[:LONGEST_ADDRESS]
