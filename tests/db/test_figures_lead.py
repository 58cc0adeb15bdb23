"""Every mark, row and card of the screens of figures leads to a list of as many rows as it says."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard import filters
from dashboard.analytics import operations, paths, revenue_cards
from dashboard.analytics.look import Look, look
from dashboard.analytics.screens import SCREENS
from dashboard.analytics.section import At
from dashboard.charts.card import Card
from dashboard.charts.chart import Target
from lumira_db.commands import rollups
from lumira_db.commands.client_summaries import drain
from lumira_db.enums import DeliveryFormat, InsightCategory
from lumira_db.metrics import METRICS
from lumira_db.models import AuditEntry, ChatSession, Delivery, Generation, Insight, ReadingVersion
from lumira_db.periods import Grain, Period
from lumira_db.queries import expertise
from lumira_db.queries import operations as work
from lumira_db.queries.client_list import count_clients
from lumira_db.queries.deliveries import walk_deliveries
from lumira_db.queries.expertise import Decision
from lumira_db.queries.facts import window
from lumira_db.queries.operations import WorkFilter
from lumira_db.queries.orders import count_orders
from lumira_db.states import DeliveryState, GenerationState, VersionOrigin
from tests.db.order_deeds import MOMENTS, write
from tests.factories import make_products

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
EXPERTS = ("expert-1", "expert-2")
ERRORS = (None, "", "HTTP 503 after 30 s", "HTTP 502 after 4 s", "Another request took its place.", "50 % <b>'; --")
LECTURES = ("un deux", "un deux trois", "deux", "")
REASONS = (None, " Ton trop sec ", "ton trop sec", "Passage absent\nligne 2", "x" * 3000, "Évoque un décès 🕯️")
# Around the days on which the clock changes, whole months, one day, everything, a period that goes on.
LOOKS = (
    {"period": "2025-10-01..2026-04-30", "currency": "all", "grain": "month"},
    {"period": "2026-03-29..2026-03-31", "currency": "eur", "grain": "day"},
    {"period": "2025-10-26", "currency": "usd"},
    {"period": "2025-12-15..2026-04-10", "grain": "week", "level": ["1", "7"], "measure": "count"},
    {"period": "2025-10-01..2026-04-30", "buyers": "new", "source": ["instagram", "~"]},
    {"period": "2025-10-01..2026-04-30", "buyers": "returning", "level": "2"},
    {"period": "month", "currency": "all"},
    {"period": "2025-10-01..2026-04-30", "archetype": "Le Guide", "silence": "30"},
)


def _decide(session: Session, chance: Random, order_id: str) -> None:
    """Approved, perhaps again and by another; sent back twice for the same reason; before it was paid."""
    for _ in range(chance.randint(1, 4)):
        who, at, decision = chance.choice(EXPERTS), chance.choice(MOMENTS), chance.choice(list(Decision))
        number = chance.getrandbits(60)
        reason = None if decision is Decision.APPROVE else chance.choice(REASONS)
        session.add(_entry(number, who, at, decision, order_id, reason))
        if decision is Decision.APPROVE:
            if chance.random() < 0.7:
                took = at - timedelta(minutes=chance.choice([1, 17, 61, 479, 481]))
                session.add(_entry(number - 1, who, took, "order.take", order_id, None))
            if chance.random() < 0.7:
                _keep(session, order_id, "generator", at, VersionOrigin.GENERATED, chance.choice(LECTURES))
            _keep(session, order_id, who, at, VersionOrigin.APPROVED, chance.choice(LECTURES))


def _entry(number: int, who: str, at: datetime, action: str, order_id: str, reason: str | None) -> AuditEntry:
    return AuditEntry(
        id=number,
        at=at,
        actor_id=who,
        actor_name=f"Experte {who[-1]}",
        action=str(action),
        subject_type="order",
        subject_id=order_id,
        reason=reason,
        digest="",
        hash="",
    )


def _keep(session: Session, order_id: str, who: str, at: datetime, origin: VersionOrigin, lecture: str) -> None:
    numbers = text("SELECT COALESCE(max(number), 0) + 1 FROM desk.reading_version WHERE order_id = :id")
    session.add(
        ReadingVersion(
            order_id=order_id,
            number=session.scalar(numbers, {"id": order_id}),
            content={"lecture": lecture},
            digest="",
            origin=origin,
            author_id=who,
            author_name=f"Experte {who[-1]}",
            created_at=at,
        )
    )
    session.flush()


def _serve(session: Session, chance: Random, order_id: str) -> None:
    """Delivered (perhaps before it was paid), planned on a channel, refused by the generator."""
    at = chance.choice(MOMENTS)
    if chance.random() < 0.6:
        sql = 'UPDATE "Order" SET "deliveredAt" = :at WHERE id = :id'
        session.execute(text(sql), {"at": at.replace(tzinfo=None), "id": order_id})
    for _ in range(chance.randint(0, 2)):
        session.add(
            Delivery(
                order_id=order_id,
                reading_version_id=chance.getrandbits(60),
                channel=chance.choice(list(DeliveryFormat)),
                recipient="anne@example.org",
                state=chance.choice(list(DeliveryState)),
                due_at=at,
                last_error=chance.choice(ERRORS),
                pdf_key=f"readings/{uuid4()}.pdf",
                message_id=f"<{uuid4()}@example.org>",
                approved_by=EXPERTS[0],
                approved_at=at,
                created_at=chance.choice(MOMENTS),
            )
        )
    for revision in range(chance.randint(0, 3)):
        session.add(
            Generation(
                order_id=order_id,
                revision=revision,
                state=chance.choice(list(GenerationState)),
                requested_by=EXPERTS[0],
                requested_at=at,
                answered_at=chance.choice(MOMENTS),
                error=chance.choice(ERRORS),
            )
        )


def _meet(session: Session, chance: Random, client_id: str) -> None:
    """Insights, read or not, and chats; some of somebody whom the platform has deleted since."""
    for category in chance.sample(list(InsightCategory), 3):
        made, read = chance.choice(MOMENTS), chance.choice([None, *MOMENTS])
        whose = client_id if chance.random() < 0.9 else f"gone-{chance.getrandbits(40)}"
        session.add(Insight(client_id=whose, category=category, short="…", full="…", created_at=made, viewed_at=read))
    for _ in range(chance.randint(0, 2)):
        session.add(ChatSession(client_id=client_id, messages=[{}], created_at=chance.choice(MOMENTS)))


@pytest.fixture(params=[1, 2, 3])
def world(session: Session, request: pytest.FixtureRequest) -> Session:
    """Orders, refunds and paths written and changed at random, worked on at random, some of them deleted since."""
    chance = Random(request.param)
    make_products(session)
    write(session, chance, 150)
    for order_id in session.scalars(text('SELECT id FROM "Order" ORDER BY id')).all():
        if chance.random() < 0.7:
            _decide(session, chance, order_id)
        _serve(session, chance, order_id)
    for client_id in session.scalars(text('SELECT id FROM "User" ORDER BY id')).all():
        _meet(session, chance, client_id)
    session.flush()
    write(session, chance, 40)
    rollups.rebuild(session, "Europe/Paris")
    while drain(session):
        pass
    return session


def _targets(at: At) -> Iterator[tuple[str, Target]]:
    """Where everything leads that the three screens draw, and what it is called."""
    for screen, sections in SCREENS.items():
        for section in sections:
            for panel in section.panels(section.read(at), at.look):
                title = f"{screen}/{section.code}"
                if panel.chart:
                    yield from ((f"{title}: mark {n}", one) for n, one in enumerate(panel.chart.targets) if one)
                if panel.sheet:
                    yield from ((f"{title}: {line.values}", line.target) for line in panel.sheet.lines if line.target)
    for card in _cards(at):
        if card.target:
            yield f"card {card.code}", card.target


def _cards(at: At) -> Sequence[Card]:
    money = revenue_cards.read(at)
    of_money = [card for one in money.currencies(at.look) for card in revenue_cards.cards(money, at.look, one)]
    of_paths = paths.cards(paths.read_outcomes(at), at.look)
    return [*of_money, *of_paths, *operations.cards(operations.read_summary(at), at.look)]


def _listed(session: Session, target: Target) -> int:
    """The rows of the list, by the address that the browser is sent to."""
    query = parse_qs(urlencode(target.query, doseq=True))
    if target.screen == "orders":
        return count_orders(session, filters.order_filter(query), zone=PARIS)
    if target.screen == "clients":
        return count_clients(session, filters.client_filter(query), zone=PARIS, now=NOW)
    assert target.screen == "deliveries"
    return len(list(walk_deliveries(session, filters.delivery_filter(query), zone=PARIS)))


def _look(query: dict[str, Any], staff_id: str | None = None) -> Look:
    return look(parse_qs(urlencode(query, doseq=True)), now=NOW, zone=PARIS, staff_id=staff_id)


@pytest.mark.parametrize("staff_id", [None, EXPERTS[0]])
def test_everything_that_can_be_clicked_leads_to_as_many_rows(world: Session, staff_id: str | None) -> None:
    """Of everybody's work, and of one expert's own."""
    for query in LOOKS:
        found = list(_targets(At(world, _look(query, staff_id), PARIS, NOW)))
        wrong = [(what, one.count, listed) for what, one in found if (listed := _listed(world, one)) != one.count]
        assert (query, wrong) == (query, [])


def test_a_wide_look_leads_everywhere(world: Session) -> None:
    """Or the test above would say nothing: every filter that a figure can set is set by some."""
    at = At(world, _look(LOOKS[0]), PARIS, NOW)
    used = {name for _what, one in _targets(at) for name in one.query}
    wanted = {
        *("refunded_in", "refunded", "off_catalogue", "weekday", "waiting_at", "approved_in", "delivered_in"),
        *("decision", "decided_by", "reason", "generator_error", "channel", "first_paid_in", "second_paid_in"),
        *("paid_in", "outcome", "days_done", "stopped_after", "insight", "insight_read", "chatted_in", "checkout"),
    }
    assert wanted - used == set()


@pytest.mark.parametrize("days", [(date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 3, 29), date(2026, 3, 29))])
def test_the_sql_that_is_shown_of_the_work_counts_what_the_screen_says(world: Session, days: tuple[date, date]) -> None:
    """Whoever runs it by hand gets the figure of the screen."""
    chosen, moments = WorkFilter(*days), window(Period(*days), PARIS)

    def told(code: str) -> list[Any]:
        return list(world.execute(text(METRICS[code].sql), moments))

    decided = {row.action: row.readings for row in told("approvals")}
    every = (Decision.APPROVE, Decision.REVISE, Decision.REJECT)
    assert tuple(decided.get(one.value, 0) for one in every) == expertise.decided_on(world, chosen, zone=PARIS)
    end = WorkFilter(days[1], days[1])
    waiting = work.backlog(world, end, Grain.DAY, zone=PARIS, now=NOW, promise={})
    assert [tuple(row) for row in told("backlog")] == [(point.level, point.orders) for point in waiting]
    for code, read in (("hours_to_validate", work.hours_to_validate), ("hours_to_deliver", work.hours_to_deliver)):
        spans = {row.level: (row.median_hours, row.p90_hours) for row in read(world, chosen, zone=PARIS, promise={})}
        assert {row.level: pytest.approx(tuple(row.hours)) for row in told(code)} == spans
    paces = {row.staff_id: row.median_minutes for row in expertise.pace(world, chosen, zone=PARIS)}
    assert {row.actor_id: pytest.approx(row.minutes) for row in told("minutes_per_reading")} == paces
    changes = expertise.text_changed(world, chosen, zone=PARIS)
    assert sorted(map(tuple, told("text_changed"))) == sorted(map(astuple, changes))
