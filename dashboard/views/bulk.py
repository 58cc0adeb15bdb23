"""An act on many clients: what is to be done, with whom, and what will change, before anything does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from dashboard.locale import _, ngettext, number
from dashboard.views import cells
from dashboard.views.modal import modal
from lumira_db.queries.bulk import Before, BulkAct, Preview
from lumira_db.queries.client_tags import Tag
from lumira_db.tagging import added, clean_tag, removed, renamed

_STYLE = """
<style>
.changes { border-collapse: collapse; width: 100%; font-size: .9rem; margin: 0 }
.changes td { padding: .3rem .6rem .3rem 0; border: 0; border-block-end: 1px solid rgba(128, 128, 128, .2);
  vertical-align: top; overflow-wrap: anywhere }
.changes del { opacity: .6 }
.changes ins { text-decoration: none; font-weight: 600 }
</style>
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What the person asks for: the act, its tags, and whether it is for the selection or for all that match."""

    act: BulkAct
    tags: tuple[str, ...]
    selection: bool


def act_name(act: BulkAct) -> str:
    """The act, in the person's language."""
    return {
        BulkAct.ADD_TAGS: _("Add tags"),
        BulkAct.REMOVE_TAGS: _("Remove tags"),
        BulkAct.ASSIGN_REF_IDS: _("Assign refIds"),
    }[act]


def begin(
    selected: int, tags: Sequence[Tag], look: Callable[[Order], Preview], start: Callable[[Order, int], None]
) -> None:
    """A dialog that asks what to do, says what will change, and starts it."""

    @modal(_("Change several clients"), width="large")
    def dialog() -> None:
        order = _ask(selected, tags)
        if order.act is not BulkAct.ASSIGN_REF_IDS and not order.tags:
            st.caption(_("Choose the tags first: what will change is shown then."))
            return
        found = look(order)
        _tell(found, order)
        go_on = ngettext("Change {count} client", "Change {count} clients", found.changing)
        if st.button(
            go_on.format(count=number(found.changing)),
            type="primary",
            key="bulk.start",
            disabled=found.changing == 0,
        ):
            start(order, found.total)
            st.rerun()

    dialog()


def begin_rename(
    tag: str,
    others: Sequence[str],
    look: Callable[[tuple[str, ...], str], Preview],
    start: Callable[[tuple[str, ...], str, int], None],
) -> None:
    """A dialog that renames a tag wherever it is, or joins others with it."""

    @modal(_("Rename or merge “{tag}”").format(tag=tag), width="large")
    def dialog() -> None:
        new = clean_tag(st.text_input(_("New name"), value=tag, key=f"tags.new.{tag}", max_chars=60))
        joined = st.multiselect(
            _("Merge these tags into it"),
            [one for one in others if one != tag],
            key=f"tags.joined.{tag}",
            placeholder=_("Choose tags"),
        )
        old = tuple(one for one in (tag, *joined) if one != new)
        if not new or not old:
            st.caption(_("Type another name, or choose tags to merge."))
            return
        if new in others and new != tag:
            st.info(_("“{tag}” is in use: the two become one.").format(tag=cells.plain(new)), icon=":material/merge:")
        found = look(old, new)
        st.markdown(
            ngettext("**{count} client** changes.", "**{count} clients** change.", found.total).format(
                count=number(found.total)
            )
        )
        _table(found.changed, lambda before: _change(before.tags, renamed(before.tags, old, new)))
        _and_more(found)
        if st.button(_("Rename everywhere"), type="primary", key="tags.rename", disabled=found.total == 0):
            start(old, new, found.total)
            st.rerun()

    dialog()


def _ask(selected: int, tags: Sequence[Tag]) -> Order:
    act = (
        st.segmented_control(
            _("What to do"),
            list(BulkAct),
            default=BulkAct.ADD_TAGS,
            format_func=act_name,
            required=True,
            key="bulk.act",
        )
        or BulkAct.ADD_TAGS
    )
    chosen: Sequence[str] = ()
    if act is not BulkAct.ASSIGN_REF_IDS:
        chosen = st.multiselect(
            _("Tags"),
            [tag.name for tag in tags],
            key=f"bulk.tags.{act}",
            accept_new_options=act is BulkAct.ADD_TAGS,
            placeholder=_("Choose or type a tag") if act is BulkAct.ADD_TAGS else _("Choose tags"),
        )
    whom = {True: ngettext("The one selected", "The {count} selected", selected), False: _("All that match")}
    selection = bool(selected)
    if selected:
        picked = st.segmented_control(
            _("For whom"),
            [True, False],
            default=True,
            format_func=lambda one: whom[one].format(count=number(selected)),
            required=True,
            key="bulk.whom",
        )
        selection = picked is not False
    else:
        st.caption(_("For all that match the filters. Select rows to do it for a few."))
    return Order(act, tuple(tag for tag in map(clean_tag, chosen) if tag), selection)


def _tell(found: Preview, order: Order) -> None:
    same = found.total - found.changing
    st.markdown(
        ngettext("**{count} client** changes.", "**{count} clients** change.", found.changing).format(
            count=number(found.changing)
        )
    )
    if order.act is BulkAct.ASSIGN_REF_IDS:
        st.caption(_("In the order in which they came, each with the next number of their year."))
        _table(found.changed, lambda before: f"– → <ins>LUM-C-{before.created_at:%y}-…</ins>")
    else:
        change = added if order.act is BulkAct.ADD_TAGS else removed
        _table(found.changed, lambda before: _change(before.tags, change(before.tags, order.tags)))
    _and_more(found)
    if same:
        names = ", ".join(one.name for one in found.unchanged)
        said = ngettext("{count} client stays as they are: {names}", "{count} clients stay as they are: {names}", same)
        text = said.format(count=number(same), names=names)
        st.caption(text + (" …" if same > len(found.unchanged) else ""))


def _and_more(found: Preview) -> None:
    if found.changing > len(found.changed):
        st.caption(_("… and {count} more.").format(count=number(found.changing - len(found.changed))))


def _table(rows: Sequence[Before], change: Callable[[Before], str]) -> None:
    lines = [f"<tr><td>{escape(row.name)}</td><td>{change(row)}</td></tr>" for row in rows]
    if lines:
        st.html(f'{_STYLE}<table class="changes"><tbody>{"".join(lines)}</tbody></table>')


def _change(before: Sequence[str], after: Sequence[str]) -> str:
    gone = [f"<del>{escape(tag)}</del>" for tag in before if tag not in after]
    kept = [escape(tag) for tag in before if tag in after]
    new = [f"<ins>{escape(tag)}</ins>" for tag in after if tag not in before]
    return ", ".join([*kept, *gone, *new])
