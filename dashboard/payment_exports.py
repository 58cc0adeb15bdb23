"""What Stripe told, gave back and disagrees about, as files."""

import json
from decimal import Decimal

from dashboard.locale import _
from dashboard.locale.labels import label
from dashboard.locale.stripe_words import REFUND_REASONS, RETURNS, in_words
from dashboard.spreadsheets import Column
from dashboard.views.findings import kind_name, story
from dashboard.views.payment_refunds import status_name
from lumira_db.currencies import units
from lumira_db.queries.payment_lists import EventRow, RefundRow
from lumira_db.queries.reconciliation import FindingRow


def event_columns() -> tuple[Column[EventRow], ...]:
    """An event as a line."""
    return (
        Column(_("Event"), lambda row: row.id, width=30),
        Column(_("Type"), lambda row: row.type, width=30),
        Column(_("State"), lambda row: label(row.state), width=16),
        Column(_("Order"), lambda row: row.order_number, width=18),
        Column(_("Payment"), lambda row: row.intent_id, width=30),
        Column(_("Stripe's moment"), lambda row: row.created_at, "moment"),
        Column(_("Received"), lambda row: row.received_at, "moment"),
        Column(_("Tries"), lambda row: row.attempts, "number", width=8),
        Column(_("What happened"), lambda row: row.error, width=30),
    )


def refund_columns() -> tuple[Column[RefundRow], ...]:
    """A refund as a line."""
    return (
        Column(_("Refund"), lambda row: row.id, width=30),
        Column(_("Order"), lambda row: row.order_number, width=18),
        Column(_("Payment"), lambda row: row.intent_id, width=30),
        Column(_("Amount"), lambda row: units(row.amount, row.currency), "money", width=12),
        Column(_("Currency"), lambda row: row.currency.upper(), width=10),
        Column(_("State"), lambda row: status_name(row.status), width=16),
        Column(_("Reason"), lambda row: in_words(REFUND_REASONS, row.reason), width=20),
        Column(_("What happened"), lambda row: in_words(RETURNS, row.failure_reason), width=24),
        Column(_("Asked"), lambda row: row.created_at, "moment"),
        Column(_("Given back"), lambda row: row.succeeded_at, "moment"),
    )


def finding_columns() -> tuple[Column[FindingRow], ...]:
    """A finding as a line, with what it means."""
    return (
        Column(_("What differs"), lambda row: kind_name(row.kind), width=30),
        Column(_("State"), lambda row: label(row.state), width=12),
        Column(_("Order"), lambda row: row.order_number, width=18),
        Column(_("Payment"), lambda row: row.intent_id, width=30),
        Column(_("Object at Stripe"), lambda row: row.object_id, width=30),
        Column(_("Amount"), _amount, "money", width=12),
        Column(_("Currency"), lambda row: row.currency.upper() if row.currency else None, width=10),
        Column(_("Happened"), lambda row: row.happened_at, "moment"),
        Column(_("Found"), lambda row: row.found_at, "moment"),
        Column(_("Settled"), lambda row: row.settled_at, "moment"),
        Column(_("Settled by"), lambda row: row.settled_by, width=20),
        Column(_("Explanation"), lambda row: row.note, width=40),
        Column(_("What it means"), story, width=60),
        Column(_("Facts"), lambda row: json.dumps(row.facts, ensure_ascii=False), width=30),
    )


def _amount(row: FindingRow) -> Decimal | None:
    return None if row.amount is None or row.currency is None else units(row.amount, row.currency)
