"""What a client paid, payment by payment, with what went back and what stands against it."""

from collections.abc import Mapping, Sequence

from dashboard.components.table import Column, EmptyState, Link, Row, Text, table
from dashboard.locale import _
from dashboard.locale.stripe_words import METHODS, in_words
from dashboard.navigation import address
from dashboard.views import cells
from lumira_db.queries.payment_rows import PaymentRow


def payments(rows: Sequence[PaymentRow], numbers: Mapping[str, str]) -> None:
    """The list, each leading to the payment of its order; ``numbers`` of the orders by id."""
    columns = [
        Column("order", _("Order"), "mono"),
        Column("state", _("Status"), "badge", width=10),
        Column("amount", _("Amount"), "money", width=6),
        Column("back", _("Refunded"), "money", width=6),
        Column("means", _("Paid by"), "text", priority=2),
        Column("when", _("When"), "time", width=9.5),
    ]
    table(
        [_row(row, numbers.get(row.order_id, row.order_id)) for row in rows],
        columns,
        key="client.payments",
        label=_("Payments of the client"),
        empty=EmptyState(_("No payment yet"), icon="coins"),
        keyboard=False,
    )


def _row(row: PaymentRow, number: str) -> Row:
    return Row(
        row.intent_id,
        [
            Link(number, address("order", id=row.order_id, part="payment"), mono=True),
            cells.badge(row.state),
            cells.amount(row.paid, row.currency) if row.paid else Text("–"),
            cells.amount(row.given_back, row.currency) if row.given_back else Text("–"),
            Text(_means(row)),
            cells.moment(row.paid_at),
        ],
        muted=not row.paid,
    )


def _means(row: PaymentRow) -> str:
    charge = row.word.intent.charge if row.word else None
    if charge is None or not charge.method:
        return "–"
    name = in_words(METHODS, charge.brand or charge.method)
    return f"{name} ···· {charge.last4}" if charge.last4 else name
