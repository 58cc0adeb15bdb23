"""Products that a client bought beside readings."""

from collections.abc import Sequence

import streamlit as st

from dashboard.components.table import Column, EmptyState, Mono, Row, Text, table
from dashboard.locale import _
from dashboard.views import cells
from lumira_db.queries.product_orders import Purchase


def products(rows: Sequence[Purchase]) -> None:
    """The list with its heading; nothing where nothing was bought."""
    if not rows:
        return
    st.subheader(_("Products"), anchor=False)
    columns = [
        Column("product", _("Product"), "text"),
        Column("amount", _("Amount"), "money", width=6),
        Column("bought", _("Bought"), "time", width=9.5),
        Column("status", _("Status"), "badge", width=8.5),
        Column("intent", _("Payment"), "mono", priority=2),
    ]
    table(
        [
            Row(
                row.id,
                [
                    Text(row.product, sub=_("As a guest, with this address") if row.as_guest else ""),
                    cells.amount(row.amount, row.currency),
                    cells.moment(row.created_at),
                    cells.badge(row.status),
                    Mono(row.intent),
                ],
                muted=row.completed_at is None,
            )
            for row in rows
        ],
        columns,
        key="client.products",
        label=_("Products that the client bought"),
        empty=EmptyState(_("No product yet"), icon="coins"),
        keyboard=False,
    )
