"""The desk's own work: what waits, how long readings take, who decides what. An expert sees their own."""

from dashboard import figure_screens, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

person = gate.enter(Permission.SEE_OPERATIONS)
shell.title(_("Operations"))
figure_screens.operations(person)
