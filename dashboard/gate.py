"""The gate of a screen: who is here, and may they. Hiding a screen is courtesy; the commands check again."""

import streamlit as st

from dashboard.here import here
from dashboard.views.shell import not_allowed
from lumira_db.actor import Actor
from lumira_db.permissions import Permission, allows


def enter(permission: Permission | None = None) -> Actor:
    """The person at the screen; stops the run with an explanation when their role does not open it."""
    person = here().actor
    if permission is not None and not allows(person, permission):
        not_allowed()
        st.stop()
    return person
