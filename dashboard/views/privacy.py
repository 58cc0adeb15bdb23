"""Requests under the GDPR on screen: whose, what is kept, the way to hand it out, and the way to erase it."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

import streamlit as st

from dashboard.components.table import Badge, Column, EmptyState, Link, Mono, Number, Person, Row, Text, table
from dashboard.locale import _, ngettext, number
from dashboard.locale.tables import table_name
from dashboard.navigation import address, go
from dashboard.views import cells
from lumira_db.personal import TABLES
from lumira_db.queries.clients import ClientRow
from lumira_db.queries.personal import Count, ErasureRow
from lumira_db.queries.personal import Person as Subject

WORD = "privacy.word"
_BY_NAME = {table.name: table for table in TABLES}


def search() -> str:
    """Whose request it is, as they are called."""
    return st.text_input(
        _("Whose request is it?"),
        key="privacy.search",
        type="search",
        placeholder=_("refId, e-mail address or name"),
    ).strip()


def hits(rows: Sequence[ClientRow]) -> None:
    """The clients who may be meant."""
    table(
        [
            Row(
                row.id,
                [Link(row.name or row.email), Text(row.email), Mono(row.ref_id) if row.ref_id else Text("–")],
                href=address("privacy", id=row.id),
            )
            for row in rows
        ],
        [
            Column("name", _("Client"), "link"),
            Column("email", _("E-mail")),
            Column("ref", _("refId"), "mono", width=11),
        ],
        key="privacy.hits",
        label=_("Clients"),
        empty=EmptyState(_("No client found"), _("Try another spelling, or the e-mail address."), icon="search"),
        on_open=lambda client_id: go("privacy", id=client_id),
    )


def who(person: Subject) -> None:
    """Whose data it is, so that nobody takes one for another."""
    said = " · ".join(one for one in (person.ref_id, *person.emails[:1]) if one)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f"<strong>{escape(person.name)}</strong> &nbsp; <code>{escape(said)}</code>", width="content")
        href = escape(address("client", id=person.client_id), quote=True)
        opened = escape(_("Open the client"))
        st.html(f'<a href="{href}" target="_self" style="color:inherit">{opened}</a>', width="content")


def scan(counts: Sequence[Count], files: int | None, *, erased: bool) -> None:
    """What every table holds about the person, and what erasing does with it."""
    st.subheader(_("1. What is kept about this person"), anchor=False)
    values = sum(sum(one.columns.values()) for one in counts)
    if erased and not values:
        st.success(_("Nothing of the person is left. What follows is what bookkeeping keeps."), icon=":material/check:")
    table(
        [_count(one) for one in counts],
        [
            Column("what", _("What")),
            Column("rows", _("Rows"), "number", width=6),
            Column("values", _("Values"), "number", width=7, priority=3),
            Column("after", _("When erased"), "badge", width=13),
        ],
        key="privacy.scan",
        label=_("What is kept about this person"),
        empty=EmptyState(_("Nothing is kept"), "", icon="check"),
    )
    if files is None:
        st.warning(_("The storage does not answer: its files could not be counted."), icon=":material/cloud_off:")
    else:
        said = ngettext("{files} stored file: photo or PDF.", "{files} stored files: photos and PDFs.", files)
        st.caption(said.format(files=number(files)))
    with st.expander(_("Every column with something personal in it")):
        for one in counts:
            if one.columns:
                st.caption(table_name(one.table))
                st.text(" · ".join(f"{name} {number(rows)}" for name, rows in one.columns.items()))


def hand_out(client_id: str) -> None:
    """The way to take everything away."""
    st.subheader(_("2. Hand it out"), anchor=False)
    st.caption(
        _("A ZIP with a summary to read, the same data table by table, the photos and the PDFs. It is recorded.")
    )
    href = escape(f"/archive/{quote(client_id, safe='')}.zip", quote=True)
    st.html(_LINK + f'<a class="take" href="{href}" download target="_self">{escape(_("Download the archive"))}</a>')


def erase(person: Subject, *, erased: bool, act: Callable[[str, str], None]) -> None:
    """What stays, what goes, and the word that makes sure."""
    st.subheader(_("3. Erase"), anchor=False)
    if erased:
        return
    if person.open_orders:
        said = ngettext(
            "{orders} paid order is not delivered yet: its reading goes too, and nobody will get it.",
            "{orders} paid orders are not delivered yet: their readings go too, and nobody will get them.",
            person.open_orders,
        )
        st.warning(said.format(orders=number(person.open_orders)), icon=":material/warning:")
    orders = len(person.order_ids)
    stays = ngettext(
        "{orders} order stays for bookkeeping: its number, amount, currency, dates and payment reference.",
        "{orders} orders stay for bookkeeping: their numbers, amounts, currencies, dates and payment references.",
        orders,
    )
    st.markdown(
        "\n".join(
            f"- {line}"
            for line in (
                stays.format(orders=number(orders)),
                _("Everything else goes for good: profile, photos, readings, PDFs, notes, chats, quotes in the audit."),
                _("Deliveries that have not left are cancelled; the client is suspended."),
                _("Mails that were sent, backups and Stripe's own records are outside the Desk."),
            )
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            _("To be sure, type the refId or the e-mail address of this client"),
            key=WORD,
            autocomplete="off",
            width=420,
        )
        st.button(
            _("Erase for good"),
            key="privacy.erase",
            type="primary",
            icon=":material/delete_forever:",
            on_click=act,
            args=(person.client_id, person.version),
        )
    # Said again where the person is looking: what was refused stands at the top of the page.
    word = typed.strip().casefold()
    if word and word not in {(person.ref_id or "").casefold(), *person.emails}:
        st.caption(_("This is neither their refId nor their e-mail address."))


def receipt(erasure: ErasureRow) -> None:
    """The signed proof, to be kept and sent."""
    st.subheader(_("4. Receipt"), anchor=False)
    st.caption(
        _(
            "Erased by {name}, {when}. The receipt names nobody; whoever knows the address can have it checked here."
        ).format(name=erasure.erased_by_name, when=cells.ago_text(erasure.erased_at))
    )
    st.code(erasure.receipt, language=None, wrap_lines=True)
    # By its address and not by a button of Streamlit's: that would keep it in one process of several.
    href = escape(f"/archive/{quote(erasure.client_id, safe='')}.txt", quote=True)
    st.html(_LINK + f'<a class="take" href="{href}" download target="_self">{escape(_("Download the receipt"))}</a>')


def erasures(rows: Sequence[ErasureRow]) -> None:
    """The latest requests that were carried through."""
    st.subheader(_("Carried through"), anchor=False)
    table(
        [
            Row(
                row.client_id,
                [Mono(row.client_id), cells.since(row.erased_at), Person(row.erased_by_name), Mono(str(row.id))],
                href=address("privacy", id=row.client_id),
            )
            for row in rows
        ],
        [
            Column("client", _("Client"), "mono"),
            Column("when", _("Erased"), "time", width=11),
            Column("who", _("By"), "person", width=14),
            Column("receipt", _("Receipt"), "mono"),
        ],
        key="privacy.erasures",
        label=_("Erasures"),
        empty=EmptyState(_("Nobody was erased yet"), _("Search for the client whose request it is."), icon="shield"),
        on_open=lambda client_id: go("privacy", id=client_id),
    )


def receipt_form() -> str:
    """A receipt that somebody brings."""
    st.subheader(_("Check a receipt"), anchor=False)
    return st.text_area(_("Receipt"), key="privacy.check", height=90).strip()


def receipt_email() -> str:
    """Whose they say it is."""
    return st.text_input(_("E-mail address of the person, to see whether it is theirs"), key="privacy.whose").strip()


def receipt_read(facts: Mapping[str, Any] | None, *, theirs: bool | None) -> None:
    """Whether it is ours, what it says, and whether it is this person's."""
    if facts is None:
        st.error(_("This is not a receipt of ours, or it was changed."), icon=":material/gpp_bad:")
        return
    said = _("Ours: on {day}, {values} values and {files} files were erased.")
    values = number(sum(facts["values"].values()))
    st.success(
        said.format(day=facts["erased_at"][:10], values=values, files=facts["files"]), icon=":material/verified:"
    )
    if theirs is not None:
        (st.success if theirs else st.warning)(
            _("It is the receipt of the person with this address.")
            if theirs
            else _("It is the receipt of somebody else."),
            icon=":material/person:",
        )


_LINK = """<style>
.take { display: inline-block; padding: .45rem .9rem; border: 1px solid color-mix(in srgb, currentColor 28%, #0000);
  border-radius: .5rem; color: inherit !important; text-decoration: none !important; font-size: .95rem }
.take:hover, .take:focus-visible { border-color: var(--st-primary-color, #e8a838) }
</style>"""


def _count(one: Count) -> Row:
    values = sum(one.columns.values())
    return Row(
        one.table,
        [
            Text(table_name(one.table), title=one.table),
            Number(number(one.rows)),
            Number(number(values)),
            _fate(one),
        ],
    )


def _fate(one: Count) -> Badge:
    if not one.columns:
        return Badge(_("Kept"), "neutral", "lock")
    if _BY_NAME[one.table].loses_rows:
        return Badge(_("Deleted"), "danger", "x")
    return Badge(_("Emptied"), "warning", "rotate")
