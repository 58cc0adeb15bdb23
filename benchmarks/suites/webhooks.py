"""Ten thousand events of a month upon a real Desk: how fast they are answered, and that nothing is lost or doubled."""

from dataclasses import asdict

from benchmarks.aims import Check
from benchmarks.figures import Spread
from benchmarks.scratch import scratch_database
from benchmarks.suites.base import Bench, Outcome, Table
from lumira_db.engine import Database
from tests.db.test_payments import outcome
from tests.webhook_storm import Storm, begin, in_order, sent, storm, told

WHOLE, QUICK = 10_000, 500
_SEED = 3
ANSWER_P95_MS = 500.0


def run(bench: Bench) -> Outcome:
    """Send the month by eight clients at once while the worker is killed; compare with the month in order."""
    count = QUICK if bench.quick else WHOLE
    with bench.steps.step(f"A month of {count:,} events"):
        ids, events = told(count, _SEED)
        posted = sent(events, _SEED)
    logs = bench.logs / "webhooks"
    logs.mkdir(exist_ok=True)
    with scratch_database(bench.running, "bench_webhooks") as url, bench.steps.step("Out of order, doubled, at once"):
        database = Database(url, application_name="benchmarks")
        begin(database, ids)
        found = storm(database, url, posted, logs)
        with database.reading() as session:
            ended = outcome(session)
        database.dispose()
    with scratch_database(bench.running, "bench_webhooks") as url, bench.steps.step("In order, each once"):
        database = Database(url, application_name="benchmarks")
        expected = in_order(database, ids, events)
        database.dispose()
    wrong = sum(row not in set(expected[part]) for part in expected for row in ended[part])
    missing = sum(len(expected[part]) != len(ended[part]) for part in expected)
    return _told(count, len(posted), found, wrong + missing, whole=not bench.quick)


def _told(count: int, posted: int, found: Storm, wrong: int, *, whole: bool) -> Outcome:
    answers = Spread.of(found.answers_ms)
    table = Table(
        "Webhooks",
        [
            "events",
            "sent",
            "seconds",
            "events/s",
            "p50 ms",
            "p95 ms",
            "sent again",
            "worker killed",
            "rows that differ",
        ],
        [
            [
                f"{count:,}",
                f"{posted:,}",
                f"{found.seconds:.1f}",
                f"{posted / found.seconds:.0f}",
                f"{answers.p50:.1f}",
                f"{answers.p95:.1f}",
                str(found.refused),
                str(found.worker_kills),
                str(wrong),
            ]
        ],
        ["Eight clients at once, each event up to an hour late, three of ten twice; the worker is killed meanwhile."],
    )
    checks = [
        Check("Rows that differ from the month in order", 0, "rows", float(wrong)),
        Check("p95 of an answer to Stripe", ANSWER_P95_MS, "ms", answers.p95 if whole else None),
    ]
    data = {"events": count, "posted": posted, "answers": asdict(answers), "wrong": wrong, "seconds": found.seconds}
    return Outcome([table], data, checks)
