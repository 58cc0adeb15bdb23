"""Revenue: what came in, from whom, for what, and what became of it."""

from dashboard import figure_screens, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

gate.enter(Permission.SEE_REVENUE)
shell.title(_("Revenue"))
figure_screens.revenue()
