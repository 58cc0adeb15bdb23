"""Refunds that have not ended, on screen: each leads to its payment, where it is approved, declined or withdrawn."""

from collections.abc import Sequence

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Person, Row, Text, table
from dashboard.locale import _, ngettext, number
from dashboard.locale.labels import REFUND_REASON
from dashboard.navigation import address, go, link
from dashboard.views import cells
from lumira_db.queries.refund_requests import MOST, OpenRefund


def to_approve(count: int) -> None:
    """How many refunds wait for this person's word, and the way to them; nothing where none does."""
    if not count:
        return
    text = ngettext("{count} refund waits for your approval", "{count} refunds wait for your approval", count)
    shown = number(count) if count < MOST else f"{number(MOST)}+"
    link("payments", text.format(count=shown), icon=":material/approval:", part="refunds")


def listing(rows: Sequence[OpenRefund]) -> None:
    """What was asked for and has not ended, what waits for a person first; nothing where everything has."""
    if not rows:
        return
    st.subheader(_("Under way"), anchor=False)
    table(
        [_row(row) for row in rows],
        [
            Column("order", _("Order"), "mono", width=10.5),
            Column("client", _("Client"), "text", priority=3),
            Column("amount", _("Amount"), "money", width=8),
            Column("state", _("State"), "badge", width=15),
            Column("why", _("Reason"), "text"),
            Column("by", _("Asked by"), "person", width=10),
            Column("asked", _("Asked"), "time", width=9),
        ],
        key="payments.open_refunds",
        label=_("Refunds under way"),
        empty=EmptyState(_("No refund here"), ""),
        keyboard=False,
        on_open=lambda row_id: _open(next(row for row in rows if str(row.id) == row_id)),
    )
    st.subheader(_("Given back"), anchor=False)


def _row(row: OpenRefund) -> Row:
    return Row(
        str(row.id),
        [
            Link(row.order_number or "–", mono=True),
            Text(row.client_name or "–"),
            cells.amount(row.amount, row.currency),
            cells.badge(row.state),
            Text(_(REFUND_REASON[row.reason]), sub=row.note),
            Person(row.asked_by_name),
            cells.since(row.asked_at),
        ],
        href=address("order", id=row.order_id, part="payment"),
    )


def _open(row: OpenRefund) -> None:
    go("order", id=row.order_id, part="payment")
