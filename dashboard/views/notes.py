"""A client's notes and tags on screen: typed here, seen by everybody, with everything that they once were."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.components.notepad import Answer, PadEdit, notepad
from dashboard.context import zone
from dashboard.locale import _, short_moment
from dashboard.views import cells
from lumira_db.note_merge import Stretch, compare, merge
from lumira_db.queries.client_notes import Notes, NoteVersionRow
from lumira_db.states import NoteOrigin

_STYLE = """
<style>
.prose { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.6; max-width: 70ch; margin: 0 0 .5rem }
.prose ins { text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: .2em;
  background: color-mix(in srgb, #21A366 18%, transparent) }
.prose del { background: color-mix(in srgb, #E5484D 18%, transparent) }
</style>
"""


def pad(
    notes: Notes,
    *,
    key: str,
    storage: str,
    on_keep: Callable[[PadEdit], Answer],
    on_save: Callable[[PadEdit], Answer],
) -> None:
    """The text area, and who else is typing."""
    draft = notes.draft
    moved = draft is not None and has_moved(notes)
    notepad(
        notes.text,
        key=key,
        storage=storage,
        draft=PadEdit(draft.sequence, draft.text, draft.base, "") if draft else None,
        moved=moved,
        on_keep=on_keep,
        on_save=on_save,
    )
    for other in notes.others:
        text = _("{name} has typed something here that is not saved yet ({moment}).")
        st.caption(
            ":material/edit: " + cells.plain(text.format(name=other.name, moment=cells.ago_text(other.updated_at)))
        )


def has_moved(notes: Notes) -> bool:
    """Whether somebody wrote over what the person's draft was typed over, and not the same."""
    return notes.draft is not None and notes.text not in (notes.draft.base, notes.draft.text)


def conflict(notes: Notes, settle: Callable[[bool, bool], None]) -> None:
    """What others wrote meanwhile and what the person typed, side by side, and both in one text."""
    draft = notes.draft
    if draft is None or not has_moved(notes):
        return
    both = merge(draft.base, notes.text, draft.text)
    with st.container(border=True, key="notes-conflict"):
        st.warning(_conflict_text(notes), icon=":material/merge:")
        st.caption(_("What they changed"))
        difference(draft.base, notes.text)
        st.caption(_("What you changed"))
        difference(draft.base, draft.text)
        st.caption(
            _("Both together") if both.clean else _("Both together: you wrote in the same place, look at it again")
        )
        difference(notes.text, both.text)
        with st.container(horizontal=True):
            st.button(_("Keep both"), key="notes.both", type="primary", on_click=settle, args=(True, True))
            st.button(_("Keep mine"), key="notes.mine", on_click=settle, args=(True, False))
            st.button(_("Keep theirs"), key="notes.theirs", on_click=settle, args=(False, True))


def history(
    versions: Sequence[NoteVersionRow],
    change_of: Callable[[int], tuple[str, str]],
    present: str,
    restore: Callable[[int, str], None],
) -> None:
    """Every state the notes had: who, when, what changed, and the way back."""
    if not versions:
        st.caption(_("These notes have not been changed in the Desk yet."))
        return
    rows = {row.number: row for row in versions}
    chosen = st.selectbox(
        _("Versions of the notes"), list(rows), format_func=lambda number: _version(rows[number]), key="notes.version"
    )
    before, after = change_of(chosen)
    difference(before, after)
    if after != present:
        st.button(
            _("Restore this text"),
            key="notes.restore",
            icon=":material/history:",
            on_click=restore,
            args=(rows[chosen].id, present),
        )


def tags(
    present: Sequence[str], suggested: Sequence[str], change: Callable[[set[str], set[str]], None], *, key: str
) -> None:
    """The client's tags, to be added and removed; those in use are suggested."""
    known = f"{key}.known"
    if st.session_state.get(known) != list(present):
        st.session_state[known] = st.session_state[key] = list(present)

    def changed() -> None:
        shown, chosen = set(st.session_state[known]), set(st.session_state[key])
        # What the command makes of it comes back with the next read.
        st.session_state.pop(known)
        change(chosen - shown, shown - chosen)

    st.multiselect(
        _("Tags"),
        list(dict.fromkeys([*present, *suggested])),
        key=key,
        accept_new_options=True,
        select_all=False,
        placeholder=_("Add a tag"),
        on_change=changed,
    )


def difference(before: str, after: str) -> None:
    """Two texts as one, word by word."""
    parts = "".join(_stretch(stretch) for stretch in compare(before, after))
    st.html(f'{_STYLE}<p class="prose" dir="auto">{parts or "–"}</p>')


def _stretch(stretch: Stretch) -> str:
    text = cells.escaped(stretch.text)
    return {"same": text, "gone": f"<del>{text}</del>", "new": f"<ins>{text}</ins>"}[stretch.kind]


def _version(row: NoteVersionRow) -> str:
    moment = short_moment(row.created_at, zone())
    if row.origin is NoteOrigin.FOUND:
        return _("{number} · found as the platform left it · {moment}").format(number=row.number, moment=moment)
    if row.restored_from is not None:
        text = _("{number} · {author} brought back version {old} · {moment}")
        return text.format(number=row.number, author=row.author_name, old=row.restored_from, moment=moment)
    return _("{number} · {author} · {moment}").format(number=row.number, author=row.author_name, moment=moment)


def _conflict_text(notes: Notes) -> str:
    if notes.known and notes.latest is not None:
        text = _("{name} wrote in these notes while you were typing. Nothing was overwritten.")
        return cells.plain(text.format(name=notes.latest.author_name))
    return _("The platform wrote in these notes while you were typing. Nothing was overwritten.")
