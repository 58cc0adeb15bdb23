"""The path: how far clients come in its seven days, and where they stop."""

from dashboard import figure_screens, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

gate.enter(Permission.SEE_PATHS)
shell.title(_("Path"))
figure_screens.walks()
