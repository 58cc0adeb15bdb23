"""Payments: where Stripe and the Desk differ, what Stripe told, and what went back."""

from dashboard import gate, payments_screen
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

gate.enter(Permission.MANAGE_PAYMENTS)
shell.title(_("Payments"))
payments_screen.screen()
