"""Where a figure leads: the list of the orders or clients that it counts, with the same filter in its address."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from dashboard.analytics.look import Look, written
from dashboard.behind_filters import NO_SOURCE
from dashboard.charts.chart import Target
from lumira_db.periods import Grain, Period
from lumira_db.queries.expertise import Decision
from lumira_db.queries.facts import Buyers
from lumira_db.queries.paths import Outcome

Query = dict[str, str | Sequence[str]]


def paid_orders(
    look: Look,
    currency: str,
    *,
    days: tuple[date, date] | None = None,
    levels: Sequence[int] = (),
    sources: Sequence[str] = (),
    buyers: Buyers | None = None,
    **more: str,
) -> Target:
    """The orders paid then (in the period unless other days are given), narrowed as the look and the mark are."""
    query: Query = {"paid": _span(look, days), **_of_look(look, currency, levels, sources, buyers), **more}
    return Target("orders", query | {"sort": "paid"})


def refunded_orders(look: Look, currency: str) -> Target:
    """The orders of which something was given back in the period."""
    return Target("orders", {"refunded_in": _span(look, None), **_of_look(look, currency, (), (), None)})


def checkouts(look: Look, currency: str, **more: str) -> Target:
    """The checkouts begun in the period."""
    return Target("orders", {"created": _span(look, None), **_of_look(look, currency, (), (), None), **more})


def buyers_of(look: Look, currency: str, buyers: Buyers | None = None) -> Target:
    """The clients who paid in the period."""
    query: Query = {"paid_in": _span(look, None)}
    narrowed = _of_look(look, currency, (), (), buyers)
    return Target("clients", query | {_CLIENT_NAMES[name]: value for name, value in narrowed.items()})


def first_buyers(
    look: Look, currency: str | None, *, days: tuple[date, date] | None = None, level: int | None = None, **more: str
) -> Target:
    """The clients whose first paid order lies in the period (or on these days), of this level."""
    query: Query = {"first_paid_in": _span(look, days)}
    levels = [level] if level is not None else look.levels
    if levels:
        query["first_level"] = [str(one) for one in levels]
    if currency:
        query["first_currency"] = currency
    if look.sources:
        query["of_source"] = _sources(look.sources)
    return Target("clients", query | more)


def walkers(
    look: Look,
    *,
    days: tuple[date, date] | None = None,
    level: int | None = None,
    archetype: str = "",
    outcome: Outcome | None = None,
    days_done: int = 0,
) -> Target:
    """The clients whose path was started then, so far as it has come."""
    query: Query = {"started_in": _span(look, days), "silence": str(look.silent_days)}
    levels = [level] if level is not None else look.levels
    archetypes = [archetype] if archetype else look.archetypes
    if levels:
        query["path_level"] = [str(one) for one in levels]
    if archetypes:
        query["archetype"] = list(archetypes)
    if outcome is not None:
        query["outcome"] = outcome.value
    if days_done:
        query["days_done"] = str(days_done)
    return Target("clients", query)


def waiting(at: datetime, *, levels: Sequence[int], since: int = 0, until: int | None = None) -> Target:
    """The orders of these levels (of all, if there are none) that waited at a moment, for so many days; it is nobody's
    work in particular."""
    query: Query = {"waiting_at": at.isoformat()}
    if levels:
        query["level"] = [str(level) for level in levels]
    if since:
        query["waited"] = str(since)
    if until is not None:
        query["waited_below"] = str(until)
    return Target("orders", query)


def worked(look: Look, level: int | None, **query: str) -> Target:
    """The orders that came to an end in a period, first approved by whose work is looked at."""
    found: Query = dict(query)
    levels = [level] if level is not None else look.levels
    if levels:
        found["level"] = [str(one) for one in levels]
    if look.staff_id is not None:
        found["approved_by"] = look.staff_id
    return Target("orders", found)


def decided(
    look: Look, decision: Decision, *, days: tuple[date, date] | None = None, staff_id: str | None = None
) -> Target:
    """The orders on whose readings such a decision was taken; one on which it was taken twice is there once."""
    query: Query = {"decision": decision.value, "decided_in": _span(look, days)}
    if look.levels:
        query["level"] = [str(level) for level in look.levels]
    whose = staff_id or look.staff_id
    if whose is not None:
        query["decided_by"] = whose
    return Target("orders", query)


def month_within(look: Look, month: date) -> tuple[date, date]:
    """The days of a month that lie in the period."""
    return max(month, look.period.first), min(month_end(month), look.period.last)


def month_end(month: date) -> date:
    return Grain.MONTH.next(month) - timedelta(days=1)


def span_of(period: Period) -> str:
    """A period as the address says it; a time at which it is cut is no part of that."""
    return written(period.first, period.last)


_CLIENT_NAMES = {"currency": "of_currency", "level": "of_level", "source": "of_source", "buyers": "buyers"}


def _span(look: Look, days: tuple[date, date] | None) -> str:
    return written(*(days or (look.period.first, look.period.last)))


def _of_look(look: Look, currency: str, levels: Sequence[int], sources: Sequence[str], buyers: Buyers | None) -> Query:
    query: Query = {"currency": currency}
    if levels or look.levels:
        query["level"] = [str(level) for level in levels or look.levels]
    if sources or look.sources:
        query["source"] = _sources(sources or look.sources)
    chosen = buyers or look.buyers
    if chosen is not None:
        query["buyers"] = chosen.value
    return query


def _sources(sources: Sequence[str]) -> list[str]:
    return [source or NO_SOURCE for source in sources]
