"""The tags in use: how often, and renaming or merging them wherever they are."""

from dashboard import client_lists, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

gate.enter(Permission.MANAGE_CLIENTS)
shell.title(_("Tags"), _("Open a tag to rename it, or to merge others with it. Its figure leads to the clients."))
client_lists.tags_screen()
