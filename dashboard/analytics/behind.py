"""Where a figure leads: the list of the orders or clients that it counts, with the same filter in its address.

Whoever asks says how many rows the list will show: a figure that counts nothing leads nowhere (None).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from dashboard.analytics.look import Look, written
from dashboard.behind_filters import NOTHING
from dashboard.charts.chart import Target
from lumira_db.enums import DeliveryFormat, InsightCategory
from lumira_db.periods import Grain, Period
from lumira_db.queries.expertise import Decision
from lumira_db.queries.facts import Buyers
from lumira_db.queries.paths import Outcome
from lumira_db.states import DeliveryState

Query = dict[str, str | Sequence[str]]


def paid_orders(
    look: Look,
    currency: str,
    count: int,
    *,
    days: tuple[date, date] | None = None,
    levels: Sequence[int] = (),
    sources: Sequence[str] = (),
    buyers: Buyers | None = None,
    **more: str,
) -> Target | None:
    """The orders paid then (in the period unless other days are given), narrowed as the look and the mark are."""
    query: Query = {"paid": _span(look, days), **_of_look(look, currency, levels, sources, buyers), **more}
    return _list("orders", query | {"sort": "paid"}, count)


def refunded_orders(look: Look, currency: str, count: int) -> Target | None:
    """The orders of which something was given back in the period in this currency, whatever they were paid in."""
    query = {"refunded_in": _span(look, None), **_of_look(look, currency, (), (), None)}
    query["refunded_currency"] = query.pop("currency")
    return _list("orders", query, count)


def checkouts(look: Look, currency: str, count: int, **more: str) -> Target | None:
    """The checkouts begun in the period."""
    return _list("orders", {"created": _span(look, None), **_of_look(look, currency, (), (), None), **more}, count)


def buyers_of(look: Look, currency: str, count: int, buyers: Buyers | None = None) -> Target | None:
    """The clients who paid in the period."""
    query: Query = {"paid_in": _span(look, None)}
    narrowed = _of_look(look, currency, (), (), buyers)
    return _list("clients", query | {_CLIENT_NAMES[name]: value for name, value in narrowed.items()}, count)


def first_buyers(
    look: Look,
    currency: str | None,
    count: int,
    *,
    days: tuple[date, date] | None = None,
    level: int | None = None,
    **more: str,
) -> Target | None:
    """The clients whose first paid order lies in the period (or on these days), of this level."""
    query: Query = {"first_paid_in": _span(look, days)}
    levels = [level] if level is not None else look.levels
    if levels:
        query["first_level"] = [str(one) for one in levels]
    if currency:
        query["first_currency"] = currency
    if look.sources:
        query["of_source"] = _sources(look.sources)
    return _list("clients", query | more, count)


def walkers(
    look: Look,
    count: int,
    *,
    days: tuple[date, date] | None = None,
    level: int | None = None,
    archetype: str = "",
    outcome: Outcome | None = None,
    days_done: int = 0,
    stopped_after: int | None = None,
) -> Target | None:
    """The clients whose path was started then, so far as it has come, or who stopped so many days after."""
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
    if stopped_after is not None:
        query["stopped_after"] = str(stopped_after)
    return _list("clients", query, count)


def with_insight(look: Look, category: InsightCategory, count: int, *, read: bool = False) -> Target | None:
    """The clients of whom an insight of the category was made in the period; or those who have opened it since."""
    query: Query = {"insight": category.value, "insight_in": _span(look, None)}
    return _list("clients", query | ({"insight_read": "1"} if read else {}), count)


def chatters(look: Look, count: int) -> Target | None:
    """The clients who began a chat in the period."""
    return _list("clients", {"chatted_in": _span(look, None)}, count)


def waiting(
    at: datetime, count: int, *, levels: Sequence[int], since: int = 0, until: int | None = None
) -> Target | None:
    """The orders of these levels (of all, if there are none) that waited at a moment, for so many days; it is nobody's
    work in particular."""
    query: Query = {"waiting_at": at.isoformat()}
    if levels:
        query["level"] = [str(level) for level in levels]
    if since:
        query["waited"] = str(since)
    if until is not None:
        query["waited_below"] = str(until)
    return _list("orders", query, count)


def worked(look: Look, level: int | None, count: int, **query: str) -> Target | None:
    """The orders that came to an end in a period, first approved by whose work is looked at."""
    found: Query = dict(query)
    levels = [level] if level is not None else look.levels
    if levels:
        found["level"] = [str(one) for one in levels]
    if look.staff_id is not None:
        found["approved_by"] = look.staff_id
    return _list("orders", found, count)


def decided(
    look: Look,
    decision: Decision,
    count: int,
    *,
    days: tuple[date, date] | None = None,
    staff_id: str | None = None,
    level: int | None = None,
    reason: str = "",
) -> Target | None:
    """The orders on whose readings such a decision was taken, for this reason (the key of its row) if one is given."""
    query: Query = {"decision": decision.value, "decided_in": _span(look, days)}
    levels = [level] if level is not None else look.levels
    if levels:
        query["level"] = [str(one) for one in levels]
    whose = staff_id or look.staff_id
    if whose is not None:
        query["decided_by"] = whose
    if reason:
        query["reason"] = reason
    return _list("orders", query, count)


def not_generated(look: Look, error: str, count: int) -> Target | None:
    """The orders for which the generator made no reading in the period, saying this."""
    return _list("orders", {"generator_error": error or NOTHING, "failed_in": _span(look, None)}, count)


def deliveries(look: Look, channel: DeliveryFormat, state: DeliveryState, count: int) -> Target | None:
    """The deliveries planned in the period on a channel that stand so."""
    query: Query = {"channel": channel.value, "state": state.value, "days": _span(look, None)}
    return _list("deliveries", query, count)


def month_within(look: Look, month: date) -> tuple[date, date]:
    """The days of a month that lie in the period."""
    return max(month, look.period.first), min(month_end(month), look.period.last)


def month_end(month: date) -> date:
    return Grain.MONTH.next(month) - timedelta(days=1)


def span_of(period: Period) -> str:
    """A period as the address says it; a time at which it is cut is no part of that."""
    return written(period.first, period.last)


_CLIENT_NAMES = {"currency": "of_currency", "level": "of_level", "source": "of_source", "buyers": "buyers"}


def _list(screen: str, query: Query, count: int) -> Target | None:
    return Target(screen, query, count) if count else None


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
    return [source or NOTHING for source in sources]
