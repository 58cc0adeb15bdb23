"""What the figures are counted from: whatever is written, by whomever and however late, every figure is a recount's."""

import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from random import Random
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lumira_db.commands import rollups
from lumira_db.commands.client_summaries import drain
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.models import Order, SpiritualPath
from lumira_db.periods import Grain
from lumira_db.queries import customers, operations, paths, revenue
from lumira_db.queries.buyers import count_buyers, count_until
from lumira_db.queries.facts import Buyers, RevenueFilter, naive
from lumira_db.queries.operations import WorkFilter
from lumira_db.queries.paths import PathBy, PathFilter
from lumira_db.queries.rollups import differences
from tests.db import order_deeds as deeds
from tests.db.order_deeds import MOMENTS, write
from tests.factories import make_client, make_order, make_path

PARIS = ZoneInfo("Europe/Paris")
ZONES = ("Europe/Paris", "UTC", "America/New_York", "Asia/Kathmandu")
NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
LATER = [deeds.change, deeds.change_status, deeds.refund, deeds.match_refund, deeds.delete, deeds.rename]


@dataclass(frozen=True)
class Row:
    """An order as a recount reads it."""

    id: str
    client: str
    level: int
    amount: int
    currency: str
    status: str
    source: str
    created: datetime
    paid: datetime | None
    updated: datetime


class Recount:
    """Every figure once more, in plain Python over the rows."""

    def __init__(self, session: Session, chosen: RevenueFilter, zone: ZoneInfo) -> None:
        sql = """SELECT o.id, "userId", level, amount, lower(currency), o.status::text, COALESCE(u.source, ''),
            o."createdAt", "paidAt", o."updatedAt" FROM "Order" o JOIN "User" u ON u.id = "userId" """
        rows = [Row(*row) for row in session.execute(text(sql))]
        self.zone, self.chosen, self.all = zone, chosen, {row.id: row for row in rows}
        paid = sorted((row.paid, row.id, row) for row in rows if row.paid)
        self.history: dict[str, list[Row]] = defaultdict(list)
        for _, _, row in paid:
            self.history[row.client].append(row)
        sql = """SELECT order_id, succeeded_at AT TIME ZONE 'UTC', amount, lower(currency)
            FROM desk.refund WHERE succeeded_at IS NOT NULL"""
        ledger = [tuple(row) for row in session.execute(text(sql))]
        known = {order for order, *_ in ledger}
        estimated = [
            (row.id, row.updated, row.amount, row.currency)
            for row in rows
            if row.status == "REFUNDED" and row.paid and row.id not in known
        ]
        self.refunds = [(*one, False) for one in ledger] + [(*one, True) for one in estimated]

    def is_first(self, row: Row) -> bool:
        before = self.history.get(row.client, [])
        if row.paid:
            return before[0].id == row.id
        return not before or before[0].paid > row.created  # type: ignore[operator]

    def day(self, moment: datetime) -> date:
        return moment.replace(tzinfo=UTC).astimezone(self.zone).date()

    def inside(self, moment: datetime | None) -> bool:
        if moment is None:
            return False
        at, period = moment.replace(tzinfo=UTC), self.chosen.period
        return period.start(self.zone) <= at < period.end(self.zone)

    def meant(self, row: Row | None, currency: str) -> bool:
        chosen = self.chosen
        if chosen.currency and currency != chosen.currency:
            return False
        if row is None:
            return not (chosen.levels or chosen.sources or chosen.buyers)
        return (
            (not chosen.levels or row.level in chosen.levels)
            and (not chosen.sources or row.source in chosen.sources)
            and (chosen.buyers is None or self.is_first(row) is (chosen.buyers is Buyers.NEW))
        )

    def paid(self) -> Iterator[Row]:
        return (row for row in self.all.values() if self.inside(row.paid) and self.meant(row, row.currency))

    def cards(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        people: dict[str, set[str]] = defaultdict(set)
        for row in self.paid():
            of = found[row.currency]
            of["paid_cents"] += row.amount
            of["orders"] += 1
            of["new_clients"] += self.is_first(row)
            people[row.currency].add(row.client)
            of["clients"] = len(people[row.currency])
        orders: dict[str, set[str]] = defaultdict(set)
        for order, at, amount, currency, estimated in self.refunds:
            if self.inside(at) and self.meant(self.all.get(order), currency):
                of = found[currency]
                of["refund_cents"] += amount
                of["estimated_cents"] += amount * estimated
                of["refunds"] += 1
                if order in self.all:
                    orders[currency].add(order)
                of["refunded_orders"] = len(orders[currency])
        for row in self.all.values():
            counts = row.paid or row.status in ("PENDING", "FAILED")
            if counts and self.inside(row.created) and self.meant(row, row.currency):
                of = found[row.currency]
                of["checkouts"] += 1
                of["converted"] += bool(row.paid)
                of["abandoned"] += not row.paid and row.status == "PENDING"
                of["failed"] += not row.paid and row.status == "FAILED"
                of["abandoned_cents"] += row.amount * (not row.paid and row.status == "PENDING")
        return found


FILTERS = st.builds(
    RevenueFilter,
    first=st.sampled_from([date(2025, 10, 1), date(2025, 10, 26), date(2025, 12, 15), date(2026, 3, 29)]),
    last=st.sampled_from([date(2026, 3, 29), date(2026, 3, 31), date(2026, 4, 30)]),
    until=st.sampled_from([None, None, time(0, 30), time(23, 30)]),
    levels=st.sampled_from([(), (1,), (7,), (1, 2)]),
    currency=st.sampled_from([None, "eur", "usd"]),
    sources=st.sampled_from([(), ("instagram",), ("", "ami")]),
    buyers=st.sampled_from([None, None, Buyers.NEW, Buyers.RETURNING]),
)


@settings(
    max_examples=8, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2**32), st.sampled_from(ZONES), st.lists(FILTERS, min_size=4, max_size=4))
def test_every_figure_is_what_a_recount_gives(
    session: Session, seed: int, zone_name: str, chosen: list[RevenueFilter]
) -> None:
    """Random orders, refunds, steps and late changes, worked out in pieces, by the days of any zone."""
    chance, zone = Random(seed), ZoneInfo(zone_name)
    with session.begin_nested() as undone:
        rollups.rebuild(session, zone_name)
        for _ in range(3):
            write(session, chance, 12)
            drain(session, limit=chance.choice([3, 2000]))
        while drain(session):
            pass
        assert differences(session) == {}
        for one in chosen:
            _compare(session, one, zone)
        undone.rollback()
    session.expire_all()


def _compare(session: Session, chosen: RevenueFilter, zone: ZoneInfo) -> None:
    recount = Recount(session, chosen, zone)
    names = revenue.Figures.__dataclass_fields__
    said = {one.currency: one for one in revenue.cards(session, chosen, zone=zone)}
    true = {currency: revenue.Figures(currency, **values) for currency, values in recount.cards().items()}
    assert said == true, names
    for grain in Grain:
        buckets: dict[Any, set[str]] = defaultdict(set)
        cents: dict[Any, int] = defaultdict(int)
        for row in recount.paid():
            key = (grain.start_of(recount.day(row.paid)), row.currency)  # type: ignore[arg-type]
            buckets[key].add(row.client)
            cents[(*key, row.level)] += row.amount
        trend = revenue.trend(session, chosen, grain, zone=zone)
        assert {(b.start, b.figures.currency): b.figures.clients for b in trend if b.figures.orders} == {
            key: len(people) for key, people in buckets.items()
        }
        levels = revenue.by_level(session, chosen, grain, zone=zone)
        assert {(p.start, p.currency, p.level): p.cents for p in levels} == cents
    hours: dict[Any, int] = defaultdict(int)
    for row in recount.paid():
        clock = row.paid.replace(tzinfo=UTC).astimezone(zone)  # type: ignore[union-attr]
        hours[clock.isoweekday(), clock.hour, row.currency] += 1
    cells = revenue.by_hour(session, chosen, zone=zone)
    assert {(cell.weekday, cell.hour, cell.currency): cell.orders for cell in cells} == hours
    sources = revenue.by_source(session, chosen, zone=zone)
    assert sum(row.clients for row in sources) == sum(count_buyers(session, chosen, zone=zone).values())
    _compare_clients(session, chosen, zone, recount)


def _compare_clients(session: Session, chosen: RevenueFilter, zone: ZoneInfo, recount: Recount) -> None:
    ever = [orders[0].paid for orders in recount.history.values()]
    end = naive(chosen.period.end(zone))
    assert count_until(session, chosen.period, zone=zone) == sum(paid < end for paid in ever if paid)
    month, value = Grain.MONTH.start_of, defaultdict(lambda: [0, 0, 0])
    cohorts: dict[Any, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for client, orders in recount.history.items():
        first = orders[0]
        day = recount.day(first.paid)  # type: ignore[arg-type]
        fits = (not chosen.levels or first.level in chosen.levels) and (
            not chosen.sources or first.source in chosen.sources
        )
        if not fits or (chosen.currency and first.currency != chosen.currency):
            continue
        if month(chosen.first) <= day <= chosen.last or month(day) == month(chosen.last):
            for number, order in enumerate(orders):
                then = month(recount.day(order.paid))  # type: ignore[arg-type]
                cohorts[month(day), then]["active"].add(client)
                if number == 1:
                    cohorts[month(day), then]["second"].add(client)
        if chosen.first <= day <= chosen.last:
            of = value[first.level, first.currency]
            same = [order for order in orders if order.currency == first.currency]
            of[0], of[1] = of[0] + 1, of[1] + sum(order.amount for order in same)
    cells = customers.cohorts(session, chosen, zone=zone)
    assert {(c.cohort, c.active, c.second) for c in cells} == {
        (cohort, len(of["active"]), len(of["second"])) for (cohort, _), of in cohorts.items() if cohort <= chosen.last
    }
    lasting = customers.lifetime_values(session, chosen, zone=zone)
    assert {(row.level, row.currency): [row.clients, row.cents] for row in lasting} == {
        key: of[:2] for key, of in value.items()
    }


def test_paths_are_what_their_steps_say(session: Session) -> None:
    """Recounted from the steps, after they have changed."""
    chance = Random(7)
    for _ in range(25):
        deeds.walk(session, chance, [], [])
        deeds.step(session, chance, [], [])
    drain(session)
    assert differences(session) == {}
    reached = [0] * 8
    for path in session.query(SpiritualPath):
        steps = session.execute(
            text('SELECT "isCompleted" FROM "PathStep" WHERE "spiritualPathId" = :id ORDER BY "dayNumber"'),
            {"id": path.id},
        )
        done = 0
        for (is_done,) in steps:
            if not is_done:
                break
            done += 1
        for day in range(done + 1):
            reached[day] += 1
    chosen = PathFilter(date(2025, 1, 1), date(2026, 12, 31))
    assert [day.paths for day in paths.funnel(session, chosen, zone=PARIS, now=NOW)] == reached


def test_sums_say_what_each_path_and_order_says(session: Session) -> None:
    """Sums know whole days: of one that is cut, each row is counted."""
    chance = Random(11)
    for _ in range(40):
        deeds.walk(session, chance, [], [])
        deeds.step(session, chance, [], [])
        paid = chance.choice(MOMENTS)
        took = timedelta(minutes=chance.choice([0, 59, 60, 90, 1440]), milliseconds=chance.choice([0, 1]))
        make_order(
            session,
            status=chance.choice([OrderStatus.COMPLETED, OrderStatus.PAID]),
            level=chance.choice([1, 2]),
            paid_at=paid,
            delivered_at=chance.choice([None, paid + took]),
        )
    while drain(session):
        pass
    assert differences(session) == {}
    promise = {1: timedelta(hours=1), 3: timedelta(hours=2)}
    for first, last in ((date(2025, 10, 26), date(2026, 4, 2)), (date(2026, 1, 1), date(2026, 3, 31))):
        summed, each = PathFilter(first, last, silent_days=20), PathFilter(first, last, time.max, silent_days=20)
        for now in (NOW, datetime(2026, 4, 1, 10, tzinfo=UTC)):
            for read in (paths.funnel, paths.outcomes, paths.survival, paths.by_action):
                assert read(session, summed, zone=PARIS, now=now) == read(session, each, zone=PARIS, now=now)
            for dimension in PathBy:
                groups = [paths.by(session, one, dimension, zone=PARIS, now=now) for one in (summed, each)]
                assert groups[0] == groups[1]
        work = [WorkFilter(first, last, until) for until in (None, time.max)]
        spans = [operations.hours_to_deliver(session, one, zone=PARIS, promise=promise) for one in work]
        assert spans[0] == spans[1]
        assert sum(row.orders for row in spans[0]) > 0
    _compare_cut_days(session, promise)


def _compare_cut_days(session: Session, promise: dict[int, timedelta]) -> None:
    """Whatever day is the last, and wherever it is cut: as each delivered order says."""
    ended = select(Order.level, Order.paid_at, Order.delivered_at).where(Order.delivered_at >= Order.paid_at)
    orders = session.execute(ended).all()
    for last in {delivered.astimezone(PARIS).date() for _, _, delivered in orders}:
        for until in (time(1), time(12), time.max):
            chosen = WorkFilter(date(2020, 1, 1), last, until)
            took: dict[int, list[int]] = defaultdict(list)
            for level, paid, delivered in orders:
                if chosen.period.start(PARIS) <= delivered < chosen.period.end(PARIS):
                    took[level].append(ceil((delivered - paid) / timedelta(minutes=1)))
            said = operations.hours_to_deliver(session, chosen, zone=PARIS, promise=promise)
            counted = operations.count_delivered(session, chosen, zone=PARIS, promise=promise)
            assert counted == (sum(row.orders for row in said), sum(row.kept for row in said))
            assert {row.level: (row.orders, row.median_hours * 60, row.kept) for row in said} == {
                level: (
                    len(minutes),
                    pytest.approx(median(minutes)),
                    sum(level in promise and timedelta(minutes=each) <= promise[level] for each in minutes),
                )
                for level, minutes in took.items()
            }


_DYING = """
import sys, time
from lumira_db.commands.client_summaries import drain
from lumira_db.engine import Database
with Database(sys.argv[1]).writing() as session:
    print(drain(session), flush=True)
    time.sleep(600)
"""


def test_a_worker_that_is_killed_while_it_drains_has_done_nothing(database: Database, database_url: str) -> None:
    """The next one finds the notes as they were, and adds each up once."""
    with database.writing() as session:
        write(session, Random(5), 30)
    child = subprocess.Popen([sys.executable, "-c", _DYING, database_url], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert int(child.stdout.readline()) > 0
    finally:
        child.kill()
        child.wait()
    with database.writing() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": rollups.LOCK})
        assert drain(session) > 0
        assert differences(session) == {}


def test_eight_writers_leave_no_difference(database: Database) -> None:
    """While the worker keeps up and somebody counts everything anew: deletes and moved orders among what they do."""
    with database.writing() as session:
        ids = [make_client(session).id for _ in range(6)]
    together, problems = threading.Barrier(8), []

    def work(seed: int) -> None:
        chance = Random(seed)
        together.wait()
        for _ in range(12):
            try:
                with database.writing() as session:
                    orders = list(session.scalars(text('SELECT id FROM "Order"')))
                    deeds.buy(session, chance, list(ids), orders)
                    chance.choice(
                        [
                            deeds.change,
                            deeds.change_status,
                            deeds.refund,
                            deeds.match_refund,
                            deeds.delete,
                            deeds.rename,
                        ]
                    )(session, chance, ids, orders)
            except Exception as problem:
                # Two that change the same rows in the other order: PostgreSQL gives one of them up, as it may.
                if "deadlock" not in str(problem) and "StaleData" not in type(problem).__name__:
                    problems.append(problem)

    writers = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        with database.writing() as session:
            drain(session, limit=20)
    with database.writing() as session:
        rollups.rebuild(session, "Europe/Paris")
    with database.writing() as session:
        while drain(session):
            pass
        assert differences(session) == {}
        assert session.scalar(text("SELECT count(*) FROM desk.order_fact")) > 10
    assert problems == []


def test_readers_see_what_was_until_all_is_counted_anew(database: Database) -> None:
    """Nothing is locked, and nothing half counted is seen; who dies in the middle has done nothing."""
    with database.writing() as session:
        make_order(session, status=OrderStatus.PAID, paid_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
        drain(session)
    april = RevenueFilter(date(2026, 4, 1), date(2026, 4, 30))
    with database.engine.connect() as connection, Session(connection) as builder:
        rollups.rebuild(builder, "UTC")
        with database.reading() as session:
            assert [one.orders for one in revenue.cards(session, april, zone=PARIS)] == [1]
        assert revenue.cards(builder, april, zone=ZoneInfo("UTC")) == ()
    with database.reading() as session:
        assert rollups.is_due(session, "UTC")
        assert not rollups.is_due(session, "Europe/Paris")
        assert differences(session) == {}


@pytest.mark.parametrize("table", ["order_fact", "revenue_day", "path_fact", "path_month"])
def test_a_planted_difference_is_found(session: Session, table: str) -> None:
    """By the table that it is in."""
    make_path(session, make_client(session))
    make_order(session, status=OrderStatus.PAID)
    drain(session)
    session.execute(text(f"DELETE FROM desk.{table}"))
    assert table in differences(session)
