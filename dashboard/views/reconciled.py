"""Whether the figures can be relied on, in one line: for the home, the revenue and the payments."""

import streamlit as st

from dashboard.context import zone
from dashboard.locale import _, exact, ngettext, number, short_moment
from dashboard.navigation import link
from lumira_db.payment_facts import Mode
from lumira_db.queries.reconciliation import CAP, Reconciled


def badge(known: Reconciled, *, href: bool = True) -> None:
    """Up to when Stripe and the database were held against each other, and what is open; leads to what was found."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="reconciled"):
        if known.until is None:
            st.badge(_("Figures never reconciled with Stripe"), icon=":material/help:", color="gray")
        else:
            said = _("Figures reconciled until {moment}").format(moment=short_moment(known.until, zone()))
            clean = known.is_clean
            st.badge(
                said,
                icon=":material/verified:" if clean else ":material/rule:",
                color="green" if clean else "orange",
                help=_since(known),
            )
        if known.findings:
            st.badge(_open(known.findings), icon=":material/error:", color="orange")
        if href:
            link("payments", _("Reconciliation"), icon=":material/balance:")


def mode(found: Mode) -> None:
    """Whose money the Desk looks at: nothing to say when it is the real one's."""
    if found is Mode.TEST:
        st.badge(_("Stripe in test mode"), icon=":material/science:", color="violet")
    elif found is Mode.NONE:
        st.badge(_("No Stripe key: nothing can be asked"), icon=":material/key_off:", color="gray")
    else:
        st.badge(_("Stripe in live mode"), icon=":material/payments:", color="green")


def _since(known: Reconciled) -> str | None:
    if known.since is None:
        return None
    return _("Everything since {moment}.").format(moment=exact(known.since, zone()))


def _open(count: int) -> str:
    text = ngettext("{count} open finding", "{count} open findings", count)
    return text.format(count=number(count) if count < CAP else f"{number(CAP)}+")
