"""How much of a reading is the expert's: counted once after the approval, and what it is counted from is not read."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.clock import utcnow
from lumira_db.commands.client_summaries import drain
from lumira_db.commands.editing import journal_draft
from lumira_db.commands.wording import recount_words
from lumira_db.enums import OrderStatus
from lumira_db.metrics import METRICS
from lumira_db.models import ReadingVersion
from lumira_db.queries.expertise import ChangeRow, text_changed
from lumira_db.queries.facts import window
from lumira_db.queries.operations import WorkFilter
from lumira_db.queries.rollups import differences
from lumira_db.reading import parse
from lumira_db.states import VersionOrigin
from tests.db.test_decisions import INTRODUCTION, approve, held, seen_of
from tests.factories import make_order, make_staff, reading

PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
MARCH = WorkFilter(AT.date().replace(day=1), AT.date().replace(day=31))


def _versions(session: Session, *states: tuple[VersionOrigin, Any], level: int = 1, author: str = "anne") -> str:
    """An order whose reading went through these states."""
    order = make_order(session, level=level, status=OrderStatus.COMPLETED, paid_at=AT)
    for number, (origin, content) in enumerate(states, 1):
        session.add(
            ReadingVersion(
                order_id=order.id,
                number=number,
                content=content,
                digest="",
                origin=origin,
                author_id=author,
                author_name=author.title(),
                created_at=AT,
            )
        )
    session.flush()
    return order.id


def _shown(session: Session, chosen: WorkFilter = MARCH) -> dict[str, ChangeRow]:
    return {row.staff_id: row for row in text_changed(session, chosen, zone=PARIS)}


def test_what_an_expert_wrote_is_counted_after_the_approval(session: Session) -> None:
    """Edited, approved, and a moment later in the figure: four words of the whole reading are the expert's."""
    anne = make_staff(session, name="Anne")
    order_id = held(session, anne, content=reading())
    found = parse(reading())
    before = next(field.value for field in found.fields if field.path == INTRODUCTION)
    edits = {INTRODUCTION: f"{before} Une porte vraiment nouvelle"}
    journal_draft(session, anne, order_id, seen=seen_of(session, order_id), edits=edits, sequence=1)
    session.commit()
    approve(session, anne, order_id, seen_of(session, order_id))
    today = WorkFilter(utcnow().date() - timedelta(days=1), utcnow().date() + timedelta(days=1))
    assert _shown(session, today) == {}
    drain(session)
    words = sum(len(field.value.split()) for field in found.fields) + 4
    assert _shown(session, today) == {anne.id: ChangeRow(anne.id, 1, 4, words)}
    assert differences(session) == {}


def test_words_are_held_against_the_last_that_the_generator_wrote(session: Session) -> None:
    """Whatever shape either has; without anything of the generator there is nothing to compare."""
    first, second = {"lecture": "un deux trois quatre"}, {"lecture": "cinq six sept huit"}
    approved, generated, found = VersionOrigin.APPROVED, VersionOrigin.GENERATED, VersionOrigin.FOUND
    _versions(session, (generated, first), (generated, second), (approved, {"lecture": "cinq six sept neuf"}))
    _versions(session, (found, second), (VersionOrigin.EDITED, first), (approved, second), level=2, author="bruno")
    _versions(session, (approved, first), author="chloe")
    for foreign in (None, [], "neuf", {"pdf_content": 7}, {"lecture": {"a": [1]}}, [["x"]]):
        _versions(session, (generated, foreign), (approved, foreign), author="dirt")
    while drain(session):
        pass
    shown = _shown(session)
    assert (shown["anne"].readings, shown["anne"].changed, shown["anne"].words) == (1, 1, 4)
    assert (shown["bruno"].readings, shown["bruno"].share) == (1, 0)
    assert "chloe" not in shown
    assert (shown["dirt"].readings, shown["dirt"].changed) == (6, 0)
    assert differences(session) == {}
    assert _shown(session, WorkFilter(MARCH.first, MARCH.last, levels=(2,))).keys() == {"bruno"}
    assert _shown(session, WorkFilter(MARCH.first, MARCH.last, staff_id="anne")).keys() == {"anne"}
    assert _shown(session, WorkFilter(AT.date() + timedelta(days=1), MARCH.last)) == {}


def test_no_text_is_read_to_show_it(session: Session) -> None:
    """All that the figure needs is in an index of what was approved."""
    for setting in ("enable_seqscan", "enable_bitmapscan"):
        session.execute(text(f"SET LOCAL {setting} = off"))
    bound = window(MARCH.period, PARIS)
    plan = "\n".join(session.execute(text(f"EXPLAIN {METRICS['text_changed'].sql}"), bound).scalars())
    assert "Index Only Scan using reading_version_approved_idx" in plan


@pytest.mark.parametrize("planted", ["words = words + 1", "changed_words = 0", "words = NULL, changed_words = NULL"])
def test_a_wrong_count_is_found_and_mended(session: Session, planted: str) -> None:
    """By ``lumira rollups verify``, and by the rebuild that it advises."""
    order_id = _versions(
        session, (VersionOrigin.GENERATED, {"lecture": "un"}), (VersionOrigin.APPROVED, {"lecture": "un deux"})
    )
    drain(session)
    session.execute(
        text(f"UPDATE desk.reading_version SET {planted} WHERE origin = 'APPROVED' AND order_id = :id"),
        {"id": order_id},
    )
    assert differences(session) == {"reading_version": 1}
    recount_words(session)
    assert differences(session) == {}
