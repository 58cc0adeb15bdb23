"""What can be exported: for every export its columns, its rows and its filter, the same as the screen's."""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashboard import client_exports, payment_exports
from dashboard.filters import (
    Query,
    audit_filter,
    client_filter,
    delivery_filter,
    event_filter,
    finding_filter,
    order_filter,
    refund_filter,
)
from dashboard.locale import _
from dashboard.locale.actions import action_name, reason_text
from dashboard.locale.labels import label, level_name
from dashboard.spreadsheets import Column, csv_pieces, workbook_pieces
from dashboard.views.cells import reasons
from lumira_db.actor import Actor, Role
from lumira_db.currencies import units
from lumira_db.i18n_marker import N_
from lumira_db.queries.audit import AuditFilter, AuditRow, walk_audit
from lumira_db.queries.client_list import ClientListFilter, ListedClient
from lumira_db.queries.deliveries import DeliveryFilter, DeliveryRow, walk_deliveries
from lumira_db.queries.orders import OrderFilter, OrderRow, walk_orders
from lumira_db.queries.payment_lists import EventFilter, EventRow, RefundFilter, RefundRow, walk_events, walk_refunds
from lumira_db.queries.reconciliation import FindingFilter, FindingRow, walk_findings

Filter = TypeVar("Filter")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Export(Generic[Filter, Row]):
    """One list that can be taken away. ``walk`` streams it; ``columns`` speak the person's language."""

    title: str
    read: Callable[[Query], Filter]
    walk: Callable[[Session, Filter, ZoneInfo], Iterator[Row]]
    columns: Callable[[], tuple[Column[Row], ...]]

    def asked(self, query: Query, person: Actor, zone: ZoneInfo) -> Filter:
        """What the address asks for."""
        return self.read(query)

    def pieces(
        self,
        session: Session,
        asked: Filter,
        counted: Callable[[Iterable[Row]], Iterator[Row]],
        *,
        form: str,
        language: str,
        zone: ZoneInfo,
    ) -> Generator[bytes, None, None]:
        """The file, piece by piece; ``counted`` lets the rows pass."""
        rows = counted(self.walk(session, asked, zone))
        if form == "csv":
            return csv_pieces(rows, self.columns(), language=language, zone=zone)
        return workbook_pieces(rows, self.columns(), title=_(self.title), zone=zone)


def order_columns() -> tuple[Column[OrderRow], ...]:
    """An order as a line: what the list shows, and what became of it."""
    return (
        Column(_("Order"), lambda row: row.number),
        Column(_("Client"), lambda row: row.client_name, width=28),
        Column(_("E-mail"), lambda row: row.client_email, width=32),
        Column(_("Level"), lambda row: level_name(row.level), width=14),
        Column(_("Status"), lambda row: label(row.status), width=16),
        Column(_("Amount"), lambda row: units(row.amount, row.currency), "money", width=12),
        Column(_("Currency"), lambda row: row.currency.upper(), width=10),
        Column(_("Ordered"), lambda row: row.created_at, "moment"),
        Column(_("Paid"), lambda row: row.paid_at, "moment"),
        Column(_("Delivered"), lambda row: row.delivered_at, "moment"),
        Column(_("Revisions"), lambda row: row.revisions, "number", width=10),
    )


def delivery_columns() -> tuple[Column[DeliveryRow], ...]:
    """A delivery as a line: to whom, how, when, and what stood in its way."""
    return (
        Column(_("Order"), lambda row: row.order_number),
        Column(_("Client"), lambda row: row.client_name, width=28),
        Column(_("Channel"), lambda row: label(row.channel), width=12),
        Column(_("Recipient"), lambda row: row.recipient, width=32),
        Column(_("State"), lambda row: label(row.state), width=16),
        Column(_("Approved"), lambda row: row.created_at, "moment"),
        Column(_("Due"), lambda row: row.due_at, "moment"),
        Column(_("Sent"), lambda row: row.sent_at, "moment"),
        Column(_("Attempts"), lambda row: row.attempts, "number", width=10),
        Column(_("What happened"), lambda row: reasons(row.last_error), width=40),
    )


def audit_columns() -> tuple[Column[AuditRow], ...]:
    """An entry of the audit as a line; before and after as JSON."""
    return (
        Column(_("Entry"), lambda row: row.id, "number", width=10),
        Column(_("When"), lambda row: row.at, "moment"),
        Column(_("Who"), lambda row: row.actor_name, width=24),
        Column(_("Role"), lambda row: label(Role(row.actor_role)) if row.actor_role else None, width=16),
        Column(_("Action"), lambda row: action_name(row.action), width=24),
        Column(_("Code"), lambda row: row.action, width=24),
        Column(_("Subject"), lambda row: row.subject_type, width=12),
        Column(_("Subject's id"), lambda row: row.subject_id, width=28),
        Column(_("Before"), lambda row: _json(row.before), width=40),
        Column(_("After"), lambda row: _json(row.after), width=40),
        Column(_("Reason"), lambda row: reason_text(row.action, row.reason), width=40),
    )


ORDERS: Export[OrderFilter, OrderRow] = Export(
    N_("Orders"), order_filter, lambda session, chosen, zone: walk_orders(session, chosen, zone=zone), order_columns
)
CLIENTS: Export[ClientListFilter, ListedClient] = Export(
    N_("Clients"), client_filter, client_exports.walk, client_exports.columns
)
EVENTS: Export[EventFilter, EventRow] = Export(
    N_("Events"),
    event_filter,
    lambda session, chosen, zone: walk_events(session, chosen, zone=zone),
    payment_exports.event_columns,
)
REFUNDS: Export[RefundFilter, RefundRow] = Export(
    N_("Refunds"),
    refund_filter,
    lambda session, chosen, zone: walk_refunds(session, chosen, zone=zone),
    payment_exports.refund_columns,
)
FINDINGS: Export[FindingFilter, FindingRow] = Export(
    N_("Reconciliation"),
    finding_filter,
    lambda session, chosen, zone: walk_findings(session, chosen, zone=zone),
    payment_exports.finding_columns,
)
DELIVERIES: Export[DeliveryFilter, DeliveryRow] = Export(
    N_("Deliveries"),
    delivery_filter,
    lambda session, chosen, zone: walk_deliveries(session, chosen, zone=zone),
    delivery_columns,
)
AUDIT: Export[AuditFilter, AuditRow] = Export(
    N_("Audit"), audit_filter, lambda session, chosen, zone: walk_audit(session, chosen, zone=zone), audit_columns
)

LISTS: Mapping[str, Export[Any, Any]] = {
    "orders": ORDERS,
    "clients": CLIENTS,
    "deliveries": DELIVERIES,
    "audit": AUDIT,
    "events": EVENTS,
    "refunds": REFUNDS,
    "findings": FINDINGS,
}
"""Every list that can be taken away, by the name that its address has."""


def spelled(chosen: Any) -> dict[str, Any]:
    """The filter in plain values, for the audit; what narrows nothing is left out."""
    return {name: value for name, value in _plain(asdict(chosen)).items() if value is not None and value != ()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_plain(one) for one in value)
    return value.isoformat() if isinstance(value, (date, time)) else value


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
