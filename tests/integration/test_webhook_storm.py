"""A month of events upon a real Desk: ``make bench`` sends ten thousand, this some hundreds."""

from pathlib import Path

from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from tests.databases import new_database
from tests.db.test_payments import outcome
from tests.webhook_storm import begin, in_order, sent, storm, told

EVENTS, SEED = 240, 11


def test_a_month_sent_by_eight_at_once_while_the_worker_dies_ends_as_the_month_in_order(
    database: Database, database_url: str, postgres_url: str, template_database: str, tmp_path: Path
) -> None:
    """To the cent, row by row; every event was answered, and counted once."""
    ids, events = told(EVENTS, SEED)
    begin(database, ids)
    posted = sent(events, SEED)
    found = storm(database, database_url, posted, tmp_path)
    with database.reading() as session:
        ended = outcome(session)
    with new_database(postgres_url, template_database) as url:
        other = Database(url, application_name="tests")
        expected = in_order(other, ids, events)
        other.dispose()
    assert {status for _id, status, *_rest in expected["orders"]} >= {OrderStatus.PAID, OrderStatus.REFUNDED}
    for part, rows in expected.items():
        assert ended[part] == rows, part
    assert len(found.answers_ms) >= len(posted) > len(events)
    assert found.worker_kills
