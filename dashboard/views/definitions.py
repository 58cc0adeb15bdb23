"""How a figure is counted: its definition, its SQL, and how fresh and how sure what is shown is."""

from collections.abc import Sequence
from inspect import cleandoc

import streamlit as st

from dashboard.context import zone
from dashboard.locale import _, exact, ngettext, number
from dashboard.views.figures import Explain
from dashboard.views.modal import modal
from lumira_db.metrics import ADDS_UP, METRICS
from lumira_db.queries.rollups import Freshness

_MANY_WAIT = 100


def button(codes: Sequence[str], explain: Explain) -> None:
    """The way to the definitions of a section."""
    st.button(
        _("How is this counted?"),
        key="figures.explain",
        icon=":material/help:",
        type="tertiary",
        on_click=explain,
        args=(tuple(codes),),
    )


def dialog(codes: Sequence[str], *, fresh: Freshness) -> None:
    """The definitions of these figures; called from the click that asks for them."""

    @modal(_("How is this counted?"), width="large")
    def show() -> None:
        for code in codes:
            metric = METRICS[code]
            st.subheader(_(metric.name), anchor=False)
            st.write(_(metric.definition))
            st.caption(_(ADDS_UP[metric.adds]))
            with st.expander(_("The SQL that it is counted by")):
                st.code(cleandoc(metric.sql), language="sql", wrap_lines=True)
        st.divider()
        st.caption(_("With everything that was written until {moment}.").format(moment=exact(fresh.as_of, zone())))
        st.caption(_reconciled(fresh))

    show()


def state(fresh: Freshness) -> None:
    """What whoever looks at the figures has to know before: that they are not whole yet."""
    if not fresh.built:
        st.warning(_("The figures are being counted for the first time. What is shown is not complete yet."))
    elif fresh.waiting > _MANY_WAIT:
        said = _("Many changes are being added: the figures stand as of {moment}.")
        st.info(said.format(moment=exact(fresh.as_of, zone())), icon=":material/hourglass:")


def _reconciled(fresh: Freshness) -> str:
    if not fresh.unsettled:
        return _("Every event that Stripe sent has been applied to its order.")
    return ngettext(
        "{count} event of Stripe is waiting to be assigned to an order: payments are not reconciled.",
        "{count} events of Stripe are waiting to be assigned to orders: payments are not reconciled.",
        fresh.unsettled,
    ).format(count=number(fresh.unsettled))
