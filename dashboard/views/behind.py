"""A list that a figure led to says so: how many rows, what narrows them besides the filters, and the way out."""

from collections.abc import Iterator, Sequence

import streamlit as st

from dashboard.context import zone
from dashboard.locale import _, exact, ngettext, number, span_words, weekday_name
from dashboard.locale.labels import DOMAIN, level_name
from dashboard.locale.outcomes import DECISIONS, OUTCOMES
from dashboard.views.pager import PARAM
from lumira_db.i18n_marker import N_
from lumira_db.periods import Period
from lumira_db.queries.behind_clients import ClientBehind
from lumira_db.queries.behind_orders import OrderBehind
from lumira_db.queries.facts import Buyers

_ORDER_PERIODS = (
    ("refunded_in", N_("refunded {days}")),
    ("approved_in", N_("first approved {days}")),
    ("delivered_in", N_("delivered {days}")),
    ("failed_in", N_("without a reading from the generator {days}")),
)
_CLIENT_PERIODS = (
    ("paid_in", N_("paid an order {days}")),
    ("first_paid_in", N_("paid their first order {days}")),
    ("second_paid_in", N_("paid their second order {days}")),
    ("chatted_in", N_("began a chat {days}")),
    ("insight_in", N_("an insight made {days}")),
)


def orders(behind: OrderBehind, count: int, params: Sequence[str]) -> None:
    """What a figure of orders adds to the filters."""
    said = ngettext("{count} order behind a figure", "{count} orders behind a figure", count)
    _note(said.format(count=number(count)), list(_of_orders(behind)), params)


def clients(behind: ClientBehind, params: Sequence[str]) -> None:
    """What a figure of clients adds to the filters."""
    _note(_("The clients behind a figure"), list(_of_clients(behind)), params)


def _note(title: str, parts: Sequence[str], params: Sequence[str]) -> None:
    with st.container(
        border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="behind"
    ):
        st.text(f"{title}: {' · '.join(parts)}" if parts else title, width="stretch")
        st.button(
            _("Show without it"),
            key="behind.clear",
            type="tertiary",
            icon=":material/close:",
            on_click=_clear,
            args=(params,),
        )


def _of_orders(behind: OrderBehind) -> Iterator[str]:
    yield from _common(behind)
    for name, sentence in _ORDER_PERIODS:
        days = getattr(behind, name)
        if days is not None:
            yield _(sentence).format(days=_days(days))
    if behind.paid is not None:
        yield _("paid") if behind.paid else _("never paid")
    if behind.checkout:
        yield _("checkouts, paid or not")
    if behind.refunded:
        yield _("refunded since, in part or whole")
    if behind.refunded_currency:
        yield _("given back in {currency}").format(currency=behind.refunded_currency.upper())
    if behind.off_catalogue:
        yield _("amount not in the catalogue")
    if behind.weekday is not None:
        yield weekday_name(behind.weekday)
    if behind.hour is not None:
        yield _("paid between {from_} h and {until} h").format(from_=behind.hour, until=behind.hour + 1)
    yield from _of_work(behind)


def _of_work(behind: OrderBehind) -> Iterator[str]:
    if behind.waiting_at is not None:
        yield _("waiting on {moment}").format(moment=exact(behind.waiting_at, zone()))
        if behind.waited_days:
            yield _("for {days} d at least").format(days=behind.waited_days)
        if behind.waited_below is not None:
            yield _("for less than {days} d").format(days=behind.waited_below)
    if behind.decision is not None:
        said = _(DECISIONS[behind.decision])
        yield f"{said} {_days(behind.decided_in)}" if behind.decided_in is not None else said
    if behind.reason is not None:
        yield _("for one reason")
    if behind.generator_error:
        yield f"“{behind.generator_error}”"
    if behind.decided_by is not None or behind.approved_by is not None:
        yield _("by one expert")


def _of_clients(behind: ClientBehind) -> Iterator[str]:
    yield from _common(behind)
    for name, sentence in _CLIENT_PERIODS:
        days = getattr(behind, name)
        if days is not None:
            yield _(sentence).format(days=_days(days))
    levels = [*behind.levels, *behind.first_levels, *(behind.on_path.levels if behind.on_path else ())]
    if levels:
        yield ", ".join(level_name(level) for level in levels)
    for currency in (behind.currency, behind.first_currency):
        if currency:
            yield currency.upper()
    yield from _of_journey(behind)


def _of_journey(behind: ClientBehind) -> Iterator[str]:
    if behind.on_path is not None:
        yield _("on a path since {days}").format(days=_days(behind.on_path.period))
        if behind.on_path.archetypes:
            yield ", ".join(behind.on_path.archetypes)
    if behind.days_done:
        yield ngettext("{days} day done", "{days} days done", behind.days_done).format(days=behind.days_done)
    if behind.outcome is not None:
        yield _(OUTCOMES[behind.outcome])
    if behind.stopped_after is not None:
        yield _("stopped {days} d after the start").format(days=behind.stopped_after)
    if behind.insight is not None:
        yield _(DOMAIN[behind.insight])
    if behind.insight_read:
        yield _("opened")


def _common(behind: OrderBehind | ClientBehind) -> Iterator[str]:
    if behind.sources:
        yield _("source {names}").format(names=", ".join(source or _("Not known") for source in behind.sources))
    if behind.buyers is not None:
        yield _("new clients") if behind.buyers is Buyers.NEW else _("returning clients")


def _days(period: Period) -> str:
    return span_words(period.first, period.last)


def _clear(params: Sequence[str]) -> None:
    for param in (*params, PARAM):
        st.query_params.pop(param, None)
