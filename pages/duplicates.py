"""Clients who may be one person, pair by pair."""

from dashboard import duplicates, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

gate.enter(Permission.MANAGE_CLIENTS)
shell.title(
    _("Duplicates"), _("Clients who have something in common that two people seldom have. Open a pair to compare.")
)
duplicates.listing()
