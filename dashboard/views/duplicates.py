"""Clients who may be one person: with the reasons, on a client's page and as a list."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Row, Text, table
from dashboard.locale import _, ngettext
from dashboard.navigation import address, go, link
from dashboard.views import addressed, cells
from lumira_db.i18n_marker import N_
from lumira_db.queries.clients import ClientRow
from lumira_db.queries.duplicates import Likeness, Pair

LIKENESS = {
    Likeness.PHONE: N_("Same telephone"),
    Likeness.MAILBOX: N_("Same mailbox"),
    Likeness.NAME: N_("Same name and day of birth"),
}
AFTER = "after"


def of_client(pairs: Sequence[Pair], *, may_merge: bool, rule_out: Callable[[str, str], None]) -> None:
    """On a client's page: who else may be this person, and why. Nothing when nobody is."""
    if not pairs:
        return
    with st.container(border=True, key="client.duplicates"):
        said = ngettext("{count} likely duplicate", "{count} likely duplicates", len(pairs))
        st.markdown(f":material/group: **{said.format(count=len(pairs))}**")
        for pair in pairs:
            with st.container(horizontal=True, vertical_alignment="center"):
                link("client", _name(pair.second), id=pair.second.id)
                st.caption(_why(pair), width="stretch")
                if may_merge:
                    link("merge", _("Compare"), icon=":material/merge:", keep=pair.first.id, drop=pair.second.id)
                    st.button(
                        _("Not the same person"),
                        key=f"duplicates.not_same.{pair.second.id}",
                        on_click=rule_out,
                        args=(pair.first.id, pair.second.id),
                    )


def kind() -> Likeness:
    """Which likeness the list goes by, in the address."""
    return addressed.tabs(
        "by", tuple(Likeness), default=Likeness.PHONE, names=lambda one: _(LIKENESS[one]), label=_("In common")
    )


def listing(pairs: Sequence[Pair], following: str | None, chosen: Likeness) -> None:
    """The pairs; one opened leads to the two side by side."""
    table(
        [
            Row(
                f"{pair.first.id} {pair.second.id}",
                [
                    Link(_name(pair.first), sub=pair.first.email),
                    Text(_name(pair.second), sub=pair.second.email),
                    Text(_said(*pair.why[0])),
                    cells.since(pair.first.created_at),
                    cells.since(pair.second.created_at),
                ],
                href=address("merge", keep=pair.first.id, drop=pair.second.id),
            )
            for pair in pairs
        ],
        [
            Column("first", _("Older account"), "link"),
            Column("second", _("Newer account")),
            Column("why", _(LIKENESS[chosen]), width=15),
            Column("since", _("Since"), "time", width=9, priority=2),
            Column("later", _("Newer since"), "time", width=9, priority=3),
        ],
        key="duplicates.list",
        label=_("Likely duplicates"),
        empty=EmptyState(_("No duplicate is left"), _("Pairs that were ruled out do not come back."), icon="check"),
        on_open=_open,
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.query_params.get(AFTER):
            st.button(_("First page"), key="duplicates.first", icon=":material/first_page:", on_click=_page, args=("",))
        if following is not None:
            st.button(
                _("Next"), key="duplicates.next", icon=":material/chevron_right:", on_click=_page, args=(following,)
            )


def _open(row_id: str) -> None:
    first, _space, second = row_id.partition(" ")
    go("merge", keep=first, drop=second)


def _page(after: str) -> None:
    if after:
        st.query_params[AFTER] = after
    else:
        st.query_params.pop(AFTER, None)


def _why(pair: Pair) -> str:
    # The day of birth stays unsaid: not everybody who sees this may see it.
    return " · ".join(
        _(LIKENESS[kind]) if kind is Likeness.NAME else f"{_(LIKENESS[kind])} ({_said(kind, said)})"
        for kind, said in pair.why
    )


def _said(kind: Likeness, said: str) -> str:
    """What they have in common, as people write it: a French number in pairs again."""
    if kind is Likeness.PHONE and len(said) == 9:
        return " ".join((f"0{said}")[place : place + 2] for place in range(0, 10, 2))
    return said


def _name(row: ClientRow) -> str:
    return row.name or row.email
