"""What changes a client, each in a dialog that says what it will do and keeps what was typed when it is refused."""

from collections.abc import Callable

import streamlit as st

from dashboard.locale import _, ngettext, number, refusal_text
from dashboard.locale.labels import label
from dashboard.navigation import link
from dashboard.views import cells
from dashboard.views.modal import modal
from lumira_db.contacts import Identity
from lumira_db.discretion import LABELS, REVEALED_FOR
from lumira_db.enums import UserStatus
from lumira_db.errors import Refusal
from lumira_db.queries.client_page import ClientHead, Effect
from lumira_db.states import Intimate

Explain = Callable[[Refusal], str | None]


def edit(client: ClientHead, save: Callable[[Identity], Refusal | None], other: Explain) -> None:
    """Name, address, phone and source."""

    @modal(_("Edit the client"))
    def dialog() -> None:
        row = client.row
        typed = _identity(
            "client.edit", Identity(row.first_name, row.last_name, row.email, row.phone or "", row.source or "")
        )
        st.caption(_("Readings go to this address and phone from now on; orders keep the address of their checkout."))
        if st.button(_("Save"), type="primary", key="client.edit.save"):
            _close_or_explain(save(typed), other)

    dialog()


def create(save: Callable[[Identity], Refusal | None], other: Explain) -> None:
    """A new client, who gets a refId."""

    @modal(_("Create a client"))
    def dialog() -> None:
        typed = _identity("client.new", Identity("", "", ""))
        st.caption(_("The client gets the next refId of the year."))
        if st.button(_("Create"), type="primary", key="client.new.save"):
            _close_or_explain(save(typed), other)

    dialog()


def status(
    client: ClientHead, effect: Effect, save: Callable[[UserStatus, str], Refusal | None], other: Explain
) -> None:
    """Active, suspended or banned: with a reason, and what follows from it."""

    @modal(_("Change the status"))
    def dialog() -> None:
        now = client.row.status
        chosen = st.segmented_control(
            _("Status"), list(UserStatus), default=now, format_func=label, required=True, key="client.status.choice"
        )
        if chosen is None or chosen is now:
            st.caption(_("The client is “{status}”.").format(status=label(now)))
            return
        for sentence in _effects(chosen, effect):
            st.markdown(f"- {sentence}")
        reason = st.text_area(_("Why?"), key="client.status.reason")
        if st.button(_("Change the status"), type="primary", key="client.status.confirm"):
            _close_or_explain(save(chosen, reason), other)

    dialog()


def reveal(field: Intimate, save: Callable[[str], Refusal | None], other: Explain) -> None:
    """Ask why something intimate must be seen."""

    @modal(_("Show what is covered"))
    def dialog() -> None:
        st.markdown(f"**{_(LABELS[field])}**")
        minutes = number(REVEALED_FOR.total_seconds() / 60)
        st.caption(
            _("Your reason is recorded with your name. It stays shown to you for {minutes} minutes.").format(
                minutes=minutes
            )
        )
        reason = st.text_area(_("Why?"), key="client.reveal.reason")
        if st.button(_("Show it"), type="primary", key="client.reveal.confirm"):
            _close_or_explain(save(reason), other)

    dialog()


def _identity(key: str, known: Identity) -> Identity:
    left, right = st.columns(2)
    with left:
        first = st.text_input(_("First name"), known.first_name, key=f"{key}.first", placeholder="")
    with right:
        last = st.text_input(_("Last name"), known.last_name, key=f"{key}.last", placeholder="")
    email = st.text_input(_("E-mail"), known.email, key=f"{key}.email", type="email", placeholder="")
    phone = st.text_input(_("Phone"), known.phone, key=f"{key}.phone", placeholder="06 12 34 56 78")
    source = st.text_input(_("Source"), known.source, key=f"{key}.source", placeholder="")
    return Identity(first, last, email, phone, source)


def _close_or_explain(refused: Refusal | None, other: Explain) -> None:
    if refused is None:
        st.rerun()
    st.error(cells.plain(refusal_text(refused)), icon=":material/block:")
    client_id = other(refused)
    if client_id is not None:
        link("client", _("Open this client"), icon=":material/person:", id=client_id)


def _effects(chosen: UserStatus, effect: Effect) -> list[str]:
    if chosen is UserStatus.ACTIVE:
        sentences = [_("Readings are sent to this client again.")]
        if effect.blocked:
            text = ngettext(
                "{count} delivery that was blocked stays so until it is tried again.",
                "{count} deliveries that were blocked stay so until they are tried again.",
                effect.blocked,
            )
            sentences.append(text.format(count=number(effect.blocked)))
        return sentences
    sentences = [_("Nothing is sent to this client any more, whoever approves it.")]
    if effect.orders:
        text = ngettext(
            "{count} order under way goes on; its reading is not sent.",
            "{count} orders under way go on; their readings are not sent.",
            effect.orders,
        )
        sentences.append(text.format(count=number(effect.orders)))
    if effect.leaving:
        text = ngettext("{count} delivery on its way stops.", "{count} deliveries on their way stop.", effect.leaving)
        sentences.append(text.format(count=number(effect.leaving)))
    if not (effect.orders or effect.leaving):
        sentences.append(_("No order is under way and nothing is about to be sent."))
    return sentences
