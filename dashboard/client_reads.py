"""What the client's page reads: only the part that is shown, and of that only what the person may see."""

import streamlit as st

from dashboard.context import database
from dashboard.reads import ROWS
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.discretion import EVERYTHING
from lumira_db.permissions import Permission, allows
from lumira_db.queries import (
    client_access,
    client_journey,
    client_notes,
    client_page,
    client_tags,
    merging,
    orders,
    product_orders,
    timeline,
)
from lumira_db.queries.clients import ClientRow, ProfileFacts
from lumira_db.queries.paging import Cursor, Page
from lumira_db.states import Intimate

_SUGGESTED = 300


def head(client_id: str) -> client_page.ClientHead | None:
    with database().glancing() as session:
        return client_page.find_head(session, client_id)


def merged_into(client_id: str) -> str | None:
    """Whom a client who is there no more is now part of."""
    with database().reading() as session:
        return merging.find_kept(session, client_id)


def shown(person: Actor, client_id: str) -> frozenset[Intimate]:
    """What of this client the person may see in this run."""
    if allows(person, Permission.SEE_INTIMATE):
        return EVERYTHING
    with database().glancing() as session:
        return client_access.shown_to(session, person, client_id, now=utcnow())


def purchases(
    client_id: str,
) -> tuple[tuple[orders.OrderRow, ...], tuple[client_page.Payment, ...], tuple[client_page.Sending, ...]]:
    with database().glancing() as session:
        return (
            orders.list_client_orders(session, client_id),
            client_page.list_payments(session, client_id),
            client_page.list_sendings(session, client_id),
        )


def products(client_id: str) -> tuple[product_orders.Purchase, ...]:
    with database().reading() as session:
        return product_orders.list_client_purchases(session, client_id)


def account(client_id: str, visible: frozenset[Intimate]) -> client_page.Account:
    with database().glancing() as session:
        return client_page.get_account(session, client_id, visible)


def told(
    client_id: str, visible: frozenset[Intimate]
) -> tuple[ProfileFacts | None, tuple[client_page.ClientFile, ...], int]:
    """The profile, the photos of orders, and how many photos of orders there are."""
    with database().glancing() as session:
        profile = client_page.get_told(session, client_id, visible)
        files = client_page.list_client_files(session, client_id, visible)
        return profile, files, len(files) or client_page.count_client_files(session, client_id)


def insights(client_id: str, visible: frozenset[Intimate]) -> tuple[client_journey.InsightRow, ...]:
    with database().glancing() as session:
        return client_journey.list_insights(session, client_id, visible)


def path(client_id: str, visible: frozenset[Intimate]) -> client_journey.Path | None:
    with database().glancing() as session:
        return client_journey.find_path(session, client_id, visible)


def memory(client_id: str, visible: frozenset[Intimate]) -> client_journey.Memory | None:
    with database().glancing() as session:
        return client_journey.find_memory(session, client_id, visible)


def chats(client_id: str, visible: frozenset[Intimate]) -> tuple[client_journey.Chat, ...]:
    with database().glancing() as session:
        return client_journey.list_chats(session, client_id, visible)


def events(
    client_id: str,
    kinds: tuple[timeline.TimelineKind, ...],
    visible: frozenset[Intimate],
    cursor: Cursor | None,
    *,
    reasons: bool,
) -> Page[timeline.Event]:
    with database().glancing() as session:
        return timeline.list_timeline(
            session, client_id, kinds=kinds, shown=visible, reasons=reasons, cursor=cursor, limit=ROWS
        )


def notes(client_id: str, staff_id: str) -> client_notes.Notes:
    with database().glancing() as session:
        return client_notes.get_notes(session, client_id, staff_id)


def note_versions(client_id: str) -> tuple[client_notes.NoteVersionRow, ...]:
    with database().glancing() as session:
        return client_notes.list_note_versions(session, client_id)


def note_change(client_id: str, number: int) -> tuple[str, str]:
    with database().glancing() as session:
        return client_notes.get_note_change(session, client_id, number)


def looks(client_id: str) -> tuple[tuple[client_access.AccessRow, ...], tuple[client_access.RevealRow, ...]]:
    with database().glancing() as session:
        return client_access.list_access(session, client_id), client_access.list_reveals(session, client_id)


def effect(client_id: str) -> client_page.Effect:
    with database().glancing() as session:
        return client_page.find_effect(session, client_id)


@st.cache_data(ttl=60, max_entries=1, show_spinner=False)
def tags_in_use() -> tuple[str, ...]:
    """The tags that are suggested, the most used first."""
    with database().glancing() as session:
        return tuple(tag.name for tag in client_tags.list_tags(session, limit=_SUGGESTED))


def without_ref_id(*, most: int, sample: int) -> tuple[int, tuple[ClientRow, ...]]:
    """How many clients have no refId, counted up to ``most``, and those who get one first."""
    with database().glancing() as session:
        return (
            client_page.count_without_ref_id(session, most=most),
            client_page.list_without_ref_id(session, limit=sample),
        )
