"""Claims and the screen: kept alive while the order is open, given back when the person goes elsewhere."""

from datetime import timedelta

import streamlit as st

from dashboard.context import database
from dashboard.here import actor
from dashboard.settings import get_settings
from lumira_db.actor import Actor
from lumira_db.commands import claims
from lumira_db.errors import ClaimMissing

_HELD = "lumira.held"


def lease() -> timedelta:
    """How long a claim lasts without a sign of life."""
    return timedelta(minutes=get_settings().claim_minutes)


def holding(order_id: str) -> None:
    """This screen holds the order from now on."""
    st.session_state[_HELD] = order_id


def released() -> None:
    """This screen holds nothing (a decision gives the order back by itself)."""
    st.session_state.pop(_HELD, None)


def leave_other_orders(who: Actor, screen: str) -> None:
    """Give back the order that this browser tab held, once it shows something else."""
    held = st.session_state.get(_HELD)
    if held is None or (screen == "order" and st.query_params.get("id") == held):
        return
    released()
    with database().writing() as session:
        claims.release_claim(session, who, held)


def keep_alive(order_id: str) -> bool:
    """Renew the claim of the person at the screen; False when it is gone."""
    try:
        with database().writing() as session:
            claims.renew_claim(session, actor(), order_id, lease=lease())
    except ClaimMissing:
        return False
    return True
