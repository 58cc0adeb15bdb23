"""One look over a whole database, in a process of its own, so that its memory can be measured.

Reads the database's and the stand-in's addresses from the environment; prints what it took as JSON.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard.gateways.stripe import make_stripe
from dashboard.settings import get_settings
from dashboard.workflows.tasks import run_task
from dashboard.workflows.work import Tools
from lumira_db.actor import SYSTEM
from lumira_db.clock import utcnow
from lumira_db.commands.reconciliation import start_reconciliation
from lumira_db.engine import Database
from lumira_db.models import Task
from lumira_db.queries.reconciliation import count_findings


def main() -> None:
    """Look from the beginning of time until now."""
    settings = get_settings()
    database = Database(settings.database_url.get_secret_value(), application_name="benchmarks")
    with database.writing() as session:
        since = datetime(2015, 1, 1, tzinfo=UTC)
        task = start_reconciliation(session, SYSTEM, since=since, until=utcnow() + timedelta(days=1))
    tools = Tools(database, None, settings, make_stripe(settings))  # type: ignore[arg-type]
    before = _peak_mb()
    began = time.perf_counter()
    halfway: list[float] = []

    def note(_where: str) -> None:
        halfway.append(_peak_mb())

    run_task(task, tools, checkpoint=note)
    seconds = time.perf_counter() - began
    with database.reading() as session:
        row = session.get_one(Task, task)
        found = {
            "state": row.state,
            "error": row.error,
            "lines": row.done,
            "result": row.result,
            "seconds": seconds,
            "cpu_seconds": time.process_time(),
            "before_mb": before,
            "tenth_mb": halfway[len(halfway) // 10] if halfway else before,
            "peak_mb": _peak_mb(),
            "findings": count_findings(session),
        }
    sys.stdout.write(json.dumps(found))


def _peak_mb() -> float:
    """The most memory this program has held. What getrusage says would count whoever started it."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
