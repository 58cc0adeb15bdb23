"""Staff: who may sign in, as what."""

from dashboard import accounts, gate, reads
from dashboard.locale import _
from dashboard.views import shell, staff
from lumira_db.permissions import Permission

person = gate.enter(Permission.MANAGE_STAFF)
shell.title(_("Staff"))
staff.shown_once(accounts.SHOWN_ONCE)
staff.add_form(accounts.add)
chosen = staff.listing(reads.staff_list())
if chosen is not None:
    staff.manage(
        chosen,
        own=chosen.id == person.id,
        set_role=accounts.set_role,
        disable=accounts.disable,
        enable=accounts.enable,
        reset=accounts.reset,
    )
