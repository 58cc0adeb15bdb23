"""The clients behind a figure: what a click on it narrows the list of clients to, so that it counts the same ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Text, column, func, select, text
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.enums import InsightCategory
from lumira_db.models import ChatSession, Client, ClientSummary, Insight, Order
from lumira_db.periods import Period
from lumira_db.queries import paths
from lumira_db.queries.behind_orders import is_first
from lumira_db.queries.facts import Buyers
from lumira_db.queries.paths import Outcome, PathFilter

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class ClientBehind:
    """What narrows the clients that a figure counts. Periods are business days.

    ``paid_in``: paid an order then (of ``levels``, in ``currency``, as new or returning ``buyers``). ``first_paid_in``:
    paid their first order ever then (of ``first_levels``, in ``first_currency``). ``second_paid_in``: their second.
    ``on_path``: their path is one of these, with ``days_done`` days at least, and standing at ``outcome``, or given up
    ``stopped_after`` so many whole days. ``insight``: one of it was made in ``insight_in``, and opened if
    ``insight_read``.
    """

    sources: tuple[str, ...] = ()
    paid_in: Period | None = None
    levels: tuple[int, ...] = ()
    currency: str | None = None
    buyers: Buyers | None = None
    first_paid_in: Period | None = None
    first_levels: tuple[int, ...] = ()
    first_currency: str | None = None
    second_paid_in: Period | None = None
    chatted_in: Period | None = None
    on_path: PathFilter | None = None
    days_done: int | None = None
    outcome: Outcome | None = None
    stopped_after: int | None = None
    insight: InsightCategory | None = None
    insight_in: Period | None = None
    insight_read: bool = False


_Paid = aliased(Order)


def conditions(behind: ClientBehind, zone: ZoneInfo, now: datetime) -> Iterator[Condition]:
    """What holds for the summaries (``ClientSummary``) of the clients that ``behind`` names at ``now``."""
    client = ClientSummary.id
    if behind.sources:
        known = select(Client.id).where(func.coalesce(func.left(Client.source, 200), "").in_(behind.sources))
        yield client.in_(known)
    if behind.paid_in is not None:
        query = select(Order.client_id).where(*_paid(behind.paid_in, behind.levels, behind.currency, zone))
        if behind.buyers is not None:
            query = query.where(is_first() if behind.buyers is Buyers.NEW else ~is_first())
        yield client.in_(query)
    if behind.first_paid_in is not None:
        of = _paid(behind.first_paid_in, behind.first_levels, behind.first_currency, zone)
        yield client.in_(select(Order.client_id).where(is_first(), *of))
    if behind.second_paid_in is not None:
        yield _second(behind.second_paid_in, zone) == 1
    if behind.chatted_in is not None:
        begun = (
            ChatSession.created_at >= behind.chatted_in.start(zone),
            ChatSession.created_at < behind.chatted_in.end(zone),
        )
        yield client.in_(select(ChatSession.client_id).where(*begun))
    if behind.insight_in is not None:
        yield client.in_(_with_insight(behind, behind.insight_in, zone))
    if behind.on_path is not None:
        yield client.in_(_walkers(behind, behind.on_path, zone, now))


def _paid(
    period: Period, levels: tuple[int, ...], currency: str | None, zone: ZoneInfo, of: Any = Order
) -> Iterator[Condition]:
    yield of.paid_at >= period.start(zone)
    yield of.paid_at < period.end(zone)
    if levels:
        yield of.level.in_(levels)
    if currency:
        yield func.lower(of.currency) == currency.lower()


def _second(period: Period, zone: ZoneInfo) -> ColumnElement[Any]:
    """Whether the second order that the client paid was paid in the period: 1, or NULL."""
    ranked = (
        select(_Paid.paid_at)
        .where(_Paid.client_id == ClientSummary.id, _Paid.paid_at.is_not(None))
        .order_by(_Paid.paid_at, _Paid.id)
        .offset(1)
        .limit(1)
        .correlate(ClientSummary)
        .subquery()
    )
    within = (ranked.c.paid_at >= period.start(zone), ranked.c.paid_at < period.end(zone))
    return select(func.count()).select_from(ranked).where(*within).scalar_subquery()


def _with_insight(behind: ClientBehind, period: Period, zone: ZoneInfo) -> Any:
    query = select(Insight.client_id).where(
        Insight.created_at >= period.start(zone), Insight.created_at < period.end(zone)
    )
    if behind.insight is not None:
        query = query.where(Insight.category == behind.insight)
    return query.where(Insight.viewed_at.is_not(None)) if behind.insight_read else query


def _walkers(behind: ClientBehind, chosen: PathFilter, zone: ZoneInfo, now: datetime) -> Any:
    sql = f"{paths.CHOSEN_WALKS} SELECT client_id FROM walks WHERE days_done >= :days_done"
    values = {**paths.values(chosen, zone, now), "days_done": behind.days_done or 0}
    # No bucket of it is asked for.
    values.pop("zone")
    if behind.outcome is not None:
        sql += " AND outcome = :outcome"
        values["outcome"] = behind.outcome.value
    if behind.stopped_after is not None:
        sql += f" AND outcome = 'ABANDONED' AND {paths.DAYS_SEEN.format('since')} = :stopped_after"
        values["stopped_after"] = behind.stopped_after
    return select(text(sql).bindparams(**values).columns(column("client_id", Text)).subquery().c.client_id)
