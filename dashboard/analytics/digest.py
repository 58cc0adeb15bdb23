"""What a digest says: the cards of a period, two charts, what changed most, and what waits now.

All of it is what the screens show of the same period, to this person: the same queries, cards and charts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashboard.analytics import operations as work
from dashboard.analytics import revenue, revenue_cards
from dashboard.analytics.look import ALL_CURRENCIES, MAIN_CURRENCY, Look, look, written
from dashboard.analytics.screens import whose
from dashboard.analytics.section import At
from dashboard.charts.card import Card, card
from dashboard.charts.chart import Chart, Target
from dashboard.locale import _, duration, number, span_words
from dashboard.locale.labels import level_name
from lumira_db.actor import Actor
from lumira_db.enums import OrderStatus
from lumira_db.periods import Grain, Period
from lumira_db.permissions import Permission, allows
from lumira_db.queries.queue import COUNT_CAP
from lumira_db.queries.waiting import Waiting, waiting_house, waiting_work
from lumira_db.states import Cadence, DeliveryState

_CHANGES = 3
_FEWEST = 5
"""Orders in the two periods together; of fewer a change says nothing."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cards under one title, and the screen with the same period."""

    title: str
    cards: tuple[Card, ...]
    target: Target


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, the days that it shows, and where it is looked at closer."""

    chart: Chart
    days: str
    target: Target


@dataclass(frozen=True, slots=True)
class Wait:
    """What waits: what, how much, what is to say of it, and where it is."""

    name: str
    count: str
    note: str
    target: Target


@dataclass(frozen=True, slots=True)
class Digest:
    """``days`` are those of the period in words, ``beside`` those that it is compared with."""

    cadence: Cadence
    days: str
    beside: str
    groups: tuple[Group, ...]
    pictures: tuple[Picture, ...]
    changes: tuple[Card, ...]
    waits: tuple[Wait, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is read from, and as whom: the period, and the longer course that the charts show."""

    session: Session
    person: Actor
    zone: ZoneInfo
    now: datetime
    period: Period
    grain: Grain
    course: Period

    def at(self, screen: str, period: Period, **query: str) -> At:
        asked = {"period": [written(period.first, period.last)], **{name: [one] for name, one in query.items()}}
        staff_id = whose(screen, self.person)
        return At(self.session, look(asked, now=self.now, zone=self.zone, staff_id=staff_id), self.zone, self.now)


def read_digest(
    session: Session, person: Actor, cadence: Cadence, period: Period, *, zone: ZoneInfo, now: datetime
) -> Digest:
    """The digest of a period for a person, in the language that is spoken here."""
    daily = cadence is Cadence.DAILY
    grain, before = (Grain.DAY, timedelta(days=13)) if daily else (Grain.WEEK, timedelta(weeks=11))
    asked = _Asked(session, person, zone, now, period, grain, Period(period.first - before, period.last))
    groups: list[Group] = []
    pictures: list[Picture] = []
    changes: list[Card] = []
    if allows(person, Permission.SEE_REVENUE):
        _add_revenue(asked, groups, pictures, changes)
    _add_work(asked, groups, pictures, changes)
    other = asked.at("operations", period).look.other
    house = allows(person, Permission.MANAGE_PAYMENTS)
    waits = waiting_house(session) if house else waiting_work(session, person.id, now=now)
    return Digest(
        cadence,
        span_words(period.first, period.last),
        "" if other is None else span_words(other.first, other.last),
        tuple(groups),
        tuple(pictures),
        tuple(sorted(changes, key=_size, reverse=True)[:_CHANGES]),
        tuple(_waits(waits, now, house=house)),
    )


def _add_revenue(asked: _Asked, groups: list[Group], pictures: list[Picture], changes: list[Card]) -> None:
    at = asked.at("revenue", asked.period, currency=ALL_CURRENCIES)
    data = revenue_cards.read(at)
    levels = revenue.LEVELS_SECTION.read(at)
    currencies = [one.currency for one in data.figures] or [MAIN_CURRENCY]
    for currency in currencies:
        of_one = replace(at.look, currency=currency)
        shown = tuple(revenue_cards.cards(data, of_one, currency))
        title = _("Revenue") if len(currencies) == 1 else _("Revenue in {currency}").format(currency=currency.upper())
        groups.append(Group(title, shown, _screen("revenue", asked.period, currency)))
        if data.of(currency).orders + data.before_of(currency).orders >= _FEWEST:
            changes.extend(_moved(shown))
        changes.extend(_moved(_level_cards(levels, of_one, currency)))
    main = asked.at("revenue", asked.course, currency=currencies[0], grain=asked.grain.value)
    chart = revenue.LEVELS_SECTION.panels(revenue.LEVELS_SECTION.read(main), replace(main.look, other=None))[0].chart
    if chart is not None and chart.shows_anything:
        target = _screen("revenue", asked.course, currencies[0], grain=asked.grain.value)
        pictures.append(_picture(chart, asked.course, target))


def _level_cards(data: revenue.ByLevel, look: Look, currency: str) -> list[Card]:
    """The revenue of each level as a card, of those that were bought often enough to compare."""
    found = []
    for level in sorted({point.level for point in (*data.points, *data.beside)}):
        now, before = (
            [point for point in points if (point.level, point.currency) == (level, currency)]
            for points in (data.points, data.beside)
        )
        if sum(point.orders for point in (*now, *before)) >= _FEWEST:
            sums = (sum(point.cents for point in now), sum(point.cents for point in before))
            one = card("paid", *sums, currency=currency, compared=look.other is not None)
            found.append(replace(one, name=_("Revenue of {level}").format(level=level_name(level))))
    return found


def _add_work(asked: _Asked, groups: list[Group], pictures: list[Picture], changes: list[Card]) -> None:
    at = asked.at("operations", asked.period)
    data = work.read_summary(at)
    shown = tuple(work.cards(data, at.look))
    own = at.look.staff_id is not None
    groups.append(Group(_("Your own work") if own else _("The work"), shown, _screen("operations", asked.period)))
    done = [counts.approved + counts.revised + counts.rejected for counts in (data.now, data.before) if counts]
    if sum(done) >= _FEWEST:
        changes.extend(_moved(shown))
    course = asked.at("operations", asked.course, grain=asked.grain.value)
    pictures.extend(_own_pictures(asked, at, course) if own else _backlog_picture(asked, at))


def _own_pictures(asked: _Asked, at: At, course: At) -> Sequence[Picture]:
    approved = work.EXPERTS_SECTION.panels(work.EXPERTS_SECTION.read(course), course.look)[0].chart
    took = work.TIMES_SECTION.panels(work.TIMES_SECTION.read(at), at.look)[0].chart
    found = (
        (approved, asked.course, _screen("operations", asked.course, section="experts", grain=asked.grain.value)),
        (took, asked.period, _screen("operations", asked.period, section="times")),
    )
    return [
        _picture(chart, days, target) for chart, days, target in found if chart is not None and chart.shows_anything
    ]


def _backlog_picture(asked: _Asked, at: At) -> Sequence[Picture]:
    chart = work.BACKLOG_SECTION.panels(work.BACKLOG_SECTION.read(at), at.look)[1].chart
    target = _screen("operations", asked.period, section="backlog")
    end = Period(asked.period.last, asked.period.last)
    return [_picture(chart, end, target)] if chart is not None and chart.shows_anything else []


def _waits(waiting: Waiting, now: datetime, *, house: bool) -> Sequence[Wait]:
    oldest = "" if waiting.oldest is None else _("the oldest for {span}").format(span=duration(now - waiting.oldest))
    tabs = (
        (OrderStatus.AWAITING_VALIDATION, _("Readings to validate"), oldest),
        (OrderStatus.PAID, _("Orders to start"), ""),
        (OrderStatus.FAILED, _("Productions that failed"), ""),
    )
    found = [
        (name, waiting.queue.get(status, 0), note, Target("queue", {"tab": status.value}))
        for status, name, note in tabs
    ]
    if house:
        failed = {"state": [DeliveryState.FAILED.value, DeliveryState.BLOCKED.value]}
        found += [
            (_("Refunds to approve"), waiting.refunds, "", Target("payments", {"part": "refunds"})),
            (_("Open findings"), waiting.findings, "", Target("payments", {"part": "findings"})),
            (_("Payment events to look at"), waiting.events, "", Target("payments", {"part": "events"})),
            (_("Deliveries that failed"), waiting.deliveries, "", Target("deliveries", failed)),
        ]
    else:
        found.append((_("Orders that you hold"), waiting.held, "", Target("home", {})))
    return [
        Wait(name, f"{number(COUNT_CAP)}+" if count >= COUNT_CAP else number(count), note, target)
        for name, count, note, target in found
        if count
    ]


def _picture(chart: Chart, days: Period, target: Target) -> Picture:
    return Picture(chart, span_words(days.first, days.last), target)


def _screen(name: str, period: Period, currency: str = "", **query: str) -> Target:
    chosen = {"period": written(period.first, period.last), **query}
    return Target(name, chosen | ({"currency": currency} if currency and currency != MAIN_CURRENCY else {}))


def _moved(cards: Sequence[Card]) -> list[Card]:
    return [one for one in cards if _size(one) > 0]


def _size(one: Card) -> float:
    return 0.0 if one.change is None or one.change.relative is None else abs(one.change.relative)
