"""refIds: one for every client that the platform's checkout left without."""

from dashboard import client_screen, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

person = gate.enter(Permission.MANAGE_CLIENTS)
shell.title(_("refIds"))
client_screen.ref_ids()
