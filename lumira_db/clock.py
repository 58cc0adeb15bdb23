"""The one clock: aware UTC, in milliseconds, because the contract keeps ``timestamp(3)``."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """Now, in UTC, cut to the millisecond (so that what is read back equals what was written)."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def iso_ms(moment: datetime) -> str:
    """``2026-02-01T10:21:00.000Z``: the way the platform writes moments inside JSON columns."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
