"""Products: what the four levels say and cost, and every price that there was."""

from dashboard import catalogue, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

gate.enter(Permission.MANAGE_PRODUCTS)
shell.title(_("Products"), _("What clients can buy. A new price counts for orders that are begun from then on."))
catalogue.screen()
