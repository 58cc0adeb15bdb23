"""Two clients side by side: what is kept of which, every row that moves or goes, and the way back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from dashboard.locale import _, day, ngettext, number
from dashboard.locale.labels import label as status_label
from dashboard.locale.tables import table_name
from dashboard.navigation import address
from dashboard.views import cells
from lumira_db.enums import UserStatus
from lumira_db.i18n_marker import N_
from lumira_db.merging import FIELDS, JOINABLE, Side
from lumira_db.queries.merging import MergeRow, MergeSide, Moving

NAMES = {
    "firstName": N_("First name"),
    "lastName": N_("Last name"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "refId": N_("refId"),
    "dateOfBirth": N_("Date of birth"),
    "stripeCustomerId": N_("Customer at Stripe"),
    "status": N_("Status"),
    "source": N_("Source"),
    "notes": N_("Notes"),
    "tags": N_("Tags"),
}
_EXPLAINED = {
    "public.UserProfile": N_("A client has one profile: the other one goes."),
    "public.SpiritualPath": N_("A client has one path: the other one goes with its days."),
    "public.AkashicRecord": N_("A client has one Akashic record: the other one goes."),
    "public.Insight": N_("A client has one insight of each kind: where both have one, the other goes."),
}
_KEY = "merge.choice."
_LONGEST = 160
_MARKDOWN = frozenset("\\`*_{}[]()<>#+-.!|~$:@/")


def heads(kept: MergeSide, dropped: MergeSide) -> None:
    """Who stays and who goes, and the way to turn it round."""
    st.html(
        _STYLE + f'<div class="sides"><div><small>{escape(_("Stays"))}</small>{_head(kept)}</div>'
        f'<div class="goes"><small>{escape(_("Is merged into it"))}</small>{_head(dropped)}</div></div>'
    )
    href = escape(address("merge", keep=dropped.id, drop=kept.id), quote=True)
    st.html(f'<a class="turn" href="{href}" target="_self">{escape(_("Turn it round"))}</a>')


def fields(kept: MergeSide, dropped: MergeSide) -> dict[str, Side]:
    """What differs, and of which of the two it is taken."""
    st.subheader(_("What is kept of which"), anchor=False)
    chosen: dict[str, Side] = {}
    differing = [name for name in FIELDS if (kept.values[name] or None) != (dropped.values[name] or None)]
    if not differing:
        st.caption(_("They say the same of themselves."))
    for name in differing:
        values = (kept.values[name], dropped.values[name])
        joined = (Side.BOTH,) if name in JOINABLE and all(values) else ()
        # What the one who stays does not have, the other gives.
        preferred = joined[0] if joined else Side.KEPT if values[0] else Side.DROPPED
        shown = (_shown(name, values[0]), _shown(name, values[1]))
        chosen[name] = _choice(name, _(NAMES[name]), [Side.KEPT, Side.DROPPED, *joined], preferred, shown)
    return chosen


def single(moving: Sequence[Moving]) -> dict[str, Side]:
    """Of what a client has only one: whose."""
    chosen: dict[str, Side] = {}
    for one in moving:
        if one.table in _EXPLAINED and one.contested:
            options = (Side.KEPT, Side.DROPPED)
            chosen[one.table] = _choice(one.table, table_name(one.table), options, Side.KEPT, None)
            st.caption(_(_EXPLAINED[one.table]))
    return chosen


def rows(moving: Sequence[Moving]) -> None:
    """Every row that will move, and every row that will go."""
    st.subheader(_("What will happen"), anchor=False)
    if not moving:
        st.caption(_("Nothing belongs to the client who goes."))
    for one in moving:
        moves = ngettext("{count} moves", "{count} move", one.moved).format(count=number(one.moved))
        goes = ngettext("{count} goes", "{count} go", one.gone).format(count=number(one.gone))
        counts = [text for text, count in ((moves, one.moved), (goes, one.gone)) if count]
        with st.expander(" · ".join((table_name(one.table), *counts))):
            for label in one.moves:
                st.text(f"→ {label}")
            for label in one.goes:
                st.text(f"✕ {label}")
            if one.moved > len(one.moves):
                st.caption(_("and {count} more").format(count=number(one.moved - len(one.moves))))


def act(merge: Callable[[], None]) -> None:
    """The one button, and what it means."""
    st.caption(_("Everything happens at once, is written into the audit, and can be taken back from there."))
    st.button(_("Merge"), key="merge.do", type="primary", icon=":material/merge:", on_click=merge)


def done(merges: Sequence[MergeRow], undo: Callable[[int], None]) -> None:
    """The merges into this client, each with the way back."""
    for one in merges:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            said = _("{name} was merged into this client by {who}, {when}.")
            text = said.format(name=one.dropped_name, who=one.actor_name, when=cells.ago_text(one.at))
            st.text(text + (" " + _("It was taken back.") if one.undone else ""), width="stretch")
            if not one.undone:
                st.button(
                    _("Take the merge back"),
                    key=f"merge.undo.{one.audit_id}",
                    icon=":material/undo:",
                    on_click=undo,
                    args=(one.audit_id,),
                )


def _choice(key: str, label: str, options: Sequence[Side], preferred: Side, shown: tuple[str, str] | None) -> Side:
    kept, dropped = shown or (_("Of the one who stays"), _("Of the other"))
    names: Mapping[Side, str] = {Side.KEPT: kept, Side.DROPPED: dropped, Side.BOTH: _("Both")}
    name, choice = st.columns([2, 9], vertical_alignment="center")
    name.caption(label)
    with choice:
        chosen = st.radio(
            label,
            options,
            index=list(options).index(preferred),
            format_func=lambda side: names[side],
            key=_KEY + key,
            horizontal=True,
            label_visibility="collapsed",
        )
    return chosen or preferred


def _shown(name: str, value: Any) -> str:
    if name == "status" and value:
        return status_label(UserStatus(value))
    if name == "dateOfBirth" and value:
        return day(date.fromisoformat(value[:10]))
    text = (", ".join(value) if isinstance(value, list) else str(value or "")).replace("\n", " ") or "–"
    short = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    # A radio takes Markdown: what a client typed is shown to the letter. The joiner keeps an address from being a link,
    # which would open a mail instead of choosing it.
    return "".join(f"\\{one}" if one in _MARKDOWN else one for one in short).replace("\\@", "\u2060\\@")


def _head(side: MergeSide) -> str:
    href = escape(address("client", id=side.id), quote=True)
    said = [str(one) for one in (side.values["refId"], side.values["email"]) if one]
    lines = "".join(f"<code>{escape(one)}</code>" for one in said)
    return f'<a href="{href}" target="_self">{escape(side.name)}</a>{lines}'


_STYLE = """<style>
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
.sides > div { display: grid; gap: .2rem; padding: .7rem .9rem; border-radius: .5rem;
  border: 1px solid color-mix(in srgb, currentColor 22%, #0000);
  border-left: 3px solid var(--st-primary-color, #e8a838) }
.sides > div.goes { border-left-color: color-mix(in srgb, currentColor 40%, #0000) }
.sides a { color: inherit; font-weight: 600; font-size: 1.1rem } .sides small { opacity: .7 }
.sides code { overflow-wrap: anywhere } .turn { color: inherit; font-size: .9rem }
</style>"""
