"""What happened to an order: versions with their differences, deliveries, requests to the generator."""

import difflib
from collections.abc import Callable, Sequence
from uuid import UUID

import streamlit as st

from dashboard.context import zone
from dashboard.locale import _, exact
from dashboard.locale.labels import label
from dashboard.views import badges, cells
from lumira_db.queries.workbench import DeliveryOfOrder, Workbench
from lumira_db.reading import FieldChange
from lumira_db.states import DeliveryState, GenerationState


def deliveries(
    rows: Sequence[DeliveryOfOrder],
    *,
    may_send: bool,
    link_of: Callable[[DeliveryOfOrder], str | None],
    retry: Callable[[list[UUID]], None],
    confirm: Callable[[UUID], None],
) -> None:
    """Each sending of this order, with what can be done about it."""
    for row in rows:
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"delivery-{row.id}"):
            badges.status(row.state)
            badges.status(row.channel)
            st.text(row.recipient)
            moment = row.sent_at or row.due_at
            st.caption(exact(moment, zone()))
            if row.last_error:
                st.text(cells.reasons(row.last_error))
            if not may_send:
                continue
            if row.state in {DeliveryState.FAILED, DeliveryState.BLOCKED}:
                st.button(_("Try again"), key=f"delivery.retry.{row.id}", on_click=retry, args=([row.id],))
            if row.state is DeliveryState.CONFIRMING:
                link = link_of(row)
                if link:
                    st.link_button(_("Open WhatsApp"), link, icon=":material/open_in_new:")
                st.button(
                    _("I sent it"),
                    key=f"delivery.confirm.{row.id}",
                    type="primary",
                    icon=":material/check:",
                    on_click=confirm,
                    args=(row.id,),
                )


def production(bench: Workbench) -> None:
    """The newest request to the generator, while it matters."""
    request = bench.generation
    if request is None:
        return
    since = cells.ago_text(request.requested_at)
    text = {
        GenerationState.REQUESTED: _("Asked of the generator {since}; it has not answered yet."),
        GenerationState.ACCEPTED: _("The generator is working on it; asked {since}."),
        GenerationState.DONE: _("Generated {since}."),
        GenerationState.FAILED: _("The generator failed {since}."),
    }[request.state]
    st.caption(text.format(since=since))


def versions(bench: Workbench, compare: Callable[[int], tuple[FieldChange, ...]]) -> None:
    """Every kept state, newest first; one opened shows how it differs from the present text."""
    if not bench.versions:
        st.caption(_("No version has been kept yet: the first save or decision keeps one."))
        return
    names = {
        v.id: _("Version {number} · {origin} · {author} · {moment}").format(
            number=v.number, origin=label(v.origin), author=v.author_name, moment=cells.ago_text(v.created_at)
        )
        for v in bench.versions
    }
    chosen = st.selectbox(
        _("Compare the present text with"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        key="order.version",
        placeholder="–",
    )
    for version in bench.versions:
        if version.id == chosen and version.note:
            st.caption(_("Reason"))
            st.text(version.note)
    if chosen is not None:
        changes = compare(chosen)
        if not changes:
            st.success(_("The text is the same as now."), icon=":material/check:")
        for change in changes:
            _difference(change)


def _difference(change: FieldChange) -> None:
    st.caption(change.path)
    before, after = (change.before or "").split(), (change.after or "").split()
    parts = []
    for kind, a, b, c, d in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if kind in {"delete", "replace"}:
            parts.append(f"<del>{cells.escaped(' '.join(before[a:b]))}</del>")
        if kind in {"insert", "replace"}:
            parts.append(f"<ins>{cells.escaped(' '.join(after[c:d]))}</ins>")
        if kind == "equal":
            parts.append(cells.escaped(" ".join(before[a:b])))
    st.html(f'<p style="line-height:1.6;max-width:70ch">{" ".join(parts)}</p>')
