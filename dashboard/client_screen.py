"""The parts of the client's page, each given what it shows and what it may do."""

from enum import StrEnum
from functools import partial

import streamlit as st

from dashboard import client_desk, client_reads, payment_reads, photos, reads, task_panel
from dashboard.flash import Flash, say
from dashboard.here import here
from dashboard.locale import _
from dashboard.navigation import go, link
from dashboard.settings import get_settings
from dashboard.views import (
    addressed,
    client_dialogs,
    client_head,
    client_journey,
    client_looks,
    client_parts,
    client_payments,
    product_orders,
    timeline,
)
from dashboard.views import notes as notes_view
from dashboard.views import ref_ids as ref_ids_view
from dashboard.views.pager import place
from lumira_db.actor import Actor
from lumira_db.commands.client_notes import Typed
from lumira_db.discretion import EVERYTHING
from lumira_db.i18n_marker import N_
from lumira_db.permissions import Permission, allows
from lumira_db.queries.client_journey import search_chats
from lumira_db.queries.client_page import ClientHead
from lumira_db.queries.clients import ClientRow
from lumira_db.states import Intimate, TaskKind

# Others' words appear by themselves, without a look at the whole page.
_FOLLOW_SECONDS = 10
_COUNTED, _SAMPLE = 100_001, 10


class Part(StrEnum):
    """What of a client is shown; the address carries it."""

    ORDERS = "orders"
    PAYMENTS = "payments"
    TIMELINE = "timeline"
    PROFILE = "profile"
    INSIGHTS = "insights"
    PATH = "path"
    MEMORY = "memory"
    CHATS = "chats"
    ACCESS = "access"


_NAMES = {
    Part.ORDERS: N_("Orders"),
    Part.PAYMENTS: N_("Payments"),
    Part.TIMELINE: N_("Timeline"),
    Part.PROFILE: N_("Profile"),
    Part.INSIGHTS: N_("Insights"),
    Part.PATH: N_("Path"),
    Part.MEMORY: N_("Akashic record"),
    Part.CHATS: N_("Conversations"),
    Part.ACCESS: N_("Who looked"),
}


def lead_on(client_id: str) -> None:
    """Whoever was merged into somebody else is found there: old addresses go on leading to the person."""
    kept = client_reads.merged_into(client_id)
    if kept is not None:
        say(Flash(_("The client at this address was merged into this one."), "note"))
        go("client", id=kept)


def head(client: ClientHead, person: Actor) -> None:
    """Who the client is, how to reach them, and what can be done about it."""
    may_edit = allows(person, Permission.EDIT_CLIENTS)
    client_head.head(
        client,
        vip=client.is_vip(get_settings().vip_cents),
        assign=client_desk.assign_ref_id if may_edit else None,
        actions=partial(_actions, client, person) if may_edit else lambda: None,
    )


def choose(person: Actor) -> Part:
    """Which part is shown."""
    parts = [one for one in Part if one is not Part.ACCESS or allows(person, Permission.SEE_ACCESS)]
    chosen = addressed.tabs(
        "part", parts, default=Part.ORDERS, names=lambda one: _(_NAMES[Part(one)]), label=_("Part of the page")
    )
    return Part(chosen)


def part(chosen: Part, client: ClientHead, person: Actor) -> None:
    """The part that was chosen; the others are not read."""
    row = client.row
    visible = client_reads.shown(person, row.id)
    if visible and visible != EVERYTHING:
        client_parts.uncovered(visible, partial(client_desk.cover, row.id))
    _PARTS[chosen](row, person, visible)


def notes(client: ClientHead, person: Actor) -> None:
    """Tags and notes, apart from the rest of the page: what is typed draws nothing else again."""
    row = client.row
    notes_view.tags(
        row.tags,
        client_reads.tags_in_use(),
        lambda add, remove: client_desk.change_tags(row.id, add=add, remove=remove),
        key=f"client.tags.{row.id}",
    )

    @st.fragment(run_every=_FOLLOW_SECONDS)
    def follow() -> None:
        here()
        _notes(row.id, person)

    follow()


def new_client(person: Actor) -> None:
    """The way to create a client, for those who may."""
    if not allows(person, Permission.EDIT_CLIENTS):
        return
    if st.button(_("Create a client"), key="client.new", icon=":material/person_add:"):
        client_dialogs.create(client_desk.create, client_desk.other_client)


def ref_ids() -> None:
    """Clients without a refId, and the task that gives them one."""
    task = task_panel.latest(TaskKind.BACKFILL_REF_IDS, outcome=ref_ids_view.outcome)
    under_way = task is not None and task.is_open
    count, first = client_reads.without_ref_id(most=_COUNTED, sample=_SAMPLE)
    ref_ids_view.missing(count, _COUNTED, first, None if under_way else client_desk.start_backfill)


def _notes(client_id: str, person: Actor) -> None:
    found = client_reads.notes(client_id, person.id)
    st.markdown(f"**{_('Notes')}**")

    def settle(mine: bool, theirs: bool) -> None:  # noqa: FBT001
        if found.draft is not None:
            draft = Typed(found.draft.text, found.draft.base)
            client_desk.settle(client_id, draft, found.text, mine=mine, theirs=theirs)

    notes_view.conflict(found, settle)
    notes_view.pad(
        found,
        key=client_desk.pad_key(client_id),
        storage=f"{person.id}.{client_id}",
        on_keep=partial(client_desk.keep, client_id),
        on_save=partial(client_desk.save, client_id),
    )
    if st.toggle(_("History of the notes"), key=f"client.history.{client_id}"):
        notes_view.history(
            client_reads.note_versions(client_id),
            partial(client_reads.note_change, client_id),
            found.text,
            partial(client_desk.restore, client_id),
        )


def _actions(client: ClientHead, person: Actor) -> None:
    client_id, seen = client.row.id, client.version
    if allows(person, Permission.ERASE_CLIENTS):
        link("privacy", _("Personal data"), icon=":material/shield_person:", id=client_id)
    # What is typed about somebody who was erased would have to be erased again.
    if not client.row.is_erased and st.button(_("Edit"), key="client.edit", icon=":material/edit:"):
        client_dialogs.edit(
            client,
            lambda identity: client_desk.change_identity(client_id, identity, seen),
            client_desk.other_client,
        )
    if st.button(_("Status"), key="client.status", icon=":material/block:"):
        client_dialogs.status(
            client,
            client_reads.effect(client_id),
            lambda status, reason: client_desk.set_status(client_id, status, seen, reason),
            client_desk.other_client,
        )


def _reveal(client_id: str, field: Intimate) -> None:
    client_dialogs.reveal(field, partial(client_desk.reveal, client_id, field), client_desk.other_client)


def _orders(row: ClientRow, _person: Actor, _visible: frozenset[Intimate]) -> None:
    client_parts.purchases(*client_reads.purchases(row.id))
    product_orders.products(client_reads.products(row.id))


def _payments(row: ClientRow, _person: Actor, _visible: frozenset[Intimate]) -> None:
    orders = {order.id: order.number for order in reads.client_orders(row.id)}
    client_payments.payments(payment_reads.payments(list(orders)), orders)


def _timeline(row: ClientRow, person: Actor, visible: frozenset[Intimate]) -> None:
    kinds = timeline.filters()
    reasons = allows(person, Permission.SEE_READINGS)
    timeline.listing(client_reads.events(row.id, kinds, visible, place(), reasons=reasons))


def _profile(row: ClientRow, _person: Actor, visible: frozenset[Intimate]) -> None:
    told, files, count = client_reads.told(row.id, visible)
    uncovered = Intimate.PHOTOS in visible
    kept = (told.face, told.palm) if told else ()
    hidden = 0 if uncovered else count + sum(photo is not None for photo in kept)
    strip = photos.of_client(row.id, told, files) if uncovered else ()
    client_parts.profile(told, strip, hidden, visible, partial(_reveal, row.id))
    ask = partial(_reveal, row.id) if told is None else None
    client_parts.account(client_reads.account(row.id, visible), visible, ask)


def _insights(row: ClientRow, _person: Actor, visible: frozenset[Intimate]) -> None:
    client_journey.insights(client_reads.insights(row.id, visible), visible, partial(_reveal, row.id))


def _path(row: ClientRow, _person: Actor, visible: frozenset[Intimate]) -> None:
    client_journey.path(client_reads.path(row.id, visible), visible, partial(_reveal, row.id))


def _memory(row: ClientRow, _person: Actor, visible: frozenset[Intimate]) -> None:
    client_journey.memory(client_reads.memory(row.id, visible), partial(_reveal, row.id))


def _chats(row: ClientRow, _person: Actor, visible: frozenset[Intimate]) -> None:
    found = client_reads.chats(row.id, visible)
    asked = client_journey.chats(found, visible, partial(_reveal, row.id))
    client_journey.conversations(search_chats(found, asked) if asked else found, asked)


def _access(row: ClientRow, person: Actor, _visible: frozenset[Intimate]) -> None:
    client_looks.looks(*client_reads.looks(row.id), own_id=person.id)


_PARTS = {
    Part.ORDERS: _orders,
    Part.PAYMENTS: _payments,
    Part.TIMELINE: _timeline,
    Part.PROFILE: _profile,
    Part.INSIGHTS: _insights,
    Part.PATH: _path,
    Part.MEMORY: _memory,
    Part.CHATS: _chats,
    Part.ACCESS: _access,
}
