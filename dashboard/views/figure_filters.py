"""What the screens of figures are narrowed by: one bar, all of it in the address."""

from collections.abc import Sequence

import streamlit as st

from dashboard.analytics.look import ALL_CURRENCIES, MAIN_CURRENCY, Look, Measure, Preset, Shape
from dashboard.analytics.section import Section
from dashboard.behind_filters import NOTHING
from dashboard.locale import _, span_words
from dashboard.locale.labels import LEVELS, level_name
from dashboard.views import addressed
from lumira_db.i18n_marker import N_
from lumira_db.periods import Comparison, Grain
from lumira_db.queries.facts import Buyers

PRESETS = {
    Preset.TODAY: N_("Today"),
    Preset.YESTERDAY: N_("Yesterday"),
    Preset.DAYS_7: N_("Last 7 days"),
    Preset.DAYS_30: N_("Last 30 days"),
    Preset.DAYS_90: N_("Last 90 days"),
    Preset.WEEK: N_("This week"),
    Preset.MONTH: N_("This month"),
    Preset.LAST_MONTH: N_("Last month"),
    Preset.YEAR: N_("This year"),
    Preset.LAST_YEAR: N_("Last year"),
    Preset.MONTHS_12: N_("Last 12 months"),
}
COMPARISONS = {
    Comparison.BEFORE: N_("Period before"),
    Comparison.YEAR: N_("Same last year"),
    Comparison.NONE: N_("No comparison"),
}
BUYERS = {Buyers.NEW: N_("New clients"), Buyers.RETURNING: N_("Returning clients")}
GRAINS = {Grain.DAY: N_("Day"), Grain.WEEK: N_("Week"), Grain.MONTH: N_("Month")}
MEASURES = {Measure.AMOUNT: N_("Amount"), Measure.COUNT: N_("Number")}
SHAPES = {Shape.STACK: N_("Stacked"), Shape.SHARE: N_("Shares")}
_KEPT = {"section"}


def days(look: Look, *, compares: bool = True) -> None:
    """The period, and what it is compared with."""
    addressed.period(
        "period",
        list(Preset),
        present=(look.period.first, look.period.last),
        default=Preset.DAYS_30,
        names=lambda preset: _(PRESETS[preset]),
    )
    if compares:
        with st.container(width=176):
            addressed.pick(
                "vs",
                list(Comparison),
                default=Comparison.BEFORE,
                names=lambda how: _(COMPARISONS[how]),
                label=_("Compare with"),
            )


def currency(found: Sequence[str], look: Look) -> None:
    """One currency, or all side by side: they are never added."""
    chosen = [look.currency] if look.currency else []
    options = list(dict.fromkeys([MAIN_CURRENCY, *found, *chosen]))
    with st.container(width=150):
        addressed.pick(
            "currency",
            [*options, ALL_CURRENCIES],
            default=MAIN_CURRENCY,
            names=lambda name: _("Side by side") if name == ALL_CURRENCIES else name.upper(),
            label=_("Currency"),
        )


def levels() -> None:
    """Some levels; an unknown one that the address names is offered too."""
    asked = [int(raw) for raw in st.query_params.get_all("level") if raw.lstrip("-").isdigit()]
    options = list(dict.fromkeys([*LEVELS, *asked]))
    with st.container(width=230):
        addressed.several("level", options, names=level_name, label=_("Level"), parse=int)


def more_of_buyers(sources: Sequence[str]) -> None:
    """The filters that are not needed every day."""
    used = sum(1 for param in ("source", "buyers") if st.query_params.get_all(param))
    name = _("More filters ({count})").format(count=used) if used else _("More filters")
    with st.popover(name, icon=":material/tune:", key="figures.more", width="content"):
        addressed.words(
            "source",
            [*sources, NOTHING],
            names=lambda source: _("Not known") if source == NOTHING else source,
            label=_("Source"),
        )
        addressed.one("buyers", list(Buyers), names=lambda kind: _(BUYERS[kind]), label=_("Clients"), parse=Buyers)


def more_of_paths(archetypes: Sequence[str], look: Look) -> None:
    """Which paths, and after how many days without a sign a client has stopped."""
    used = sum(1 for param in ("archetype", "silence") if st.query_params.get_all(param))
    name = _("More filters ({count})").format(count=used) if used else _("More filters")
    with st.popover(name, icon=":material/tune:", key="figures.more", width="content"):
        addressed.words("archetype", archetypes, label=_("Archetype"))
        addressed.count("silence", label=_("Silent after so many days"))
        said = _("A day that is open for {days} d without being done counts as abandoned.")
        st.caption(said.format(days=look.silent_days))


def reset() -> None:
    """A way back, when something is chosen."""
    if any(param not in _KEPT for param in st.query_params):
        st.button(
            _("Clear the filters"), key="figures.clear", type="tertiary", icon=":material/close:", on_click=_clear
        )


def said(look: Look) -> None:
    """The days that are shown, and those beside them, in words."""
    period, other = look.period, look.other
    shown = span_words(period.first, period.last)
    parts = [_("{days} (in progress)").format(days=shown) if look.running else shown]
    if other is not None:
        days = span_words(other.first, other.last)
        clock = other.until.strftime("%H:%M") if other.until else ""
        until = _("compared with {days}, until {time}") if clock else _("compared with {days}")
        parts.append(until.format(days=days, time=clock))
    st.caption(" · ".join(parts))


def controls(section: Section, look: Look) -> None:  # type: ignore[type-arg]
    """How the chart of a section is drawn."""
    if section.by_measure:
        addressed.tabs(
            "measure",
            list(Measure),
            default=Measure.AMOUNT,
            names=lambda one: _(MEASURES[one]),
            label=_("Amount or number"),
        )
    if section.by_share:
        addressed.tabs(
            "as", list(Shape), default=Shape.STACK, names=lambda one: _(SHAPES[one]), label=_("Stacked or shares")
        )
    if section.by_grain:
        grain(look)


def grain(look: Look) -> None:
    """Days, weeks or months; until one is chosen, what suits the period."""
    if not st.query_params.get_all("grain"):
        st.session_state["grain.choice"] = look.usual_grain
    addressed.tabs(
        *("grain", list(Grain)), default=look.usual_grain, names=lambda one: _(GRAINS[one]), label=_("Put together by")
    )


def _clear() -> None:
    for param in [param for param in st.query_params if param not in _KEPT]:
        st.query_params.pop(param, None)
