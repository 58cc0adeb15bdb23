"""The screens of figures and their sections."""

from collections.abc import Mapping
from typing import Any

from dashboard.analytics import customers, operations, paths, revenue
from dashboard.analytics.section import Section
from lumira_db.actor import Actor, Role

SCREENS: Mapping[str, tuple[Section[Any], ...]] = {
    "revenue": (
        *(revenue.LEVELS_SECTION, revenue.BUYERS_SECTION, revenue.SOURCES_SECTION, revenue.HOURS_SECTION),
        *(customers.COHORTS_SECTION, customers.VALUES_SECTION, customers.REFUNDS_SECTION, customers.CATALOGUE_SECTION),
    ),
    "paths": paths.SECTIONS,
    "operations": operations.SECTIONS,
}
"""By the name of the screen; the first section is the one that opens."""


def sections_of(screen: str, staff_id: str | None) -> tuple[Section[Any], ...]:
    """The sections for somebody who sees the figures of ``staff_id`` alone, or everybody's (None)."""
    return tuple(one for one in SCREENS[screen] if staff_id is None or not one.everybodys)


def whose(screen: str, person: Actor) -> str | None:
    """Whose figures the person sees on this screen: their own (the id), or everybody's (None)."""
    return person.id if screen == "operations" and person.role is Role.EXPERT else None
