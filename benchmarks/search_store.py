"""The database of the search's measurements: a million clients with two million orders."""

from pathlib import Path

from benchmarks import search_data
from benchmarks.kept import kept_store
from benchmarks.store import Size, Store
from dashboard.embedded.postgres import Postgres
from dashboard.migrate import MIGRATIONS

WHOLE, QUICK = Size(2_000_000, 1_000_000), Size(100_000, 50_000)


def search_store(running: Postgres, size: Size) -> Store:
    """The kept one, else a new one."""
    made_of = [MIGRATIONS / "versions" / "0006_search.py", Path(search_data.__file__)]
    return kept_store(
        running,
        "search",
        size,
        made_of=made_of,
        fill=lambda url: search_data.fill(url, count=size.clients, orders=size.orders),
    )
