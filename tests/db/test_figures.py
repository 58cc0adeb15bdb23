"""The figures of the analytics screens: each as it is defined, and a click on it leads to exactly what it counts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.commands.client_summaries import drain
from lumira_db.enums import InsightCategory, OrderStatus
from lumira_db.metrics import METRICS
from lumira_db.models import ChatSession, Client, Insight, Order, Refund
from lumira_db.periods import Comparison, Grain, Period, compared
from lumira_db.queries import customers, expertise, operations, paths, revenue
from lumira_db.queries.behind_clients import ClientBehind
from lumira_db.queries.behind_orders import OrderBehind
from lumira_db.queries.client_list import ClientListFilter, count_clients
from lumira_db.queries.facts import Buyers, RevenueFilter, window
from lumira_db.queries.operations import WorkFilter
from lumira_db.queries.orders import OrderFilter, count_orders
from lumira_db.queries.paths import Outcome, PathBy, PathFilter
from tests.factories import make_client, make_order, make_path, make_products

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 4, 15, 9, 0, tzinfo=UTC)
MARCH = {"first": date(2026, 3, 1), "last": date(2026, 3, 31)}
PERIOD = Period(**MARCH)


def at(clock: str) -> datetime:
    """A moment given as the clock in Paris shows it."""
    moment = datetime.fromisoformat(clock)
    return (moment if moment.tzinfo else moment.replace(tzinfo=PARIS)).astimezone(UTC)


def buy(session: Session, client: Client, clock: str, amount: int = 900, **values: Any) -> Order:
    """An order paid then, and begun five minutes before."""
    status = values.pop("status", OrderStatus.PAID)
    return make_order(session, client, status=status, paid_at=at(clock), amount=amount, **values)


def give_back(session: Session, order: Order, clock: str, amount: int, **values: Any) -> None:
    """A refund that succeeded then."""
    known = {"currency": order.currency, "status": "succeeded", "created_at": at(clock), "said_at": at(clock)}
    facts = {"order_id": order.id, "amount": amount, "succeeded_at": at(clock)}
    session.add(Refund(id=f"re_{order.id}_{clock}", **(known | facts | values)))
    session.flush()


@pytest.fixture
def march(session: Session) -> Session:
    """March 2026 by hand: around its midnights, its day of 23 hours, in two currencies, at levels known and not."""
    make_products(session)
    anne = make_client(session, source="instagram")
    bea = make_client(session, source="instagram")
    chloe = make_client(session)
    dora = make_client(session, source="ami")
    buy(session, anne, "2026-02-28T23:59:59.999", 900)
    buy(session, anne, "2026-03-01T00:00:00", 2900, level=2)
    first = buy(session, bea, "2026-03-29T01:59:59", 900, status=OrderStatus.COMPLETED)
    buy(session, bea, "2026-03-29T03:00:00", 1234, level=2, currency="EUR")
    back = buy(session, bea, "2026-03-31T23:59:59.999", 9900, level=4, status=OrderStatus.REFUNDED)
    buy(session, chloe, "2026-03-10T12:00:00", 500, level=7)
    buy(session, chloe, "2026-03-11T12:00:00", 5000, level=3, currency="usd")
    buy(session, dora, "2026-04-01T00:00:00", 900)
    silent = buy(session, dora, "2026-04-02T00:00:00", 5900, level=3, status=OrderStatus.REFUNDED)
    for order, clock in ((back, "2026-04-03T10:00"), (silent, "2026-03-30T10:00")):
        session.execute(
            text('UPDATE "Order" SET "updatedAt" = :at WHERE id = :id'),
            {"at": at(clock).replace(tzinfo=None), "id": order.id},
        )
    give_back(session, first, "2026-03-31T23:00", 400)
    give_back(session, first, "2026-03-31T23:30", 100)
    give_back(session, first, "2026-03-31T23:40", 700, succeeded_at=None, status="pending")
    give_back(session, back, "2026-04-01T00:00", 9900)
    for status in (OrderStatus.PENDING, OrderStatus.PENDING, OrderStatus.FAILED):
        make_order(session, anne, status=status, paid_at=None, amount=900, created_at=at("2026-03-05T10:00"))
    make_order(session, chloe, status=OrderStatus.COMPLETED, paid_at=None, amount=0, created_at=at("2026-03-05T10:00"))
    make_order(session, chloe, status=OrderStatus.REFUNDED, paid_at=None, created_at=at("2026-03-05T10:00"))
    drain(session)
    return session


def of(session: Session, **narrowed: Any) -> dict[str, revenue.Figures]:
    found = revenue.cards(session, RevenueFilter(**(MARCH | narrowed)), zone=PARIS)
    return {figures.currency: figures for figures in found}


def test_the_cards_of_march_are_those_counted_by_hand(march: Session) -> None:
    """Of the refunds, one that is pending is none, and one that nobody wrote down is estimated."""
    euros = of(march)["eur"]
    assert (euros.paid_cents, euros.orders, euros.clients, euros.new_clients) == (15_434, 5, 3, 2)
    assert (euros.refund_cents, euros.estimated_cents, euros.refunds, euros.refunded_orders) == (6_400, 5_900, 3, 2)
    assert (euros.net_cents, euros.average_cents, euros.new_share) == (9_034, 15_434 / 5, 2 / 3)
    # Of the checkouts, the one that was paid as April began was begun in March.
    assert (euros.checkouts, euros.converted, euros.abandoned, euros.failed) == (8, 5, 2, 1)
    assert euros.abandoned_cents == 1_800
    dollars = of(march)["usd"]
    assert (dollars.paid_cents, dollars.orders, dollars.clients, dollars.new_clients) == (5_000, 1, 1, 0)


@pytest.mark.parametrize(
    ("narrowed", "cents", "clients"),
    [
        ({"levels": (2,)}, 4_134, 2),
        ({"levels": (7,)}, 500, 1),
        ({"levels": (1, 2)}, 5_034, 2),
        ({"sources": ("instagram",)}, 14_934, 2),
        ({"sources": ("",)}, 500, 1),
        ({"buyers": Buyers.NEW}, 1_400, 2),
        ({"buyers": Buyers.RETURNING}, 14_034, 2),
        ({"first": date(2026, 3, 29), "last": date(2026, 3, 29)}, 2_134, 1),
        ({"last": date(2026, 3, 31), "until": at("2026-03-31T20:00").astimezone(PARIS).time()}, 5_534, 3),
    ],
)
def test_filters_narrow_every_card(march: Session, narrowed: dict[str, Any], cents: int, clients: int) -> None:
    """An unknown level and no source are values of their own."""
    found = of(march, currency="EUR", **narrowed)
    assert set(found) == {"eur"}
    assert (found["eur"].paid_cents, found["eur"].clients) == (cents, clients)


def test_every_definition_says_what_the_screens_say(march: Session) -> None:
    """The SQL that is shown runs, and gives the figures that the screens give."""
    moments = {**window(PERIOD, PARIS), "now": NOW.replace(tzinfo=None), "silence": timedelta(days=7)}
    said = {}
    for code, metric in METRICS.items():
        rows = march.execute(text(metric.sql), moments).all()
        said[code] = [row for row in rows if getattr(row, "currency", "eur") == "eur"]
    euros = of(march)["eur"]
    assert said["paid"][0].cents == euros.paid_cents
    assert said["orders"][0].orders == euros.orders
    assert (said["refunds"][0].cents, said["refunds"][0].estimated_cents) == (6_400, 5_900)
    assert said["net"][0].cents == euros.net_cents
    assert float(said["average"][0].cents) == euros.average_cents
    assert said["clients"][0].clients == euros.clients
    assert float(said["new_share"][0].share) == pytest.approx(euros.new_share)
    assert float(said["conversion"][0].share) == euros.conversion
    assert (said["abandoned"][0].carts, said["abandoned"][0].cents) == (2, 1_800)
    lasting = customers.lifetime_values(march, RevenueFilter(**MARCH), zone=PARIS)
    assert [(row.level, row.cents) for row in said["lifetime"]] == [
        (row.level, row.cents - row.refund_cents) for row in lasting
    ]
    rates = customers.refund_rates(march, RevenueFilter(**MARCH, currency="eur"), zone=PARIS)
    assert [(row.level, row.orders, row.refunded) for row in said["refund_rate"]] == [
        (row.level, row.orders, row.refunded) for row in rates
    ]
    off = customers.off_catalogue(march, RevenueFilter(**MARCH, currency="eur"), zone=PARIS)
    assert [tuple(row) for row in said["off_catalogue"]] == [(r.level, "eur", r.amount, r.orders) for r in off]


def test_buckets_add_up_to_the_period(march: Session) -> None:
    """Whatever they are, and in whichever part the money is told."""
    chosen = RevenueFilter(**MARCH)
    for grain in Grain:
        starts = {bucket.start for bucket in revenue.trend(march, chosen, grain, zone=PARIS)}
        assert starts <= set(PERIOD.buckets(grain))
        for rows in (
            revenue.by_level(march, chosen, grain, zone=PARIS),
            revenue.by_buyers(march, chosen, grain, zone=PARIS),
            revenue.by_hour(march, chosen, zone=PARIS),
            revenue.by_source(march, chosen, zone=PARIS),
        ):
            assert sum(row.cents for row in rows if row.currency == "eur") == 15_434
    by_week = revenue.by_level(march, chosen, Grain.WEEK, zone=PARIS)
    assert {row.start for row in by_week} == {date(2026, 2, 23), date(2026, 3, 9), date(2026, 3, 23), date(2026, 3, 30)}
    hours = {(cell.weekday, cell.hour): cell.orders for cell in revenue.by_hour(march, chosen, zone=PARIS)}
    assert hours == {(7, 0): 1, (7, 1): 1, (7, 3): 1, (2, 12): 1, (3, 12): 1, (2, 23): 1}


def test_cohorts_follow_clients_from_their_first_month(march: Session) -> None:
    """Anne's first was in February, her second in March; Bea's and Chloé's both in March."""
    found = customers.cohorts(march, RevenueFilter(date(2026, 2, 1), date(2026, 4, 30)), zone=PARIS)
    assert [(c.cohort.month, c.months, c.clients, c.active, c.second) for c in found] == [
        (2, 0, 1, 1, 0),
        (2, 1, 1, 1, 1),
        (3, 0, 2, 2, 2),
        (4, 0, 1, 1, 1),
    ]


ORDERS_BEHIND: dict[str, tuple[Callable[[revenue.Figures], int], OrderFilter]] = {
    "orders": (lambda f: f.orders, OrderFilter(paid_from=PERIOD.first, paid_to=PERIOD.last)),
    "new": (
        lambda f: f.new_clients,
        OrderFilter(paid_from=PERIOD.first, paid_to=PERIOD.last, behind=OrderBehind(buyers=Buyers.NEW)),
    ),
    "refunded": (lambda f: f.refunded_orders, OrderFilter(behind=OrderBehind(refunded_in=PERIOD))),
    "checkouts": (
        lambda f: f.checkouts,
        OrderFilter(created_from=PERIOD.first, created_to=PERIOD.last, behind=OrderBehind(checkout=True)),
    ),
    "converted": (
        lambda f: f.converted,
        OrderFilter(created_from=PERIOD.first, created_to=PERIOD.last, behind=OrderBehind(paid=True)),
    ),
    "abandoned": (
        lambda f: f.abandoned,
        OrderFilter(
            statuses=(OrderStatus.PENDING,),
            created_from=PERIOD.first,
            created_to=PERIOD.last,
            behind=OrderBehind(paid=False),
        ),
    ),
}


@pytest.mark.parametrize("figure", ORDERS_BEHIND)
def test_the_orders_behind_a_card_are_as_many_as_it_says(march: Session, figure: str) -> None:
    """In either currency, and among the clients of one source."""
    count, listed = ORDERS_BEHIND[figure]
    for currency in ("eur", "usd"):
        for sources in ((), ("instagram",), ("",)):
            behind = replaced(listed.behind or OrderBehind(), sources=sources)
            narrowed = replaced(listed, currency=currency, behind=behind)
            said = of(march, currency=currency, sources=sources).get(currency, revenue.Figures(currency))
            assert count_orders(march, narrowed, zone=PARIS) == count(said)


def replaced(value: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(value, **changes)


def test_the_orders_behind_a_cell_or_a_bar_are_as_many_as_it_says(march: Session) -> None:
    """Of the heat map, of the refund rate, and off the catalogue."""
    within = OrderFilter(paid_from=PERIOD.first, paid_to=PERIOD.last, currency="eur")
    chosen = RevenueFilter(**MARCH, currency="eur")
    for cell in revenue.by_hour(march, chosen, zone=PARIS):
        listed = replaced(within, behind=OrderBehind(weekday=cell.weekday, hour=cell.hour))
        assert count_orders(march, listed, zone=PARIS) == cell.orders
    for row in customers.refund_rates(march, chosen, zone=PARIS):
        listed = replaced(within, levels=(row.level,), behind=OrderBehind(refunded=True))
        assert count_orders(march, listed, zone=PARIS) == row.refunded
    for off in customers.off_catalogue(march, chosen, zone=PARIS):
        listed = replaced(
            within,
            levels=(off.level,),
            amount_min=off.amount,
            amount_max=off.amount,
            behind=OrderBehind(off_catalogue=True),
        )
        assert count_orders(march, listed, zone=PARIS) == off.orders


def test_the_clients_behind_a_figure_are_as_many_as_it_says(march: Session) -> None:
    """Of the card, and of every cell of the cohorts."""
    card = ClientBehind(paid_in=PERIOD, currency="eur")
    assert clients_behind(march, card) == of(march)["eur"].clients == 3
    for cell in customers.cohorts(march, RevenueFilter(date(2026, 2, 1), date(2026, 4, 30)), zone=PARIS):
        first, then = month(cell.cohort), month(later(cell.cohort, cell.months))
        assert clients_behind(march, ClientBehind(first_paid_in=first)) == cell.clients
        assert clients_behind(march, ClientBehind(first_paid_in=first, paid_in=then)) == cell.active
        assert clients_behind(march, ClientBehind(first_paid_in=first, second_paid_in=then)) == cell.second
    for row in customers.lifetime_values(march, RevenueFilter(**MARCH), zone=PARIS):
        behind = ClientBehind(first_paid_in=PERIOD, first_levels=(row.level,), first_currency=row.currency)
        assert clients_behind(march, behind) == row.clients


def clients_behind(session: Session, behind: ClientBehind) -> int:
    return count_clients(session, ClientListFilter(behind=behind), zone=PARIS, now=NOW)


def month(first: date) -> Period:
    return Period(first, Grain.MONTH.next(first) - timedelta(days=1))


def later(first: date, months: int) -> date:
    for _ in range(months):
        first = Grain.MONTH.next(first)
    return first


@pytest.fixture
def walkers(session: Session) -> Session:
    """One path of each kind, started on 2 March: done, stopped at day 3 long ago, locked after day 2, still at it."""
    reading = make_order(session, level=4, status=OrderStatus.COMPLETED)
    started = datetime(2026, 3, 2, 12, tzinfo=UTC)
    shapes = [(7, 7, started), (2, 3, started), (2, 2, started), (1, 2, started), (0, 1, at("2026-05-01T00:00"))]
    for number, (completed, unlocked, when) in enumerate(shapes):
        path = make_path(
            session,
            make_client(session),
            completed=completed,
            unlocked=unlocked,
            order=reading if number == 0 else None,
            started_at=when,
        )
        shift = when - datetime(2026, 2, 2, 12, tzinfo=UTC)
        session.execute(
            text(
                'UPDATE "PathStep" SET "unlockedAt" = "unlockedAt" + :s, "completedAt" = "completedAt" + :s'
                ' WHERE "spiritualPathId" = :id'
            ),
            {"s": shift, "id": path.id},
        )
        if number == 3:
            session.execute(
                text('UPDATE "PathStep" SET "unlockedAt" = :at WHERE "spiritualPathId" = :id AND "dayNumber" = 2'),
                {"at": NOW.replace(tzinfo=None) - timedelta(days=1), "id": path.id},
            )
    drain(session)
    return session


def test_the_path_tells_who_stopped_from_whom_the_system_stopped(walkers: Session) -> None:
    """Four started in March; each stands elsewhere, and a click on it leads to its client."""
    chosen = PathFilter(**MARCH)
    found = paths.outcomes(walkers, chosen, zone=PARIS, now=NOW)
    assert found == paths.Outcomes(done=1, in_progress=1, abandoned=1, locked=1)
    for outcome in Outcome:
        assert clients_behind(walkers, ClientBehind(on_path=chosen, outcome=outcome)) == 1
    days = paths.funnel(walkers, chosen, zone=PARIS, now=NOW)
    assert [day.paths for day in days] == [4, 4, 3, 1, 1, 1, 1, 1]
    assert [day.median_hours for day in days[:3]] == [None, 24.0, 24.0]
    for day in days:
        assert clients_behind(walkers, ClientBehind(on_path=chosen, days_done=day.day)) == day.paths
    curve = paths.survival(walkers, chosen, zone=PARIS, now=NOW)
    assert [(point.day, point.at_risk, point.stopped, point.share) for point in curve] == [
        (2, 4, 1, 0.75),
        (7, 2, 0, 0.75),
        (43, 1, 0, 0.75),
    ]
    levels = paths.by(walkers, chosen, PathBy.LEVEL, zone=PARIS, now=NOW)
    assert [(group.value, group.outcomes.started) for group in levels] == [(4, 1), (None, 3)]
    assert paths.by(walkers, chosen, PathBy.MONTH, zone=PARIS, now=NOW)[0].value == date(2026, 3, 1)
    actions = paths.by_action(walkers, chosen, zone=PARIS, now=NOW)
    assert [(row.opened, row.done, row.median_hours) for row in actions] == [(14, 12, 24.0)]


def test_insights_and_chats_are_counted_by_the_day_they_began(session: Session) -> None:
    """Two insights of three made in March were opened; one of two buyers chats, in any shape of messages."""
    client = make_client(session)
    buy(session, client, "2026-03-01T10:00")
    buy(session, make_client(session), "2026-03-01T10:00")
    for hours in (2, 4, None):
        made = at("2026-03-31T23:59")
        seen = None if hours is None else made + timedelta(hours=hours)
        texts = {"category": InsightCategory.SANTE, "short": "…", "full": "…"}
        session.add(Insight(client_id=make_client(session).id, created_at=made, viewed_at=seen, **texts))
    for messages in ([{"role": "user"}, {"role": "assistant"}], {}, None):
        begun = at("2026-03-01T00:00")
        session.add(
            ChatSession(client_id=client.id, created_at=begun, messages=messages if messages is not None else [])
        )
    session.flush()
    drain(session)
    row = paths.insights(session, PERIOD, zone=PARIS)[0]
    assert (row.made, row.read, row.median_hours) == (3, 2, 3.0)
    chats = paths.chats(session, PERIOD, zone=PARIS)
    assert (chats.sessions, chats.clients, chats.messages, chats.buyers, chats.share) == (3, 1, 2, 2, 0.5)


@pytest.mark.parametrize(
    ("period", "how", "expected"),
    [
        (Period(date(2026, 3, 1), date(2026, 3, 31)), Comparison.BEFORE, Period(date(2026, 2, 1), date(2026, 2, 28))),
        (Period(date(2026, 3, 1), date(2026, 3, 7)), Comparison.BEFORE, Period(date(2026, 2, 22), date(2026, 2, 28))),
        (Period(date(2024, 2, 1), date(2024, 2, 29)), Comparison.YEAR, Period(date(2023, 2, 1), date(2023, 2, 28))),
        (Period(date(2024, 2, 29), date(2024, 2, 29)), Comparison.YEAR, Period(date(2023, 2, 28), date(2023, 2, 28))),
        (Period(date(2025, 1, 1), date(2025, 12, 31)), Comparison.BEFORE, Period(date(2024, 1, 1), date(2024, 12, 31))),
        (Period(date(2026, 3, 1), date(2026, 3, 31)), Comparison.NONE, None),
    ],
)
def test_a_period_is_compared_with_its_like(period: Period, how: Comparison, expected: Period | None) -> None:
    """Months with months, however long; other spans with as many days."""
    assert compared(period, how, now=NOW, zone=PARIS) == expected


def test_a_running_period_is_compared_with_the_same_part(session: Session) -> None:
    """On 15 April at eleven in Paris, with March until the 15th at eleven."""
    april = Period(date(2026, 4, 1), date(2026, 4, 30))
    assert april.is_running(NOW, PARIS)
    other = compared(april, Comparison.BEFORE, now=NOW, zone=PARIS)
    assert other is not None
    assert (other.first, other.end(PARIS)) == (date(2026, 3, 1), at("2026-03-15T11:00"))


def test_work_is_counted_from_the_payment_to_the_approval(march: Session) -> None:
    """What waited at the end of a day, by its age, is what the list of orders then shows."""
    chosen = WorkFilter(date(2026, 3, 9), date(2026, 3, 12))
    promise = {level: timedelta(hours=24) for level in range(1, 8)}
    points = operations.backlog(march, chosen, Grain.DAY, zone=PARIS, now=NOW, promise=promise)
    level_7 = [(p.start.day, p.ages, p.late) for p in points if p.level == 7]
    assert level_7 == [(10, (1, 0, 0, 0, 0), 0), (11, (0, 1, 0, 0, 0), 1), (12, (0, 0, 1, 0, 0), 1)]
    for point in points:
        moment = Period(point.start, point.start).end(PARIS)
        behind = OrderBehind(waiting_at=moment)
        assert count_orders(march, OrderFilter(levels=(point.level,), behind=behind), zone=PARIS) == point.orders
        aged = OrderBehind(waiting_at=moment, waited_days=1, waited_below=2)
        assert count_orders(march, OrderFilter(levels=(point.level,), behind=aged), zone=PARIS) == point.ages[1]
    assert operations.hours_to_validate(march, chosen, zone=PARIS, promise=promise) == ()
    for read in (expertise.decisions, expertise.reasons, expertise.pace, expertise.text_changed, expertise.deliveries):
        assert read(march, chosen, zone=PARIS) == ()
    assert expertise.approvals(march, chosen, Grain.DAY, zone=PARIS) == ()
