"""Counting in several processes: each keeps its counts in a file, ``/metrics`` adds them up."""

import os
import shutil
import tempfile

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def count_together() -> None:
    """Whatever is counted from here on, by this process and those that it starts, is one count.

    The library decides for files when it is imported: nothing that imports it may come before.
    """
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="lumira-counts-")


def counts_together() -> bool:
    """Whether this process is one of several that count together."""
    return _FOLDER in os.environ


def forget(process: int) -> None:
    """The process is over: what it had open is open no more."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(process)  # type: ignore[no-untyped-call]


def clear() -> None:
    """Everybody has ended: throw the counts away."""
    if counts_together():
        shutil.rmtree(os.environ.pop(_FOLDER), ignore_errors=True)
