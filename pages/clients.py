"""The clients: filters, columns, saved views, and what can be done with many at once."""

from dashboard import client_lists, client_screen, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

person = gate.enter(Permission.SEE_CLIENTS)
shell.title(_("Clients"))
client_lists.screen(person, client_screen.new_client)
