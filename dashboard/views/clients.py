"""A client's orders on screen."""

from dashboard.components.table import Column, EmptyState, Link, Row, table
from dashboard.locale import _
from dashboard.navigation import address, go
from dashboard.views import cells
from lumira_db.queries.orders import OrderRow


def orders(rows: tuple[OrderRow, ...], *, key: str = "client.orders") -> None:
    """The client's orders, newest first."""
    columns = [
        Column("number", _("Order"), "mono", width=11.5),
        Column("level", _("Level"), "badge"),
        Column("status", _("Status"), "badge", width=8.5),
        Column("amount", _("Amount"), "money", width=6),
        Column("created", _("Ordered"), "time", width=9.5, priority=2),
    ]
    table(
        [_order(row) for row in rows],
        columns,
        key=key,
        label=_("The client's orders"),
        empty=EmptyState(_("No order yet"), icon="file"),
        on_open=lambda order_id: go("order", id=order_id),
        keyboard=False,
    )


def _order(row: OrderRow) -> Row:
    return Row(
        row.id,
        [
            Link(row.number, mono=True),
            cells.level(row.level),
            cells.badge(row.status),
            cells.amount(row.amount, row.currency),
            cells.moment(row.created_at),
        ],
        href=address("order", id=row.id),
    )
