"""One look over a whole database, in a process of its own, so that its memory can be measured.

Reads the database's and the stand-in's addresses from the environment; prints what it took as JSON.
"""

import json
import resource
import sys
import time
from datetime import UTC, datetime, timedelta

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
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    halfway: list[float] = []

    def note(_where: str) -> None:
        halfway.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

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
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "findings": count_findings(session),
        }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
