"""Money that went back, on screen, as Stripe tells it."""

import streamlit as st

from dashboard.components.table import Badge, Column, EmptyState, Link, Row, Text, table
from dashboard.locale import _
from dashboard.locale.stripe_words import REFUND_REASONS, RETURNS, in_words
from dashboard.navigation import address, go
from dashboard.views import addressed, cells
from dashboard.views.exporting import export_links
from dashboard.views.pager import pager
from lumira_db.i18n_marker import N_
from lumira_db.queries.paging import Page
from lumira_db.queries.payment_lists import RefundRow

STATUSES = {
    "pending": (N_("On its way"), "info", "clock"),
    "requires_action": (N_("Stripe needs something"), "warning", "alert"),
    "succeeded": (N_("Given back"), "success", "check"),
    "failed": (N_("Came back"), "danger", "alert"),
    "canceled": (N_("Called off"), "neutral", "x"),
}
"""Stripe's words for where a refund stands."""


def filters() -> None:
    """Narrow by status, subject and days."""
    columns = st.columns([3, 3, 2.4], vertical_alignment="bottom")
    with columns[0]:
        addressed.several("refund", list(STATUSES), names=status_name, label=_("State"), parse=str)
    with columns[1]:
        addressed.text("about", label=_("About"), placeholder=_("Order number, payment or refund"))
    with columns[2]:
        addressed.days("days", label=_("Asked"))
    with st.container(horizontal=True, gap="small"):
        export_links("refunds")


def listing(page: Page[RefundRow]) -> None:
    """The refunds, the newest first; one opened leads to its order."""
    table(
        [_row(row) for row in page.rows],
        [
            Column("order", _("Order"), "mono", width=10.5),
            Column("refund", _("Refund"), "text", priority=3),
            Column("amount", _("Amount"), "money", width=8),
            Column("status", _("State"), "badge", width=10),
            Column("created", _("Asked"), "time", width=10),
            Column("arrived", _("Given back"), "time", width=10, priority=2),
        ],
        key="payments.refunds",
        label=_("Refunds, the newest first"),
        empty=EmptyState(_("No refund here"), _("Money that goes back to clients appears here."), icon="undo"),
        on_open=lambda row_id: _open(next(row for row in page.rows if row.id == row_id)),
    )
    pager(page, key="payments.refunds")


def status_name(status: str) -> str:
    """Stripe's word in the person's language; one that is new stays itself."""
    return _(STATUSES[status][0]) if status in STATUSES else status


def _row(row: RefundRow) -> Row:
    _name, tone, icon = STATUSES.get(row.status, ("", "neutral", ""))
    said = (in_words(REFUND_REASONS, row.reason), in_words(RETURNS, row.failure_reason))
    why = " · ".join(part for part in said if part)
    return Row(
        row.id,
        [
            Link(row.order_number or "–", mono=True),
            Text(row.id, sub=why),
            cells.amount(row.amount, row.currency),
            Badge(status_name(row.status), tone, icon),
            cells.since(row.created_at),
            cells.since(row.succeeded_at),
        ],
        href=address("order", id=row.order_id, part="payment") if row.order_id else "",
    )


def _open(row: RefundRow) -> None:
    if row.order_id:
        go("order", id=row.order_id, part="payment")
