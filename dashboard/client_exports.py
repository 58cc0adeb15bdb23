"""The list of clients as a file."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashboard.locale import _
from dashboard.locale.labels import label, level_name
from dashboard.spreadsheets import Column
from dashboard.views.client_columns import place_name
from lumira_db.clock import utcnow
from lumira_db.currencies import units
from lumira_db.enums import UserStatus
from lumira_db.queries.client_list import MAIN_CURRENCY, ClientListFilter, ListedClient, PathPlace, walk_clients


def walk(session: Session, chosen: ClientListFilter, zone: ZoneInfo) -> Iterator[ListedClient]:
    """Every client that the list shows, on all its pages."""
    return walk_clients(session, chosen, zone=zone, now=utcnow())


def columns() -> tuple[Column[ListedClient], ...]:
    """A client as a line. What was paid in the main currency has a column of its own, the others are written out."""
    now, yes, no = utcnow(), _("Yes"), _("No")
    # Looked up once, not for each of a million lines.
    statuses = {status: label(status) for status in UserStatus}
    places = {place: place_name(place) for place in PathPlace}
    return (
        Column(_("refId"), lambda row: row.ref_id, width=18),
        Column(_("First name"), lambda row: row.first_name),
        Column(_("Last name"), lambda row: row.last_name),
        Column(_("E-mail"), lambda row: row.email, width=32),
        Column(_("Phone"), lambda row: row.phone, width=18),
        Column(_("Status"), lambda row: statuses[row.status], width=14),
        Column(_("Tags"), lambda row: ", ".join(row.tags), width=28),
        Column(_("Source"), lambda row: row.source, width=16),
        Column(_("Levels"), lambda row: ", ".join(level_name(level) for level in row.levels), width=28),
        Column(_("Paid orders"), lambda row: row.paid_count, "number", width=12),
        Column(_("Paid (EUR)"), lambda row: units(row.paid.get(MAIN_CURRENCY, 0), MAIN_CURRENCY), "money", width=12),
        Column(_("Paid in other currencies"), _others, width=22),
        Column(_("First payment"), lambda row: row.first_paid_at, "moment"),
        Column(_("Last payment"), lambda row: row.last_paid_at, "moment"),
        Column(_("Last order"), lambda row: row.last_order_at, "moment"),
        Column(_("Profile complete"), lambda row: yes if row.profile_completed else no, width=16),
        Column(_("Path"), lambda row: places[row.place(now)], width=20),
        Column(_("Client since"), lambda row: row.created_at, "moment"),
    )


def _others(row: ListedClient) -> str:
    others = sorted(set(row.paid) - {MAIN_CURRENCY})
    return ", ".join(f"{units(row.paid[name], name)} {name.upper()}" for name in others)
