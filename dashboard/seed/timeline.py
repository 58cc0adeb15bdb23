"""When things happened: who came when, which orders were placed, and what became of each.

Everything is drawn before any row is written, so that numbers can be given out in the order of time.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import accumulate
from random import Random
from typing import NamedTuple

from dashboard.seed.moments import DAY, HOUR, MINUTE, in_paris


class Fate(StrEnum):
    """What has become of an order by now."""

    CART = "cart"
    UNPAID = "unpaid"
    PAID = "paid"
    PROCESSING = "processing"
    AWAITING = "awaiting"
    BROKEN = "broken"
    COMPLETED = "completed"
    REFUNDED = "refunded"


OPEN = (Fate.AWAITING, Fate.PAID, Fate.PROCESSING, Fate.BROKEN)
# How many orders are open among 1,500, and for how long: triangular, in hours (shortest, longest, usual).
_BACKLOG = {Fate.AWAITING: 25, Fate.PAID: 15, Fate.PROCESSING: 6, Fate.BROKEN: 6}
_OPEN_FOR = {
    Fate.AWAITING: (0.6, 110.0, 18.0),
    Fate.PAID: (0.05, 30.0, 3.0),
    Fate.PROCESSING: (0.02, 0.8, 0.1),
    Fate.BROKEN: (1.0, 100.0, 20.0),
}
# A large house has more open at once, though not in proportion: a million orders leave some three thousand.
_BACKLOG_GROWTH = 0.63
_ENDS = (Fate.CART, Fate.UNPAID, Fate.REFUNDED, Fate.COMPLETED)
_END_WEIGHTS = (0.28, 0.05, 0.045, 0.625)

_HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 9, 10, 13, 11, 9, 9, 9, 10, 12, 14, 18, 21, 16, 7)
_WEEKDAYS = (1.05, 0.95, 0.95, 1.0, 0.9, 0.95, 1.2)
_SEASONS = {1: 1.35, 2: 1.1, 7: 0.8, 8: 0.75, 9: 1.1, 12: 1.15}
_GROWTH = 2.2
_BUYERS = 0.94


class Planned(NamedTuple):
    """An order to be: when it was placed, what became of it, whose it is (an index of ``clients_at``)."""

    at: int
    fate: Fate
    client: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Clients by when they came, orders by when they were placed."""

    now: int
    clients_at: list[int]
    orders: list[Planned]


def draw_timeline(rng: Random, *, clients: int, orders: int, months: int, now: int) -> Timeline:
    """Invent ``clients`` and ``orders`` over the ``months`` before ``now``, growing, busiest in the evening."""
    start = now - int(months * 30.44 * DAY)
    backlog = _draw_backlog(rng, orders, now)
    calm = _draw_moments(rng, orders - len(backlog), start, now)
    fates = rng.choices(_ENDS, _END_WEIGHTS, k=len(calm))
    events = sorted([*zip(calm, fates, strict=True), *backlog])
    return _assign(rng, events, clients, start, now)


def _draw_backlog(rng: Random, orders: int, now: int) -> list[tuple[int, Fate]]:
    drawn: list[tuple[int, Fate]] = []
    for fate, count in _BACKLOG.items():
        shortest, longest, usual = _OPEN_FOR[fate]
        times = max(1, round(count * (orders / 1500) ** _BACKLOG_GROWTH))
        drawn += [(now - int(rng.triangular(shortest, longest, usual) * HOUR), fate) for _ in range(times)]
    return drawn


def _draw_moments(rng: Random, count: int, start: int, now: int) -> list[int]:
    first = in_paris(start).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [first + timedelta(days=number) for number in range((now - start) // DAY + 1)]
    weights = [
        (1 + _GROWTH * number / len(days)) * _WEEKDAYS[day.weekday()] * _SEASONS.get(day.month, 1.0)
        for number, day in enumerate(days)
    ]
    # The hours of a day in Paris begin where its clocks say, also on the days when they are changed.
    hours = [[int(day.replace(hour=hour).timestamp() * 1000) for hour in range(24)] for day in days]
    chosen_days = rng.choices(range(len(days)), cum_weights=list(accumulate(weights)), k=count)
    chosen_hours = rng.choices(range(24), cum_weights=list(accumulate(_HOURS)), k=count)
    week = 7 * DAY
    moments = []
    for day, hour in zip(chosen_days, chosen_hours, strict=True):
        at = hours[day][hour] + rng.randrange(HOUR)
        moments.append(at - week if at > now - MINUTE else at)
    return moments


def _assign(rng: Random, events: list[tuple[int, Fate]], clients: int, start: int, now: int) -> Timeline:
    """Give every order to a new client or to one who came back; the rest of the clients never ordered."""
    buyers = min(round(clients * _BUYERS), len(events))
    came: list[int] = []
    owners: list[int] = []
    for position, (at, _) in enumerate(events):
        left = len(events) - position
        if not came or rng.random() * left < buyers - len(came):
            owners.append(len(came))
            came.append(at - rng.randint(1, 40) * MINUTE)
        else:
            owners.append(_returning(rng, len(came)))
    came += [rng.randint(start, now) for _ in range(clients - len(came))]
    by_time = sorted(range(len(came)), key=came.__getitem__)
    rank = {old: new for new, old in enumerate(by_time)}
    orders = [Planned(at, fate, rank[owner]) for (at, fate), owner in zip(events, owners, strict=True)]
    return Timeline(now, [came[old] for old in by_time], orders)


def _returning(rng: Random, count: int) -> int:
    """One of the ``count`` clients so far: recent ones rather, and every thirtieth is a regular."""
    if rng.random() < 0.2:
        return rng.randrange((count + 29) // 30) * 30
    return count - 1 - int(count * rng.random() ** 1.4)
