"""The screens of figures, put together: what is looked at, what is read of it, and how it is drawn."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import figure_reads, filters, list_reads, reads
from dashboard.alert_words import warned
from dashboard.analytics import operations as work
from dashboard.analytics import paths, revenue_cards
from dashboard.analytics.look import Look, look
from dashboard.analytics.screens import sections_of, whose
from dashboard.context import zone
from dashboard.locale import _
from dashboard.views import alerts, definitions, figure_filters, figures, reconciled
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.queries.rollups import Freshness


def looked_at(staff_id: str | None = None) -> Look:
    """What the address asks for. A minute is one moment: what is read in it is read once."""
    now = utcnow().replace(second=0, microsecond=0)
    return look(filters.of(st.query_params), now=now, zone=zone(), staff_id=staff_id)


def revenue() -> None:
    """The screen of revenue."""
    chosen = looked_at()
    read = figure_reads.revenue_summary(chosen)
    with _bar():
        figure_filters.days(chosen)
        figure_filters.currency([one.currency for one in read.data.figures], chosen)
        figure_filters.levels()
        figure_filters.more_of_buyers(list_reads.sources())
        figure_filters.reset()
    figure_filters.said(chosen)
    definitions.state(read.fresh)
    reconciled.badge(reads.reconciled())
    currencies = read.data.currencies(chosen)
    for currency in currencies:
        if len(currencies) > 1:
            st.subheader(currency.upper(), anchor=False)
        figures.cards(
            revenue_cards.cards(read.data, chosen, currency),
            key=f"revenue.cards.{currency}",
            label=_("Figures in {currency}").format(currency=currency.upper()),
            explain=_explain(read.fresh),
        )
    sections("revenue", chosen)


def walks() -> None:
    """The screen of the path."""
    chosen = looked_at()
    read = figure_reads.path_outcomes(chosen)
    with _bar():
        figure_filters.days(chosen, compares=False)
        figure_filters.levels()
        figure_filters.more_of_paths(figure_reads.archetypes(), chosen)
        figure_filters.reset()
    figure_filters.said(replace(chosen, other=None))
    definitions.state(read.fresh)
    figures.cards(
        paths.cards(read.data, chosen), key="paths.cards", label=_("Figures of the path"), explain=_explain(read.fresh)
    )
    sections("paths", chosen)


def operations(person: Actor) -> None:
    """The screen of the desk's own work; an expert sees what is theirs."""
    chosen = looked_at(whose("operations", person))
    read = figure_reads.work_summary(chosen)
    with _bar():
        figure_filters.days(chosen)
        figure_filters.levels()
        figure_filters.reset()
    figure_filters.said(chosen)
    if chosen.staff_id is not None:
        st.caption(_("Your own work."))
    else:
        alerts.notices([warned(one) for one in reads.open_alerts()])
    definitions.state(read.fresh)
    figures.cards(
        work.cards(read.data, chosen), key="work.cards", label=_("Figures of the work"), explain=_explain(read.fresh)
    )
    sections("operations", chosen)


def sections(screen: str, chosen: Look) -> None:
    """The sections of a screen: their names, and the one that is chosen."""
    section = figures.sections(sections_of(screen, chosen.staff_id))
    read = figure_reads.section(screen, section.code, chosen)
    found = section.panels(read.data, chosen)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, width="content", gap="small"):
            figure_filters.controls(section, chosen)
        with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center"):
            definitions.button(section.metrics, _explain(read.fresh))
            figures.export(screen, section, found)
    figures.panels(found, section, chosen)


def _bar() -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="figures.bar")


def _explain(fresh: Freshness) -> figures.Explain:
    def explain(codes: Sequence[str]) -> None:
        definitions.dialog(codes, fresh=fresh)

    return explain
